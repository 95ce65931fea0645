"""The built-in sounds are many, varied, clean, and the same ones every time."""

from collections import Counter

import numpy as np
import pytest

from mirage_gan.audio import synth
from mirage_gan.audio.measuring import pitch
from mirage_gan.base.arrays import Waves
from mirage_gan.judging import metrics, novelty
from mirage_gan.mirage import pcm
from tests.support import likeness

LOOPS = synth.loops()
SIGNALS: Waves = np.array([loop.signal for loop in LOOPS])


def test_there_are_about_200_loops_in_families_of_one_size() -> None:
    assert 180 <= len(LOOPS) <= 220
    assert Counter(loop.family for loop in LOOPS) == dict.fromkeys(synth.FAMILIES, synth.EACH)
    assert set(synth.FAMILIES) == {"additive", "fm", "pulse", "formant", "sync", "folded", "noisy"}


def test_every_loop_has_a_name_of_its_own() -> None:
    assert len({loop.name for loop in LOOPS}) == len(LOOPS)
    assert all(loop.name.startswith(f"{loop.family}-") for loop in LOOPS)


def test_the_loops_are_the_same_every_time() -> None:
    again = synth.loops()
    assert [loop.name for loop in again] == [loop.name for loop in LOOPS]
    assert np.array_equal([loop.signal for loop in again], SIGNALS)


def test_every_loop_is_one_page_at_full_scale_without_dc() -> None:
    assert SIGNALS.shape == (len(LOOPS), synth.SAMPLES)
    assert SIGNALS.dtype == np.float32
    assert np.all(np.max(np.abs(SIGNALS), axis=1) == 1)
    assert np.max(np.abs(SIGNALS.mean(1))) < 1e-6


def test_no_loop_is_faulty() -> None:
    assert {loop.name: found for loop in LOOPS if (found := metrics.faults(loop.signal))} == {}


def test_every_loop_is_recognized_as_a_loop() -> None:
    assert [loop.name for loop in LOOPS if not pitch.is_loop(loop.signal, 29412)] == []


def test_no_two_loops_are_the_same_in_8_bits() -> None:
    assert len({pcm.encode(loop.signal).tobytes() for loop in LOOPS}) == len(LOOPS)


def test_the_loops_differ_in_sound_and_not_only_in_bytes() -> None:
    twins = 0
    for i in range(len(SIGNALS)):
        others = np.delete(SIGNALS, i, axis=0)
        twins += likeness.nearest(SIGNALS[i : i + 1], others)[1][0] > novelty.TWIN
    assert twins <= 0.2 * len(SIGNALS)  # a few harmonics, or a narrow pulse, are soon alike


@pytest.mark.parametrize("family", synth.FAMILIES)
def test_the_loops_of_a_family_are_varied(family: str) -> None:
    features = metrics.harmonic_features(SIGNALS[[loop.family == family for loop in LOOPS]])
    spread = np.linalg.norm(features - features.mean(0), axis=1)
    assert spread.mean() > 0.3
