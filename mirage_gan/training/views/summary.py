"""The summary of a run to look at, which is written again as the training goes on.

It is report.html, curves.png and strip.png, and at the end training.webp too.
"""

from __future__ import annotations

import bisect
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.folders import runs
from mirage_gan.judging import verdict
from mirage_gan.judging.meanings import FIGURES, meaning
from mirage_gan.pages import pictures, preview, run_page
from mirage_gan.pages.prints import paper, training_strip
from mirage_gan.pages.prints.training_strip import Moment
from mirage_gan.pages.run_page import Figure, Strip
from mirage_gan.settings.wording import WORDS
from mirage_gan.training import learning_curve, messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.training.plan import TrainingPlan

_SHARE: Final = 0.03  # of the time, at most, that is spent on writing while the training goes on
_STRIPS: Final = 5  # checks whose sounds are shown, beside the best one


@dataclass(frozen=True)
class _Look:
    """What the summary shows of the preview of a check."""

    strip: bytes  # PNG of the first seeds
    cells: Pictures  # uint8, shape (training_strip.SEEDS, height, width), without details


class Summary:
    """Writes the summary of a run.

    Parameters
    ----------
    run : Path
    plan : TrainingPlan
    real : mapping of str to float
        The figures of real sounds in place of generated ones, from `Scorer.real`.
    """

    def __init__(self, run: Path, plan: TrainingPlan, real: Mapping[str, float]) -> None:
        self._run = run
        self._plan = plan
        self._real = real
        self._kind: str = plan.about["kind"]
        self._looks: dict[int, _Look | None] = {}  # cut out of previews so far, by step
        self._due = 0.0  # when it may be written again, on the clock of `time.monotonic`

    def follow(self, checks: Sequence[dict[str, Any]]) -> None:
        """Write the summary of a run in training, unless that would take more than a small share of the time."""
        began = time.monotonic()
        if began >= self._due:
            self._write(checks)
            now = time.monotonic()
            self._due = now + (now - began) / _SHARE

    def save(self, checks: Sequence[dict[str, Any]], judgment: Judgment | None = None) -> None:
        """Write the summary of a run that has ended, with the animation, which takes seconds.

        Parameters
        ----------
        checks : sequence of dict
            The checks in the run's log, oldest first.
        judgment : Judgment, optional
            The judgment on the best checkpoint, if there is one.
        """
        moments = self._moments(checks, training_strip.FRAMES)
        moving = training_strip.animation(moments) if len(moments) > 1 else None
        if moving:
            files.write_bytes(self._run / runs.ANIMATION, moving)
        self._write(checks, judgment, moving)

    def _write(
        self, checks: Sequence[dict[str, Any]], judgment: Judgment | None = None, moving: bytes | None = None
    ) -> None:
        """Write all of the summary but the animation, which the page shows."""
        moments = self._moments(checks, training_strip.COLUMNS)
        strip = training_strip.strip(f"Run {self._run.name}", moments) if moments else None
        trend = learning_curve.trend(checks)
        summary = run_page.Summary(
            name=self._run.name,
            kind=self._kind,
            about=self._about(checks),
            checks=checks,
            real=self._real,
            real_score=verdict.score(self._real, self._real),
            verdict="" if judgment is None else judgment.verdict.word,
            said=_said(judgment, trend),
            figures=_figures(checks, self._real, judgment, self._kind),
            figures_of=_figures_of(checks, judgment, self._kind),
            classes={} if judgment is None else judgment.classes,
            strips=self._choose_strips(checks),
            all_seeds=None if strip is None else training_strip.for_screen(strip),
            animation=moving,
            sound=self._sound(checks),
            commands=self._commands(),
            settings={name: value for name, value in self._plan.settings.items() if value not in (None, "")},
        )
        files.write_bytes(self._run / runs.PAGE, run_page.page(summary))
        if drawn := run_page.curves(summary):
            files.write_bytes(self._run / runs.CURVES, drawn)
        if strip is not None:
            files.write_bytes(self._run / runs.STRIP, pictures.encode_png(strip, dpi=paper.DPI))

    def _about(self, checks: Sequence[dict[str, Any]]) -> str:
        """Return what is trained on what, and how far; the same for the same checks."""
        about = messages.subject(self._plan)
        if not checks:
            return about
        steps = f" of {self._plan.steps:,}" if self._plan.steps else ""
        last = checks[-1]
        return f"{about}; last check at step {last['step']:,}{steps}, after {last['seconds'] / 60:.1f} minutes"

    def _choose_strips(self, checks: Sequence[dict[str, Any]]) -> list[Strip]:
        """Return the sounds of the first, the last and the best check, and of some between, in their order."""
        if not checks:
            return []
        steps, best, last = self._shown_steps(checks), _best_step(checks), checks[-1]["step"]
        between = np.linspace(0, len(steps) - 1, _STRIPS).round().astype(int)
        strips = []
        for step in sorted({best, *(steps[i] for i in between)}):
            said = "the best check, whose checkpoint export takes" if step == best else ""
            if step == last:
                said = "the last check and the best one" if said else "the last check: export --checkpoint last"
            if look := self._look(step):
                strips.append(Strip(step, look.strip, said))
        return strips

    def _moments(self, checks: Sequence[dict[str, Any]], most: int) -> list[Moment]:
        """Return the sounds of so many checks at most: the first, the last, the best one, and some between."""
        if not checks:
            return []
        best = _best_step(checks)
        looks = {step: self._look(step) for step in training_strip.choose(self._shown_steps(checks), best, most)}
        return [Moment(step, look.cells, step == best) for step, look in looks.items() if look is not None]

    def _shown_steps(self, checks: Sequence[dict[str, Any]]) -> list[int]:
        """Return the steps of the checks from the first one on whose preview shows the sounds of the first seeds.

        The previews before it are of versions before 0.5.0. If there is none, the last step is returned.
        """
        steps = [int(check["step"]) for check in checks]
        first = bisect.bisect_left(steps, x=True, key=lambda step: self._look(step) is not None)
        return steps[min(first, len(steps) - 1) :]

    def _look(self, step: int) -> _Look | None:
        """Cut the first sounds out of a preview; None if it is lost, or was drawn before 0.5.0 of other latents."""
        if step not in self._looks:
            cells = preview.cells(self._preview(step, ".png"))
            self._looks[step] = None
            if cells is not None:
                first = preview.without_details(cells)[: training_strip.SEEDS]
                self._looks[step] = _Look(preview.strip(cells), first.copy())  # a view would keep all cells in RAM
        return self._looks[step]

    def _sound(self, checks: Sequence[dict[str, Any]]) -> bytes:
        """Return the sounds of the last check; none if its strip is not shown either."""
        step = checks[-1]["step"] if checks else None
        return self._preview(step, ".wav") if step is not None and self._look(step) else b""

    def _preview(self, step: int, suffix: str) -> bytes:
        path = runs.preview_path(self._run, step, suffix)
        return path.read_bytes() if path.is_file() else b""

    def _commands(self) -> list[tuple[str, str]]:
        """Return what to do with the run, and by which commands."""
        of = runs.argument(self._run, self._plan.spec.model)
        words = WORDS[self._kind]
        export = f"mirage-gan export {of} --to {words.form}"
        samples = [("48 sounds as the Mirage's own samples:", f"mirage-gan export {of} --to pcm")]
        return [
            (f"The {words.many} of the previews as {words.form.upper()} files:", f"{export} --count {preview.COUNT}"),
            ("One of them, by its seed:", f"{export} --seed 5 --count 1"),
            *(samples if self._plan.train.representation.is_sound else []),
            (f"How new, varied and plausible its {words.many} are:", f"mirage-gan evaluate {of}"),
        ]


def _best_step(checks: Sequence[dict[str, Any]]) -> int:
    """Return the step of the first of the best checks."""
    return int(max(checks, key=learning_curve.rank)["step"])


def _said(judgment: Judgment | None, trend: str) -> str:
    """Return the reasons of the verdict, or that there is none yet, with the trend of the scores."""
    if judgment is None:
        return f"It is judged when the training ends; {trend}."
    found = judgment.verdict
    return f"{found.why}; {found.remedy}. The best checkpoint is of step {judgment.step:,}; {trend}."


def _figures(
    checks: Sequence[dict[str, Any]], real: Mapping[str, float], judgment: Judgment | None, kind: str
) -> list[Figure]:
    """Return the figures of a judgment, or before there is one, of the last check."""
    ours = judgment.ours if judgment else checks[-1] if checks else {}
    beside = judgment.real if judgment else real
    names = [name for name in FIGURES if name in ours and name in beside]
    return [Figure(name, float(ours[name]), float(beside[name]), meaning(name, kind)) for name in names]


def _figures_of(checks: Sequence[dict[str, Any]], judgment: Judgment | None, kind: str) -> str:
    """Return of what the figures are."""
    if judgment:
        return (
            f"{judgment.generated:,} {WORDS[kind].many} of the best checkpoint, of step {judgment.step:,}, against "
            f"{judgment.held_out:,} held out."
        )
    return f"The check at step {checks[-1]['step']:,}." if checks else ""
