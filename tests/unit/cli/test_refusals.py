"""What the operating system refuses is one line: what, where and what to do; a bug of ours keeps its traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from mirage_gan.base import files, transactions
from mirage_gan.cli import refusals

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.support.fixtures import Cli, Describe, WriteLoops

GO_ON = "the same command then does the rest"
COMMAND = f"exec {sys.executable} -m mirage_gan"


def said_of(error: Exception) -> str:
    with pytest.raises(click.ClickException) as caught, refusals.explained():
        raise error
    return str(caught.value)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "choose a place that you may write to"),
        (errno.EROFS, "choose a place that is not read-only"),
        (errno.ENOSPC, f"make room, or choose another place; {GO_ON}"),
        (errno.EFBIG, f"allow larger files (ulimit -f), or choose another place; {GO_ON}"),
        (errno.EMFILE, "allow more open files (ulimit -n), or use fewer --workers"),
        (errno.ENAMETOOLONG, "choose a shorter name"),
    ],
)
def test_what_the_system_refuses_is_told_with_the_place_and_the_remedy(number: int, remedy: str) -> None:
    assert said_of(OSError(number, os.strerror(number), "a place")) == f"a place: {os.strerror(number)}; {remedy}"


@pytest.mark.parametrize("number", sorted(set(errno.errorcode) - {errno.EPIPE}))
def test_every_error_of_the_system_is_one_line_with_a_remedy(number: int) -> None:
    says = said_of(OSError(number, os.strerror(number), "a\nplace"))

    assert says.startswith(f"a\\nplace: {os.strerror(number)}; ")
    assert len(says.partition("; ")[2]) > 10


@pytest.mark.parametrize(("number", "place"), [(errno.ENOSPC, "copy"), (errno.EFBIG, "copy"), (errno.EIO, "original")])
def test_a_copy_that_finds_no_room_is_told_with_its_own_place(number: int, place: str) -> None:
    assert said_of(OSError(number, os.strerror(number), "original", None, "copy")).startswith(f"{place}: ")


def test_an_error_that_a_library_made_says_what_it_said() -> None:
    assert said_of(OSError("image file is truncated")).startswith("image file is truncated; check that file or device")


def test_a_pipe_that_nobody_reads_is_left_to_click() -> None:
    with pytest.raises(BrokenPipeError), refusals.explained():
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a bug"),
        ModuleNotFoundError("No module named 'gone'", name="gone"),
        ImportError("cannot import name 'x' from 'mirage_gan.base'", name="mirage_gan.base"),
    ],
)
def test_a_bug_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)), refusals.explained():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        MemoryError(),
        RuntimeError("can't start new thread"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
    ],
)
def test_a_lack_of_memory_is_one_line_with_the_remedy(error: Exception) -> None:
    assert "close other programs" in said_of(error)


@pytest.mark.parametrize("fill", [transactions.replacing, transactions.adding])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_full_disk_is_told_of_the_file_as_the_user_knows_it(
    tmp_path: Path, fill: Callable[..., AbstractContextManager[Path]], describe: Describe, *, is_named: bool
) -> None:
    (tmp_path / "out").mkdir()
    before = describe(tmp_path)

    with (
        pytest.raises(click.ClickException) as caught,
        refusals.explained(),
        fill(tmp_path / "out", "marker") as new,
    ):
        raise OSError(errno.ENOSPC, "full", str(new / "a" / "b.pcm") if is_named else None)

    place = tmp_path / "out" / "a" / "b.pcm" if is_named else tmp_path / "out"
    assert str(caught.value) == f"{place}: full; make room, or choose another place; {GO_ON}"
    assert describe(tmp_path) == before


def test_a_full_disk_while_one_file_is_written_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full") as caught, files.writing(tmp_path / "log.jsonl"):
        raise OSError(errno.ENOSPC, "full")

    assert caught.value.filename == str(tmp_path / "log.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_another_file_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone") as caught, files.writing(tmp_path / "log.jsonl"):
        raise OSError(errno.ENOENT, "gone", "wavs/a.wav")

    assert caught.value.filename == "wavs/a.wav"


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", ["--help", "--version", "export --help", "inspect runs/tiny --json"])
def test_a_full_standard_output_is_named_and_no_other_place_is_advised(workplace: Path, arguments: str) -> None:
    done = shell(f"{COMMAND} {arguments} > /dev/full", workplace)

    assert done.returncode == 1
    assert done.stderr == (
        f"Error: the standard output: {os.strerror(errno.ENOSPC)}; make room where it goes, or let it go elsewhere; "
        "files that were made are complete\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")
@pytest.mark.parametrize(
    ("limit", "arguments", "says"),
    [
        ("-f 4", "preprocess wavs --out made", "made: "),
        ("-f 4", "export tiny --to disk --count 2 --out made", "made"),
        ("-n 20", "preprocess wavs --out made --points 64 --size 64 --workers 4", ""),
        # PyTorch's library alone is larger; with a little more than that, C code may abort before Python can speak
        ("-v 400000", "export tiny --count 1 --out made", ""),
    ],
)
def test_a_limit_is_one_line_and_nothing_is_left(
    workplace: Path, write_loops: WriteLoops, describe: Describe, limit: str, arguments: str, says: str
) -> None:
    write_loops(workplace / "wavs", 120)  # as many as need several workers
    before = describe(workplace)

    done = shell(f"ulimit {limit}; {COMMAND} {arguments}", workplace)

    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith(f"Error: {says}")
    assert done.stderr.count("\n") == 1
    assert describe(workplace) == before


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed in a shell of POSIX")
def test_closed_streams_do_not_keep_a_command_from_its_work(cli: Cli, workplace: Path) -> None:
    assert cli("export", "tiny", "--count", 2).exit_code == 0

    done = shell(f"{COMMAND} export tiny --count 2 --out closed <&- >&- 2>&-", workplace)

    assert done.returncode == 0
    wanted = {path.name: path.read_bytes() for path in (workplace / "export").iterdir()}
    assert {path.name: path.read_bytes() for path in (workplace / "closed").iterdir()} == wanted
