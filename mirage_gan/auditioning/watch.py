"""What is told of a run in training, for a page that follows it: read from the run's folder, again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.folders import run_log, runs

if TYPE_CHECKING:
    from pathlib import Path

PREVIEWS: Final = {".png": "image/png", ".wav": "audio/wav"}  # kinds of previews, and their MIME types

_OF_CHECKS: Final = ("step", "seconds", "score", "coverage", "recall", "precision")
_OF_PROGRESS: Final = ("step", "seconds", "loss_g", "loss_d", "belief_real", "belief_fake")
_CHECKPOINTS: Final = ("best", "last")
_QUIET_S: Final = 60.0  # seconds without a line in the log, after which nothing trains: one comes about every five


@dataclass(frozen=True)
class Watch:
    """A run that is watched."""

    run: Path

    def progress(self) -> dict[str, Any]:
        """Return how far the training is, as plain JSON values.

        `step` of `steps` (None if only a time limit ends it), `running`, the figures of each check (`checks`) and of
        the time between (`progress`), the steps of the `previews` that are there, and of each checkpoint what tells it
        from an earlier one.

        Raises
        ------
        FormatError
            If the log or the config is damaged.
        """
        lines = run_log.load_all(self.run)
        checks = [line for line in lines if run_log.KIND not in line]
        between = [line for line in lines if line.get(run_log.KIND) == run_log.PROGRESS]
        steps = [check["step"] for check in checks]
        return {
            "step": max((line["step"] for line in [*checks, *between]), default=0),
            "steps": runs.load_config(self.run).steps,
            "running": self._is_running(),
            "checks": [{key: check[key] for key in _OF_CHECKS} for check in checks],
            "progress": [{key: line.get(key) for key in _OF_PROGRESS} for line in between],
            "previews": [step for step in steps if runs.preview_path(self.run, step, ".png").is_file()],
            "checkpoints": self._checkpoints(),
        }

    def preview(self, step: int, suffix: str) -> bytes | None:
        """Return the picture or the sounds of a check, by a key of `PREVIEWS`; None if there are none."""
        path = runs.preview_path(self.run, step, suffix)
        return path.read_bytes() if suffix in PREVIEWS and path.is_file() else None

    def _is_running(self) -> bool:
        """Return whether a process trains it: whether it logged something lately.

        Trying the lock that `train` holds could turn away a training that begins just then.
        """
        log = self.run / runs.LOG
        return log.is_file() and time.time() - log.stat().st_mtime < _QUIET_S and not self._is_finished()

    def _is_finished(self) -> bool:
        report = self.run / runs.REPORT
        return report.is_file() and report.stat().st_mtime >= (self.run / runs.LOG).stat().st_mtime

    def _checkpoints(self) -> dict[str, str]:
        """Return the time of each checkpoint that is there, as text that another one has not."""
        paths = {name: runs.checkpoint_path(self.run, name) for name in _CHECKPOINTS}
        return {name: str(path.stat().st_mtime_ns) for name, path in paths.items() if path.is_file()}
