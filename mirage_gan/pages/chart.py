"""The geometry of a line chart: where axes, curves and labels go. A template draws it as SVG, `chart_png` as PNG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

TONES: Final = 8  # colors of the style sheet; all further curves are gray
# margins around the plot, in lines of text
_LEFT: Final = 2.5  # for the tick labels
_ABOVE: Final = 1.7  # for the title of the y axis
_BELOW: Final = 2.7  # for the tick labels and the title of the x axis
_ASIDE: Final = 14  # in chart units: the gap between the plot and the labels of the curves
_TICKS: Final = 5  # intervals on an axis, at most
_WIDE: Final = 0.55  # width of a letter in the widest of the usual fonts, relative to the line height


Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A curve to draw: a value over time."""

    name: str
    points: Sequence[Point]  # (x, value), in the order of x
    about: str = ""  # tooltip; the name, if empty


@dataclass(frozen=True)
class Level:
    """A value to compare curves with, drawn as a horizontal line."""

    name: str
    value: float
    tone: int | None = None  # number of a color, that of the curve that it belongs to; None: gray


@dataclass(frozen=True)
class Scale:
    """The y axis of a chart."""

    title: str
    highest: float  # value at its top
    lowest: float = 0.0  # value at its bottom


@dataclass(frozen=True)
class Size:
    """Size of a chart, in chart units: the page scales it to the width that it has."""

    width: int
    height: int
    line: int  # height of a line of text, at the largest font size of the style sheet


@dataclass(frozen=True)
class Tick:
    """A tick mark of an axis."""

    at: float  # position along the axis, in chart units
    label: str


@dataclass(frozen=True)
class Plot:
    """The area between the axes, in chart units; y grows downward."""

    left: int
    right: int
    top: int
    bottom: int
    last: float  # x at the right edge
    scale: Scale

    def place(self, x: float, value: float) -> Point:
        """Return the position of a point in chart units; a value beyond the y axis is clipped to its end."""
        low, high = self.scale.lowest, self.scale.highest
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.left + (self.right - self.left) * x / self.last, self.bottom - (self.bottom - self.top) * share


@dataclass(frozen=True)
class Line:
    """A curve or level, laid out."""

    name: str
    about: str  # tooltip
    points: Sequence[Point]  # in chart units
    tone: int | None

    @property
    def end(self) -> Point:
        """The position of its last point."""
        return self.points[-1]


@dataclass(frozen=True)
class Label:
    """A name beside the plot, with a leader line from the end of its curve."""

    text: str
    x: float
    y: float  # of its vertical center
    leader: Sequence[Point]
    tone: int | None


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn."""

    size: Size
    plot: Plot
    titles: tuple[str, str]  # of the axes, x and y
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    curves: Sequence[Line]
    levels: Sequence[Line]
    labels: Sequence[Label]
    labeled: int  # number of curves with a label: only the first ones have one if there is no room for all
    clipped: bool  # whether a value was clipped to the end of the y axis


def lay_out(curves: Sequence[Curve], levels: Sequence[Level], size: Size, scale: Scale, x_title: str) -> Chart | None:
    """Lay out curves over time, on an x axis from 0 to the last point.

    Values beyond the y axis are clipped to its ends, and points that are not finite are left out. Labels stand right of
    the plot, as close to the ends of their curves as they can without overlap. If there is no room for all, the levels
    and the first curves have one.

    Parameters
    ----------
    curves : sequence of Curve
        The most important first: the first `TONES` of them have a color of their own.
    scale : Scale
        The y axis.
    x_title : str
        The title of the x axis.

    Returns
    -------
    Chart or None
        None if no curve has a finite point.
    """
    finite = [[point for point in curve.points if all(map(math.isfinite, point))] for curve in curves]
    if not any(finite):
        return None
    plot = _plot(size, [*curves, *levels], max(x for points in finite for x, _ in points), scale)
    lines = []
    for i, (curve, points) in enumerate(zip(curves, finite, strict=True)):
        if points:
            tone = i if i < TONES else None
            lines.append(Line(curve.name, curve.about or curve.name, [plot.place(*point) for point in points], tone))
    straight = []
    for level in levels:
        if math.isfinite(level.value):
            ends = [plot.place(x, level.value) for x in (0, plot.last)]
            straight.append(Line(level.name, level.name, ends, level.tone))
    labels = _labels([*straight, *lines], plot, size.line)
    return Chart(
        size,
        plot,
        (x_title, scale.title),
        x_ticks=[Tick(plot.place(x, 0)[0], f"{x:,.10g}") for x in ticks(plot.last)],
        y_ticks=[Tick(plot.place(0, y)[1], f"{y:,.10g}") for y in ticks(scale.highest, scale.lowest)],
        curves=lines,
        levels=straight,
        labels=labels,
        labeled=len(labels) - len(straight),
        clipped=any(not scale.lowest <= y <= scale.highest for points in finite for _, y in points),
    )


def _plot(size: Size, named: Sequence[Curve | Level], last: float, scale: Scale) -> Plot:
    """Return the plot area, which leaves room for the axes and, on the right, for the longest name."""
    longest = max(len(each.name) for each in named)
    return Plot(
        left=round(_LEFT * size.line),
        right=size.width - _ASIDE - math.ceil(longest * _WIDE * size.line),
        top=round(_ABOVE * size.line),
        bottom=size.height - round(_BELOW * size.line),
        last=last or 1.0,
        scale=scale,
    )


def ticks(last: float, first: float = 0.0) -> list[float]:
    """Return at most six round numbers, evenly spaced, from at least `first`, 0 or less, to at most `last`.

    >>> ticks(1.0), ticks(7.3), ticks(1.0, -3.0)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 2.0, 4.0, 6.0], [-3.0, -2.0, -1.0, 0.0, 1.0])
    """
    span = last - first
    decade = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(factor * decade for factor in (1, 2, 5, 10) if factor * decade * _TICKS >= span * (1 - 1e-9))
    below, above = (math.floor(side / step * (1 + 1e-9)) for side in (-first, last))
    return [float(f"{i * step:.10g}") for i in range(-below, above + 1)]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions apart until they are at least `gap` from each other, within `low` to `high`.

    Their order is kept, and the sum of squared displacements is minimal. The result is in the order of `wanted`.

    Raises
    ------
    ValueError
        If there is not enough room.

    Notes
    -----
    With the gaps subtracted, the problem is isotonic regression, solved by pooling adjacent violators: positions that
    are out of order share their mean. Source: Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference under
    Order Restrictions" (1972), chapter 1.

    >>> spread([10.0, 11.0, 30.0], gap=4, low=0, high=40)
    [8.5, 12.5, 30.0]
    """
    slack = high - low - gap * (len(wanted) - 1)
    if slack < 0:
        raise ValueError(f"{len(wanted)} places {gap:g} apart do not fit between {low:g} and {high:g}")
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []  # (mean, number of positions)
    for rank, i in enumerate(order):
        pools.append((wanted[i] - gap * rank, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, many), (b, more) = pools[-2:]
            pools[-2:] = [((a * many + b * more) / (many + more), many + more)]
    means = [mean for mean, many in pools for _ in range(many)]
    found = [0.0] * len(wanted)
    for rank, (i, mean) in enumerate(zip(order, means, strict=True)):
        found[i] = min(max(mean, low), low + slack) + gap * rank
    return found


def _labels(lines: Sequence[Line], plot: Plot, gap: float) -> list[Label]:
    """Place the names of lines in a column right of the plot, as many as fit."""
    named = lines[: math.floor((plot.bottom - plot.top) / gap) + 1]
    heights = spread([line.end[1] for line in named], gap, plot.top, plot.bottom)
    labels = []
    for line, y in zip(named, heights, strict=True):
        edge, aside = (plot.right, line.end[1]), (plot.right + _ASIDE - 4, y)
        way = dict.fromkeys([line.end, edge, aside])  # without the repeated point of a curve that ends at the edge
        labels.append(Label(line.name, plot.right + _ASIDE, y, list(way), line.tone))
    return labels
