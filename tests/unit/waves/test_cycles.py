"""Cycles are cut, closed and aligned exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.audio.measuring import pitch
from mirage_gan.base.arrays import Signal
from mirage_gan.waves import cycles
from tests.support.signals import Cycle, seeds, snr_db, some, tone

# --- cut_cycles


@some
@given(
    seed=seeds,
    hz=st.floats(40, 1500),
    rate_hz=st.sampled_from([22050, 44100]),
    seconds=st.floats(0.12, 0.6),
    points=st.sampled_from([64, 128, 256, 512]),
    count=st.integers(1, 12),
)
def test_every_cycle_that_is_cut_from_a_steady_tone_is_its_cycle(
    seed: int, hz: float, rate_hz: int, seconds: float, points: int, count: int
) -> None:
    harmonics = max(1, min(30, points // 2 - 1, int(rate_hz / hz / 2) - 1))
    cycle = Cycle(seed, harmonics)
    signal = cycle.at(np.arange(round(seconds * rate_hz)) * hz / rate_hz)
    heard = pitch.measure(signal.astype(np.float32), rate_hz)
    assert heard is not None
    cut = cycles.cut_cycles(signal.astype(np.float32), rate_hz, heard.hz, count, points)
    assert cut.shape[1] == points
    assert 1 <= len(cut) <= count
    whole = cycles.align_loop(cycle.points(points)).astype(np.float64)
    for wave in cut:
        aligned = cycles.align_loop(wave)
        level = np.dot(whole, aligned) / np.dot(whole, whole)
        assert snr_db(level * whole, aligned) >= 40


@some
@given(seed=seeds, hz=st.floats(60, 800), decay=st.floats(1, 20))
def test_the_cycles_of_a_decaying_tone_have_no_seam(seed: int, hz: float, decay: float) -> None:
    t = np.arange(22050) / 22050
    signal = (Cycle(seed, 8).at(hz * t) * np.exp(-decay * t)).astype(np.float32)
    for wave in cycles.cut_cycles(signal, 22050, hz, 8, 256):
        # a seam would be a step, and a step has harmonics up to the highest
        power = np.abs(np.fft.rfft(wave)) ** 2
        assert 10 * np.log10(power[12:].sum() / power.sum()) < -50
        assert abs(wave[0] - wave[-1]) <= 1.01 * np.max(np.abs(np.diff(wave)))


@some
@given(
    signal=arrays(np.float32, st.integers(16, 1200), elements=st.floats(-1, 1, width=32)),
    period=st.floats(2.1, 600),
    count=st.integers(1, 20),
)
def test_cutting_gives_the_count_asked_or_less_and_numbers(signal: Signal, period: float, count: int) -> None:
    signal[len(signal) // 2] = 1  # as loud as a normalized sound
    cut = cycles.cut_cycles(signal, 44100, 44100 / period, count, 128)
    assert 1 <= len(cut) <= count
    assert cut.shape == (len(cut), 128)
    assert np.all(np.isfinite(cut))
    assert np.max(np.abs(cut)) <= 1


def test_a_long_sound_gives_all_the_cycles_asked_for() -> None:
    signal = tone("saw", 110.0, 22050, 1.0)
    assert len(cycles.cut_cycles(signal, 22050, 110.0, 8, 256)) == 8


def test_cycles_are_cut_from_all_over_the_sound() -> None:
    # a tone that becomes an octave brighter by its end: no two cycles are the same
    t = np.arange(44100) / 44100
    signal = (np.sin(2 * np.pi * 100 * t) + t * np.sin(2 * np.pi * 200 * t)).astype(np.float32)
    cut = cycles.cut_cycles(signal, 44100, 100.0, 6, 64)
    spectrum = np.abs(np.fft.rfft(cut, axis=1))
    brightness = spectrum[:, 2] / spectrum[:, 1]
    assert np.all(np.diff(brightness) > 0.05)


@pytest.mark.parametrize("hz", [2500.0, 3000.0, 4000.0, 5000.0])
def test_a_tone_up_to_half_the_rate_has_a_cycle(hz: float) -> None:
    signal = tone("sine", hz, 11025, 0.5)
    cut = cycles.cut_cycles(signal, 11025, hz, 4, 256)
    assert np.allclose(np.max(np.abs(cut), axis=1), 1)


def test_the_highest_harmonic_below_half_the_rate_is_in_the_cycle() -> None:
    # a period of 6.9 samples has room for three harmonics
    t = np.arange(11025) / 11025
    signal = (np.sin(2 * np.pi * 1600 * t) + np.sin(2 * np.pi * 4800 * t + 0.3)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(cycles.cut_cycles(signal, 11025, 1600.0, 1, 256)[0]))
    assert 0.7 < spectrum[3] / spectrum[1] < 1.4


# --- align_loop, loop_wave


@some
@given(seeds, st.integers(16, 600), st.floats(0, 1), st.sampled_from([1.0, 0.5, 0.2]))
def test_an_aligned_loop_starts_with_its_fundamental_at_zero_and_rising(
    seed: int, points: int, start: float, fundamental: float
) -> None:
    cycle = Cycle(seed, min(20, (points - 1) // 2), fundamental).at(np.arange(points) / points + start)
    aligned = cycles.align_loop(cycle)
    assert abs(np.angle(np.fft.rfft(aligned)[1]) + np.pi / 2) < 1e-4  # a sine has -90 degrees
    assert np.allclose(np.abs(np.fft.rfft(aligned)), np.abs(np.fft.rfft(cycle)), atol=1e-3)


@some
@given(seeds, st.integers(16, 600), st.floats(0, 1), st.sampled_from([1.0, 0.3, 0.04, 0.005]))
def test_every_rotation_of_a_loop_is_aligned_to_the_same_wave(
    seed: int, points: int, turn: float, fundamental: float
) -> None:
    cycle = Cycle(seed, min(20, (points - 1) // 2), fundamental)
    grid = np.arange(points) / points
    assert np.allclose(cycles.align_loop(cycle.at(grid)), cycles.align_loop(cycle.at(grid + turn)), atol=1e-4)


@some
@given(seeds, st.integers(1, 255))
def test_every_whole_rotation_of_any_points_is_aligned_to_the_same_wave(seed: int, turn: int) -> None:
    loop = np.random.default_rng(seed).uniform(-1, 1, 256)
    assert np.allclose(cycles.align_loop(loop), cycles.align_loop(np.roll(loop, turn)), atol=1e-4)


@some
@given(st.integers(2, 12), st.floats(0, 1), st.floats(0.001, 0.09))
def test_where_the_fundamental_is_weak_the_strongest_harmonic_is_aligned(
    strongest: int, phase: float, fundamental: float
) -> None:
    t = np.arange(256) / 256
    loop = np.sin(2 * np.pi * (strongest * t + phase)) + fundamental * np.sin(2 * np.pi * (t + 0.3))
    spectrum = np.fft.rfft(cycles.align_loop(loop))
    assert abs(np.angle(spectrum[strongest]) + np.pi / 2) < 1e-4
    # of the ways to turn it, the one that leaves the fundamental nearest to aligned
    assert abs(np.angle(spectrum[1] * 1j)) <= np.pi / strongest + 1e-4


@some
@given(seeds, st.integers(16, 900), st.sampled_from([64, 256, 1024]), st.booleans(), st.floats(-0.5, 0.5))
def test_a_loop_becomes_a_wave_without_dc_at_full_scale(
    seed: int, samples: int, points: int, align: bool, dc: float
) -> None:
    loop = (Cycle(seed, 5).points(samples) + dc).astype(np.float32)
    wave = cycles.loop_wave(loop, points, align=align)
    assert wave.shape == (points,)
    assert abs(wave.mean()) < 1e-5
    assert np.max(np.abs(wave)) == 1
    turned = np.angle(np.fft.rfft(wave)[1]) - np.angle(np.fft.rfft(loop)[1])
    assert align or abs(np.angle(np.exp(1j * turned))) < 1e-3  # left as it was, if so asked


def test_waves_are_normalized_each_for_itself_and_flat_ones_become_silence() -> None:
    waves = np.random.default_rng(0).uniform(-0.2, 0.6, (4, 64)).astype(np.float32)
    waves[2] = 0.7
    normalized = cycles.normalize_waves(waves)
    assert np.allclose(normalized.mean(1), 0, atol=1e-6)
    assert np.allclose(np.max(np.abs(normalized), axis=1), [1, 1, 0, 1])
