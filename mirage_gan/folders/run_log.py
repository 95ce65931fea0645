"""The log of a run: one line of figures a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FormatError
from mirage_gan.base.schema import Count, Number, Record, SchemaError
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path

_KIND: Final = "kind"  # of lines that a later version may add; those of checks have none


class Check(Record, frozen=True):
    """What is read from the line of a check; it says more, which is kept."""

    step: Count
    seconds: Number  # of training so far
    score: Number
    coverage: Number
    recall: Number
    precision: Number
    collapsing: bool = False


def load(run: Path) -> list[dict[str, Any]]:
    """Read the checks in a run's log, up to a line that a kill cut short; none where there is no log.

    Lines of a kind that this version does not know are passed over.

    Raises
    ------
    FormatError
        If a whole line is damaged or says something else than a check.
    """
    return [line for line in _read(run / runs.LOG) if _KIND not in line]


def _read(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a log."""
    try:
        content = path.read_bytes() if path.is_file() else b""
        content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise _damaged(path, number, "it is not text") from None
    rows = []
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if not line.strip():  # an editor's
            continue
        try:
            rows.append(_parse(line))
        except ValueError:
            if not line.endswith(b"\n"):  # the last one, which was being written
                break
            raise _damaged(path, number, "it is not valid JSON") from None
        except SchemaError as error:
            raise _damaged(path, number, str(error)) from None
    return rows


def _parse(line: bytes) -> dict[str, Any]:
    """Parse one line; raises ValueError if it is no JSON, and SchemaError if it is no line of a log."""
    row = files.parse_json(line)
    if not isinstance(row, dict) or _KIND not in row:
        schema.convert(row, Check)
    return dict(row)


def _damaged(path: Path, number: int, problem: str) -> FormatError:
    return FormatError(f"{path} was damaged or edited: of line {number}, {problem}; remove that line")


class RunLog:
    """The log of a run that is being trained."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._rows = _read(run / runs.LOG)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The checks, oldest first."""
        return [line for line in self._rows if _KIND not in line]

    @property
    def step(self) -> int:
        """The step that was checked last."""
        return int(self.lines[-1]["step"]) if self.lines else 0

    def add(self, line: dict[str, Any]) -> None:
        """Note a check."""
        text = files.encode_jsonl([line])
        self._rows.append(_parse(text))
        with (self._run / runs.LOG).open("ab") as log:
            log.write(text)

    def forget_after(self, step: int) -> None:
        """Forget what was logged after a checkpoint: it will be logged again."""
        self._rows = [line for line in self._rows if not _is_after(line, step)]
        if (self._run / runs.LOG).is_file():
            files.write_bytes(self._run / runs.LOG, files.encode_jsonl(self._rows))


def _is_after(line: dict[str, Any], step: int) -> bool:
    """Tell whether a line is of a later step; one of an unknown kind need not be of any."""
    at = line.get("step")
    return isinstance(at, int) and at > step
