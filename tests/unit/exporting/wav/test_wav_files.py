"""WAV files for other instruments: their rate, pitch, loop and level are what was asked for, measured in the files."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.mirage.spec import RATE_HZ
from tests.support import bs1770, riff
from tests.support.drums import plucked
from tests.support.exports import asked, contents, entries, make_waves, unleveled
from tests.support.signals import cents
from tests.support.wav_exports import cents_off, hear, hear_all, repeated, waves

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.wav_exports import Heard

COUNT = 6
A2_HZ = 110.0


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> None:
    make_waves(monkeypatch, waves(COUNT))


def made(run: Path, folder: Path, **settings: object) -> list[Heard]:
    settings = {"to": ("wav",), "count": COUNT, **settings}
    export(asked(run, **settings), folder / "export")
    found = hear_all(folder / "export")
    assert len(found) == settings["count"]
    return found


# --- loop points and notes


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_wav_files_loop_and_know_their_note(trained: Path, tmp_path: Path, bits: int) -> None:
    export(asked(trained, to=("wav", "npy"), bits=bits, pages=2), tmp_path / "export")

    for path in (tmp_path / "export").glob("*.wav"):
        chunks = riff.chunks(path.read_bytes())
        fields = struct.unpack("<9I6I", chunks[b"smpl"])
        period_ns, note, fraction, loop_count = fields[2], fields[3], fields[4], fields[7]
        forward, start, end, plays = fields[10], fields[11], fields[12], fields[14]
        assert (forward, start, end, plays, loop_count) == (0, 0, 511, 0, 1)
        assert period_ns == round(1e9 / 29412)
        assert 440 * 2 ** ((note + fraction / 2**32 - 69) / 12) == pytest.approx(RATE_HZ / 512, rel=1e-6)

        with soundfile.SoundFile(path) as file:
            assert (file.samplerate, file.channels, file.frames) == (29412, 1, 512)
            assert file.subtype == {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits]
            heard = file.read(dtype="float64")
        exact = np.load(path.with_suffix(".npy"))
        assert np.abs(unleveled(heard, exact) - exact).max() <= 3 / 2 ** (bits - 1)
        if bits == 8:
            assert min(chunks[b"data"]) >= 1


def test_one_shots_have_no_loop(trained_oneshots: Path, tmp_path: Path) -> None:
    (heard,) = made(trained_oneshots, tmp_path, count=1)

    assert heard.loop is None


def test_a_filled_wav_loops_over_all_of_it_at_the_period_s_pitch(trained: Path, tmp_path: Path) -> None:
    (heard,) = made(trained, tmp_path, pages=4, fill=True, count=1)

    assert heard.loop == (0, 1023)
    assert heard.note is not None
    assert 440 * 2 ** ((heard.note - 69) / 12) == pytest.approx(RATE_HZ / 256, rel=1e-6)


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("settings", [{}, {"pages": 4, "fill": True}, {"rate_hz": 44_100}, {"note": "F#2"}])
def test_a_loop_starts_at_a_rising_zero_crossing_and_its_seam_is_no_larger_than_its_steps(
    trained: Path, tmp_path: Path, settings: dict[str, object]
) -> None:
    for heard in made(trained, tmp_path, bits=24, **settings):
        steps = np.diff(heard.signal)
        assert heard.signal[-1] < 0 <= heard.signal[0]
        assert heard.signal[0] - heard.signal[-1] <= np.abs(steps).max()
        # a step is near half the bandwidth: the seam is as smooth as the rest, too
        bends = np.abs(np.diff(np.concatenate([heard.signal[-2:], heard.signal[:2]]), 2))
        assert bends.max() <= np.abs(np.diff(heard.signal, 2)).max() + 1e-6


# --- rate


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("length", ["16", "256", "1000"])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
def test_another_rate_keeps_the_pitch_of_a_loop_within_a_cent(
    trained: Path, tmp_path: Path, rate_hz: int, length: str
) -> None:
    own_hz = RATE_HZ / int(length)
    for heard in made(trained, tmp_path, rate_hz=rate_hz, length=length):
        assert heard.rate_hz == rate_hz
        assert heard.loop == (0, len(heard.signal) - 1)
        assert abs(cents_off(repeated(heard.signal), rate_hz, own_hz)) <= 1.01
        assert heard.note is not None
        assert abs(cents(440 * 2 ** ((heard.note - 69) / 12), own_hz)) <= 1.01


@pytest.mark.usefixtures("loops")
def test_a_resampled_loop_keeps_its_harmonics_and_gets_no_others(trained: Path, tmp_path: Path) -> None:
    before, after = made(trained, tmp_path / "own"), made(trained, tmp_path / "other", rate_hz=44_100, bits=24)
    for own, other in zip(before, after, strict=True):
        periods = round(len(other.signal) * RATE_HZ / 256 / 44_100)
        levels = np.abs(np.fft.rfft(other.signal)) / len(other.signal)
        wanted = np.abs(np.fft.rfft(own.signal))[:33] / 256
        found = levels[::periods][:33]
        gain = float(found @ wanted / (wanted @ wanted))
        np.testing.assert_allclose(found, gain * wanted, atol=1e-4)
        assert np.delete(levels, np.s_[::periods]).max(initial=0) < 1e-6


def test_another_rate_keeps_the_pitch_and_the_length_of_a_one_shot(trained_oneshots: Path, tmp_path: Path) -> None:
    before, after = made(trained_oneshots, tmp_path / "own"), made(trained_oneshots, tmp_path / "other", rate_hz=48_000)
    for own, other in zip(before, after, strict=True):
        assert (own.rate_hz, other.rate_hz) == (29_412, 48_000)
        assert len(other.signal) / 48_000 == pytest.approx(len(own.signal) / 29_412, abs=1 / 29_412)
        # the same levels at the same frequencies, below what the lower rate holds
        seconds = len(own.signal) / 29_412
        powers = []
        for heard in (own, other):
            power = np.abs(np.fft.rfft(heard.signal)[1 : int(12_000 * seconds)]) ** 2
            powers.append(np.add.reduceat(power, np.arange(0, len(power), max(1, len(power) // 40))))
        assert np.corrcoef(np.array(powers))[0, 1] > 0.999


# --- note


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("rate_hz", [None, 44_100, 48_000])
@pytest.mark.parametrize(("note", "number"), [("C1", 24), ("A2", 45), ("Gb4", 66), ("100", 100)])
def test_a_loop_is_exactly_at_the_pitch_of_the_note(
    trained: Path, tmp_path: Path, note: str, number: int, rate_hz: int | None
) -> None:
    wanted_hz = 440 * 2 ** ((number - 69) / 12)
    for heard in made(trained, tmp_path, note=note, rate_hz=rate_hz):
        assert abs(cents_off(repeated(heard.signal), heard.rate_hz, wanted_hz)) < 0.15
        assert (heard.note, heard.loop) == (number, (0, len(heard.signal) - 1))
    for entry in entries(tmp_path / "export").values():
        assert entry["midi_note"] == pytest.approx(number, abs=0.0011)
        assert entry["length"] < 9_700
        assert entry["rate_hz"] == rate_hz or rate_hz is None


@pytest.mark.usefixtures("loops")
def test_a_filled_loop_is_tuned_like_its_period(trained: Path, tmp_path: Path) -> None:
    for heard in made(trained, tmp_path, note="A2", pages=4, fill=True):
        assert abs(cents_off(repeated(heard.signal), heard.rate_hz, A2_HZ)) < 0.15


def test_pitched_one_shots_are_tuned_and_others_are_left_and_named(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tones_hz = (150.0, 220.0, 330.0)
    drums = runs.load_data(trained_oneshots).train.waves[:6]
    make_waves(monkeypatch, np.concatenate([[plucked(hz) for hz in tones_hz], drums]))
    export(asked(trained_oneshots, to=("wav",), count=9), tmp_path / "own")
    report = export(asked(trained_oneshots, to=("wav",), count=9, note="A2"), tmp_path / "tuned")

    own, tuned = entries(tmp_path / "own"), entries(tmp_path / "tuned")
    pitches = {entry["address"]["seed"]: entry["pitch_hz"] for entry in own.values()}
    left = sorted(seed for seed, hz in pitches.items() if hz is None)
    assert left
    assert not {0, 1, 2} & set(left)
    said = "are not tuned to A2, for want of a steady pitch, or with one over four octaves away: seed"
    assert report.remarks == [f"{len(left)} {said} {', '.join(map(str, left))}"]
    for name, entry in tuned.items():
        before, after = hear(tmp_path / "own" / name), hear(tmp_path / "tuned" / name)
        if entry["address"]["seed"] in left:
            assert np.array_equal(after.signal, before.signal)
            assert (after.note, entry["pitch_hz"]) == (None, None)
            continue
        assert len(after.signal) == pytest.approx(
            len(before.signal) * pitches[entry["address"]["seed"]] / A2_HZ, rel=1e-4, abs=1
        )
        assert (after.note, entry["pitch_hz"], entry["midi_note"]) == (45, A2_HZ, 45)
        if entry["address"]["seed"] < len(tones_hz):
            # as far from the note as the tone was from what was measured of it
            was_off = cents_off(before.signal, before.rate_hz, pitches[entry["address"]["seed"]])
            assert abs(cents_off(after.signal, after.rate_hz, A2_HZ) - was_off) < 1


def test_a_one_shot_far_from_the_note_is_left_as_it_is(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_waves(monkeypatch, plucked(1_200.0)[None])
    report = export(asked(trained_oneshots, to=("wav",), count=1, note="C2"), tmp_path / "export")

    assert report.remarks[0].startswith("1 is not tuned to C2, ")
    assert entries(tmp_path / "export")["shots-seed000000.wav"]["pitch_hz"] == pytest.approx(1_200, rel=0.02)


# --- seconds


@pytest.mark.usefixtures("loops")
def test_a_loop_is_repeated_to_the_seconds_as_plain_audio_that_fades_in_and_out(trained: Path, tmp_path: Path) -> None:
    for heard in made(trained, tmp_path, seconds=2.0, note="A2", rate_hz=44_100):
        assert len(heard.signal) == 88_200
        assert (heard.loop, heard.note) == (None, 45)
        assert heard.signal[0] == heard.signal[-1] == 0
        inner = heard.signal[441:-441]
        assert abs(cents_off(inner, 44_100, A2_HZ)) < 0.3
        # steady inside, and no step anywhere is larger than inside
        levels = [np.abs(part).max() for part in np.array_split(inner, 20)]
        assert min(levels) > 0.95 * max(levels)
        assert np.abs(np.diff(heard.signal)).max() <= np.abs(np.diff(inner)).max() + 2e-4


# --- level


@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("bits", [8, 16, 24])
@pytest.mark.parametrize("settings", [{}, {"note": "C5", "rate_hz": 44_100}, {"seconds": 0.5}])
def test_no_loop_peaks_over_minus_1_db_between_its_samples_and_all_come_near(
    trained: Path, tmp_path: Path, bits: int, settings: dict[str, object]
) -> None:
    for heard in made(trained, tmp_path, bits=bits, **settings):
        measure = bs1770.true_peak_db if "seconds" in settings else bs1770.true_peak_db_of_loop
        assert -1.2 < measure(heard.signal) <= -1 + 1e-3


def test_no_one_shot_peaks_over_minus_1_db_between_its_samples(trained_oneshots: Path, tmp_path: Path) -> None:
    for heard in made(trained_oneshots, tmp_path, rate_hz=44_100):
        assert -1.1 < bs1770.true_peak_db(heard.signal) <= -1 + 0.01


@pytest.mark.usefixtures("loops")
def test_loops_of_equal_loudness_are_all_at_23_lufs(trained: Path, tmp_path: Path) -> None:
    found = made(trained, tmp_path, loudness="equal", rate_hz=48_000, bits=24)

    assert [bs1770.lufs_of_loop(heard.signal) for heard in found] == pytest.approx([-23] * COUNT, abs=0.02)
    assert np.ptp([np.abs(heard.signal).max() for heard in found]) > 0.01  # they were not, at equal peaks
    assert {entry["loudness_lufs"] for entry in entries(tmp_path / "export").values()} == {-23.0}


def test_one_shots_of_equal_loudness_are_at_23_lufs_or_at_the_highest_level_and_named(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    found = made(trained_oneshots, tmp_path, loudness="equal", rate_hz=48_000, bits=24)

    for heard, entry in zip(found, dict(sorted(entries(tmp_path / "export").items())).values(), strict=True):
        assert bs1770.lufs(heard.signal) == pytest.approx(entry["loudness_lufs"], abs=0.02)
        is_full = bs1770.true_peak_db(heard.signal) > -1.05
        assert entry["loudness_lufs"] == -23 or (is_full and entry["loudness_lufs"] < -23)


def test_a_loop_that_cannot_be_as_loud_is_as_high_as_it_goes_and_named(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spike = np.zeros((1, 64), np.float32)
    spike[0, 20] = 1  # of at most 57 Hz, which the weighting hardly hears
    make_waves(monkeypatch, spike)

    report = export(asked(trained, to=("wav",), count=1, loudness="equal", length="16384"), tmp_path / "export")

    (heard,) = hear_all(tmp_path / "export")
    assert -1.1 < bs1770.true_peak_db_of_loop(heard.signal) <= -1
    assert (
        "1 is quieter than -23 LUFS, because louder than that, the peak would be over -1 dB: seed 0" in report.remarks
    )


def test_silence_stays_silence(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_waves(monkeypatch, np.zeros((1, 64), np.float32))
    (heard,) = made(trained, tmp_path, count=1, loudness="equal", note="A2")

    assert not heard.signal.any()


# --- the folder


def test_the_same_options_find_their_files_and_others_make_them_anew(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    options = {"rate_hz": 44_100, "note": "A2", "seconds": 0.5, "loudness": "equal"}
    before = export(asked(trained, to=("wav",)), out)
    for name, value in options.items():
        assert not export(asked(trained, to=("wav",), **{name: value}), out).unchanged
        again = export(asked(trained, to=("wav",), **{name: value}), out)
        assert again.unchanged
    again = export(asked(trained, to=("wav",)), out)
    assert again.unchanged  # the others got names of their own
    assert again.remarks == before.remarks


def test_options_left_out_are_not_among_the_settings_of_a_file(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wav", "pcm")), tmp_path / "export")

    for entry in entries(tmp_path / "export").values():
        assert entry["settings"] == {"length": "source", "pages": None, "fill": False, "interp": "auto", "bits": 16}


def test_options_of_wav_files_change_no_other_file(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wav", "pcm", "npy")), tmp_path / "plain")
    export(asked(trained, to=("wav", "pcm", "npy"), note="A2", loudness="equal", rate_hz=48_000), tmp_path / "tuned")

    plain, tuned = contents(tmp_path / "plain"), contents(tmp_path / "tuned")
    assert {name for name in plain if plain[name] != tuned[name]} == {name for name in plain if name.endswith(".wav")}
    assert {entry["length"] for name, entry in entries(tmp_path / "tuned").items() if name.endswith(".pcm")} == {256}
