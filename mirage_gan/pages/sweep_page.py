"""The page of a sweep, to look at and to listen to: it needs nothing else. And the sheet of its runs, a row a run."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.pages import pictures, preview
from mirage_gan.settings.fields import in_words, number_in_words
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures, Waves

_SHOWN_AS: Final = representation.of_kind("loop")
SHOWN: Final = 16  # sounds of a run, of the same latents each
_CELL: Final = 64  # pixels
_SECONDS: Final = 0.3  # a sound
_HEARD: Final = 100  # runs with sounds on the page, which would be too large for a browser otherwise
_FIGURES: Final = ("coverage", "recall", "precision", "copy", "twins")
_CURVES: Final = (("coverage", "#2563eb"), ("recall", "#16a34a"), ("precision", "#d97706"))
_SMALL: Final = (360, 120)  # a chart, in pixels
_LARGE: Final = (900, 240)
_DOT: Final = 2.5  # pixels
_LINE: Final = 11  # pixels
# what a verdict says of the settings, the best first
_VERDICTS: Final = {
    "good": "learned",
    "undertrained": "never learned, or not yet",
    "copying": "learned by heart",
    "collapsing": "collapsed: its sounds are alike",
    "noise": "never learned: it makes noise",
    "dead": "broke down, or is silent",
    "": "not judged",
}

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}
table{border-collapse:collapse;margin:1em 0;width:100%}
th,td{border-bottom:1px solid #8886;padding:.3em .6em;text-align:left;vertical-align:top}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid}
td.n{text-align:right;font-variant-numeric:tabular-nums}
section{border-top:1px solid #8886;margin-top:1.5em;padding-top:1em;display:grid;gap:.5em 2em;
grid-template-columns:minmax(0,1fr) auto}
section h2,section p{grid-column:1/-1;margin:0}
img{max-width:100%;background:#fff;image-rendering:pixelated}
svg{background:#8881}audio{width:100%}
ul{list-style:none;padding:0}li{margin:.4em 0}
b{border-radius:.3em;padding:.1em .5em;color:#fff;background:#666}
b.good{background:#15803d}b.undertrained{background:#b45309}b.copying{background:#7e22ce}
b.collapsing,b.dead,b.noise{background:#b91c1c}
"""
_SORT: Final = """
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const body = document.querySelector("tbody"), column = button.parentNode.cellIndex;
  const down = button.dataset.down !== "1";
  button.dataset.down = down ? "1" : "0";
  const key = row => row.cells[column].textContent;
  const order = (a, b) => isNaN(key(a)) || isNaN(key(b)) ? key(a).localeCompare(key(b)) : key(a) - key(b);
  body.append(...[...body.rows].sort((a, b) => (down ? -1 : 1) * order(a, b)));
};
"""


def sheet(waves: Sequence[Waves]) -> Pictures:
    """Draw the sounds of runs, SHOWN of each, a row a run."""
    return pictures.sheet(np.concatenate([preview.draw_small(each, _SHOWN_AS, _CELL) for each in waves]), columns=SHOWN)


def page(
    title: str,
    rows: Sequence[dict[str, Any]],
    waves: Sequence[Waves | None],
    logs: Sequence[list[dict[str, Any]]],
) -> bytes:
    """Make the page: a table that sorts, the scores over time, and each run with its parameters, curves and sounds."""
    names = sorted({name for row in rows for name in row["settings"]})
    heads = ["#", *(name.replace("_", "-") for name in names), "verdict", "score", *_FIGURES, "state"]
    head = "".join(f"<th><button>{html.escape(text)}</button></th>" for text in heads)
    body = "".join(_table_row(place, row, names) for place, row in enumerate(rows, 1))
    real: dict[str, float] = next((row["real"] for row in rows if row.get("real")), {})
    figures = ", ".join(f"{name} {real[name]:.2f}" for name in _FIGURES if name in real)
    note = f"<p>Real sounds in place of generated ones: {figures}.</p>" if figures else ""
    sections = "".join(
        _section(place, row, sounds if place <= _HEARD else None, lines)
        for place, (row, sounds, lines) in enumerate(zip(rows, waves, logs, strict=True), 1)
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Sweep {html.escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>Sweep {html.escape(title)}</h1><p>{len(rows)} runs, the best first; each makes its sounds of the same "
        f"latents.</p>{_summary(rows)}<p>A click on a heading sorts.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
        f"<h2>Score over minutes</h2>{_scores(rows, logs)}{sections}"
        f"<script>{_SORT}</script></html>\n"
    ).encode()


def _summary(rows: Sequence[dict[str, Any]]) -> str:
    """List the settings under what became of them."""
    names = dict.fromkeys(name for row in rows for name in row["settings"])
    varied = [name for name in names if len({str(row["settings"].get(name)) for row in rows}) > 1]
    found: dict[str, list[str]] = {}
    for place, row in enumerate(rows, 1):
        words = in_words({name: row["settings"][name] for name in varied or row["settings"] if name in row["settings"]})
        early = "" if row["state"] == "done" else f" ({row['state']})"
        link = f'<a href="#run-{place}">{html.escape(words)}</a>{html.escape(early)}'
        found.setdefault(row.get("verdict", ""), []).append(link)
    order = list(_VERDICTS)
    items = [
        f"<li>{_badge(verdict)} {html.escape(_VERDICTS.get(verdict, verdict))}: {'; '.join(found[verdict])}</li>"
        for verdict in sorted(found, key=lambda verdict: order.index(verdict) if verdict in order else len(order))
    ]
    return f"<ul>{''.join(items)}</ul>"


def _badge(verdict: str) -> str:
    return f'<b class="{html.escape(verdict)}">{html.escape(verdict)}</b>' if verdict else ""


def _table_row(place: int, row: dict[str, Any], names: Sequence[str]) -> str:
    figures = row.get("figures", {})
    numbers = [row["score"], *(figures.get(name) for name in _FIGURES)]
    return (
        f'<tr><td class="n"><a href="#run-{place}">{place}</a></td>'
        + "".join(f'<td class="n">{_value(row["settings"].get(name))}</td>' for name in names)
        + f"<td>{_badge(row.get('verdict', ''))}</td>"
        + "".join(f'<td class="n">{"" if number is None else f"{number:.3f}"}</td>' for number in numbers)
        + f"<td>{html.escape(row['state'])}</td></tr>"
    )


def _value(value: object) -> str:
    return "" if value is None else html.escape(number_in_words(value))


def _section(place: int, row: dict[str, Any], waves: Waves | None, lines: list[dict[str, Any]]) -> str:
    settings = html.escape(in_words(row["settings"]))
    said = [row.get("why"), row.get("remedy"), row["state"] if row["state"] != "done" else ""]
    if row.get("best_step"):
        said.append(f"best at step {row['best_step']:,} of {row['step']:,}")
    if row.get("trend"):
        said.append(f"the last checks: {row['trend']}")
    if waves is None:
        said.append("its sounds are not here")
    text = html.escape("".join(f"{part}. " for part in said if part))
    about = f"{_badge(row.get('verdict', ''))} {text}<code>{html.escape(row['run'])}</code>"
    parts = [f'<section id="run-{place}"><h2>{place}. {settings}</h2><p>{about}</p>']
    if waves is not None:
        drawn = pictures.encode_png(pictures.sheet(preview.draw_small(waves, _SHOWN_AS, _CELL), columns=SHOWN // 2))
        parts.append(f'<img alt="{SHOWN} of its sounds" src="{_inline(drawn, "image/png")}">')
    parts.append(_chart([(name, color, [(_minutes(line), line[name]) for line in lines]) for name, color in _CURVES]))
    if waves is not None:
        heard = _inline(preview.play(waves, _SHOWN_AS, 0, _SECONDS), "audio/wav")
        parts.append(f'<audio controls preload="none" src="{heard}"></audio>')
    details = html.escape(json.dumps({**row["settings"], **row.get("figures", {})}, indent=1))
    parts.append(f"<details><summary>all figures</summary><pre>{details}</pre></details></section>")
    return "".join(parts)


def _inline(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _minutes(line: dict[str, Any]) -> float:
    return float(line["seconds"]) / 60


def _scores(rows: Sequence[dict[str, Any]], logs: Sequence[list[dict[str, Any]]]) -> str:
    """Chart the score of every run over its minutes."""
    curves = []
    for place, (_, lines) in enumerate(zip(rows, logs, strict=True), 1):
        color = f"hsl({round(360 * (place - 1) / len(rows))} 70% 45%)"
        curves.append((str(place), color, [(_minutes(line), float(line["score"])) for line in lines]))
    return _chart(curves, _LARGE, top=2.0)


def _chart(
    curves: Sequence[tuple[str, str, list[tuple[float, float]]]], size: tuple[int, int] = _SMALL, top: float = 1.0
) -> str:
    """Draw curves of (minutes, value from 0 to `top`), each with its name at its end, as SVG."""
    width, height = size
    if not any(points for _, _, points in curves):
        return "<p>No check was logged.</p>"
    last = max(points[-1][0] for _, _, points in curves if points) or 1.0
    about = html.escape(f"{', '.join(name for name, _, _ in curves)}, over {last:.1f} minutes, 0 to {top:g}")
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [f'<svg {box} role="img" font-size="11" aria-label="{about}">']
    room = 12 + 7 * max(len(name) for name, _, _ in curves)
    ends = []
    for name, color, points in curves:
        if not points:
            continue
        where = [
            (x / last * (width - room), height - _DOT - min(max(y / top, 0.0), 1.0) * (height - 16)) for x, y in points
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in where)
        x, y = where[-1]
        parts.append(
            f'<g stroke="{color}" fill="none" stroke-width="1.5"><title>{html.escape(name)}</title>'
            f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}"/></g>'
        )
        ends.append((y, x, name, color))
    above = float(height)
    for y, x, name, color in sorted(ends, reverse=True):  # from below, each name over the last
        above = min(above - _LINE, y + _DOT)
        parts.append(f'<text x="{x + 5:.1f}" y="{above:.1f}" fill="{color}">{html.escape(name)}</text>')
    parts.append(f'<text x="4" y="12" fill="currentColor">{top:g}</text>')
    parts.append(f'<text x="{width - 4}" y="12" text-anchor="end" fill="currentColor">{last:.1f} min</text>')
    return "".join([*parts, "</svg>"])
