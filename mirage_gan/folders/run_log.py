"""What a run's log says: one line a check, and which way the scores go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path

_RECENT: Final = 3  # checks that are compared with as many before them
_BETTER: Final = 0.03  # in the score
_WORSE: Final = -0.1


def load(run: Path) -> list[dict[str, Any]]:
    """Read the lines of a run's log, up to one that a kill cut short; none where there is no log."""
    path = run / runs.LOG
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


class RunLog:
    """The log of a run that is being trained."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self.lines = load(run)

    @property
    def step(self) -> int:
        """The step that was checked last."""
        return int(self.lines[-1]["step"]) if self.lines else 0

    def add(self, line: dict[str, Any]) -> None:
        """Note a check."""
        self.lines.append(line)
        with (self._run / runs.LOG).open("ab") as log:
            log.write(files.encode_jsonl([line]))

    def forget_after(self, step: int) -> None:
        """Forget what was logged after a checkpoint: it will be logged again."""
        self.lines = [line for line in self.lines if line["step"] <= step]
        if (self._run / runs.LOG).is_file():
            files.write_bytes(self._run / runs.LOG, files.encode_jsonl(self.lines))

    def trend(self) -> str:
        """Say which way the scores of the last checks go."""
        if self.lines and self.lines[-1].get("collapsing"):
            return "collapsing: its sounds become alike"
        scores = [float(line["score"]) for line in self.lines]
        recent, before = scores[-_RECENT:], scores[-2 * _RECENT : -_RECENT]
        if len(before) < _RECENT:
            return "too early to tell a trend"
        change = float(np.mean(recent) - np.mean(before))
        return "improving" if change > _BETTER else "getting worse" if change < _WORSE else "plateau"
