"""A check takes no longer for a large set; of a small one, it compares with all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.folders import runs
from mirage_gan.folders.run_data import Data
from mirage_gan.judging import metrics, scoring, verdict
from mirage_gan.judging.scoring import LineScorer, PictureScorer, scorer
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import messages, plan
from mirage_gan.waves import representation, spectrogram
from mirage_gan.waves.examples import Examples
from tests.support import drums

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves


@pytest.fixture
def data(trained: Path) -> Data:
    return runs.load_data(trained)


def test_with_a_small_set_all_is_compared(data: Data) -> None:
    found = scorer(data).score(data.train.waves[:6])

    overlap = metrics.overlap(data.train.waves[:6], data.holdout.waves)
    assert (found["coverage"], found["recall"]) == (overlap.coverage, overlap.recall)
    assert found["modes"] == metrics.modes(data.train.waves[:6], data.train.waves) == 1
    assert found["copy"] == 1


def test_with_a_large_set_some_are_compared_and_always_the_same(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "COMPARED", {"train": 8, "holdout": 3})
    first, second = scorer(data), scorer(data)
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


# whole sounds


@pytest.fixture(name="pictures", scope="module")
def _pictures() -> Data:
    """60 drums to train on, and 30 held out."""
    train, held = (spectrogram.picture(drums.drums(*made), drums.FRAMES) for made in ((60, 0), (30, 1)))
    ids = [[f"{i}" for i in range(len(each))] for each in (train, held)]
    flat = [Examples(each.reshape(len(each), -1)) for each in (train, held)]
    return Data(flat[0], ids[0], flat[1], ids[1], representation.of_kind("oneshot"))


@pytest.fixture(name="new", scope="module")
def _new() -> Waves:
    return spectrogram.picture(drums.drums(60, 2), drums.FRAMES).reshape(60, -1)


def test_each_kind_of_sound_has_its_scorer(data: Data, pictures: Data) -> None:
    assert isinstance(scorer(data), LineScorer)
    assert isinstance(scorer(pictures), PictureScorer)


def test_new_drums_score_as_real_ones_do(pictures: Data, new: Waves) -> None:
    judging = scorer(pictures)
    found = judging.score(new)

    assert found.keys() == judging.real.keys() | {"score"}
    assert judging.real["modes"] == 1
    assert judging.real["copy"] < 0.1  # of those held out
    assert found["score"] == pytest.approx(verdict.score(judging.real, judging.real), abs=0.3)
    assert (found["copy"], found["twins"]) == pytest.approx((0, 0), abs=0.1)


def test_whatever_is_wrong_with_drums_lowers_their_score(pictures: Data, new: Waves) -> None:
    judging = scorer(pictures)
    noise = np.random.default_rng(0).uniform(-1, 1, new.shape).astype(np.float32)
    scores = {
        "new": judging.score(new),
        "copies": judging.score(pictures.train.waves),
        "one": judging.score(np.repeat(new[:1], 60, axis=0)),
        "noise": judging.score(noise),
    }

    assert max(scores, key=lambda name: scores[name]["score"]) == "new"
    assert scores["copies"]["copy"] == 1
    assert scores["one"]["twins"] == 1
    assert scores["one"]["modes"] == 1 / 60
    assert scores["noise"]["coverage"] == scores["noise"]["recall"] == 0


def test_many_drums_are_compared_as_many_real_ones_are(pictures: Data, new: Waves) -> None:
    few = dataclasses.replace(pictures, train=pictures.train[:20])
    judging = scorer(few)

    assert judging.score(new)["coverage"] == judging.score(new[:20])["coverage"]
    assert judging.score(new)["modes"] <= 1


def test_with_no_drum_held_out_those_to_train_on_are_compared_with(pictures: Data, new: Waves) -> None:
    judging = scorer(dataclasses.replace(pictures, holdout=pictures.holdout[:0], holdout_ids=[]))

    assert judging.real["copy"] == 1
    assert -6 <= judging.score(new)["score"] <= 2
