"""The pitch of a sound is found exactly, and a loop is told from what is none."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.audio import reading
from mirage_gan.audio.measuring import pitch
from mirage_gan.base.arrays import Signal
from tests.support.signals import (
    HARMONICS,
    RAW_RATE_HZ,
    SHARED,
    Cycle,
    cents,
    needs_sounds,
    seeds,
    some,
    tone,
)

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


@some
@given(seeds, st.integers(2, 12), st.integers(16, 300))
def test_the_periods_of_a_repeated_cycle_are_counted(seed: int, repeats: int, samples: int) -> None:
    signal = np.tile(Cycle(seed, 7).points(samples), repeats).astype(np.float32)
    assert pitch.count_periods(signal) == repeats
    assert pitch.count_periods(signal[: samples * repeats - max(1, samples // 3)]) == 1


def test_what_does_not_repeat_within_30_decibels_is_one_period() -> None:
    cycle = np.tile(Cycle(0, 7).points(300), 3)
    noise = np.random.default_rng(0).standard_normal(900) * np.sqrt(np.mean(cycle**2))
    for decibel, periods in ((-40, 3), (-20, 1)):
        assert pitch.count_periods(np.asarray(cycle + noise * 10 ** (decibel / 20), np.float32)) == periods


@pytest.mark.parametrize("fall", [0.0, 6.0, 40.0])
def test_a_piece_of_a_tone_is_steady_unless_it_dies_away(fall: float) -> None:
    t = np.arange(3_000) / 44_100
    piece = Cycle(1, 5).at(t * 147.3) * 10 ** (-fall / 20 * t / t[-1])
    assert pitch.is_steady(piece.astype(np.float32), 44_100) == (fall < 9)


def test_noise_is_not_steady() -> None:
    assert not pitch.is_steady(np.random.default_rng(0).uniform(-1, 1, 3_000).astype(np.float32), 44_100)


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
