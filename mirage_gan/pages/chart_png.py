"""Charts as a PNG picture, for those without a browser: what `chart` has laid out, in the colors of the style sheet."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from mirage_gan.pages import html_page, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.pages.chart import Chart, Line, Point

_PIXELS: Final = 2  # of the picture in a chart unit
_FINER: Final = 2  # pixels that are drawn for a pixel of the picture, in each direction: it smooths edges
_UNIT: Final = _PIXELS * _FINER
_MARGIN: Final = 16  # in chart units, as are the sizes below: around the picture and between the charts
_HEADING: Final = 26  # height of the title
_TITLE: Final = 15  # font size of the title
_LETTERS: Final = 11  # font size in charts
_ASCENT: Final = 9  # from the top of a line of text in a chart to its baseline
_DASH: Final = (6, 4)  # a dash, and the gap after it
_DOT: Final = 3  # radius of the end of a curve


def draw(title: str, charts: Sequence[Chart], columns: int) -> bytes:
    """Draw charts of one size under a title, row by row.

    Parameters
    ----------
    title : str
        One line; it is cut if it is wider than the picture.
    charts : sequence of Chart
        One or more.
    columns : int
        Charts in a row.

    Returns
    -------
    bytes
        PNG, 2 pixels for each chart unit.
    """
    size = charts[0].size
    columns = min(columns, len(charts))
    rows = math.ceil(len(charts) / columns)
    width = columns * (size.width + _MARGIN) + _MARGIN
    height = _HEADING + rows * (size.height + _MARGIN) + _MARGIN
    colors = html_page.colors()
    image = Image.new("RGB", (width * _UNIT, height * _UNIT), colors["paper"])
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_TITLE * _UNIT)
    heading = pictures.fit(title, font, (width - 2 * _MARGIN) * _UNIT)
    pen.text((_MARGIN * _UNIT, (_MARGIN + _TITLE / 2) * _UNIT), heading, colors["ink"], font, "lm")
    for i, chart in enumerate(charts):
        row, column = divmod(i, columns)
        left, top = _MARGIN + column * (size.width + _MARGIN), _HEADING + _MARGIN + row * (size.height + _MARGIN)
        _Pen(pen, (left, top)).draw(chart)
    file = io.BytesIO()
    image.reduce(_FINER).save(file, "PNG", compress_level=1)
    return file.getvalue()


class _Pen:
    """Draws a chart whose upper left corner is at `corner`, in chart units, as `macros.html` does."""

    def __init__(self, pen: ImageDraw.ImageDraw, corner: Point) -> None:
        self._pen = pen
        self._corner = corner
        self._colors = html_page.colors()
        self._font = ImageFont.load_default(size=_LETTERS * _UNIT)

    def draw(self, chart: Chart) -> None:
        """Draw the axes, the levels, the curves, and the labels."""
        plot, size = chart.plot, chart.size
        for tick in chart.y_ticks:
            self._line([(plot.left, tick.at), (plot.right, tick.at)], "rule", 1)
            self._text((plot.left - 6, tick.at), tick.label, "soft", "rm")
        for tick in chart.x_ticks:
            self._line([(tick.at, plot.bottom), (tick.at, plot.bottom + 5)], "gray", 1)
            self._text((tick.at, plot.bottom + 7 + _ASCENT), tick.label, "soft", "ms")
        frame = [(plot.left, plot.top), (plot.left, plot.bottom), (plot.right, plot.bottom)]
        self._line(frame, "gray", 1)
        self._text((2, 2 + _ASCENT), chart.titles[1], "soft", "ls")
        self._text((plot.right, size.height - 4), chart.titles[0], "soft", "rs")
        for level in chart.levels:
            self._dashes(level)
        for label in chart.labels:
            self._line(label.leader, _tone(label.tone), 0.5)
        for line in reversed(chart.curves):
            self._line(line.points, _tone(line.tone), 1 if line.tone is None else 2)
            self._dot(line.end, _tone(line.tone))
        for label in chart.labels:
            self._text((label.x, label.y), label.text, "soft" if label.tone is None else _tone(label.tone), "lm")

    def _place(self, point: Point) -> Point:
        return (self._corner[0] + point[0]) * _UNIT, (self._corner[1] + point[1]) * _UNIT

    def _line(self, points: Sequence[Point], color: str, width: float) -> None:
        at = [self._place(point) for point in points]
        self._pen.line(at, self._colors[color], round(width * _UNIT), "curve")

    def _dashes(self, level: Line) -> None:
        """Draw a level, which is a horizontal line."""
        (x, y), (end, _) = level.points
        dash, gap = _DASH
        while x < end:
            self._line([(x, y), (min(x + dash, end), y)], _tone(level.tone), 1.5)
            x += dash + gap

    def _dot(self, point: Point, color: str) -> None:
        x, y = point
        corners = [self._place((x - _DOT, y - _DOT)), self._place((x + _DOT, y + _DOT))]
        self._pen.ellipse(corners, self._colors[color])

    def _text(self, point: Point, text: str, color: str, anchor: str) -> None:
        self._pen.text(self._place(point), text, self._colors[color], self._font, anchor)


def _tone(tone: int | None) -> str:
    """Return the name of the color of a curve or level."""
    return "gray" if tone is None else f"tone-{tone}"
