"""The summary of a run to look at, report.html and curves.png, which is written again as the training goes on."""

from __future__ import annotations

import bisect
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.folders import runs
from mirage_gan.judging import learning_curve, verdict
from mirage_gan.judging.evaluate import FIGURES
from mirage_gan.pages import preview, run_page
from mirage_gan.pages.run_page import Figure, Strip
from mirage_gan.training import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.training.plan import TrainingPlan

_SHARE: Final = 0.03  # of the time, at most, that is spent on writing while the training goes on
_STRIPS: Final = 5  # checks whose sounds are shown, beside the best one


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
        self._strips: dict[int, bytes | None] = {}  # cut out of previews so far, by step
        self._due = 0.0  # when it may be written again, on the clock of `time.monotonic`

    def follow(self, checks: Sequence[dict[str, Any]]) -> None:
        """Write the summary of a run in training, unless that would take more than a small share of the time."""
        began = time.monotonic()
        if began >= self._due:
            self.save(checks)
            now = time.monotonic()
            self._due = now + (now - began) / _SHARE

    def save(self, checks: Sequence[dict[str, Any]], judgment: Judgment | None = None) -> None:
        """Write the summary.

        Parameters
        ----------
        checks : sequence of dict
            The checks in the run's log, oldest first.
        judgment : Judgment, optional
            The judgment on the best checkpoint; None before the training has ended.
        """
        trend = learning_curve.trend(checks)
        summary = run_page.Summary(
            name=self._run.name,
            about=self._about(checks),
            checks=checks,
            real=self._real,
            real_score=verdict.score(self._real, self._real),
            verdict="" if judgment is None else judgment.verdict.word,
            said=_said(judgment, trend),
            figures=_figures(checks, self._real, judgment),
            figures_of=_figures_of(checks, judgment),
            strips=self._choose_strips(checks),
            sound=self._sound(checks),
            commands=self._commands(),
            settings={name: value for name, value in self._plan.settings.items() if value not in (None, "")},
        )
        files.write_bytes(self._run / runs.PAGE, run_page.page(summary))
        if drawn := run_page.curves(summary):
            files.write_bytes(self._run / runs.CURVES, drawn)

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
        steps = [check["step"] for check in checks]
        # the earlier ones may be previews of before 0.5.0
        first = bisect.bisect_left(steps, x=True, key=lambda step: self._strip(step) is not None)
        best, last = max(checks, key=learning_curve.rank)["step"], steps[-1]
        between = np.linspace(min(first, len(steps) - 1), len(steps) - 1, _STRIPS).round().astype(int)
        strips = []
        for step in sorted({best, *(steps[i] for i in between)}):
            said = "the best check, whose checkpoint export takes" if step == best else ""
            if step == last:
                said = "the last check and the best one" if said else "the last check: export --checkpoint last"
            if picture := self._strip(step):
                strips.append(Strip(step, picture, said))
        return strips

    def _strip(self, step: int) -> bytes | None:
        """Cut the first sounds out of a preview; None if it is lost, or was drawn before 0.5.0 of other latents."""
        if step not in self._strips:
            self._strips[step] = preview.strip(self._preview(step, ".png"))
        return self._strips[step]

    def _sound(self, checks: Sequence[dict[str, Any]]) -> bytes:
        """Return the sounds of the last check; none if its strip is not shown either."""
        step = checks[-1]["step"] if checks else None
        return self._preview(step, ".wav") if step is not None and self._strip(step) else b""

    def _preview(self, step: int, suffix: str) -> bytes:
        path = runs.preview_path(self._run, step, suffix)
        return path.read_bytes() if path.is_file() else b""

    def _commands(self) -> list[tuple[str, str]]:
        """Return what to do with the run, and by which commands."""
        of = runs.argument(self._run, self._plan.spec.model)
        return [
            ("The sounds of the previews as WAV files:", f"mirage-gan export {of} --to wav --count {preview.COUNT}"),
            ("One of them, by its seed:", f"mirage-gan export {of} --to wav --seed 5 --count 1"),
            ("48 sounds as the Mirage's own samples:", f"mirage-gan export {of} --to pcm"),
            ("How new, varied and plausible its sounds are:", f"mirage-gan evaluate {of}"),
        ]


def _said(judgment: Judgment | None, trend: str) -> str:
    """Return the reasons of the verdict, or that there is none yet, with the trend of the scores."""
    if judgment is None:
        return f"It is judged when the training ends; {trend}."
    found = judgment.verdict
    return f"{found.why}; {found.remedy}. The best checkpoint is of step {judgment.step:,}; {trend}."


def _figures(checks: Sequence[dict[str, Any]], real: Mapping[str, float], judgment: Judgment | None) -> list[Figure]:
    """Return the figures of a judgment, or before there is one, of the last check."""
    ours = judgment.ours if judgment else checks[-1] if checks else {}
    beside = judgment.real if judgment else real
    names = [name for name in FIGURES if name in ours and name in beside]
    return [Figure(name, float(ours[name]), float(beside[name]), FIGURES[name]) for name in names]


def _figures_of(checks: Sequence[dict[str, Any]], judgment: Judgment | None) -> str:
    """Return of which sounds the figures are."""
    if judgment:
        return (
            f"{judgment.generated:,} sounds of the best checkpoint, of step {judgment.step:,}, against "
            f"{judgment.held_out:,} held out."
        )
    return f"The check at step {checks[-1]['step']:,}." if checks else ""
