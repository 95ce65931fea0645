"""Charts of what the checks of trainings found, over steps or minutes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.pages import chart
from mirage_gan.pages.chart import Curve, Level, Scale
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.wording import reword

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mirage_gan.pages.chart import Point, Size

Check = dict[str, Any]  # a line of a run's log

_FIGURES: Final = ("coverage", "recall", "precision")
_REAL, _OWN = "belief_real", "belief_fake"
_LOSSES: Final = {"loss_d": "discriminator", "loss_g": "generator"}
_SCORE: Final = Scale("score", 2.0)  # full coverage and recall, without deductions
_BELIEF: Final = Scale("taken for real", 1.0)


@dataclass(frozen=True)
class Axis:
    """What the checks are drawn over."""

    unit: str
    of: Callable[[Check], float]


MINUTES: Final = Axis("minutes", lambda check: float(check["seconds"]) / 60)
STEPS: Final = Axis("steps", lambda check: float(check["step"]))


@dataclass(frozen=True)
class Curves:
    """A chart with what is said of it."""

    chart: chart.Chart
    about: str  # to screen readers
    caption: str


def figures(
    checks: Sequence[Check], real: Mapping[str, float], size: Size, axis: Axis, kind: str = LOOP
) -> Curves | None:
    """Chart coverage, recall and precision, with those of real sounds as levels; None if there is nothing to draw.

    `kind` is that of the data, of `settings.wording.WORDS`: the chart says "pictures" of pictures, not "sounds".
    """
    scale = Scale(reword("share of sounds", kind), 1.0)
    levels = [Level(f"real {name}", real[name], tone) for tone, name in enumerate(_FIGURES) if name in real]
    it = chart.lay_out(_curves(checks, {name: name for name in _FIGURES}, axis), levels, size, scale, axis.unit)
    caption = f"Scores at each check.{' Dashed: those of real sounds.' if levels else ''}"
    return _with_words(it, f"{', '.join(_FIGURES)}, over {_extent(checks, axis)}, 0 to 1", reword(caption, kind))


def balance(checks: Sequence[Check], size: Size, axis: Axis, kind: str = LOOP) -> Curves | None:
    """Chart which data of a kind the discriminator takes for real; None if there is nothing to draw."""
    curves = _curves(checks, {_REAL: reword("your sounds", kind), _OWN: "its own"}, axis)
    it = chart.lay_out(curves, [], size, _BELIEF, axis.unit)
    caption = (
        "The share of your sounds, and of its own, that the discriminator believes in: at 0.5 and 0.5 it cannot tell "
        "them apart, at 1 and 0 the generator cannot keep up."
    )
    about = f"predictions of the discriminator, over {_extent(checks, axis)}, 0 to 1"
    return _with_words(it, about, reword(caption, kind))


def losses(checks: Sequence[Check], size: Size, axis: Axis) -> Curves | None:
    """Chart the losses of both networks; None if there is nothing to draw."""
    curves = _curves(checks, _LOSSES, axis)
    values = [value for curve in curves for _, value in curve.points]
    scale = Scale("loss", max([*values, 0.0]), min([*values, 0.0]))
    if not 0 < scale.highest - scale.lowest < math.inf:
        return None
    caption = "Means since the check before, without the gradient penalty. They say who is ahead, not how good it is."
    about = f"losses of the two networks, over {_extent(checks, axis)}, {scale.lowest:.2g} to {scale.highest:.2g}"
    return _with_words(chart.lay_out(curves, [], size, scale, axis.unit), about, caption)


def score(checks: Sequence[Check], real: float | None, size: Size, axis: Axis, kind: str = LOOP) -> Curves | None:
    """Chart the score of one run, of a kind of data; see `scores`."""
    curve = Curve("score", _points(checks, "score", axis))
    about = f"score, over {_extent(checks, axis)}"
    return _of_scores([curve], real, size, axis, about, ["The score at each check."], kind)


def scores(runs: Sequence[tuple[str, str, Sequence[Check]]], real: float | None, size: Size) -> Curves | None:
    """Chart the scores of several runs over minutes of training, with that of real sounds as a level.

    Parameters
    ----------
    runs : sequence of (str, str, sequence of Check)
        Number, description and checks of each run, the best run first.
    real : float, optional
        The score that real sounds would get, if it is known.

    Returns
    -------
    Curves or None
        None if there is nothing to draw.
    """
    curves = [Curve(number, _points(checks, "score", MINUTES), about) for number, about, checks in runs]
    drawn = sum(1 for curve in curves if curve.points)
    about = f"score of {drawn} runs, over {_extent([line for _, _, checks in runs for line in checks], MINUTES)}"
    return _of_scores(curves, real, size, MINUTES, about, ["Each curve is one run; its number is that of the table."])


def _of_scores(
    curves: Sequence[Curve],
    real: float | None,
    size: Size,
    axis: Axis,
    about: str,
    said: list[str],
    kind: str = LOOP,
) -> Curves | None:
    levels = [] if real is None else [Level(reword("real sounds", kind), real)]
    it = chart.lay_out(curves, levels, size, _SCORE, axis.unit)
    if it is None:
        return None
    if it.labeled < len(it.curves):
        said.append(f"Only the best {it.labeled} of {len(it.curves)} are labeled.")
    if levels:
        said.append(reword("Dashed: the score of real sounds.", kind))
    if it.clipped:
        said.append(f"Values below 0 or above {_SCORE.highest:g} are drawn at the edge.")
    return Curves(it, f"{about}, 0 to {_SCORE.highest:g}", " ".join(said))


def _curves(checks: Sequence[Check], names: Mapping[str, str], axis: Axis) -> list[Curve]:
    return [Curve(label, _points(checks, name, axis)) for name, label in names.items()]


def _points(checks: Sequence[Check], name: str, axis: Axis) -> list[Point]:
    """Return the points of a value; logs of early versions do not have all of them."""
    return [(axis.of(check), float(check[name])) for check in checks if isinstance(check.get(name), int | float)]


def _extent(checks: Sequence[Check], axis: Axis) -> str:
    """Return how far the x axis goes, in words."""
    last = max(map(axis.of, checks), default=0.0)
    return f"{last:,.0f} {axis.unit}" if axis is STEPS else f"{last:.2g} {axis.unit}"


def _with_words(it: chart.Chart | None, about: str, caption: str) -> Curves | None:
    return None if it is None else Curves(it, about, caption)
