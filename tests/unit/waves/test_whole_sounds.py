"""One-shots as whole sounds: what is kept of one, where it ends, and what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import BANK_BYTES
from mirage_gan.settings.choices import FRAMES as CHOICES
from mirage_gan.waves import spectrogram, whole_sounds
from mirage_gan.waves.spectrogram import BANDS, FRAME, ROWS
from mirage_gan.waves.whole_sounds import WholeSound
from tests.support.drums import FRAMES, SAMPLES, drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves

WHOLE = WholeSound()
POINTS = whole_sounds.points_of(FRAMES)
DRUMS = drums(6, 0)


def pictures(frames: int = FRAMES, count: int = 3) -> Waves:
    """Pictures of one loud band over a whole sound, a higher one for each sound, that lasts half of the frames."""
    found = np.full((count, ROWS, frames), -1, np.float32)
    for number, picture in enumerate(found):
        picture[20 * number + 10, : frames // 2] = 1
    found[:, BANDS, : frames // 2] = 1
    return found.reshape(count, ROWS * frames)


@pytest.mark.parametrize("number", range(6))
def test_a_sound_survives_in_its_levels(number: int) -> None:
    wave = WHOLE.encode(DRUMS[number], POINTS, align=False)

    back = WHOLE.encode(WHOLE.decode(wave, SAMPLES, WHOLE.interps[0]), POINTS, align=False)

    assert wave.shape == back.shape == (POINTS,)
    loud = wave > 1 - 2 * 40 / spectrogram.FLOOR_DB  # within 40 dB of the loudest cell
    error_db = np.abs(wave - back)[loud] * spectrogram.FLOOR_DB / 2
    assert loud.sum() > 100
    assert np.mean(error_db) < 3


@pytest.mark.parametrize("align", [True, False])
def test_a_one_shot_keeps_its_start_whether_or_not_loops_are_aligned(align: bool) -> None:
    late = np.concatenate([np.zeros(2_000, np.float32), DRUMS[0][:4_000]])

    wave = WHOLE.encode(late, POINTS, align=align).reshape(ROWS, FRAMES)

    assert (wave[BANDS, :4] == -1).all()
    assert np.array_equal(wave, spectrogram.picture([late], FRAMES)[0])


def test_a_sound_is_decoded_until_it_ends() -> None:
    short, long = pictures(FRAMES)[0].reshape(ROWS, FRAMES), pictures(FRAMES)[0].reshape(ROWS, FRAMES).copy()
    long[:, FRAMES // 2 :] = long[:, :1]
    edge = spectrogram._edges(FRAMES)[FRAMES // 2]

    sounds = [WHOLE.decode(wave.reshape(-1), BANK_BYTES, "linear") for wave in (short, long)]

    assert edge / 2 < len(sounds[0]) < edge + 1_024  # the window of the bands smears an end
    assert len(sounds[1]) == SAMPLES  # what does not end is faded
    assert [float(sound[-1]) for sound in sounds] == [0, 0]
    assert [np.abs(sound).max() for sound in sounds] == pytest.approx([1, 1], abs=1e-3)


@pytest.mark.parametrize("samples", [64, 1_000, 2_000])
def test_a_sound_is_cut_to_the_samples_that_are_asked_for_with_a_fade(samples: int) -> None:
    wave = WHOLE.encode(DRUMS[0], POINTS, align=False)
    whole = WHOLE.decode(wave, SAMPLES, "linear")

    sound = WHOLE.decode(wave, samples, "linear")

    assert len(whole) > samples == len(sound)
    assert sound[-1] == 0
    assert np.array_equal(sound[: samples // 4], whole[: samples // 4]) or samples < 500
    assert (np.abs(sound) <= np.abs(whole[:samples])).all()


def test_a_picture_of_silence_is_a_short_silence() -> None:
    sound = WHOLE.decode(np.full(POINTS, -1, np.float32), SAMPLES, "linear")

    assert 0 < len(sound) < FRAME
    assert not sound.any()


def test_the_same_picture_is_always_the_same_sound() -> None:
    wave = WHOLE.encode(DRUMS[1], POINTS, align=False)

    assert np.array_equal(WHOLE.decode(wave, SAMPLES, "linear"), WHOLE.hear(wave, 10, 0.1))


@pytest.mark.parametrize("signal", [np.zeros(5_000, np.float32), np.r_[np.zeros(SAMPLES), DRUMS[0]].astype(np.float32)])
def test_a_sound_that_is_silent_as_far_as_it_is_learned_is_refused(signal: Waves) -> None:
    with pytest.raises(SignalError, match="silent: it holds nothing that could be learned; raise --frames, or cut"):
        WHOLE.encode(signal, POINTS, align=False)


@pytest.mark.parametrize("frames", CHOICES)
@pytest.mark.parametrize("size", [64, 128, 256])
def test_pictures_and_details_are_square_at_any_length(frames: int, size: int) -> None:
    for drawn in (WHOLE.picture(pictures(frames), size), WHOLE.details(pictures(frames), size)):
        assert drawn.shape == (3, size, size)
        assert drawn.dtype == np.uint8
        assert set(np.unique(drawn)) == {0, 255}


def test_none_are_drawn_of_none() -> None:
    for drawn in (WHOLE.picture(pictures(count=0), 64), WHOLE.details(pictures(count=0), 64)):
        assert drawn.shape == (0, 64, 64)


@pytest.mark.parametrize("frames", CHOICES)
@pytest.mark.parametrize("size", [128, 256])
def test_a_picture_is_black_where_a_sound_is_loud_and_high_bands_are_at_the_top(frames: int, size: int) -> None:
    drawn = WHOLE.picture(pictures(frames), size)

    for number, picture in enumerate(drawn):
        rows, columns = np.nonzero(picture == 0)
        assert set(columns) == set(range(size // 2))
        assert set((size - 1 - rows) * BANDS // size) == {20 * number + 10}  # counted from the bottom


def test_gray_says_how_loud_a_cell_is_and_a_small_picture_keeps_the_loudest() -> None:
    wave = np.full((1, ROWS, FRAMES), -1, np.float32)
    wave[0, 0, 0], wave[0, 1, 0] = 0, -0.5

    large, small = (WHOLE.picture(wave.reshape(1, -1), size)[0] for size in (256, 64))

    assert (large[-1, 0], large[-3, 0], large[0, 0]) == (128, 191, 255)
    assert (small[-1, 0], small[-2, 0]) == (128, 255)  # two bands share a row


def test_details_are_the_level_of_the_waveform_filled_from_below() -> None:
    wave = np.full((1, ROWS, FRAMES), 1, np.float32)
    wave[0, BANDS] = np.linspace(1, -1, FRAMES)

    heights = (WHOLE.details(wave.reshape(1, -1), 64)[0] == 0).sum(0)

    assert heights[0] == 64
    assert heights[-1] == 0
    assert (np.diff(heights) <= 0).all()
    assert heights == pytest.approx((wave[0, BANDS].repeat(64 // FRAMES) + 1) * 32, abs=1)
    assert (WHOLE.details(wave.reshape(1, -1), 64)[0, 0, 1:8] == 255).any()  # what is loud is at the bottom


@pytest.mark.parametrize("frames", CHOICES)
def test_what_a_network_draws_is_padded_with_paper_and_read_back(frames: int) -> None:
    waves = np.random.default_rng(0).uniform(-1, 1, (2, whole_sounds.points_of(frames))).astype(np.float32)

    ink = WHOLE.draw(torch.from_numpy(waves))

    side = WHOLE.side(waves.shape[1])
    assert (side, ink.shape) == (256, (2, 1, 256, 256))
    assert not ink[:, :, ROWS:].any()
    assert not ink[..., frames:].any()
    assert 0 <= ink.min() < ink.max() <= 1
    assert WHOLE.read(ink, waves.shape[1]).numpy() == pytest.approx(waves, abs=1e-6)
    assert torch.equal(WHOLE.draw(WHOLE.read(ink, waves.shape[1])), ink)


def test_pictures_are_of_one_size_and_are_not_normalized() -> None:
    waves = pictures() * np.float32(0.5)

    assert WHOLE.fit(waves, POINTS) is waves
    assert WHOLE.normalize(waves) is waves
    with pytest.raises(ValueError, match="pictures of 4128 cells cannot have 8256"):
        WHOLE.fit(waves, whole_sounds.points_of(64))


@pytest.mark.parametrize("frames", CHOICES)
def test_a_sound_has_the_samples_of_its_frames_but_no_more_than_a_bank_holds(frames: int) -> None:
    points = whole_sounds.points_of(frames)

    assert points == ROWS * frames
    assert whole_sounds.samples_of(points) == min(frames * FRAME, 65_280)
    assert whole_sounds.samples_of(points) <= BANK_BYTES
