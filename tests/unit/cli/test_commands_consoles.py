"""Consoles that lack letters: what they cannot show is written otherwise, and stops nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mirage_gan.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NAME = "\u97f3 \u00d7 \u2192 \u00fc"  # of each of these encodings, some letter is missing
ENCODINGS = pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp850", "cp932"])


@ENCODINGS
def test_a_name_of_other_letters_is_shown_on_any_console(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.chdir(workplace)
    (workplace / "runs" / "tiny").rename(workplace / "runs" / NAME)
    shown = NAME.encode(encoding, "backslashreplace").decode(encoding)
    assert shown != NAME

    for command in (
        ["inspect", f"runs/{NAME}"],
        ["inspect", "runs"],
        ["compare", NAME, NAME],
        ["export", NAME, "--count", "1", "--out", f"export {NAME}"],
        ["export", NAME, "--count", "1", "--out", f"export {NAME}", "--json"],
        ["inspect", f"export {NAME}"],
    ):
        result = CliRunner(charset=encoding, catch_exceptions=False).invoke(main, command)
        assert result.exit_code == 0, result.stderr
        assert "--json" in command or shown in result.stdout


@ENCODINGS
@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_is_shown_on_any_console(command: str | None, encoding: str) -> None:
    words = [command, "--help"] if command else ["--help"]

    result = CliRunner(charset=encoding, catch_exceptions=False).invoke(main, words)

    assert result.exit_code == 0
    assert "\\u" not in result.stdout  # our own words need no other letters than these


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_a_process_of_a_western_console_reads_and_writes_as_any_other(workplace: Path, encoding: str) -> None:
    (workplace / NAME).mkdir()
    (workplace / "wavs" / "loop 00.wav").rename(workplace / NAME / "a.wav")
    known = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}

    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-m", "mirage_gan", "inspect", f"{NAME}/a.wav"],
        cwd=workplace, env=known, capture_output=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, b"")
    assert NAME.encode(encoding, "backslashreplace") in done.stdout
