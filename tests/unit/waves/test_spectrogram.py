"""One-shots as pictures of log magnitudes: what a picture says of a sound, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.waves import spectrogram
from mirage_gan.waves.spectrogram import BANDS, FRAME, ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 32
SAMPLES = FRAMES * FRAME
TIME = np.arange(SAMPLES) / HEADER_RATE_HZ


def tone(hz: float, seconds: float = 0.05) -> NDArray[np.float32]:
    """A sine that decays with a time constant."""
    return np.asarray(np.sin(2 * np.pi * hz * TIME) * np.exp(-TIME / seconds), np.float32)


def hiss(seconds: float = 0.02) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).standard_normal(SAMPLES) * np.exp(-TIME / seconds)
    return np.asarray(noise / np.abs(noise).max(), np.float32)


SOUNDS = np.array([tone(90), tone(800), tone(5000, 0.01), hiss(), hiss(0.2), tone(60, 0.1) / 2 + hiss() / 2])


def magnitudes(sounds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Magnitudes of a transform of its own, (sounds, bins, hops), by Hann windows of 1,024 samples, 256 apart."""
    padded = np.pad(sounds.astype(np.float64), ((0, 0), (512, 512)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024, axis=1)[:, ::256]
    return np.abs(np.fft.rfft(frames * np.hanning(1024), axis=2))


def convergence_db(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far below the wanted magnitudes the error is, at the gain that suits best, for each sound."""
    gain = (wanted * found).sum((1, 2), keepdims=True) / np.square(found).sum((1, 2), keepdims=True)
    error = np.linalg.norm((wanted - gain * found).reshape(len(wanted), -1), axis=1)
    return np.asarray(20 * np.log10(np.linalg.norm(wanted.reshape(len(wanted), -1), axis=1) / error))


def test_a_picture_has_levels_from_the_loudest_to_the_floor() -> None:
    pictures = spectrogram.picture(SOUNDS, FRAMES)

    assert pictures.shape == (len(SOUNDS), ROWS, FRAMES)
    assert pictures.dtype == np.float32
    assert pictures.min() >= -1
    assert pictures[:, :BANDS].max((1, 2)) == pytest.approx(1, abs=1e-4)
    assert pictures[:, BANDS].max(1) == pytest.approx(1, abs=1e-4)


def test_a_tone_is_a_line_at_its_frequency() -> None:
    centers, _ = spectrogram._bands()
    assert centers.shape == (BANDS,)
    assert (np.diff(centers) > 0).all()
    for hz in (100, 400, 1300, 3000, 9000):
        column = spectrogram.picture(tone(hz)[None], FRAMES)[0, :BANDS, 10]
        assert centers[int(column.argmax())] == pytest.approx(hz, rel=0.04, abs=15)


@pytest.mark.parametrize("gain", [-1.0, 0.01, -0.3])
def test_a_picture_is_blind_to_gain_and_polarity(gain: float) -> None:
    assert spectrogram.picture(np.float32(gain) * SOUNDS, FRAMES) == pytest.approx(
        spectrogram.picture(SOUNDS, FRAMES), abs=1e-3
    )


def test_what_has_ended_is_silent_in_all_rows() -> None:
    sound = tone(500)
    sound[SAMPLES // 4 :] = 0

    assert (spectrogram.picture(sound[None], FRAMES)[0, :, -4:] == -1).all()
    assert (spectrogram.rebuild(spectrogram.picture(sound[None], FRAMES))[0, SAMPLES // 2 :] == 0).all()


def test_silence_stays_silence() -> None:
    picture = spectrogram.picture(np.zeros((1, SAMPLES), np.float32), FRAMES)

    assert (picture == -1).all()
    assert (spectrogram.rebuild(picture) == 0).all()


def test_short_sounds_are_followed_by_silence_and_long_ones_are_cut() -> None:
    short = spectrogram.picture(SOUNDS[:, :1000], FRAMES)
    whole = np.pad(SOUNDS[:, :1000], ((0, 0), (0, SAMPLES - 1000)))

    assert np.array_equal(short, spectrogram.picture(whole, FRAMES))
    assert np.array_equal(
        spectrogram.picture(np.pad(SOUNDS, ((0, 0), (0, 999))), FRAMES), spectrogram.picture(SOUNDS, FRAMES)
    )


def test_sounds_of_several_lengths_are_pictured_each_by_itself() -> None:
    sounds = [SOUNDS[0], SOUNDS[1][:2000], SOUNDS[2][:300]]

    together = spectrogram.picture(sounds, FRAMES)

    assert np.array_equal(together, np.concatenate([spectrogram.picture([sound], FRAMES) for sound in sounds]))


def test_a_rebuilt_sound_looks_like_its_picture() -> None:
    pictures = spectrogram.picture(SOUNDS, FRAMES)
    again = spectrogram.picture(spectrogram.rebuild(pictures), FRAMES)
    heard = pictures > 0  # the upper 35 dB

    assert np.abs(again - pictures)[heard].mean() < 0.08  # of 2, which are 70 dB: under 3 dB
    assert np.median(convergence_db(magnitudes(SOUNDS), magnitudes(spectrogram.rebuild(pictures)))) > 10


def test_phases_are_found_to_magnitudes_that_exist() -> None:
    grid = spectrogram._grid(FRAMES)
    wanted = spectrogram._transform(torch.from_numpy(SOUNDS), 128, grid).abs()

    found = spectrogram._griffin_lim(wanted, spectrogram._random_phase(grid, 0), grid).numpy()

    assert np.median(convergence_db(magnitudes(SOUNDS), magnitudes(found))) > 20


def test_an_attack_begins_at_the_first_sample() -> None:
    rebuilt = spectrogram.rebuild(spectrogram.picture(SOUNDS, FRAMES))

    for sound in rebuilt[[0, 1, 3, 4]]:
        early = np.square(sound[:300]).sum() / np.square(sound).sum()
        assert early > 0.02
        assert np.abs(sound).argmax() < 1500


def test_a_rebuilt_sound_does_not_depend_on_its_company() -> None:
    pictures = spectrogram.picture(SOUNDS, FRAMES)

    together = spectrogram.rebuild(pictures)

    assert np.array_equal(together, np.concatenate([spectrogram.rebuild(picture[None]) for picture in pictures]))
    assert np.abs(together).max(1) == pytest.approx(1, abs=1e-5)


def test_no_sounds_are_no_pictures_and_back() -> None:
    assert spectrogram.picture(np.empty((0, SAMPLES), np.float32), FRAMES).shape == (0, ROWS, FRAMES)
    assert spectrogram.rebuild(np.empty((0, ROWS, FRAMES), np.float32)).shape == (0, SAMPLES)
