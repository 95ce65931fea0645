"""A picture of charts shows what their geometry says, in the colors of the pages."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageColor

from mirage_gan.pages import chart, chart_png, html_page
from mirage_gan.pages.chart import Curve, Level, Scale, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = Size(440, 220, line=15)
CORNER = (16, 42)  # of the first chart, in chart units: the margin, and below the title


def lay_out(*levels: Level, value: float = 0.5) -> chart.Chart:
    curve = Curve("coverage", [(0, value), (10, value)])
    made = chart.lay_out([curve], levels, SIZE, Scale("share", 1.0), "steps")
    assert made is not None
    return made


def pixels(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        assert image.mode == "RGB"
        return np.array(image)


def is_tone(picture: NDArray[np.uint8], name: str) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (picture == ImageColor.getrgb(html_page.colors()[name])).all(axis=-1)
    return same


@pytest.mark.parametrize("value", [0.25, 0.5])
def test_a_curve_is_where_its_values_are(value: float) -> None:
    made = lay_out(value=value)
    picture = pixels(chart_png.draw("run", [made], 2))
    y = 2 * (CORNER[1] + made.curves[0].end[1])
    inside = slice(2 * (CORNER[0] + made.plot.left) + 20, 2 * (CORNER[0] + made.plot.right) - 20)

    rows = np.flatnonzero(is_tone(picture, "tone-0")[:, inside].all(axis=1))
    assert rows.mean() == pytest.approx(y, abs=1.5)
    assert len(rows) in (3, 4)  # 2 chart units


def test_a_level_is_dashed() -> None:
    made = lay_out(Level("real", 0.9, tone=1))
    picture = pixels(chart_png.draw("run", [made], 2))
    row = is_tone(picture, "tone-1")[round(2 * (CORNER[1] + made.levels[0].end[1]))]
    row = row[2 * (CORNER[0] + made.plot.left) : 2 * (CORNER[0] + made.plot.right)]

    assert 0.5 < row.mean() < 0.7
    assert np.count_nonzero(np.diff(row.astype(int)) == 1) > 20


def test_charts_stand_in_rows_and_none_reaches_into_another() -> None:
    made = lay_out()
    one = pixels(chart_png.draw("", [made], 2))
    four = pixels(chart_png.draw("", [made] * 4, 2))
    height, width = 2 * SIZE.height, 2 * SIZE.width
    y, x = 2 * CORNER[1], 2 * CORNER[0]
    alone = one[y : y + height, x : x + width]

    assert four.shape == (one.shape[0] + height + 32, one.shape[1] + width + 32, 3)
    for row in (0, 1):
        for column in (0, 1):
            top, left = y + row * (height + 32), x + column * (width + 32)
            assert np.array_equal(four[top : top + height, left : left + width], alone)
            four[top : top + height, left : left + width] = 255
    assert (four == 255).all()


def test_a_title_stands_above_and_a_long_one_is_cut() -> None:
    made = lay_out()
    short, long, longer = (
        pixels(chart_png.draw(name, [made], 2))[: 2 * CORNER[1]] for name in ("a", "x" * 99, "x" * 999)
    )

    assert short.min() < 64
    assert np.array_equal(long, longer)
    assert (long[:, -32:] == 255).all()
