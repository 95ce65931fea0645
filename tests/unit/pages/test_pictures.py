"""Sheets show every picture, whole and in its order."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from mirage_gan.base.arrays import Pictures
from mirage_gan.pages import pictures

some = settings(max_examples=40)
seeds = st.integers(0, 2**32 - 1)


def noise(seed: int, count: int, size: int) -> Pictures:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size), np.uint8)


@some
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_a_png_holds_the_pixels_it_was_given_one_byte_each(picture: Pictures) -> None:
    data = pictures.encode_png(picture)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "L")
        assert np.array_equal(np.asarray(image), picture)
    assert pictures.encode_png(picture) == data


@some
@given(seeds, st.integers(1, 4), st.sampled_from([(64, 64), (64, 32), (128, 32), (256, 64)]))
def test_a_shrunk_picture_shows_the_darkest_of_each_block(seed: int, count: int, sizes: tuple[int, int]) -> None:
    old, new = sizes
    large = noise(seed, count, old)
    small = pictures.shrink(large, new)
    assert small.shape == (count, new, new)
    assert small.dtype == np.uint8
    block = old // new
    for row, column in np.random.default_rng(seed).integers(0, new, (20, 2)):
        area = large[:, row * block : (row + 1) * block, column * block : (column + 1) * block]
        assert np.array_equal(small[:, row, column], area.min(axis=(1, 2)))


def test_a_thin_line_stays_visible_when_shrunk() -> None:
    line = np.full((1, 256, 256), 255, np.uint8)
    line[0, 101, :] = 0
    assert np.all(pictures.shrink(line, 64)[0].min(0) == 0)


@some
@given(seeds, st.integers(1, 30), st.sampled_from([8, 16]))
def test_a_sheet_shows_every_picture_in_order(seed: int, count: int, size: int) -> None:
    shown = noise(seed, count, size) // 2  # darker than the gaps, so that these can be told
    page = pictures.sheet(shown)
    columns = int(np.ceil(np.sqrt(count)))
    assert page.dtype == np.uint8
    gap = (page.shape[1] - columns * size) // (columns + 1)
    assert gap >= 1
    for i, picture in enumerate(shown):
        y, x = (gap + part * (size + gap) for part in divmod(i, columns))
        assert np.array_equal(page[y : y + size, x : x + size], picture)
        page[y : y + size, x : x + size] = page[0, 0]
    assert np.all(page == page[0, 0])  # and nothing else


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (4, 2, 2), (5, 3, 2), (100, 10, 10)])
def test_a_sheet_is_as_square_as_its_count_allows(count: int, columns: int, rows: int) -> None:
    height, width = pictures.sheet(noise(0, count, 20)).shape
    gap = (width - 20 * columns) // (columns + 1)
    assert (height, width) == (rows * (20 + gap) + gap, columns * (20 + gap) + gap)


def test_a_sheet_of_too_many_pictures_shows_the_first_ones() -> None:
    many = noise(0, pictures.MAX_CELLS + 150, 2)
    page = pictures.sheet(many)
    assert np.array_equal(page, pictures.sheet(many[: pictures.MAX_CELLS]))
    assert not np.array_equal(page, pictures.sheet(many[150:]))


# --- numbers


@pytest.mark.parametrize("width", [32, 128])
def test_a_number_stands_above_its_picture_and_never_on_it(width: int) -> None:
    shown = noise(0, 64, width)
    numbered = pictures.number(shown)
    strips = numbered[:, :-width]

    assert np.array_equal(numbered[:, -width:], shown)
    assert len({strip.tobytes() for strip in strips}) == 64
    assert strips.max() == pictures.GRAY
    assert (strips.min(axis=(1, 2)) < 128).all()  # digits
    assert (strips[:, :, 16:] == pictures.GRAY).all()  # flush left


def test_a_description_is_kept_in_the_file() -> None:
    for about in ("", "seeds 0 to 63"):
        with Image.open(io.BytesIO(pictures.encode_png(noise(0, 1, 4)[0], about))) as image:
            assert pictures.description(image) == about


def test_a_png_states_its_resolution_in_print_only_if_it_has_one() -> None:
    for dpi in (None, 300):
        with Image.open(io.BytesIO(pictures.encode_png(noise(0, 1, 4)[0], dpi=dpi))) as image:
            assert image.info.get("dpi", (None,))[0] == (dpi and pytest.approx(dpi, abs=0.01))


# --- captions


captions = st.text(max_size=400) | st.sampled_from(
    ["", "1. lr 0.001: good", "a" * 5_000, "two\nlines", "\u202eright 🎹"]
)


@some
@given(st.lists(captions, min_size=1, max_size=4), st.integers(1, 16))
def test_a_caption_stands_over_its_row_and_never_on_a_picture(texts: list[str], columns: int) -> None:
    rows = [noise(i, columns, 16) for i in range(len(texts))]
    page = pictures.captioned_rows(rows, texts)
    height, width = pictures.sheet(rows[0], columns=columns).shape
    caption = len(page) // len(texts) - height
    assert caption > 14
    assert page.shape == (len(texts) * (caption + height), width)
    for i, row in enumerate(rows):
        below = page[i * (caption + height) + caption :][:height]
        assert np.array_equal(below, pictures.sheet(row, columns=columns))


def strip(text: str) -> Pictures:
    page = pictures.captioned_rows([noise(0, 8, 64)], [text])
    return page[: len(page) - 64 - 8]


def test_captions_that_differ_look_different_and_are_dark_on_gray() -> None:
    assert not np.array_equal(strip("1. lr 0.001"), strip("2. lr 0.001"))
    assert strip("1. lr 0.001").min() == 0
    assert strip("1. lr 0.001").max() == strip("").min() > 200


def test_a_caption_that_is_too_long_is_cut_and_ends_in_three_dots() -> None:
    assert np.array_equal(strip("a" * 300), strip("a" * 3_000))
    beside = strip("a" * 300)[:, -40:]
    assert beside[:, -4:].min() > 200  # the margin stays free
    inked = beside < 128
    last = np.flatnonzero(inked.any(axis=0))[-3:]
    baseline = np.flatnonzero(inked.any(axis=1))[-1]
    assert not inked[: baseline - 2, last].any()  # what comes last is a dot, on the baseline


def test_rows_of_more_pictures_than_a_viewer_opens_are_left_out() -> None:
    many = [noise(i, 100, 2) for i in range(pictures.MAX_CELLS // 100 + 5)]
    page = pictures.captioned_rows(many, ["run"] * len(many))
    assert np.array_equal(page, pictures.captioned_rows(many[:-5], ["run"] * (len(many) - 5)))
