"""The page of a run, self-contained HTML, and its curves as a picture: how the training goes, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.pages import check_charts, html_page, preview
from mirage_gan.pages.badge import badge
from mirage_gan.pages.chart import Size
from mirage_gan.pages.chart_png import draw
from mirage_gan.pages.check_charts import STEPS
from mirage_gan.settings.fields import number_in_words
from mirage_gan.settings.wording import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.pages.check_charts import Check, Curves

_SIZE: Final = Size(440, 220, line=15)
_COLUMNS: Final = 2
_CLASS_FIGURES: Final = ("coverage", "recall", "recognized")


@dataclass(frozen=True)
class Figure:
    """A figure of generated sounds beside that of real ones."""

    name: str
    ours: float
    real: float
    meaning: str


@dataclass(frozen=True)
class Strip:
    """Sounds of the first seeds at a check."""

    step: int
    picture: bytes  # PNG, from `preview.strip`
    about: str = ""  # what is special about that check


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What is told of a run."""

    name: str
    kind: str  # of what it learns, a key of `settings.wording.WORDS`
    about: str  # what is trained on what
    checks: Sequence[Check]  # oldest first
    real: Mapping[str, float]  # figures that real sounds reach at a check
    real_score: float | None
    verdict: str  # one word, a key of `settings.judging.WORDS`; empty if the run is not judged yet
    said: str  # the reasons of the verdict, and the trend
    figures: Sequence[Figure]
    figures_of: str  # which sounds the figures are of
    classes: Mapping[str, Mapping[str, float]]  # by class, figures of `judging.classes.figures`; none without classes
    strips: Sequence[Strip]  # oldest first
    all_seeds: bytes | None  # WebP of more seeds and checks, from `prints.training_strip`, if there is one
    animation: bytes | None  # WebP of the same
    sound: bytes  # WAV of the last check; empty if there is none
    commands: Sequence[tuple[str, str]]  # what a command is for, and the command
    settings: Mapping[str, Any]


def page(of: Summary) -> bytes:
    """Render the page: the verdict, figures, curves, the same seeds over time, commands and settings; UTF-8."""
    values = {
        "title": f"Run {of.name}",
        "words": WORDS[of.kind],
        "about": of.about,
        "badge": badge(of.verdict),
        "said": of.said,
        "figures": of.figures,
        "figures_of": of.figures_of,
        "classes": of.classes,
        "class_figures": _CLASS_FIGURES,
        "curves": _curves(of),
        "strips": [
            (f"{strip.step:,}", strip.about, html_page.data_url(strip.picture, "image/png")) for strip in of.strips
        ],
        "seeds": f"0 to {preview.STRIP - 1}",
        "all_seeds": html_page.data_url(of.all_seeds, "image/webp") if of.all_seeds else "",
        "animation": html_page.data_url(of.animation, "image/webp") if of.animation else "",
        "sound": html_page.data_url(of.sound, "audio/wav") if of.sound else "",
        "heard": f"0 to {preview.HEARD - 1}",
        "commands": of.commands,
        "settings": [(name.replace("_", "-"), number_in_words(value)) for name, value in of.settings.items()],
    }
    return html_page.render("run.html", values)


def curves(of: Summary) -> bytes | None:
    """Draw the curves of the page as a PNG; None before the first check."""
    drawn = _curves(of)
    title = f"{of.name}, step {of.checks[-1]['step']:,}" if of.checks else ""
    return draw(title, [one.chart for one in drawn], _COLUMNS) if drawn else None


def _curves(of: Summary) -> list[Curves]:
    """Chart the score, the figures, and the balance and the losses of the networks, as far as the log has them."""
    charts = (
        check_charts.score(of.checks, of.real_score, _SIZE, STEPS, of.kind),
        check_charts.figures(of.checks, of.real, _SIZE, STEPS, of.kind),
        check_charts.balance(of.checks, _SIZE, STEPS, of.kind),
        check_charts.losses(of.checks, _SIZE, STEPS),
    )
    return [each for each in charts if each is not None]
