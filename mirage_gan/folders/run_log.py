"""The log of a run, log.jsonl: a line of figures for each check of the training, and lines on its progress between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FormatError
from mirage_gan.base.schema import Count, Number, Record, SchemaError
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path

KIND: Final = "kind"  # key that marks lines of progress, and those that a later version may add; checks do not have it
PROGRESS: Final = "progress"  # kind of a line with the means of losses and predictions since the line before


class Check(Record, frozen=True):
    """Required values in the line of a check; further keys are kept, but not checked."""

    step: Count
    seconds: Number  # training time so far
    score: Number
    coverage: Number
    recall: Number
    precision: Number
    collapsing: bool = False


def load(run: Path) -> list[dict[str, Any]]:
    """Return the checks in a run's log, oldest first; an empty list if there is no log.

    A last line that was cut short because the program was killed is dropped. Lines of progress, and of kinds that later
    versions add, are skipped.

    Raises
    ------
    FormatError
        If a complete line is damaged, or is neither a check nor of an unknown kind.
    """
    return [line for line in load_all(run) if KIND not in line]


def load_all(run: Path) -> list[dict[str, Any]]:
    """Return the lines of all kinds in a run's log, oldest first; otherwise as `load`."""
    return _read(run / runs.LOG)


def _read(path: Path) -> list[dict[str, Any]]:
    """Return the complete lines of a log, of every kind."""
    try:
        content = files.read_bytes(path, remedy="remove it") if path.is_file() else b""
        content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise _damaged(path, number, "it is not text") from None
    rows = []
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if not line.strip():  # a blank line, which an editor may add at the end
            continue
        try:
            rows.append(_parse(line))
        except ValueError:
            if not line.endswith(b"\n"):  # the last line, cut short while it was written
                break
            raise _damaged(path, number, "it is not valid JSON") from None
        except SchemaError as error:
            raise _damaged(path, number, str(error)) from None
    return rows


def _parse(line: bytes) -> dict[str, Any]:
    """Parse and validate one line; raises ValueError if it is not JSON, and SchemaError if it is not a log line."""
    row = files.parse_json(line)
    if not isinstance(row, dict) or KIND not in row:
        schema.convert(row, Check)
    return dict(row)


def _damaged(path: Path, number: int, problem: str) -> FormatError:
    return FormatError(f"{path} was damaged or edited: of line {number}, {problem}; remove that line")


class RunLog:
    """The log of a run in training: read once, then appended to."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._rows = _read(run / runs.LOG)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The checks, oldest first."""
        return [line for line in self._rows if KIND not in line]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The checks and the lines of other kinds, oldest first."""
        return list(self._rows)

    @property
    def step(self) -> int:
        """The step of the latest check; 0 if there is none."""
        return int(self.lines[-1]["step"]) if self.lines else 0

    def add(self, line: dict[str, Any]) -> None:
        """Append a check, or a line of another kind, to the log."""
        text = files.encode_jsonl([line])
        self._rows.append(_parse(text))
        with (self._run / runs.LOG).open("ab") as log:
            log.write(text)

    def forget_after(self, step: int) -> None:
        """Remove the lines after the step of a checkpoint, because training on from it logs them again."""
        self._rows = [line for line in self._rows if not _is_after(line, step)]
        if (self._run / runs.LOG).is_file():
            files.write_bytes(self._run / runs.LOG, files.encode_jsonl(self._rows))


def _is_after(line: dict[str, Any], step: int) -> bool:
    """Return whether a line is of a later step; a line of an unknown kind may have no step."""
    at = line.get("step")
    return isinstance(at, int) and at > step
