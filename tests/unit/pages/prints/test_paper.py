"""Paper has the size that it states in print, lines are smooth, and nothing is written beyond its width."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mirage_gan.pages.prints import paper
from mirage_gan.pages.prints.paper import Paper, Plot


def test_a_page_is_a4_when_it_is_printed_at_the_resolution_that_it_states() -> None:
    with Image.open(io.BytesIO(Paper(paper.HEIGHT).png())) as image:
        dpi = image.info["dpi"]
        inches = [side / each for side, each in zip(image.size, dpi, strict=True)]

    assert dpi == pytest.approx((300, 300), abs=0.01)
    assert [25.4 * each for each in inches] == pytest.approx([210, 297], abs=0.1)


@pytest.mark.parametrize("text", ["", "seed 17", "x" * 2_000, "two\nlines", "\u202eright"])
def test_text_stays_within_its_width(text: str) -> None:
    sheet = Paper(100)
    sheet.write((200, 60), text, paper.TEXT, width=300)

    inked = np.flatnonzero((sheet.pixels < 255).any(axis=0))
    assert bool(text) == bool(len(inked))
    assert not len(inked) or (inked[0] >= 198 and inked[-1] <= 502)


def test_inverted_text_is_white_on_black_and_ends_where_it_is_told_to() -> None:
    sheet = Paper(100)
    width = sheet.write_inverted((400, 60), "copy", paper.SMALL)

    inked = np.flatnonzero((sheet.pixels < 255).any(axis=0))
    assert inked[-1] == 400
    assert inked[-1] - inked[0] == pytest.approx(width, abs=1)
    middle = sheet.pixels[:, 400 - round(width / 2)]
    assert middle.min() == 0
    assert (sheet.pixels[40:62, inked[0] + 8 : 392] > 200).any()  # letters


@pytest.mark.parametrize("ends", [(-1, 1), (1, -1), (1, 1), (0, 0)])
def test_a_curve_goes_from_edge_to_edge_is_smooth_and_not_cut_off(ends: tuple[float, float]) -> None:
    plot = Plot(100, 200)
    plot.curve(np.linspace(*ends, 50), paper.BLACK, 4)

    drawn = plot.pixels
    assert drawn.shape == (100, 200)
    ink = (255 - drawn.astype(float)).sum(axis=0) / 255
    assert ink[2:-2].min() > 3  # at least as high as it is wide
    assert ((drawn > 0) & (drawn < 255)).any() or ends == (0, 0)
    assert (drawn[[0, -1]] == 255).all()
    rows = np.arange(100) @ (255 - drawn.astype(float)) / (255 - drawn.astype(float)).sum(axis=0)
    assert rows[[3, -4]] == pytest.approx([49.5 - 46 * end for end in ends], abs=2.5)


def test_an_area_is_filled_to_the_bottom() -> None:
    plot = Plot(100, 200)
    plot.area(np.array([-1.0, -1.0, 1.0, 1.0]), paper.PALE)

    assert (plot.pixels[10:, 150:] == paper.PALE).all()
    assert (plot.pixels[:90, :50] == 255).all()
    assert (plot.pixels[-1, :50] == paper.PALE).all()
