"""Set-ups that nobody thinks of: very few or equal sounds, a clock set back, read-only disks, damaged databases."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import mirage_gan
from mirage_gan.audio import wavfile
from mirage_gan.folders import sweeps
from mirage_gan.sweeping import storage
from tests.support.answers import error_of, leftovers
from tests.support.drums import drums
from tests.support.trainings import assert_same

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fixtures import Cli, Describe, WriteLoops

STEPS: Final = ("--steps", "2", "--every", "2", "--batch-size", "4", "--device", "cpu", "--run", "new")
SMALL: Final = ("--points", "64", "--size", "64")
WAVE: Final = ("--model", "wave", "--width", "4")
SWEEP: Final = ("sweep", *WAVE, "--name", "new", "--lr", "1e-3", "--steps", "2", "--device", "cpu")


# commands on a read-only disk, and whether they work there
COMMANDS: Final = {
    f"preprocess wavs {' '.join(SMALL)}": True,  # nothing has changed
    "preprocess wavs --points 128 --size 64": False,
    f"train {' '.join((*WAVE, *STEPS))}": False,
    "export tiny --count 2": True,  # nothing is new
    "export tiny --count 3": False,
    "morph tiny --seed 3 --seed 7": False,
    "evaluate tiny --count 24": True,
    "audition tiny --file --count 3": False,
    "inspect runs": True,
    " ".join(SWEEP): False,
}


def write_drums(folder: Path, count: int) -> None:
    folder.mkdir()
    for i, drum in enumerate(drums(count, 1)):
        (folder / f"drum {i}.wav").write_bytes(wavfile.build(drum, 29_412, 16))


# very few sounds


@pytest.mark.parametrize(
    ("kind", "count", "equal"),
    [
        *(("loop", count, False) for count in (1, 2, 9, 10)),
        *(("loop", count, True) for count in (2, 10)),
        *(("oneshot", count, False) for count in (1, 2, 10)),  # of 9, none is held out either
        ("oneshot", 10, True),
    ],
)
def test_few_sounds_go_all_the_way(
    cli: Cli, tmp_path: Path, write_loops: WriteLoops, kind: str, count: int, *, equal: bool
) -> None:
    if kind == "loop":
        write_loops(tmp_path / "wavs", count)
    else:
        write_drums(tmp_path / "wavs", count)
    if equal:
        first, *others = sorted((tmp_path / "wavs").rglob("*.wav"))
        for other in others:
            shutil.copyfile(first, other)
    few = SMALL if kind == "loop" else ("--frames", "32")
    model = WAVE if kind == "loop" else ("--model", "oneshot", "--width", "4")

    for command in (
        ("preprocess", "wavs", *few),
        ("train", *model, *STEPS),
        ("evaluate", "new", "--count", "24"),
        ("export", "new", "--count", "2", "--to", "wav", "--to", "disk"),
        ("inspect", "runs/new"),
    ):
        result = cli(*command)
        assert result.exit_code == 0, result.output
    ranked = cli("export", "new", "--count", "2", "--rank", "novelty", "--out", "ranked")

    split = cli("inspect", "dataset").stdout
    learned = 1 if equal else count
    assert f"  train: {learned - 2 * (learned >= 10)}\n  holdout: {2 * (learned >= 10)}\n" in split
    assert {path.suffix for path in (tmp_path / "export").iterdir()} >= {".wav", ".img"}
    assert ranked.exit_code == 0 or "new and good enough" in error_of(ranked)
    assert leftovers(tmp_path) == []


# a clock that is set back: what was written before is from the future


def age(folder: Path, seconds: float) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (path.stat().st_atime + seconds, path.stat().st_mtime + seconds))


def test_a_clock_that_is_set_back_changes_no_result(cli: Cli, workplace: Path) -> None:
    command = ("train", *WAVE, "--steps", "4", "--every", "2", "--device", "cpu", "--run")
    assert cli(*command, "whole").exit_code == 0
    for name in ("dataset", "runs"):
        age(workplace / name, 400 * 86_400)

    assert cli(*command, "new").exit_code == 0
    assert_same(workplace / "runs" / "new", workplace / "runs" / "whole")
    assert "finished" in cli(*command, "new").output
    assert "unchanged" in cli("preprocess", "wavs", *SMALL).output
    for what in (("inspect", "runs"), ("inspect", "runs/whole"), ("compare", "new", "whole")):
        assert cli(*what).exit_code == 0
    assert cli("export", "new", "--count", "2").exit_code == 0
    age(workplace / "export", 400 * 86_400)
    again = cli("export", "new", "--count", "3")
    assert again.exit_code == 0, again.output
    assert len(list((workplace / "export").glob("*.pcm"))) == 3
    assert leftovers(workplace) == []


# a disk that is read-only


@pytest.fixture
def read_only(workplace: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in the workplace, which is mounted read-only for it alone."""
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" "$0" && cd "$0"'

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', str(workplace), *command],
            env={**os.environ, "PYTHONPATH": str(Path(mirage_gan.__file__).parents[1])},
            text=True,
            capture_output=True,
            check=False,
        )

    if sys.platform != "linux" or shutil.which("unshare") is None or run("true").returncode:
        pytest.skip("a folder can be mounted read-only by root of Linux alone, and not in every container")
    assert run("touch", "new").returncode
    return run


def test_on_a_read_only_disk_each_command_says_so_in_a_line_and_what_writes_nothing_works(
    read_only: Callable[..., subprocess.CompletedProcess[str]], workplace: Path, cli: Cli, describe: Describe
) -> None:
    assert cli("export", "tiny", "--count", "2").exit_code == 0
    before = describe(workplace)

    script = f"""
import sys
from click.testing import CliRunner
from mirage_gan.cli import main
for command in {COMMANDS!r}:
    result = CliRunner(catch_exceptions=False).invoke(main, command.split())
    print(result.exit_code, result.stderr.strip().splitlines()[-1:])
"""
    ended = read_only(sys.executable, "-c", script)

    assert ended.returncode == 0, ended.stderr
    lines = dict(zip(COMMANDS, ended.stdout.splitlines(), strict=True))
    for command, works in COMMANDS.items():
        if works:
            assert lines[command].startswith("0 "), (command, lines[command])
        else:
            assert lines[command].startswith('1 ["Error: ') or lines[command].startswith("1 ['Error: "), lines[command]
            assert "Read-only file system; choose a place that is not read-only" in lines[command]
    assert describe(workplace) == before


# a damaged database


@pytest.mark.parametrize("how", ["text", "cut short", "foreign", "locked"])
def test_a_sweep_on_a_damaged_database_is_refused_in_a_line(
    cli: Cli, workplace: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(storage, "_PATIENCE", 0.1)
    database = workplace / "sweeps" / "new" / sweeps.DATABASE
    database.parent.mkdir(parents=True)
    other = sqlite3.connect(database, isolation_level=None)
    if how == "text":
        database.write_bytes(b"no database, but a text that somebody wrote. " * 20)
    elif how == "cut short":
        storage.open_storage(storage.sqlite_address(database), 60, 360)
        database.write_bytes(database.read_bytes()[:5000])
    else:
        other.execute("CREATE TABLE studies (theirs TEXT)")
        other.execute("INSERT INTO studies VALUES ('kept')")
        if how == "locked":
            other.execute("BEGIN EXCLUSIVE")
    before = database.read_bytes()

    says = error_of(cli(*SWEEP))

    why = {
        "text": "file is not a database",
        "cut short": "database disk image is malformed",
        "foreign": "studies",
        "locked": "database is locked",
    }
    assert says.startswith("sweeps/new/optuna.db cannot be used: (sqlite3.")
    assert why[how] in says
    assert says.endswith(
        "; end other programs that use it, or move it away, and the same command makes it again and keeps the runs"
    )
    assert how == "foreign" or database.read_bytes() == before
    if how == "foreign":
        assert other.execute("SELECT theirs FROM studies").fetchall() == [("kept",)]
    assert not (workplace / "runs" / "new").exists()
    other.close()
