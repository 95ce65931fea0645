"""A strip has a row for each seed and a column for each check; the animation shows them one after the other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from mirage_gan.pages import pictures
from mirage_gan.pages.prints import paper, training_strip
from mirage_gan.pages.prints.training_strip import COLUMNS, SEEDS, Moment

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures

HEAD = 14  # pixels: a number above each picture
webp = pytest.mark.skipif(not features.check("webp"), reason="this build of Pillow cannot write WebP")


def moments(count: int, side: int = 128, best: int = 0) -> list[Moment]:
    random = np.random.default_rng(0)
    return [
        Moment(1_000 * i, random.integers(0, 200, (SEEDS, HEAD + side, side)).astype(np.uint8), i == best)
        for i in range(1, count + 1)
    ]


def column_of(strip: Pictures, number: int) -> int:
    return paper.MARGIN + 100 + number * 144


def frames_of(image: Image.Image) -> int:
    return int(image.n_frames)  # type: ignore[attr-defined]  # only pictures of several frames have it


@pytest.mark.parametrize("side", [32, 64, 128])
@pytest.mark.parametrize("count", [1, 7, COLUMNS])
def test_each_row_is_a_seed_and_each_column_a_check(count: int, side: int) -> None:
    shown = moments(count, side)
    strip = training_strip.strip("Run first", shown)

    top = next(y for y in range(len(strip)) if (strip[y, column_of(strip, 0) + 1] < 200).all() and y > 300)
    for column, moment in enumerate(shown):
        for seed in range(SEEDS):
            y, x = top + seed * 144, column_of(strip, column)
            factor = 128 // side
            cell = moment.cells[seed, HEAD:].repeat(factor, 0).repeat(factor, 1)
            assert np.array_equal(strip[y : y + 128, x : x + 128], cell)
    assert (strip[-paper.MARGIN + 2 :] == 255).all()


def test_a_strip_of_many_checks_is_as_wide_as_a4_and_one_of_few_has_room_for_its_title() -> None:
    assert training_strip.strip("Run first", moments(COLUMNS)).shape[1] == paper.WIDTH
    few = training_strip.strip("Run " + "x" * 300, moments(1))
    assert 1_000 < few.shape[1] < paper.WIDTH
    assert (few[:, 2 - paper.MARGIN :] == 255).all()


def test_what_a_strip_of_one_check_says_below_its_title_is_not_cut() -> None:
    one, many = (training_strip.strip("run", moments(count, best=1)) for count in (1, COLUMNS))
    line = slice(paper.MARGIN + 60, paper.MARGIN + 120)
    said = many[line] < 255
    assert said.any()
    assert np.flatnonzero(said.any(axis=0)).max() < one.shape[1] - paper.MARGIN
    assert (one[line] == many[line, : one.shape[1]]).all()


def test_the_step_of_the_best_check_is_on_black() -> None:
    plain, marked = (training_strip.strip("Run first", moments(5, best=best)) for best in (0, 3))

    x = column_of(marked, 2)
    assert (marked[:320, x : x + 128] == 0).sum() > 5 * (plain[:320, x : x + 128] == 0).sum() + 500


# --- the choice of checks


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=300, unique=True), st.integers(2, 40), st.data())
def test_of_many_checks_some_are_shown_with_the_first_the_last_and_the_best(
    found: list[int], most: int, data: st.DataObject
) -> None:
    steps = sorted(found)
    best = data.draw(st.sampled_from(steps))
    chosen = training_strip.choose(steps, best, most)

    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(len(steps), most)
    assert {chosen[0], chosen[-1]} == {steps[0], steps[-1]}
    assert best in chosen or most == 2


def test_a_best_check_whose_preview_is_lost_is_not_chosen() -> None:
    assert 5 not in training_strip.choose(range(10, 100), 5, 4)


# --- animation


@webp
def test_the_animation_shows_each_check_and_stays_on_the_last() -> None:
    shown = moments(5)
    content = training_strip.animation(shown)
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, frames_of(image), image.info["loop"]) == ("WEBP", 5, 0)
        durations = []
        for number, moment in enumerate(shown):
            image.seek(number)
            image.load()
            durations.append(image.info["duration"])
            frame = np.asarray(image.convert("L")).astype(float)
            cells = pictures.sheet(moment.cells, 8)
            assert np.corrcoef(frame[-len(cells) :].ravel(), cells.ravel())[0, 1] > 0.9
    assert durations == [400] * 4 + [2500]


@webp
def test_an_animation_of_many_checks_is_as_long_as_one_looks_at_it() -> None:
    content = training_strip.animation(moments(training_strip.FRAMES, side=32))
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        seconds = 0.0
        for number in range(frames_of(image)):
            image.seek(number)
            image.load()
            seconds += image.info["duration"] / 1000
    assert 8 < seconds < 12


@webp
def test_on_a_screen_a_strip_is_half_as_wide() -> None:
    strip = training_strip.strip("Run first", moments(COLUMNS))
    content = training_strip.for_screen(strip)
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (strip.shape[1] // 2, strip.shape[0] // 2)


def test_without_webp_there_is_no_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda name: name != "webp")

    assert training_strip.animation(moments(2)) is None
    assert training_strip.for_screen(training_strip.strip("Run first", moments(2))) is None
