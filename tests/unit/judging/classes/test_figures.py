"""Figures of each class: what is recognized, and what is covered within a class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.progress import SILENT
from mirage_gan.folders import runs
from mirage_gan.judging.classes import figures
from mirage_gan.judging.classes.figures import Recognizer, recognized

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler


class Parrot:
    """Generates training sounds: of the class that is asked for, or always of the first one."""

    def __init__(self, sampler: Sampler, run: Path, *, obeys: bool) -> None:
        self.classes = sampler.classes
        self._data = runs.load_data(run)
        self._obeys = obeys

    def generate(self, places: Iterable[Address]) -> Waves:
        known, waves = np.array(self._data.train_classes), self._data.train.waves
        names = [place.mix[0][0] if self._obeys else self.classes.names[0] for place in places]
        return np.stack([waves[np.flatnonzero(known == name)[i % 9]] for i, name in enumerate(names)])


def judge(run: Path, *, obeys: bool) -> dict[str, dict[str, float]]:
    sampler, _ = runs.load_sampler(runs.checkpoint_path(run, "best"))
    parrot: Sampler = Parrot(sampler, run, obeys=obeys)  # type: ignore[assignment]
    return figures.judge(parrot, runs.load_data(run), range(100), SILENT)


def test_one_that_obeys_is_recognized_as_often_as_real_sounds(conditional: Path) -> None:
    found = judge(conditional, obeys=True)

    assert list(found) == ["pulse", "sine"]
    assert recognized(found) == (1.0, 1.0)
    assert sum(each["generated"] for each in found.values()) == 100
    assert all(each["coverage"] == each["real_coverage"] == 1.0 for each in found.values())


def test_one_that_ignores_the_class_is_recognized_by_chance(conditional: Path) -> None:
    found = judge(conditional, obeys=False)

    share = found["pulse"]["generated"] / 100
    assert (found["pulse"]["recognized"], found["sine"]["recognized"]) == (1.0, 0.0)
    assert recognized(found)[0] == pytest.approx(share)
    assert found["sine"]["coverage"] == 0.0  # within the class, all of it is missing


def test_a_run_without_classes_has_no_figures_of_them(trained: Path) -> None:
    sampler, _ = runs.load_sampler(runs.checkpoint_path(trained, "best"))

    assert figures.judge(sampler, runs.load_data(trained), range(30), SILENT) == {}
    assert recognized({}) == (0.0, 0.0)


def test_a_class_of_which_nothing_is_held_out_has_the_figures_that_need_none(conditional: Path) -> None:
    sampler, _ = runs.load_sampler(runs.checkpoint_path(conditional, "best"))
    data = runs.load_data(conditional)
    rows = np.flatnonzero(np.array(data.holdout_classes) == "sine")
    some = replace(data, holdout=data.holdout[rows], holdout_classes=["sine"] * len(rows))

    found = figures.judge(sampler, some, range(40), SILENT)

    assert set(found["pulse"]) == {"generated", "held_out", "recognized"}
    assert found["pulse"]["held_out"] == 0


def test_a_sound_is_of_the_class_whose_mean_is_nearest() -> None:
    features = np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 0.0], [4.0, 1.0]])

    recognizer = Recognizer.fit(features, np.array([0, 0, 1, 1]))

    assert recognizer.centroids.tolist() == [[0.0, 0.5], [4.0, 0.5]]
    assert recognizer.recognize(np.array([[1.0, 9.0], [3.0, -9.0]])).tolist() == [0, 1]
