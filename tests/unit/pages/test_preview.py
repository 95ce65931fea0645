"""A preview shows and plays waves as what they are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.pages import preview
from mirage_gan.pages.preview import Shown
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.loops import Cycle
from mirage_gan.waves.spectrogram import BANDS, ROWS
from mirage_gan.waves.whole_sounds import WholeSound

if TYPE_CHECKING:
    from mirage_gan.waves.representation import Representation

RAMPS = np.tile(np.linspace(-0.5, 0.5, 64, dtype=np.float32), (20, 1))  # as a generator makes them: not normalized


def heard(sound: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    signal, rate = soundfile.read(io.BytesIO(sound))
    assert rate == 29_412
    return np.asarray(signal)


def test_what_is_shown_is_normalized() -> None:
    assert np.abs(Shown.of(RAMPS, Cycle(), 64).waves).max() == 1


def test_a_preview_of_loops_repeats_each_of_sixteen_for_its_time() -> None:
    signal = heard(preview.preview(Shown.of(RAMPS, Cycle(), 5_000))[1])

    assert len(signal) / 29_412 == pytest.approx(16 * 0.4, abs=0.1)
    assert (np.diff(signal) < -0.5).sum() > 16 * 150  # a jump back at each end of a cycle


def test_a_preview_of_one_shots_of_before_0_4_0_plays_each_of_sixteen_once_at_its_length() -> None:
    signal = heard(preview.preview(Shown.of(RAMPS, BlockMeans(), 5_000))[1])

    assert len(signal) == 16 * 5_000
    assert (np.diff(signal) < -0.5).sum() == 15  # from the end of one to the start of the next


@pytest.mark.parametrize("shown_as", [Cycle(), BlockMeans()], ids=lambda shown_as: shown_as.kind)
def test_a_picture_draws_a_jump_from_end_to_start_for_loops_only(shown_as: Representation) -> None:
    picture = np.asarray(Image.open(io.BytesIO(preview.preview(Shown.of(RAMPS[:1], shown_as, 64))[0])))

    inked = (picture < 200).sum(axis=0)
    first = int(np.flatnonzero(inked > 1)[0])
    assert (inked[first] > 25) == shown_as.closed


def whole_sounds(ends: int) -> Shown:
    """Twenty sounds of 32 frames, which all end after so many, in ever higher bands."""
    pictures = np.full((20, ROWS, 32), -1, np.float32)
    for number, picture in enumerate(pictures):
        picture[6 * number : 6 * number + 3, :ends] = 1
    pictures[:, BANDS, :ends] = 1
    return Shown.of(pictures.reshape(20, -1), WholeSound(), 5_000)


def test_whole_sounds_are_shown_at_the_levels_that_they_were_made_with() -> None:
    made = np.random.default_rng(0).uniform(-1, 1, (3, ROWS * 32)).astype(np.float32)

    assert np.array_equal(Shown.of(made, WholeSound(), 5_000).waves, made)


def test_a_preview_of_whole_sounds_plays_each_of_sixteen_until_it_ends() -> None:
    short, long = (len(heard(preview.preview(whole_sounds(ends))[1])) for ends in (16, 32))

    assert 16 * 64 < short < long / 2
    assert long == pytest.approx(16 * 32 * 256, rel=0.05)


def test_below_the_picture_of_a_whole_sound_is_its_level() -> None:
    page = np.asarray(Image.open(io.BytesIO(preview.preview(whole_sounds(16))[0])))
    first = page[4 : 4 + 257, 4 : 4 + 128]  # inside the gap around it: 128 rows, a border, 128 rows

    assert (first[125:128, :64] == 0).all()  # the lowest bands
    assert (first[:125] == 255).all()
    assert (first[129:, :64] == 0).all()
    assert (first[129:, 64:] == 255).all()
