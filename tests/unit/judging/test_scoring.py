"""A check takes no longer for a large set; of a small one, it compares with all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.folders import runs
from mirage_gan.judging import metrics, scoring
from mirage_gan.judging.scoring import Scorer
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import messages, plan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(trained: Path) -> runs.Data:
    return runs.load_data(trained)


def test_with_a_small_set_all_is_compared(data: runs.Data) -> None:
    found = Scorer(data).score(data.train.waves[:6])

    overlap = metrics.overlap(data.train.waves[:6], data.holdout.waves)
    assert (found["coverage"], found["recall"]) == (overlap.coverage, overlap.recall)
    assert found["modes"] == metrics.modes(data.train.waves[:6], data.train.waves) == 1
    assert found["copy"] == 1


def test_with_a_large_set_some_are_compared_and_always_the_same(
    data: runs.Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "COMPARED", {"train": 8, "holdout": 3})
    first, second = Scorer(data), Scorer(data)
    found = first.score(data.train.waves[:6])

    assert (len(first._train), len(first._held_out)) == (8, 3)
    assert found["modes"] == metrics.modes(data.train.waves[:6], first._train)
    assert found["coverage"] == metrics.overlap(data.train.waves[:6], first._held_out).coverage
    assert np.array_equal(first._train, second._train)
    assert np.array_equal(first._held_out, second._held_out)
    assert first.real == second.real
    drawn = [np.flatnonzero((data.train.waves == wave).all(1))[0] for wave in first._train]
    assert drawn == sorted(set(drawn))
    assert drawn != list(range(8))


def test_it_is_said_once_how_many_are_compared(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan.resolve(TrainConfig(dataset=dataset, device="cpu"))
    assert "compare" not in "\n".join(messages.beginning(made, tmp_path, None))

    monkeypatch.setitem(scoring.COMPARED, "train", 8)

    assert messages.beginning(made, tmp_path, None)[2] == (
        "checks compare with 8 of the waves and 4 of those held out, drawn at random and always the same"
    )
