"""Pictures that a network has made are heard as 8-bit sounds, and judged by what is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.meanings import FIGURES
from mirage_gan.judging.oneshots import hearing
from mirage_gan.settings.judging import COPYING, DEAD, NOISE
from mirage_gan.waves import representation, spectrogram
from tests.support import drums
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.verdict import Judged

COUNT = 16
WHOLE = representation.of_kind("oneshot")


def pictures(count: int, seed: int) -> Waves:
    return spectrogram.picture(drums.drums(count, seed), drums.FRAMES).reshape(count, -1)


TRAIN, HELD = pictures(COUNT, 0), pictures(12, 1)


def judged(raw: Waves, recorder: Recorder | None = None) -> Judged:
    return hearing.judge(TRAIN, HELD, [raw[:10], raw[10:]], WHOLE, len(raw), *([recorder] if recorder else []))


def test_noise_is_called_noise() -> None:
    even = np.full(TRAIN.shape, 0.9, np.float32)  # every band is as loud as all others, at all times

    found = judged(even)

    assert found.verdict.word == NOISE
    assert found.ours["noise"] > 0.9
    assert found.real["noise"] < 0.5


def test_copies_are_called_copying_and_all_figures_have_a_meaning() -> None:
    recorder = Recorder()

    found = judged(TRAIN, recorder)

    assert found.verdict.word == COPYING
    assert found.ours["copy"] > 0.9
    assert found.ours.keys() == found.real.keys() < FIGURES.keys()
    assert recorder.shown[0] == (0, COUNT, "listening")
    assert recorder.shown[-1] == (COUNT, COUNT, "listening")


def test_silent_pictures_are_dead() -> None:
    found = judged(np.full(TRAIN.shape, -1, np.float32))

    assert found.verdict.word == DEAD
    assert found.ours["dead"] == 1


def test_new_drums_are_neither_copies_nor_noise() -> None:
    found = judged(pictures(COUNT, 2))

    assert found.verdict.word not in (NOISE, COPYING, DEAD)
    assert found.ours["copy"] < 0.3


def test_a_sound_is_heard_to_its_end_in_8_bits() -> None:
    t = np.arange(drums.SAMPLES) / 29_412
    long = np.asarray(np.cos(2 * np.pi * 440 * t) * np.exp(-2 * t), np.float32)
    wave = spectrogram.picture([long], drums.FRAMES).reshape(-1)

    heard = hearing._heard(wave, WHOLE)

    assert len(heard) == pytest.approx(drums.SAMPLES, rel=0.02)
    assert np.abs(heard[-600:-300]).max() > 0.3
    assert np.allclose(127 * heard, np.rint(127 * heard), atol=1e-4)
