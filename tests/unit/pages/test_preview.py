"""A preview shows and plays waves as what they are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.pages import pictures, preview
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
    first = page[4 + 14 : 4 + 14 + 257, 4 : 4 + 128]  # inside the gap around it and below its number

    assert (first[125:128, :64] == 0).all()  # the lowest bands
    assert (first[:125] == 255).all()
    assert (first[129:, :64] == 0).all()
    assert (first[129:, 64:] == 255).all()


# --- seeds


def sixty_four() -> Shown:
    phases = np.linspace(0, 6, preview.COUNT)[:, None]
    return Shown.of(np.sin(np.linspace(0, 6, 64) + phases).astype(np.float32), Cycle(), 64)


def test_the_number_above_each_wave_is_its_seed() -> None:
    page = np.asarray(Image.open(io.BytesIO(preview.preview(sixty_four())[0])))
    height, width = (page.shape[0] - 4) // 4, (page.shape[1] - 4) // 16  # of a cell with the gap before it
    numbers = pictures.number(np.zeros((preview.COUNT, 4, width - 4), np.uint8))[:, :14]

    for seed, number in enumerate(numbers):
        y, x = 4 + seed // 16 * height, 4 + seed % 16 * width
        assert np.array_equal(page[y : y + 14, x : x + width - 4], number)


def test_a_strip_is_the_first_eight_waves_of_a_preview() -> None:
    sheet = preview.preview(sixty_four())[0]
    cells = preview.cells(sheet)
    assert cells is not None
    cut = preview.strip(cells)
    page, strip = (np.asarray(Image.open(io.BytesIO(png))) for png in (sheet, cut))

    assert strip.shape == ((page.shape[0] - 4) // 4 + 4, (page.shape[1] - 4) // 2 + 4)
    assert np.array_equal(strip, page[: strip.shape[0], : strip.shape[1]])
    assert (strip[-4:] == pictures.GRAY).all()
    assert (strip[:, -4:] == pictures.GRAY).all()


def test_the_cells_of_a_preview_are_its_numbered_pictures_with_their_details() -> None:
    shown = sixty_four()
    cells = preview.cells(preview.preview(shown)[0])
    assert cells is not None
    small = preview.draw_small(shown, 128)
    pairs = pictures.pair(small, shown.representation.details(shown.waves, small.shape[1]))

    assert np.array_equal(cells, pictures.number(pairs))
    assert np.array_equal(preview.without_details(cells), pictures.number(small))


def test_nothing_is_cut_out_of_what_shows_other_waves() -> None:
    sheet = preview.preview(sixty_four())[0]
    before = pictures.encode_png(np.asarray(Image.open(io.BytesIO(sheet))))  # as versions before 0.5.0 wrote it

    assert preview.cells(before) is None
    assert preview.cells(preview.preview(Shown.of(RAMPS, Cycle(), 64))[0]) is None  # twenty
    assert preview.cells(b"") is None
    assert preview.cells(sheet[: len(sheet) // 2]) is None
