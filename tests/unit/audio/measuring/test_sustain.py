"""Where a tail is steady, a loop of whole periods and whole pages is found in it, without a click; else none is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio.measuring import pitch, sustain
from mirage_gan.mirage import bank, pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from tests.support import held

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.audio.measuring.sustain import Sustain
    from mirage_gan.base.arrays import Signal

sounds = pytest.mark.parametrize("name", held.HELD)
pitches = pytest.mark.parametrize("hz", [41.2, 65.4, 110.0, 196.0, 311.1, 440.0, 1046.5, 2093.0])


def find(signal: Signal) -> Sustain | None:
    found = pitch.measure(signal, HEADER_RATE_HZ)
    return None if found is None else sustain.find(signal, HEADER_RATE_HZ, found.hz)


@cache
def loop_in(name: str) -> Sustain:
    found = find(held.HELD[name]())
    assert found is not None, name
    return found


def seconds_of(found: Sustain, seconds: float) -> NDArray[np.float64]:
    """Play a sound, 8 bits, with its loop for so long."""
    samples = pcm.decode(pcm.encode(found.signal)).astype(np.float64)
    loop = samples[found.start :]
    return np.concatenate([samples, np.tile(loop, 1 + round(seconds * HEADER_RATE_HZ) // len(loop))])


@sounds
def test_a_loop_is_what_the_machine_plays_well_and_takes_no_more_pages_than_the_sound(name: str) -> None:
    found, sound = loop_in(name), held.HELD[name]()

    pages, rest = divmod(len(found.signal) - found.start, 256)
    assert (found.start % 256, rest) == (0, 0)
    assert pages in {1, 2, 4} or pages >= 8
    aligned_and_spare = found.start // 256 + pages + min(pages, 8)
    assert aligned_and_spare <= bank.once_pages(len(sound))
    assert np.abs(found.signal).max() <= 1
    assert found.signal.dtype == np.float32


@sounds
def test_what_leads_to_the_loop_is_the_sound_itself_at_nearly_its_own_rate(name: str) -> None:
    found, sound = loop_in(name), held.HELD[name]()

    own = pitch.measure(sound, HEADER_RATE_HZ)
    assert own is not None
    ratio = found.period * own.hz / HEADER_RATE_HZ
    assert 1 / 1.13 < ratio < 1.13
    attack = found.signal[: round(0.06 * HEADER_RATE_HZ)]
    at = np.arange(len(attack)) / ratio
    wanted = np.interp(at, np.arange(len(sound)), sound)
    assert np.corrcoef(attack, wanted)[0, 1] > 0.9


@sounds
def test_no_step_at_the_seam_is_larger_than_those_beside_it(name: str) -> None:
    found = loop_in(name)
    samples = pcm.encode(found.signal).astype(int)
    loop = samples[found.start :]

    near = np.abs(np.diff(np.concatenate([loop[-2 * int(found.period) :], loop[: 2 * int(found.period)]])))
    seam = 2 * int(found.period) - 1
    assert near[seam] <= np.delete(near, seam).max()


@sounds
def test_no_seam_is_heard_in_the_spectrum(name: str) -> None:
    found = loop_in(name)
    played = seconds_of(found, 3)
    seams = np.arange(len(found.signal), len(played) - 512, len(found.signal) - found.start)
    between = seams[:-1] + np.diff(seams) // 2

    assert high(played, seams) < high(played, between) + 1.5


def high(played: NDArray[np.float64], places: NDArray[np.int64]) -> float:
    """Return the level above 8 kHz in 512 samples around some places, in dB: where clicks are and tones hardly."""
    frames = np.array([played[at - 256 : at + 256] for at in places]) * np.hanning(512)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    return float(10 * np.log10(power[:, round(8_000 / HEADER_RATE_HZ * 512) :].mean()))


@pytest.mark.parametrize(("name", "most_db"), [("organ", 0.5), ("string", 1.5), ("voice", 1.5)])
def test_its_level_stays_for_five_seconds(name: str, most_db: float) -> None:
    found = loop_in(name)
    played = seconds_of(found, 5)[found.start :]

    width = 4 * round(found.period)
    frames = played[: len(played) // width * width].reshape(-1, width)
    assert np.ptp(10 * np.log10(np.mean(frames**2, axis=1))) < most_db


@pitches
def test_a_loop_holds_whole_periods_exactly(hz: float) -> None:
    found = find(held.organ(hz, 0.8))

    assert found is not None
    power = np.abs(np.fft.rfft(found.signal[found.start :].astype(np.float64))) ** 2
    assert power[:: found.periods].sum() > 0.999 * power.sum()
    assert np.argmax(power[:: found.periods]) > 0


@pitches
def test_the_pitch_of_a_vibrato_loop_is_that_of_its_mean(hz: float) -> None:
    found = find(held.string(hz, 1.0))

    assert found is not None
    played = seconds_of(found, 4)[found.start :]
    measured = pitch.measure(played.astype(np.float32), HEADER_RATE_HZ)
    assert measured is not None
    assert abs(1200 * np.log2(measured.hz * found.period / HEADER_RATE_HZ)) < 12  # it is the median of a moving pitch


def test_vibrato_and_chorus_are_kept_alive() -> None:
    for name in ("string", "chorus"):
        found = loop_in(name)
        assert len(found.signal) - found.start > HEADER_RATE_HZ / 5.8


@pytest.mark.parametrize("name", held.OTHERS)
def test_what_dies_away_or_moves_or_has_no_pitch_has_no_loop(name: str) -> None:
    assert find(held.OTHERS[name]()) is None


@pytest.mark.parametrize("db_per_second", [-14.0, -20.0, 16.0])
def test_a_swelling_or_falling_organ_has_none(db_per_second: float) -> None:
    signal = held.organ(seconds=0.7)
    moving = signal * 10 ** (db_per_second * held.time(0.7) / 20)

    assert find(np.asarray(moving / np.abs(moving).max(), np.float32)) is None


def test_a_sound_that_falls_to_a_steady_tail_has_one_unless_the_tail_is_faint() -> None:
    fall = np.exp(-held.time(1.2) / 0.05)
    for tail, has_one in ((0.6, True), (0.15, False)):
        signal = held.organ(seconds=1.2) * (tail + (1 - tail) * fall)
        assert (find(np.asarray(signal, np.float32)) is not None) is has_one


@sounds
def test_the_same_sound_has_the_same_loop(name: str) -> None:
    again = find(held.HELD[name]())

    assert again is not None
    assert np.array_equal(again.signal, loop_in(name).signal)
    assert (again.start, again.periods) == (loop_in(name).start, loop_in(name).periods)


@sounds
def test_its_figures_are_within_the_limits(name: str) -> None:
    found = loop_in(name)

    assert sustain.ALIKE < found.correlation <= 1.000001
    assert abs(found.level_db) < 2
    assert 0 <= found.timbre_db < sustain.TIMBRE_DB
