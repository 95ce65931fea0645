"""Whatever a command is told to write to, it says so in one clear line, and leaves nothing half written."""

from __future__ import annotations

import errno
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.models import checkpoint
from tests.support.answers import FULL, SMALL, error_of, leftovers

if TYPE_CHECKING:
    from tests.support.fixtures import Cli, Describe, Refuse


COMMANDS: dict[str, tuple[object, ...]] = {
    "preprocess": ("preprocess", "wavs/bass", "--out", "target/result", *SMALL),
    "train": ("train", "--model", "wave", "--width", 4, "--steps", 2, "--device", "cpu", "--run", "target/result"),
    "export": ("export", "tiny", "--count", 2, "--out", "target/result"),
}
EACH = pytest.mark.parametrize("command", COMMANDS)


@EACH
def test_a_target_that_is_foreign_stays_as_it_is(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target" / "result").mkdir(parents=True)
    (workplace / "target" / "result" / "thesis.txt").write_text("years of work")
    before = describe(workplace)

    says = error_of(cli(*COMMANDS[command]))

    option = "--run" if command == "train" else "--out"
    assert says.startswith("target/result holds files but no ")
    assert says.endswith(f"so it is not ours to replace; choose another {option}")
    assert describe(workplace) == before


@pytest.mark.parametrize(
    ("command", "marker"), [("preprocess", "dataset.json"), ("train", "config.json"), ("export", "export.json")]
)
@pytest.mark.parametrize("text", ['{"labels": [1, 2, 3]}', "[1, 2, 3]", "", "not JSON at all"])
def test_a_folder_of_another_program_with_a_file_named_like_ours_stays_as_it_is(
    cli: Cli, workplace: Path, command: str, marker: str, text: str, describe: Describe
) -> None:
    theirs = workplace / "target" / "result"
    theirs.mkdir(parents=True)
    (theirs / marker).write_text(text)
    (theirs / "thesis.txt").write_text("years of work")
    before = describe(workplace)

    assert "target/result" in error_of(cli(*COMMANDS[command]))
    assert describe(workplace) == before


@EACH
def test_a_target_that_is_a_file_stays_as_it_is(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target").mkdir()
    (workplace / "target" / "result").write_text("years of work")
    before = describe(workplace)

    says = error_of(cli(*COMMANDS[command]))

    option = "--run" if command == "train" else "--out"
    assert says == f"target/result is not a folder; choose another one with {option}"
    assert describe(workplace) == before


@EACH
def test_a_target_below_a_file_is_refused(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target").write_text("years of work")
    before = describe(workplace)

    assert "target" in error_of(cli(*COMMANDS[command]))
    assert describe(workplace) == before


@EACH
def test_a_target_below_a_link_to_nowhere_is_refused(cli: Cli, workplace: Path, command: str) -> None:
    (workplace / "target").symlink_to("nowhere")

    assert "target" in error_of(cli(*COMMANDS[command]))
    assert not (workplace / "nowhere").exists()


def test_a_foreign_folder_is_no_place_for_the_demo(cli: Cli, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "mirage-demo").mkdir()
    (tmp_path / "mirage-demo" / "thesis.txt").write_text("years of work")
    before = describe(tmp_path)

    assert error_of(cli("demo")).startswith("mirage-demo holds files but no demo.json")
    assert describe(tmp_path) == before


def test_the_demo_of_loops_is_no_place_for_that_of_one_shots(cli: Cli, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "mirage-demo").mkdir()
    (tmp_path / "mirage-demo" / "demo.json").write_text('{"format": 1}')  # as versions before 0.6.0 wrote it
    before = describe(tmp_path)

    said = error_of(cli("demo", "--kind", "oneshot", "--out", "mirage-demo"))

    assert said == "mirage-demo holds the demo of loops; choose another --out for that of one-shots, or --kind loop"
    assert describe(tmp_path) == before


@EACH
@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "Read-only file system; choose a place that is not read-only"),
        (errno.EACCES, "Permission denied; choose a place that you may write to"),
        (errno.ENOSPC, FULL),
    ],
)
def test_a_target_that_cannot_be_written_at_all(
    cli: Cli, workplace: Path, command: str, number: int, remedy: str, describe: Describe, refuse_step: Refuse
) -> None:
    before = describe(workplace)

    with refuse_step(0, number, and_all_later=True) as steps:
        result = cli(*COMMANDS[command])

    assert steps
    assert error_of(result).endswith(remedy)
    assert describe(workplace) == before


@pytest.mark.parametrize("command", ["preprocess", "export"])
@pytest.mark.parametrize("old", [True, False], ids=["over an old result", "as a new one"])
def test_a_disk_that_is_full_at_any_step_leaves_the_old_result(
    cli: Cli, workplace: Path, command: str, old: bool, refuse_step: Refuse
) -> None:
    target = workplace / "target" / "result"
    target.parent.mkdir()
    if old:  # of other settings, so that there is something to do
        other = ("--no-align",) if command == "preprocess" else ("--length", 100)
        assert cli(*COMMANDS[command], *other).exit_code == 0

    def contents() -> dict[str, bytes]:
        return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}

    before, kept = contents(), shutil.copytree(workplace / "target", workplace / "kept")
    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*COMMANDS[command])
        if step >= len(steps):
            break
        if result.exit_code == 0:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(workplace / "target")
            shutil.copytree(kept, workplace / "target")
            continue
        assert error_of(result).endswith(FULL)
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"
        assert leftovers(workplace) == []
    assert step > 5
    assert result.exit_code == 0
    assert contents() != before


def tensors_of(run: Path, name: str) -> dict[str, Any]:
    return checkpoint.load(run / "checkpoints" / f"{name}.safetensors")[0]


def test_a_disk_that_is_full_at_any_step_of_training_loses_nothing(
    cli: Cli, workplace: Path, refuse_step: Refuse
) -> None:
    command = COMMANDS["train"]
    run, unbroken = workplace / "target" / "result", workplace / "runs" / "unbroken"
    with refuse_step(sys.maxsize, errno.ENOSPC) as every:
        assert cli(*command).exit_code == 0
    run.rename(unbroken)
    assert len(every) > 40
    refused = set()
    # A file is written in five steps, so every fourth one hits each file, and each step of some.
    for step in sorted({*range(0, len(every), 4), 1, len(every) - 2, len(every) - 1}):
        shutil.rmtree(workplace / "target", ignore_errors=True)
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*command)
        if result.exit_code:
            says = error_of(result)
            assert says.endswith(FULL)
            refused.add(Path(says.partition(": ")[0]).name)
            assert not run.exists() or (run / "config.json").is_file()
            assert leftovers(workplace) == [], f"after a refused {steps[step]}, the last of {steps}"
            assert cli(*command).exit_code == 0, "the same command goes on"
        for name in ("last", "best"):
            ours, wanted = tensors_of(run, name), tensors_of(unbroken, name)
            assert ours.keys() == wanted.keys()
            assert all(bool((ours[key] == wanted[key]).all()) for key in wanted), f"{name} after step {step}"
        assert (run / "log.jsonl").read_text().count('"score"') == 1
    assert refused >= {"last.safetensors", "best.safetensors", "report.json"}, refused
    assert len(refused) > 6, refused
    assert not [name for name in refused if name.startswith(".")], "it names temporary files"


# Three commands in a mount namespace of their own: the mount is gone with the process, and needs no rights of root.
SCRIPT = """
import json, os, subprocess, sys
from click.testing import CliRunner
from mirage_gan.cli import main
option, commands = sys.argv[1], json.loads(sys.argv[2])
os.mkdir("target")
answers = []
for command in commands:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", "target"], capture_output=True, text=True)
    if done.returncode:
        print(json.dumps({"cannot": done.stderr.strip()}))
        raise SystemExit
    result = CliRunner().invoke(main, command)
    held = [os.path.join(at, name) for at, folders, names in os.walk("target") for name in folders + names]
    answers.append([result.exit_code, result.stdout, result.stderr, held, str(result.exception)])
    subprocess.run(["umount", "-l", "target"], check=True)
print(json.dumps({"answers": answers}))
"""


MUCH: tuple[tuple[object, ...], ...] = ((), (), ("--count", 20))  # more than the small disk holds


def run_on_a_mount(folder: Path, option: str) -> list[tuple[int, str, str, list[str], str]]:
    """Run the three commands with a small file system of their own for a target; skip where none can be mounted."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here, which is Linux's, to mount something with")
    commands = json.dumps(
        [[str(part) for part in (*command, *more)] for command, more in zip(COMMANDS.values(), MUCH, strict=True)]
    )
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", SCRIPT, option, commands],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout else pytest.fail(done.stderr)
    if "cannot" in answer:
        pytest.skip(f"no file system can be mounted here: {answer['cannot']}")
    return [tuple(part) for part in answer["answers"]]


def test_a_read_only_disk(workplace: Path, describe: Describe) -> None:
    before = describe(workplace)

    answers = run_on_a_mount(workplace, "ro")

    for command, (code, out, err, held, trouble) in zip(COMMANDS, answers, strict=True):
        assert (code, out, held) == (1, "", []), trouble
        assert err.count("Error: ") == 1, command
        assert err.endswith(": Read-only file system; choose a place that is not read-only\n")
        assert "target" in err.splitlines()[-1]
    (workplace / "target").rmdir()
    assert {k: v for k, v in describe(workplace).items() if k in before} == before


def test_a_small_disk_that_runs_full(workplace: Path) -> None:
    answers = run_on_a_mount(workplace, "size=16k")

    for command, (code, out, err, held, trouble) in zip(COMMANDS, answers, strict=True):
        assert (code, out) == (1, ""), trouble
        assert err.count("Error: ") == 1, command
        assert err.endswith(FULL + "\n")
        assert [path for path in held if "/." in path] == []
        # what was begun is whole, or is not there: a run can be gone on with
        assert held == [] or (command == "train" and "target/result/config.json" in held)
