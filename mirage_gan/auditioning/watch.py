"""What is told of a run in training, for a page that follows it: read from the run's folder, again and again.

Nothing in the folder is written or locked: trying the lock that `train` holds could turn away a training that begins
just then.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base.errors import FormatError
from mirage_gan.folders import run_log, runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PREVIEWS: Final = {".png": "image/png", ".wav": "audio/wav"}  # kinds of previews, and their MIME types
CHECKPOINTS: Final = ("last", "best")

_OF_CHECKS: Final = ("step", "seconds", "score", "coverage", "recall", "precision")
_OF_PROGRESS: Final = ("step", "seconds", "loss_g", "loss_d", "belief_real", "belief_fake")
_QUIET_S: Final = 60.0  # seconds without a line in the log, after which nothing trains: one comes about every five
_MOST_LINES: Final = 400  # of each kind are told: as many as a curve on a page is wide
_SPEED_LINES: Final = 20  # the speed is that of the latest lines, because others may have used the machine before

Line = dict[str, Any]  # of a run's log


@dataclass(frozen=True)
class Watch:
    """A run that is watched."""

    run: Path

    def progress(self) -> dict[str, Any]:
        """Return how far the training is, as plain JSON values.

        - `state`: "waiting" (nothing was logged yet), "running", "quiet" (nothing was logged lately, as of a training
          that was stopped) or "ended"
        - `step`, of `steps` (None if only a time limit ends it), and `seconds` of training so far
        - `share`, 0 to 1, and `left_s`, None where they are not known
        - `checks`: their figures; `progress`: losses and predictions, at checks and between; both are thinned out
          evenly where they are many
        - `previews`: the steps of those that are there
        - `checkpoints`: by name, what tells each from an earlier one
        - `verdict`, of a training that has ended; else it is empty

        Raises
        ------
        FolderError, FormatError
            If the config is gone, or the log or the config is damaged.
        """
        about = runs.load_config(self.run)
        lines = run_log.load_all(self.run)
        checks = [line for line in lines if run_log.KIND not in line]
        between = [line for line in lines if line.get(run_log.KIND) == run_log.PROGRESS and _has_place(line)]
        timed = sorted([*checks, *between], key=lambda line: line["step"])
        state = self._state(bool(timed))
        share, left = _remaining(timed, about.steps, about.settings.get("max_minutes"))
        return {
            "state": state,
            "step": timed[-1]["step"] if timed else 0,
            "steps": about.steps,
            "seconds": timed[-1]["seconds"] if timed else 0,
            "share": share,
            "left_s": left if state == "running" else None,
            "checks": [{key: _finite(check[key]) for key in _OF_CHECKS} for check in _thinned(checks)],
            "progress": [{key: _finite(line.get(key)) for key in _OF_PROGRESS} for line in _thinned(timed)],
            "previews": [
                line["step"] for line in checks if runs.preview_path(self.run, line["step"], ".png").is_file()
            ],
            "checkpoints": {name: version for name in CHECKPOINTS if (version := self.version(name))},
            "verdict": self._verdict() if state == "ended" else "",
        }

    def preview(self, step: int, suffix: str) -> bytes | None:
        """Return the picture or the sounds of a check, by a key of `PREVIEWS`; None if there are none."""
        path = runs.preview_path(self.run, step, suffix)
        return path.read_bytes() if suffix in PREVIEWS and path.is_file() else None

    def version(self, name: str) -> str:
        """Return the time of a checkpoint, as text that an earlier one has not; empty if there is none."""
        path = runs.checkpoint_path(self.run, name)
        return str(path.stat().st_mtime_ns) if path.is_file() else ""

    def _state(self, has_begun: bool) -> str:  # noqa: FBT001 - one argument, and its name says what it is
        log, report = self.run / runs.LOG, self.run / runs.REPORT
        if not has_begun or not log.is_file():
            return "waiting"
        logged = log.stat().st_mtime
        if report.is_file() and report.stat().st_mtime >= logged:
            return "ended"
        return "running" if time.time() - logged < _QUIET_S else "quiet"

    def _verdict(self) -> str:
        try:
            report = runs.load_report(self.run)
        except FormatError:  # `train` writes it again
            return ""
        return report.verdict if report else ""


def _remaining(lines: Sequence[Line], steps: int | None, minutes: float | None) -> tuple[float | None, float | None]:
    """Return the used share of a training, and the seconds that are left; None where they are not known.

    A time limit is that of one call of `train`, but the log does not say when a call began: that of a run which was
    gone on with is over later than this says.
    """
    if not lines:
        return None, None
    step, seconds = lines[-1]["step"], lines[-1]["seconds"]
    left: list[float] = []
    shares: list[float] = []
    if steps:
        shares.append(step / steps)
        first = lines[max(0, len(lines) - 1 - _SPEED_LINES)] if len(lines) > 1 else {"step": 0, "seconds": 0}
        if step > first["step"]:
            left.append((steps - step) * (seconds - first["seconds"]) / (step - first["step"]))
    if minutes is not None:
        shares.append(seconds / (60 * minutes))
        left.append(60 * minutes - seconds)
    return min(1.0, max(shares)) if shares else None, max(0.0, min(left)) if left else None


def _thinned(lines: Sequence[Line]) -> list[Line]:
    """Return at most as many lines as are told, evenly, with the first and the last."""
    if len(lines) <= _MOST_LINES:
        return list(lines)
    return [lines[round(i * (len(lines) - 1) / (_MOST_LINES - 1))] for i in range(_MOST_LINES)]


def _has_place(line: Line) -> bool:
    """Return whether a line says its step and time, as all of ours do; lines of progress are not checked when read."""
    return isinstance(line.get("step"), int) and _finite(line.get("seconds")) is not None


def _finite(value: object) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
