"""A folder that is added to is known to be ours at any moment, however far the addition has come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import transactions

if TYPE_CHECKING:
    from collections.abc import Callable

MARKER = "made.json"


@pytest.mark.parametrize("there", [(), ("a.wav",), (MARKER, "a.wav")], ids=["new", "with a file", "with a marker"])
def test_the_marker_is_moved_in_before_all_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for name in (MARKER, *there):
        (folder / name).write_text("old")
    moved: list[str] = []
    replace: Callable[[Path, Path], Path] = Path.replace

    def noted(self: Path, target: Path) -> Path:
        if Path(target).parent == folder:
            moved.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    with transactions.adding(folder, MARKER) as new:
        for name in ("a.wav", "0.wav", MARKER, "z.wav"):
            (new / name).write_text("new")

    assert moved == [MARKER, "0.wav", "a.wav", "z.wav"]
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(moved, "new")
