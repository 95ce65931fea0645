"""Sounds are read as they are, or refused with the reason; pitches and cycles are measured exactly."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mirage_gan.audio import pitch, reading, resampling
from mirage_gan.base.arrays import Signal
from mirage_gan.base.errors import FormatError, MirageGanError, SignalError
from mirage_gan.mirage import pcm
from mirage_gan.waves import cycles

Floats = NDArray[np.float64]

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
needs_sounds = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference sounds are not beside this checkout")

RAW_RATE_HZ = 29412
HARMONICS = {
    "sine": lambda h: h == 1,
    "saw": lambda h: 1 / h,
    "square": lambda h: (h % 2) / h,
    "missing fundamental": lambda h: (h > 1) / h,
}

some = settings(max_examples=40)
seeds = st.integers(0, 2**32 - 1)


def cents(hz: float, reference_hz: float) -> float:
    return float(1200 * np.log2(hz / reference_hz))


def snr_db(signal: NDArray[np.floating], copy: NDArray[np.floating]) -> float:
    noise = np.sum(np.square(np.asarray(signal, np.float64) - copy))
    return float(10 * np.log10(np.sum(np.square(signal, dtype=np.float64)) / max(noise, 1e-30)))


def tone(kind: str, hz: float, rate_hz: int, seconds: float) -> Signal:
    """Up to 40 harmonics of a shape, below half the rate, each with another phase."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    total = np.zeros(len(t))
    for h in range(1, min(41, int(np.ceil(rate_hz / 2 / hz)))):
        if level := float(HARMONICS[kind](h)):
            total += level * np.sin(2 * np.pi * h * hz * t + h**1.3)
    return np.asarray(total / np.max(np.abs(total)), np.float32)


class Cycle:
    """A random cycle as a formula, so that it can be had at any length and at any phase."""

    def __init__(self, seed: int, harmonics: int, fundamental: float = 1.0) -> None:
        random = np.random.default_rng(seed)
        self.h = np.arange(1, harmonics + 1)[:, None]
        self.level = random.uniform(0.1, 1, (harmonics, 1)) / self.h
        self.level[0] = fundamental
        self.phase = random.uniform(0, 2 * np.pi, (harmonics, 1))

    def at(self, periods: Floats) -> Floats:
        return np.asarray((self.level * np.sin(2 * np.pi * self.h * periods + self.phase)).sum(0))

    def points(self, count: int) -> Floats:
        return self.at(np.arange(count) / count)


# --- pitch


@pytest.mark.parametrize("rate_hz", [11025, 22050, 44100, 96000, 192000])
@pytest.mark.parametrize("kind", HARMONICS)
def test_the_pitch_of_a_tone_is_found_within_10_cents(kind: str, rate_hz: int) -> None:
    for hz in (30.0, 43.7, 110.0, 261.63, 1046.5, 3000.0, 4000.0):
        # without its fundamental a tone needs two harmonics to have a pitch
        if kind == "missing fundamental" and 3 * hz >= rate_hz / 2:
            continue
        found = pitch.measure(tone(kind, hz, rate_hz, 0.15), rate_hz)
        assert found is not None, f"{hz} Hz"
        assert abs(cents(found.hz, hz)) <= 10, f"{hz} Hz, found {found.hz}"


@some
@given(
    kind=st.sampled_from(sorted(HARMONICS)),
    hz=st.floats(30, 3500),
    rate_hz=st.sampled_from([22050, 32000, 44100]),
    seconds=st.floats(0.1, 0.4),
    decay=st.floats(0, 12),
    gain=st.floats(0.01, 1),
)
def test_pitch_depends_neither_on_level_nor_length_nor_decay(
    kind: str, hz: float, rate_hz: int, seconds: float, decay: float, gain: float
) -> None:
    x = tone(kind, hz, rate_hz, seconds)
    fading = gain * x.astype(np.float64) * np.exp(-decay * np.arange(len(x)) / rate_hz)
    found = pitch.measure(np.asarray(fading, np.float32), rate_hz)
    assert found is not None
    assert abs(cents(found.hz, hz)) <= 10
    assert 0.8 <= found.clarity <= 1


def test_a_pitch_is_found_in_a_tone_with_some_noise() -> None:
    random = np.random.default_rng(0)
    x = tone("saw", 196.0, 44100, 0.5) + 0.02 * random.standard_normal(22050)
    found = pitch.measure(x.astype(np.float32), 44100)
    assert found is not None
    assert abs(cents(found.hz, 196.0)) <= 10


@some
@given(seeds, st.sampled_from([11025, 44100, 96000]), st.floats(0.05, 0.5))
def test_noise_has_no_pitch(seed: int, rate_hz: int, seconds: float) -> None:
    noise = np.random.default_rng(seed).standard_normal(round(seconds * rate_hz))
    assert pitch.measure(noise.astype(np.float32), rate_hz) is None


@some
@given(
    start_hz=st.floats(200, 800),
    octaves=st.floats(0.5, 3),
    seconds=st.floats(0.4, 1.5),
    down=st.booleans(),
)
def test_a_pitch_sweep_has_no_pitch(start_hz: float, octaves: float, seconds: float, down: bool) -> None:
    t = np.arange(round(seconds * 22050)) / 22050
    rise = octaves / seconds
    cycles = start_hz / (rise * np.log(2)) * (2 ** (rise * t) - 1)
    x = np.sin(2 * np.pi * cycles).astype(np.float32)
    assert pitch.measure(x[::-1] if down else x, 22050) is None


def test_silence_and_what_sounds_like_it_has_no_pitch() -> None:
    random = np.random.default_rng(0)
    click = np.zeros(5000, np.float32)
    click[1000] = 1
    quiet = np.asarray(random.integers(-1, 2, 5000) / 127, np.float32)  # the last bit of an 8-bit recording
    flat = np.full(5000, 0.3, np.float32)
    sounds: list[Signal] = [np.zeros(5000, np.float32), np.zeros(16, np.float32), flat, click, quiet]
    for signal in sounds:
        assert pitch.measure(signal, 44100) is None


@some
@given(arrays(np.float32, st.integers(16, 400), elements=st.floats(-1, 1, width=32)), st.integers(8000, 192000))
def test_any_short_sound_has_a_pitch_in_range_or_none(signal: Signal, rate_hz: int) -> None:
    found = pitch.measure(signal, rate_hz)
    if found is not None:
        low, high = pitch.PITCH_RANGE_HZ
        assert 0.9 * low <= found.hz <= 1.1 * high
        assert 0 <= found.clarity <= 1


NOTES = {"c": 0, "d": 2, "eb": 3, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def note_hz(stem: str) -> float | None:
    """Read the note at the end of a file name such as `freepats_uprightkw_A5vH`, as it sounds."""
    for part in stem.lower().split("_"):
        name, octave = part.split("v")[0][:-1], part.split("v")[0][-1:]
        if name in NOTES and octave.isdigit():
            number = 12 * (int(octave) + 1) + NOTES[name] - (12 if "latelybass" in stem else 0)
            return float(440 * 2 ** ((number - 69) / 12))
    return None


def strongest_hz(signal: Signal, rate_hz: int, near_hz: float) -> float:
    """Measure a partial by the spectrum of a second of the sound, from 50 ms after its peak."""
    start = int(np.argmax(np.abs(signal))) + round(0.05 * rate_hz)
    part = signal[start : start + rate_hz]
    size = 2**19
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    low, high = (int(near_hz * 2 ** (side / 24) * size / rate_hz) for side in (-1, 1))
    top = low + int(np.argmax(spectrum[low:high]))
    left, middle, right = np.log(spectrum[top - 1 : top + 2])
    return float((top + (left - right) / (2 * (left - 2 * middle + right))) * rate_hz / size)


@needs_sounds
def test_the_pitch_of_real_notes_is_found_within_10_cents() -> None:
    found, missed, off = 0, [], {}
    for folder in ("keys", "bass", "synth"):
        for path in sorted((SHARED / "oneshots" / folder).iterdir()):
            if (named_hz := note_hz(path.stem)) is None:
                continue
            sound = reading.read(path, raw_rate_hz=RAW_RATE_HZ, max_seconds=60)
            signal = reading.normalize(sound)
            if (heard := pitch.measure(signal, sound.rate_hz)) is None:
                missed.append(path.name)
                continue
            found += 1
            # instruments are out of tune themselves, so the name says only where to look
            error = cents(heard.hz, strongest_hz(signal, sound.rate_hz, named_hz))
            if not abs(error) <= 10:
                off[path.name] = error
    assert not off
    assert found >= 35
    assert found >= 0.95 * (found + len(missed)), missed


@needs_sounds
def test_basses_that_are_named_after_a_c_sound_one_within_10_cents() -> None:
    # no octave is in the name; the drop glides, so it must have no pitch
    errors = {}
    for path in sorted((SHARED / "oneshots" / "bass").glob("sonicpi_bass_*_c.flac")):
        sound = reading.read(path, raw_rate_hz=RAW_RATE_HZ, max_seconds=60)
        heard = pitch.measure(reading.normalize(sound), sound.rate_hz)
        octaves_over_c = None if heard is None else np.log2(heard.hz / 440) + 9 / 12
        errors[path.stem.split("_")[2]] = (
            None if octaves_over_c is None else abs(1200 * (octaves_over_c - round(octaves_over_c)))
        )
    assert errors.pop("drop") is None
    assert len(errors) == 4
    assert all(error is not None and error <= 10 for error in errors.values()), errors


# --- is_loop


@some
@given(seeds, st.integers(16, 4096), st.integers(1, 40))
def test_a_single_cycle_is_a_loop(seed: int, samples: int, harmonics: int) -> None:
    cycle = Cycle(seed, min(harmonics, (samples - 1) // 2)).points(samples)
    assert pitch.is_loop(cycle.astype(np.float32), max(44100, 10 * samples))


@some
@given(seeds, st.integers(16, 4096))
def test_a_cycle_of_noise_is_a_loop(seed: int, samples: int) -> None:
    cycle = np.random.default_rng(seed).standard_normal(samples)
    assert pitch.is_loop(cycle.astype(np.float32), max(44100, 10 * samples))


@some
@given(seeds, st.integers(1, 16), st.data())
def test_a_cycle_that_is_repeated_to_an_octave_or_harmonic_above_is_a_loop(
    seed: int, repeats: int, data: st.DataObject
) -> None:
    samples = data.draw(st.integers(16, 4096 // repeats))
    signal = np.tile(Cycle(seed, 7).points(samples), repeats).astype(np.float32)
    assert pitch.is_loop(signal, 96000)


@pytest.mark.parametrize("samples", [64, 128, 256, 512, 1024, 2048, 4096])
def test_a_hard_synced_cycle_of_a_power_of_two_is_a_loop_though_its_repeats_are_broken_off(samples: int) -> None:
    saw = (np.arange(samples) * 3.4 / samples) % 1
    assert pitch.is_loop((2 * saw - 1).astype(np.float32), 96000)


@some
@given(seeds, st.integers(2, 15), st.floats(0.25, 0.75), st.floats(20, 250))
def test_a_snippet_of_a_longer_tone_is_no_loop(seed: int, whole: int, rest: float, period: float) -> None:
    samples = round((whole + rest) * period)
    assume(samples.bit_count() > 1)  # a power of two is a single-cycle file's length
    signal = Cycle(seed, 5).at(np.arange(samples) / period).astype(np.float32)
    assert not pitch.is_loop(signal, 96000)


def test_a_loop_is_short_by_samples_and_by_time() -> None:
    cycle = Cycle(0, 7)
    assert pitch.is_loop(cycle.points(4096).astype(np.float32), 96000)
    assert not pitch.is_loop(cycle.points(4097).astype(np.float32), 96000)
    assert pitch.is_loop(cycle.points(2205).astype(np.float32), 22050)
    assert not pitch.is_loop(cycle.points(2206).astype(np.float32), 22050)


@needs_sounds
def test_all_but_a_handful_of_real_single_cycles_are_loops() -> None:
    others = []
    paths = sorted((SHARED / "akwf").rglob("*.wav"))
    for path in paths:
        sound = reading.read(path, raw_rate_hz=RAW_RATE_HZ, max_seconds=1)
        if not pitch.is_loop(sound.samples, sound.rate_hz):
            others.append(path.stem)
    assert len(paths) > 3000
    assert len(others) <= 5, others


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


# --- resample_loop

lengths = st.integers(16, 700)


@some
@given(seeds, lengths, lengths)
def test_resampling_a_loop_keeps_its_harmonics_and_their_level(seed: int, old: int, new: int) -> None:
    cycle = Cycle(seed, (min(old, new) - 1) // 2)
    resampled = resampling.resample_loop(cycle.points(old), new)
    assert resampled.shape == (new,)
    assert resampled.dtype == np.float32
    assert np.allclose(resampled, cycle.points(new), atol=1e-5)


@some
@given(seeds, lengths, st.integers(0, 700))
def test_a_loop_that_is_resampled_and_back_is_the_same(seed: int, points: int, more: int) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(seed).uniform(-1, 1, points))
    if points % 2 == 0 and more:
        spectrum[-1] = 0  # half the rate: it cannot be told from its own mirror
    loop = np.fft.irfft(spectrum, points)
    there = resampling.resample_loop(loop, points + more)
    assert np.allclose(resampling.resample_loop(there, points), loop, atol=1e-5)


@some
@given(seeds, lengths, st.integers(2, 5))
def test_a_loop_made_longer_passes_through_all_its_points(seed: int, points: int, times: int) -> None:
    loop = np.random.default_rng(seed).uniform(-1, 1, points)  # with energy at half the rate where it has that
    assert np.allclose(resampling.resample_loop(loop, points * times)[::times], loop, atol=1e-5)


@some
@given(st.integers(8, 300), st.integers(301, 700), seeds)
def test_a_loop_made_shorter_loses_what_does_not_fit_and_nothing_folds_over(new: int, old: int, seed: int) -> None:
    h = np.random.default_rng(seed).integers((new + 1) // 2, old // 2)  # half the new rate, or more
    loop = np.cos(2 * np.pi * h * np.arange(old) / old + 0.4)
    assert np.max(np.abs(resampling.resample_loop(loop, new))) < 1e-6


def test_rows_of_loops_are_resampled_each_for_itself() -> None:
    loops = np.random.default_rng(0).uniform(-1, 1, (5, 100))
    together = resampling.resample_loop(loops, 64)
    assert np.array_equal(together, np.array([resampling.resample_loop(loop, 64) for loop in loops]))


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


@some
@given(seeds, st.sampled_from([(256, 64), (1024, 256), (512, 128), (128, 128)]))
def test_loops_are_fitted_as_loops_and_one_shots_as_means(seed: int, points: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    old, new = points
    waves = random.uniform(-1, 1, (6, old)).astype(np.float32)
    loops = random.random(6) < 0.5
    fitted = cycles.fit(waves, loops, new)
    assert fitted.shape == (6, new)
    for wave, loop, small in zip(waves, loops, fitted, strict=True):
        wanted = resampling.resample_loop(wave, new) if loop else cycles.block_means(wave, new)
        assert np.allclose(small, wanted.clip(-1, 1), atol=1e-5)


def test_only_waves_wider_than_the_largest_bitmap_are_fitted_to_its_columns() -> None:
    for points, columns in ((64, 64), (256, 256), (512, 256), (1024, 256)):
        assert cycles.fit_columns(np.zeros((3, points), np.float32)).shape == (3, columns)


# --- block_means


@some
@given(
    arrays(np.float32, st.integers(1, 3000), elements=st.floats(-1, 1, width=32)),
    st.sampled_from([64, 128, 256]),
)
def test_block_means_keep_the_total_at_any_length(signal: Signal, points: int) -> None:
    means = cycles.block_means(signal, points)
    assert means.shape == (points,)
    total = float(np.sum(signal, dtype=np.float64))
    assert float(np.sum(means, dtype=np.float64)) * len(signal) / points == pytest.approx(total, abs=1e-3)
    assert signal.min() - 1e-5 <= means.min()
    assert means.max() <= signal.max() + 1e-5


@some
@given(seeds, st.integers(1, 20_000), st.data())
def test_every_sample_counts_in_a_block_mean(seed: int, samples: int, data: st.DataObject) -> None:
    signal = np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)
    # the last ones most of all: an integer division would drop them
    at = data.draw(st.one_of(st.just(samples - 1), st.integers(0, samples - 1)))
    changed = signal.copy()
    changed[at] += 0.5
    assert not np.array_equal(cycles.block_means(signal, 256), cycles.block_means(changed, 256))


# --- read

X = tone("sine", 440.0, 22050, 0.48) * np.float32(0.9)  # an even count: libsndfile counts an AIFF's pad byte
LOSSLESS_WITHIN = {"PCM_16": 1 / 2**15, "PCM_24": 1 / 2**22, "PCM_32": 1 / 2**22, "PCM_U8": 1 / 127}
LOSSLESS_WITHIN |= {"PCM_S8": 1 / 127, "FLOAT": 0.0, "DOUBLE": 0.0}


def read(path: Path, max_seconds: float = 60) -> reading.Sound:
    return reading.read(path, raw_rate_hz=RAW_RATE_HZ, max_seconds=max_seconds)


def check_read(path: Path, container: str, subtype: str) -> None:
    try:
        soundfile.write(path, X, 22050, format=container, subtype=subtype)
    except soundfile.LibsndfileError as error:
        pytest.skip(f"this libsndfile cannot write {container} {subtype}: {error.error_string}")
    sound = read(path)
    assert (sound.rate_hz, sound.channels, sound.note) == (22050, 1, "")
    assert sound.encoding == f"{container} {subtype}"
    if subtype in LOSSLESS_WITHIN:
        assert len(sound.samples) == len(X)
        assert np.max(np.abs(sound.samples - X)) <= LOSSLESS_WITHIN[subtype]
    else:  # some encoders fill up their last block, and telephones' hiss
        assert len(X) <= len(sound.samples) < len(X) + 1024
        heard = pitch.measure(reading.normalize(sound), 22050)
        assert heard is not None
        assert abs(cents(heard.hz, 440.0)) <= 10


@pytest.mark.parametrize("subtype", sorted(soundfile.available_subtypes("WAV")))
def test_every_kind_of_wav_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.wav", "WAV", subtype)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_aiff_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.aiff", "AIFF", subtype)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_flac_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.flac", "FLAC", subtype)


def test_ogg_is_read(tmp_path: Path) -> None:
    check_read(tmp_path / "x.ogg", "OGG", "VORBIS")


def test_stereo_is_the_mean_of_both_sides(tmp_path: Path) -> None:
    left, right = np.random.default_rng(0).uniform(-1, 1, (2, 3000)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", np.stack([left, right], 1), 44100, subtype="FLOAT")
    sound = read(tmp_path / "x.wav")
    assert sound.channels == 2
    assert np.allclose(sound.samples, (left + right) / 2, atol=1e-6)


def test_eight_channels_at_192_khz_are_mixed_to_one(tmp_path: Path) -> None:
    # more than one block of frames, so that the joints between blocks are read too
    channels = np.random.default_rng(0).uniform(-1, 1, (70_000, 8))
    soundfile.write(tmp_path / "x.wav", channels, 192_000, subtype="DOUBLE")
    sound = read(tmp_path / "x.wav")
    assert (sound.channels, sound.rate_hz) == (8, 192_000)
    assert np.allclose(sound.samples, channels.mean(1), atol=1e-6)


@pytest.mark.parametrize("name", ["-x.wav", "a b.wav", 'it\'s "x".wav', "Großer Bär, 大熊.wav", "X.WAV"])
def test_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, X, 22050, subtype="FLOAT", format="WAV")
    assert np.array_equal(read(tmp_path / name).samples, X)


@pytest.mark.parametrize("suffix", [".pcm", ".raw", ".snd", ".u8", ".PCM"])
def test_headerless_8_bit_files_are_read_at_the_rate_given(tmp_path: Path, suffix: str) -> None:
    samples = np.arange(256, dtype=np.uint8)
    (tmp_path / f"x{suffix}").write_bytes(samples.tobytes())
    sound = read(tmp_path / f"x{suffix}")
    assert (sound.rate_hz, sound.channels, sound.encoding) == (RAW_RATE_HZ, 1, "RAW PCM_U8")
    assert np.array_equal(sound.samples, pcm.decode_any(samples))
    assert sound.samples.min() == -1  # 0x00 too, which no Mirage file holds but others do


@pytest.mark.parametrize("suffix", [".pcm", ".raw", ".snd", ".u8"])
def test_a_wav_under_the_name_of_a_headerless_file_is_read_by_its_header(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    soundfile.write(tmp_path / "x.wav", X, 22050, subtype="FLOAT")
    (tmp_path / "x.wav").rename(path)
    assert np.array_equal(read(path).samples, X)


def test_a_wav_without_a_header_is_read_as_8_bit_and_said(tmp_path: Path) -> None:
    path = tmp_path / "wavsyn.wav"
    path.write_bytes(pcm.encode(X).tobytes())
    sound = read(path)
    assert sound.note == "no WAV header: read as 8-bit PCM at 29412 Hz"
    assert sound.rate_hz == RAW_RATE_HZ
    assert np.max(np.abs(sound.samples - X)) <= 1 / 254 + 1e-6


TEXTS = {
    "prose": "It was a bright cold day in April, and the clocks were striking thirteen.\n" * 40,
    "numbers": "".join(f"{i / 7:.4f}, {i * i}\n" for i in range(500)),
    "indented": json.dumps([[[{"pitch": i, "class": [{"of": "bass"}]}]] for i in range(60)], indent=8),
    "web page": "".join(f"{' ' * (4 * (i % 12))}<li>{i}</li>\n" for i in range(300)),
    "table": "| a          | b          |\n|------------|------------|\n" * 50,
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_under_the_name_of_a_wav_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.wav").write_text(TEXTS[text])
    with pytest.raises(
        FormatError,
        match=r"^unreadable: no WAV header, .* do not look like 8-bit audio; if they are, rename it to .pcm$",
    ):
        read(tmp_path / "x.wav")


def test_random_bytes_under_the_name_of_a_wav_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(FormatError, match=r"do not look like 8-bit audio; if they are, rename it to .pcm$"):
        read(tmp_path / "x.wav")


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac", ".ogg", ".pcm"])
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"x{suffix}").touch()
    with pytest.raises(FormatError, match=r"^unreadable: the file is empty, 0 bytes$"):
        read(tmp_path / f"x{suffix}")


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac", ".ogg"])
@pytest.mark.parametrize("kept", [0.98, 0.5, 0.05])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"x{suffix}"
    # noise compresses badly: the file is long enough to have several blocks or pages
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 200_000), 22050)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(FormatError, match=r"^(cut short|unreadable): "):
        read(path)


def test_a_wav_that_was_cut_short_says_by_how_much(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", X, 22050, subtype="PCM_16")
    data = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(data[:2000])
    with pytest.raises(FormatError, match=rf"^cut short: its header promises {len(data):,} bytes, the file has 2,000$"):
        read(tmp_path / "x.wav")


def wav_header(data_bytes: int) -> bytes:
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 22050, 44100, 2, 16)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + header + struct.pack("<4sI", b"data", data_bytes)


def test_a_header_that_claims_2_gb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(wav_header(2_000_000_000) + bytes(100))
    with pytest.raises(FormatError, match=r"^cut short: its header promises 2,000,000,044 bytes, the file has 144$"):
        read(tmp_path / "x.wav")


def test_a_flac_that_claims_hours_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, X, 22050)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # the topmost 4 of the 36 bits of its length
    path.write_bytes(bytes(data))
    with pytest.raises(SignalError, match=r"^too long: "):
        read(path)


def test_a_wav_whose_writer_could_not_go_back_to_fill_in_the_length_is_read(tmp_path: Path) -> None:
    samples = np.rint(X * 32767).astype("<i2")
    (tmp_path / "x.wav").write_bytes(wav_header(0xFFFFFFFF) + samples.tobytes())
    assert np.allclose(read(tmp_path / "x.wav").samples, samples / 32768)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_a_sound_with_a_value_that_is_no_number_is_refused(
    tmp_path: Path, value: float, word: str, subtype: str
) -> None:
    x = X.copy()
    x[[7, 9]] = value
    soundfile.write(tmp_path / "x.wav", x, 22050, subtype=subtype)
    with pytest.raises(SignalError, match=rf"^not finite: sample 7 is {word}$"):
        read(tmp_path / "x.wav")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_a_sound_that_is_too_long_is_refused(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / f"x{suffix}", np.resize(X, 66150), 22050)
    assert len(read(tmp_path / f"x{suffix}", max_seconds=3).samples) == 66150
    with pytest.raises(SignalError, match=r"^too long: 3\.0 s is over --max-seconds 2; cut it, or allow more$"):
        read(tmp_path / f"x{suffix}", max_seconds=2)


def test_a_headerless_sound_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pcm").write_bytes(b"\x80" * 60_000)
    with pytest.raises(SignalError, match=r"^too long: 2\.0 s is over --max-seconds 1\.5; "):
        read(tmp_path / "x.pcm", max_seconds=1.5)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from([b"", b"RIFF\x24\0\0\0WAVE", b"FORM\0\0\0\x24AIFF", b"fLaC\0\0\0\x22", b"OggS\0\x02"]),
    rest=st.binary(min_size=1, max_size=300),
    suffix=st.sampled_from([".wav", ".aiff", ".flac", ".ogg", ".pcm", ".raw"]),
)
def test_any_bytes_are_read_or_refused_with_the_reason(tmp_path: Path, head: bytes, rest: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(head + rest)
    try:
        samples, reason = read(path).samples, "none"
    except MirageGanError as error:
        samples, reason = X, str(error)
    assert samples.dtype == np.float32
    assert np.all(np.isfinite(samples))
    assert reason
    assert "\n" not in reason
    assert str(path) not in reason  # who calls knows it, and says it once


def test_copies_in_other_lossless_formats_have_the_same_content(tmp_path: Path) -> None:
    samples = np.rint(32767 * X).astype(np.int16)
    for name in ("x.wav", "copy.wav", "x.flac", "x.aiff"):
        soundfile.write(tmp_path / name, samples, 22050, subtype="PCM_16")
    soundfile.write(tmp_path / "other.wav", samples[:-1], 22050, subtype="PCM_16")
    content = {path.name: read(path).content for path in tmp_path.iterdir()}
    assert len({content[name] for name in ("x.wav", "copy.wav", "x.flac", "x.aiff")}) == 1
    assert content["other.wav"] != content["x.wav"]


# --- normalize


def sound(samples: NDArray[np.floating], encoding: str = "WAV PCM_16") -> reading.Sound:
    return reading.Sound(samples.astype(np.float32), 44100, 1, encoding)


@some
@given(seeds, st.integers(16, 3000), st.floats(0.01, 1), st.floats(-0.5, 0.5))
def test_a_normalized_sound_has_no_dc_and_peaks_at_1(seed: int, samples: int, gain: float, dc: float) -> None:
    x = gain * np.random.default_rng(seed).uniform(-1, 1, samples) + dc
    normalized = reading.normalize(sound(x))
    assert normalized.dtype == np.float32
    assert np.max(np.abs(normalized)) == 1
    assert abs(np.mean(normalized, dtype=np.float64)) < 1e-6


@pytest.mark.parametrize("samples", [0, 1, 15])
def test_a_sound_that_is_too_short_is_refused(samples: int) -> None:
    with pytest.raises(SignalError, match=rf"^too short: {samples} samples, at least 16 are needed$"):
        reading.normalize(sound(X[:samples]))


def test_a_sound_without_a_frame_is_too_short(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", X[:0], 22050)
    with pytest.raises(SignalError, match=r"^too short: 0 samples"):
        reading.normalize(read(tmp_path / "x.wav"))


def test_a_silent_sound_is_refused() -> None:
    with pytest.raises(SignalError, match=r"^silent: it peaks at 0\.00000 of full scale$"):
        reading.normalize(sound(np.zeros(100)))
    with pytest.raises(SignalError, match=r"^silent: it peaks at 0\.000"):
        reading.normalize(sound(0.0005 * X))


def test_the_last_bit_of_an_8_bit_sound_is_silence_but_not_that_of_a_16_bit_one() -> None:
    flicker = np.tile([0, 1 / 127], 500)
    with pytest.raises(SignalError, match=r"^silent: "):
        reading.normalize(sound(flicker, "WAV PCM_U8"))
    assert np.max(np.abs(reading.normalize(sound(flicker, "WAV PCM_16")))) == 1


def test_a_flat_sound_is_refused() -> None:
    with pytest.raises(SignalError, match=r"^flat: it stays within 0\.00000 of 0\.500$"):
        reading.normalize(sound(np.full(100, 0.5)))
