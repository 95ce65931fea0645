"""Generated pictures are judged beside real ones: real ones are good, noise and copies are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging import likeness
from mirage_gan.judging.plain import judge
from mirage_gan.settings.choices import PICTURE, ROW
from mirage_gan.waves import representation
from mirage_gan.waves.data import pixels
from tests.support.idx import signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.verdict import Judged

COMPARED = likeness.of(representation.of_kind(PICTURE))


def some(seed: int, count: int = 300) -> Waves:
    """Pictures with a little noise, so that no two are equal."""
    noise = np.random.default_rng(seed).normal(0, 0.05, (count, 256)).astype(np.float32)
    return pixels.of_levels(signs(count, seed=seed)[0]) + noise


def judged(made: Waves) -> Judged:
    return judge.judge(some(0), some(1), [made[:100], made[100:]], COMPARED.features, COMPARED.faults)


def test_unseen_real_pictures_are_good() -> None:
    found = judged(some(2))
    assert found.verdict.word == "good"
    assert found.ours["coverage"] > 0.9
    assert found.ours["told_apart"] == pytest.approx(0.5, abs=0.1)


def test_the_training_pictures_are_copies() -> None:
    assert judged(some(0)).verdict.word == "copying"


def test_noise_is_far_from_all_of_them() -> None:
    found = judged(np.random.default_rng(0).uniform(-1, 1, (300, 256)).astype(np.float32))
    assert found.ours["coverage"] == 0
    assert "noise" not in found.ours, "which is measured of sounds alone"
    assert found.verdict.word != "good"


def on_a_sine(x: NDArray[np.float64]) -> Waves:
    return np.stack([x / np.pi - 1, np.sin(x)], axis=1).astype(np.float32)


def judged_on_a_sine(made: Waves) -> Judged:
    even = on_a_sine(np.linspace(0, 2 * np.pi, 1_000))
    held = np.arange(1_000) % 5 == 0
    shown_as = representation.of_kind(ROW)
    compared, copy = likeness.of(shown_as), likeness.copy_distance(shown_as)
    return judge.judge(even[~held], even[held], [made], compared.features, compared.faults, copy)


def test_rows_drawn_at_random_from_the_curve_that_even_ones_lie_on_are_good() -> None:
    found = judged_on_a_sine(on_a_sine(np.random.default_rng(0).uniform(0, 2 * np.pi, 1_000)))
    assert found.verdict.word == "good"
    assert found.ours["twins"] < 0.3


def test_rows_that_are_few_again_and_again_collapse() -> None:
    some_x = np.random.default_rng(0).uniform(0, 2 * np.pi, 100)
    assert judged_on_a_sine(on_a_sine(np.repeat(some_x, 10))).verdict.word == "collapsing"


def test_one_picture_again_and_again_collapses() -> None:
    assert judged(np.repeat(some(2)[:1], 300, axis=0)).verdict.word == "collapsing"


def test_blank_pictures_are_dead() -> None:
    assert judged(np.full((300, 256), -1, np.float32)).verdict.word == "dead"
