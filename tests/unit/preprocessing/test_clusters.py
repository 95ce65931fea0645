"""Classes that k-means finds: those that are there, the same each time, named by how they sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import SignalError
from mirage_gan.preprocessing.clusters import find_classes
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of
from tests.support import classes, drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves

CYCLE = representation.of_sounds(LOOP)


def waves(names: list[str]) -> Waves:
    return np.stack([CYCLE.encode(classes.loop(name, i), 64, align=True) for i, name in enumerate(names)])


def test_it_finds_the_classes_that_are_there_and_names_them_by_their_sound() -> None:
    found = find_classes(waves(["sine", "pulse"] * 12), CYCLE, 2)

    assert found == ["dark-pure", "bright-rich"] * 12


def test_the_same_waves_have_the_same_classes() -> None:
    some = waves(["sine", "pulse", "pulse"] * 8)

    assert find_classes(some, CYCLE, 3) == find_classes(some.copy(), CYCLE, 3)


def test_names_are_told_apart_by_numbers() -> None:
    found = find_classes(waves(["sine", "pulse"] * 30), CYCLE, 9)

    assert len(set(found)) > 6
    assert min(found.count(name) for name in set(found)) >= 2


def test_a_wave_that_is_like_no_other_is_no_class() -> None:
    lone = np.where(np.arange(64) % 4 < 2, 1, -1).astype(np.float32)[None]
    found = find_classes(np.concatenate([waves(["sine", "pulse"] * 12), lone]), CYCLE, 3)

    assert min(found.count(name) for name in set(found)) >= 2


def test_whole_sounds_have_classes_too() -> None:
    whole = representation.of_sounds(ONE_SHOT)
    sounds = [np.asarray(drum, np.float32) for drum in drums.drums(8, 0)]
    pictures = np.stack([whole.encode(sound, points_of(32), align=False) for sound in sounds])

    found = find_classes(pictures, whole, 2)

    assert len(set(found)) == 2
    assert {name.split("-")[1] for name in found} <= {"tonal", "noisy"}


@pytest.mark.parametrize(
    ("count", "wanted", "message"),
    [
        (5, 3, r"^--classes kmeans:3 needs 6 waves or more, and there are 5: choose fewer classes, or leave"),
        (8, 2, r"^--classes kmeans:2.*too much alike"),
    ],
)
def test_too_few_waves_are_refused(count: int, wanted: int, message: str) -> None:
    some = np.repeat(waves(["sine"]), count, axis=0)

    with pytest.raises(SignalError, match=message):
        find_classes(some, CYCLE, wanted)
