"""The log of a run: one line of figures a check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path


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
