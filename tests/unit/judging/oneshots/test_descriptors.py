"""Descriptors hear what a musician hears, and say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.oneshots import descriptors
from mirage_gan.judging.oneshots.descriptors import DESCRIPTORS
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from tests.support import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal

REAL = drums.drums(60, 0)
OTHER = drums.drums(60, 1)
OURS = drums.drums(60, 2)


def value(sound: Signal, name: str) -> float:
    return float(descriptors.describe([sound])[0, list(DESCRIPTORS).index(name)])


def said(ours: list[Signal]) -> str:
    real, other = descriptors.describe(REAL), descriptors.describe(OTHER)
    return descriptors.worst(real, descriptors.describe(ours), descriptors.distances(real, other))


def test_times_are_in_milliseconds() -> None:
    time = np.arange(8000) / HEADER_RATE_HZ
    swell = np.minimum(time / 0.05, 1) * np.exp(-np.maximum(time - 0.05, 0) / 0.02)
    sound = np.asarray(swell * np.sin(2 * np.pi * 1000 * time), np.float32)

    # it is a tenth as loud as at its peak after 5 ms, and again after 0.02 s * ln(10)
    assert value(sound, "attack") == pytest.approx(45, abs=2)
    assert value(sound, "decay") == pytest.approx(46, abs=3)
    assert value(sound, "length") == pytest.approx(np.log2(8000))


def test_the_spectrum_is_in_octaves_and_decibels() -> None:
    time = np.arange(4000) / HEADER_RATE_HZ
    tones = {hz: np.asarray(np.sin(2 * np.pi * hz * time), np.float32) for hz in (100, 2000, 8000)}
    noise = np.random.default_rng(0).uniform(-1, 1, 4000).astype(np.float32)

    assert value(tones[2000], "centroid") == pytest.approx(np.log2(2000), abs=0.05)
    assert value(tones[100], "low") == pytest.approx(0, abs=0.1)
    assert value(tones[2000], "low") < -20
    assert value(tones[8000], "high") == pytest.approx(0, abs=0.1)
    assert value(tones[2000], "high") < -20
    assert value(noise, "flatness") > -2
    assert value(tones[2000], "flatness") < -20


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (OURS, ""),
        (drums.smeared(OURS), "attacks are softer than yours"),
        (drums.low_passed(OURS), "there is little above 6 kHz"),
        (drums.hissing(OURS), "tails are louder than yours, or noisy"),
        (drums.backwards(OURS), "attacks are softer than yours"),
        ([sound[:600] for sound in OURS], "sounds are shorter than yours"),
    ],
    ids=["real", "smeared", "low-passed", "hissing", "backwards", "short"],
)
def test_what_is_wrong_is_said(ours: list[Signal], words: str) -> None:
    assert said(ours) == words


def test_a_set_is_at_no_distance_from_itself() -> None:
    real = descriptors.describe(REAL)

    assert set(descriptors.distances(real, real).values()) == {0.0}
    assert list(descriptors.distances(real, real)) == list(DESCRIPTORS)


@pytest.mark.parametrize("length", [16, 17, 63, 64, 1000])
def test_short_and_silent_sounds_have_descriptors(length: int) -> None:
    sounds: list[Signal] = [np.zeros(length, np.float32), np.ones(length, np.float32), drums.drums(1, 0)[0][:length]]

    assert np.isfinite(descriptors.describe(sounds)).all()
    assert np.isfinite(list(descriptors.distances(*[descriptors.describe(sounds)] * 2).values())).all()


def test_no_sounds_have_no_descriptors() -> None:
    assert descriptors.describe([]).shape == (0, len(DESCRIPTORS))
