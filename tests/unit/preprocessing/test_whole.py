"""One-shots are cut from their attack to their end, and keep their length, level and rate."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import reading
from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing import whole
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.choices import FRAMES
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves.spectrogram import FRAME
from mirage_gan.waves.whole_sounds import LONGEST
from tests.support.datasets import make, manifest, noise, reasons, tone
from tests.support.drums import drums
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Signal

RATE = HEADER_RATE_HZ


def cut(
    signal: Signal, rate_hz: int = RATE, new_rate_hz: int = RATE, *, split_hits: bool = False
) -> tuple[list[Signal], str]:
    normal = reading.normalize(reading.Sound(signal, rate_hz, 1, "FLOAT"))
    return whole.cut(normal, rate_hz, new_rate_hz, split_hits=split_hits)


def one(signal: Signal, rate_hz: int = RATE, new_rate_hz: int = RATE) -> Signal:
    (sound,), note = cut(signal, rate_hz, new_rate_hz)
    assert note == ""
    return sound


def strike(rate_hz: int, seconds: float = 0.4) -> Signal:
    """A tone of 300 Hz that is struck, and dies away to -87 dB."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(np.cos(2 * np.pi * 300 * t) * np.exp(-10 * t / seconds), np.float32)


@pytest.mark.parametrize("offset", [0.0, 0.05])
@pytest.mark.parametrize("seconds", [0.0, 0.02, 1.0])
def test_a_sound_begins_at_its_attack_whatever_silence_and_offset_there_is(seconds: float, offset: float) -> None:
    silence = np.zeros(round(seconds * RATE), np.float32)

    sound = one(np.concatenate([silence, strike(RATE), silence]) + np.float32(offset))

    assert np.argmax(np.abs(sound)) <= 0.002 * RATE
    assert np.abs(sound).max() == 1
    assert len(sound) <= len(strike(RATE))


def test_a_stereo_file_gives_what_its_middle_gives(tmp_path: Path) -> None:
    drum = drums(1, 0)[0]
    for name, sound in (("stereo", np.stack([drum, 0.5 * drum], axis=1)), ("mono", 0.75 * drum)):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "drum.wav", sound, RATE, subtype="FLOAT")
        make(tmp_path / name, out=tmp_path / f"{name} out")

    waves = [np.load(tmp_path / f"{name} out" / "waves.npy") for name in ("stereo", "mono")]
    assert waves[0].shape == (1, 129 * 32)
    assert np.allclose(waves[0], waves[1], atol=0.01)


def test_a_sound_ends_with_a_fade_where_8_bits_no_longer_resolve_it() -> None:
    struck = strike(RATE)
    resolved = np.flatnonzero(np.abs(struck) > 0.5 / 127)[-1] + 1

    sound = one(struck)

    assert len(sound) == pytest.approx(resolved, abs=0.002 * RATE)
    assert sound[-1] == 0
    assert len(sound) < 0.7 * len(struck)


def test_a_sound_that_ends_with_its_file_is_kept_to_its_last_sample() -> None:
    signal = np.sin(2 * np.pi * 100 * np.arange(6000) / RATE + 1).astype(np.float32)
    signal -= signal.mean(dtype=np.float64).astype(np.float32)

    sound = one(signal)

    assert len(sound) == 6000
    assert np.allclose(sound, signal / np.abs(signal).max(), atol=1e-5)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 192_000])
def test_a_sound_of_any_rate_is_resampled_at_its_pitch_and_length(rate_hz: int) -> None:
    sound, wanted = one(strike(rate_hz), rate_hz), one(strike(RATE))

    assert len(sound) == pytest.approx(len(wanted), abs=0.005 * RATE)
    spectrum = np.abs(np.fft.rfft(sound, 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(300, abs=3)
    assert np.abs(sound).max() == pytest.approx(1)


def test_above_half_the_rate_nothing_folds_over() -> None:
    t = np.arange(192_000 // 4) / 192_000
    low, high = (np.sin(2 * np.pi * hz * t) * np.exp(-20 * t) for hz in (1_000, 29_412 - 4_000))

    spectrum = np.abs(np.fft.rfft(one(np.asarray(low + high, np.float32), 192_000), 1 << 15))

    near = [spectrum[round(hz / RATE * (1 << 15)) - 50 :][:100].max() for hz in (1_000, 4_000)]
    assert near[1] < 0.01 * near[0]


@pytest.mark.parametrize("rate_hz", [RATE, 44_100])
def test_a_sound_that_is_longer_than_a_bank_is_cut_to_one_with_a_fade(rate_hz: int) -> None:
    sound = one(tone(4.0, rate_hz=rate_hz), rate_hz)

    assert len(sound) == LONGEST == 65_280
    assert sound[-1] == 0
    before, last = (np.abs(part).max() for part in (sound[-1000:-150], sound[-30:]))
    assert last < 0.25 * before


def test_a_lower_rate_makes_a_sound_shorter_and_leaves_its_pitch(tmp_path: Path) -> None:
    half = one(strike(RATE), new_rate_hz=RATE // 2)

    assert len(half) == pytest.approx(len(one(strike(RATE))) / 2, abs=100)
    spectrum = np.abs(np.fft.rfft(half, 1 << 16))
    assert np.argmax(spectrum) * (RATE // 2) / (1 << 16) == pytest.approx(300, abs=3)
    soundfile.write(tmp_path / "long.wav", noise(seconds=1.0), 22_050)
    report = make(tmp_path, out=tmp_path / "low", rate_hz=RATE // 4)
    assert report.frames == 32
    report = make(tmp_path, out=tmp_path / "high")
    assert report.frames == 128


def test_several_hits_are_learned_as_one_sound_and_noted() -> None:
    hits = np.concatenate([noise(i) for i in range(3)])

    (sound,), note = cut(hits, 22_050)

    assert note == "3 hits, learned as one sound; --split-hits cuts them apart"
    assert len(sound) > 2.2 * len(one(noise(0), 22_050))


def test_several_hits_are_cut_apart_on_request() -> None:
    levels = (0.4, 1.0, 0.6)
    hits = np.concatenate([np.float32(level) * noise(i) for i, level in enumerate(levels)])

    sounds, note = cut(hits, 22_050, split_hits=True)

    assert (len(sounds), note) == (3, "")
    for i, sound in enumerate(sounds):
        alone = one(noise(i), 22_050)
        assert np.abs(sound).max() == 1
        assert np.abs(sound[:100]).max() > 0.3
        assert len(sound) == pytest.approx(len(alone), abs=0.01 * RATE)


def test_the_hits_of_a_file_are_named_one_by_one_and_are_one_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "hits.wav", np.concatenate([noise(1), noise(2)]), 22_050)

    together = make(tmp_path, out=tmp_path / "together")
    apart = make(tmp_path, out=tmp_path / "apart", split_hits=True)

    assert (together.used, together.waves, len(together.notes)) == (1, 1, 1)
    assert (apart.used, apart.waves, apart.notes) == (1, 2, [])
    assert [row["id"][-3:] for row in manifest(tmp_path / "apart")] == ["-01", "-02"]
    assert len(np.load(tmp_path / "apart" / "waves.npy")) == 2


@pytest.mark.parametrize(
    ("samples", "rate_hz", "new_rate_hz"), [(40, RATE, RATE), (300, 192_000, RATE), (200, RATE, 8_000)]
)
def test_a_sound_of_which_too_little_is_left_is_refused(samples: int, rate_hz: int, new_rate_hz: int) -> None:
    with pytest.raises(SignalError, match=f"^too short: at {new_rate_hz:,} Hz, fewer than 64 samples are left of it$"):
        cut(noise(1)[:samples], rate_hz, new_rate_hz)


def test_a_sound_of_which_too_little_is_left_is_named_with_its_reason(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tick.wav", noise(1)[:40], RATE)
    soundfile.write(tmp_path / "hit.wav", noise(1), 22_050)

    report = make(tmp_path, out=tmp_path / "out", kind="oneshot")

    assert reasons(report)["tick.wav"].startswith("too short: at 29,412 Hz")


def test_the_frames_are_those_that_three_quarters_of_the_bodies_fit_into() -> None:
    for shorter, longer in itertools.pairwise(FRAMES):
        fitting, more = shorter * FRAME, shorter * FRAME + 1
        assert whole.choose_frames([fitting] * 3 + [more], None) == shorter
        assert whole.choose_frames([fitting] * 2 + [more] * 2, None) == longer
    assert whole.choose_frames([10 * FRAMES[-1] * FRAME], None) == FRAMES[-1]
    assert whole.choose_frames([], None) == FRAMES[0]
    assert whole.choose_frames([], 64) == whole.choose_frames([100_000], 64) == 64


def test_progress_tells_of_every_picture(tmp_path: Path) -> None:
    recorder = Recorder()
    for i in range(3):
        soundfile.write(tmp_path / f"{i}.wav", noise(i), 22_050)

    preprocess(PreprocessConfig((tmp_path,), size=64), tmp_path / "out", recorder)

    assert [(done, total) for done, total, text in recorder.shown if text == "analyzing"] == [(1, 3), (2, 3), (3, 3)]


def test_what_a_draft_holds_becomes_pictures_of_all_sounds_in_order(tmp_path: Path) -> None:
    for i, sound in enumerate(drums(3, 0)):
        soundfile.write(tmp_path / f"{i}.wav", sound, RATE)
        (tmp_path / f"alone {i}").mkdir()
        soundfile.write(tmp_path / f"alone {i}" / "it.wav", sound, RATE)
    together = make(*(tmp_path / f"{i}.wav" for i in range(3)), out=tmp_path / "out", frames=32)

    waves = np.load(tmp_path / "out" / "waves.npy")

    assert together.waves == 3
    assert not (tmp_path / "out" / "whole.draft").exists()
    for i in range(3):
        make(tmp_path / f"alone {i}", out=tmp_path / f"out {i}", frames=32)
        assert np.array_equal(waves[i], np.load(tmp_path / f"out {i}" / "waves.npy")[0])
