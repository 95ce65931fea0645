"""The page of a sweep, self-contained HTML with pictures and sounds; and a contact sheet with one row per run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.pages import badge, chart, check_charts, html_page, pictures, preview
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.fields import in_words, number_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.pages.badge import Badge
    from mirage_gan.pages.check_charts import Curves
    from mirage_gan.pages.preview import Shown

SHOWN: Final = 16  # sounds of each run, of the seeds from 0 on
_CELL: Final = 64  # pixels: largest width and height of a picture
_SECONDS: Final = 0.3  # of each loop
_HEARD: Final = 100  # runs with sounds on the page: with more, it would be too large for a browser
_FIGURES: Final = ("coverage", "recall", "precision", "copy", "twins")
_SMALL: Final = chart.Size(440, 220, line=15)
_LARGE: Final = chart.Size(600, 360, line=22)


@dataclass(frozen=True)
class _Column:
    name: str
    is_number: bool


@dataclass(frozen=True)
class _Sounds:
    picture: str  # data URL
    sound: str  # data URL
    alt: str
    caption: str


@dataclass(frozen=True)
class _Run:
    """Everything that the page shows of one run."""

    place: int  # rank, from 1
    settings: str
    varied: str  # only the settings in which the runs differ
    verdict: Badge
    said: str
    folder: str
    state: str
    values: Sequence[str]  # of the settings, one table cell each
    numbers: Sequence[str]  # of the score and the figures, one table cell each
    sounds: _Sounds | None
    curves: Curves | None
    details: str


def sheet(rows: Sequence[dict[str, Any]], sounds: Sequence[Shown | None]) -> Pictures:
    """Draw the contact sheet: one row per run, under the run's rank, settings and verdict.

    Parameters
    ----------
    rows : sequence of dict
        The runs, best first, as in sweep.json.
    sounds : sequence of Shown or None
        The normalized sounds of each run; a run without any has no row.

    Returns
    -------
    uint8, shape (height, width)
    """
    shown = [
        (place, row, each) for place, (row, each) in enumerate(zip(rows, sounds, strict=True), 1) if each is not None
    ]
    captions = [f"{place}. {in_words(row['settings'])}: {_in_full(row)}" for place, row, _ in shown]
    return pictures.captioned_rows([_draw(each) for _, _, each in shown], captions)


def _draw(shown: Shown) -> Pictures:
    """Draw sounds under the seeds that make them: uint8, shape (sounds, height, width)."""
    return pictures.number(preview.draw_small(shown, _CELL))


def page(
    title: str,
    rows: Sequence[dict[str, Any]],
    sounds: Sequence[Shown | None],
    logs: Sequence[list[dict[str, Any]]],
    real_score: float | None = None,
) -> bytes:
    """Render the page: a sortable table, the scores over time, and each run with its parameters, curves and sounds.

    Parameters
    ----------
    rows : sequence of dict
        The runs, best first, as in sweep.json.
    sounds : sequence of Shown or None
        The normalized sounds of each run; None for a run without any.
    logs : sequence of list
        The checks of each run, as in its log.
    real_score : float, optional
        The score that real sounds would get, if it is known.

    Returns
    -------
    bytes
        HTML, encoded as UTF-8.
    """
    names = sorted({name for row in rows for name in row["settings"]})
    varied = {name for name in names if len({str(row["settings"].get(name)) for row in rows}) > 1}
    real: dict[str, float] = next((row["real"] for row in rows if row.get("real")), {})
    runs = [
        _run(place, row, shown if place <= _HEARD else None, lines, names, varied, real)
        for place, (row, shown, lines) in enumerate(zip(rows, sounds, logs, strict=True), 1)
    ]
    values = {
        "title": f"Sweep {title}",
        "runs": runs,
        "verdicts": _by_verdict(runs),
        "columns": [_Column(name.replace("_", "-"), _is_number(name, rows)) for name in names],
        "figures": ("score", *_FIGURES),
        "real": _numbers(real_score, real) if real else (),
        "scores": check_charts.scores(
            [(str(run.place), f"{run.place}. {run.settings}", checks) for run, checks in zip(runs, logs, strict=True)],
            real_score,
            _LARGE,
        ),
    }
    return html_page.render("sweep.html", values)


def _run(
    place: int,
    row: dict[str, Any],
    shown: Shown | None,
    lines: list[dict[str, Any]],
    names: Sequence[str],
    varied: set[str],
    real: Mapping[str, float],
) -> _Run:
    settings, figures = row["settings"], row.get("figures", {})
    return _Run(
        place,
        settings=in_words(settings),
        varied=in_words({name: value for name, value in settings.items() if name in varied} or settings),
        verdict=badge.badge(row.get("verdict", badge.NOT_JUDGED)),
        said=_said(row, is_heard=shown is not None),
        folder=row["run"],
        state=row["state"],
        values=[number_in_words(settings[name]) if name in settings else "" for name in names],
        numbers=_numbers(row["score"], figures),
        sounds=None if shown is None else _sounds(place, shown),
        curves=check_charts.figures(lines, real, _SMALL, check_charts.MINUTES),
        details=json.dumps({**settings, **figures}, indent=1, ensure_ascii=False),
    )


def _numbers(score: float | None, figures: Mapping[str, float]) -> list[str]:
    numbers = [score, *(figures.get(name) for name in _FIGURES)]
    return ["" if number is None else f"{number:.3f}" for number in numbers]


def _in_full(row: dict[str, Any]) -> str:
    """Return the verdict on a run and what it means, for the contact sheet, which has no colored badges."""
    verdict = badge.badge(row.get("verdict", badge.NOT_JUDGED))
    early = "" if row["state"] == "done" else f" ({row['state']})"
    return ", ".join(dict.fromkeys(part for part in (verdict.word, verdict.meaning) if part)) + early


def _by_verdict(runs: Sequence[_Run]) -> list[tuple[Badge, list[_Run]]]:
    """Group the runs by verdict, the best verdict first."""
    order = list(badge.MEANINGS)
    found: dict[Badge, list[_Run]] = {}
    for run in runs:
        found.setdefault(run.verdict, []).append(run)
    return sorted(found.items(), key=lambda item: order.index(item[0].word) if item[0].word in order else len(order))


def _is_number(name: str, rows: Sequence[dict[str, Any]]) -> bool:
    values = [row["settings"][name] for row in rows if name in row["settings"]]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _said(row: dict[str, Any], *, is_heard: bool) -> str:
    said = [row.get("why"), row.get("remedy"), row["state"] if row["state"] != "done" else ""]
    if row.get("best_step"):
        said.append(f"best at step {row['best_step']:,} of {row['step']:,}")
    if row.get("trend"):
        said.append(row["trend"])
    if not is_heard:
        said.append("no sounds to play")
    return " · ".join(part for part in said if part)  # in the same words as the log and the command line


def _sounds(place: int, shown: Shown) -> _Sounds:
    length = f"{_SECONDS} s each" if shown.representation.kind == LOOP else "each once"
    drawn = pictures.encode_png(pictures.sheet(_draw(shown), columns=SHOWN // 2))
    return _Sounds(
        picture=html_page.data_url(drawn, "image/png"),
        sound=html_page.data_url(preview.play(shown, _SECONDS), "audio/wav"),
        alt=f"{len(shown.waves)} sounds of run {place}",
        caption=f"Seeds 0 to {len(shown.waves) - 1}, as of every other run, {length}, row by row; export --seed takes "
        "these numbers.",
    )
