"""The command line: what is typed reaches the stages, what they say reaches the user, and no traceback does."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import Result

import mirage_gan
from mirage_gan.base.errors import MirageGanError
from mirage_gan.settings import fields
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from mirage_gan.base.progress import Progress
    from mirage_gan.settings.fields import Checked

Cli = Callable[..., Result]

STAGES: dict[str, type[Checked]] = {
    "preprocess": PreprocessConfig,
    "train": TrainConfig,
    "export": ExportConfig,
}
COMMANDS = (*STAGES, "inspect", "compare", "run", "demo")


def test_the_three_commands_work_as_typed(cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 4 steps instead of the 150,000 that follow from the rate
    monkeypatch.setattr("mirage_gan.training.plan.MAX_STEPS", 4)
    monkeypatch.setattr("mirage_gan.training.plan.MIN_STEPS", 4)

    for _ in range(2):  # typed twice, they work twice
        for command in ("preprocess wavs/", "train --lr 4e-6", "export --to pcm"):
            result = cli(*command.split())
            assert result.exit_code == 0, result.stderr
            assert result.stdout

    assert sounds.is_dir()
    assert Path("dataset/dataset.json").is_file()
    assert len(list(Path("runs").iterdir())) == 1
    assert len(list(Path("export").glob("*.pcm"))) == 48


@pytest.mark.parametrize("command", ["preprocess wavs/", "export --to pcm", "sweep --lr 4e-6", "demo", "inspect wavs/"])
def test_torchrun_is_for_training(cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "2")
    before = sorted(Path().rglob("*"))

    result = cli(*command.split())

    name = command.split(maxsplit=1)[0]
    assert result.exit_code == 1
    assert result.stderr == f"Error: {name} cannot be shared among processes, only train can: run it without torchrun\n"
    assert sorted(Path().rglob("*")) == before


def test_torchrun_with_one_process_is_as_good_as_none(cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "1")

    assert cli("preprocess", str(sounds)).exit_code == 0


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(cli: Cli, command: str, flag: str) -> None:
    result = cli(*command.split(), flag)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}".rstrip())
    assert result.stderr == ""


@pytest.mark.parametrize("command", STAGES)
def test_help_lists_every_setting_with_its_text(cli: Cli, command: str) -> None:
    shown = " ".join(cli(command, "--help").stdout.split())

    for field in dataclasses.fields(STAGES[command]):  # type: ignore[arg-type]  # Checked ones are
        if field.metadata["argument"]:
            assert field.name.upper().removesuffix("S") in shown
            continue
        assert re.search(rf"(^| ){fields.option_name(field)}[ /]", shown), field.name
        assert " ".join(field.metadata["help"].split()) in shown
    assert " --json " in shown


@pytest.mark.parametrize("command", STAGES)
def test_help_shows_the_unit_of_every_setting_that_has_one(cli: Cli, command: str) -> None:
    shown = " ".join(cli(command, "--help").stdout.split())

    for field in dataclasses.fields(STAGES[command]):  # type: ignore[arg-type]  # Checked ones are
        if unit := field.metadata["unit"]:
            about = shown.partition(f" {fields.option_name(field)} ")[2].partition(" --")[0]
            assert re.search(rf"\b{unit}\b", about), f"{fields.option_name(field)}: {about}"


def test_help_of_the_whole_lists_every_command_and_the_main_job(cli: Cli) -> None:
    shown = cli("--help").stdout

    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z]", shown, re.MULTILINE)
    assert "mirage-gan preprocess wavs/ " in shown
    assert "mirage-gan train --lr 4e-6 " in shown
    assert "mirage-gan export --to pcm " in shown


def test_help_imports_no_torch_and_nothing_else_that_is_slow() -> None:
    # one process for all commands: what the first imports would be missed in a shared one, the last sees all
    script = (
        "import sys; from click.testing import CliRunner; from mirage_gan.cli import main\n"
        f"for command in {['', *COMMANDS]!r}:\n"
        "    result = CliRunner().invoke(main, [*command.split(), '--help'])\n"
        "    assert result.exit_code == 0, command\n"
        "slow = {'torch', 'scipy', 'soundfile', 'PIL', 'safetensors', 'rich'} & set(sys.modules)\n"
        "print(sorted(slow))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_package_runs_as_a_module_and_knows_its_version() -> None:
    done = subprocess.run([sys.executable, "-m", "mirage_gan", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"mirage-gan, version {mirage_gan.__version__}\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        "",
        "no-such-command",
        "preprocess",
        "preprocess wavs --no-such-option",
        "preprocess wavs --points many",
        "preprocess wavs --kind drum",
        "preprocess wavs --out",
        "train --lr fast",
        "train --model gan",
        "train one two",
        "export --to mp3",
        "extract",
        "inspect",
        "compare",
        "run",
        "vary",
        "demo here",
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(cli: Cli, command: str) -> None:
    result = cli(*command.split())

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr or result.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    ("command", "form"), [("preprocess wavs --classes kmeans:1", "kmeans:K"), ("train --model gan", "FILE.py:NAME")]
)
def test_a_wrong_choice_names_the_form_that_is_allowed_beside_the_words(cli: Cli, command: str, form: str) -> None:
    assert cli(*command.split()).stderr.endswith(f", or {form}.\n")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("preprocess gone", "gone: no such file or folder"),
        ("preprocess . --cycles 0", "--cycles is 0; it must be 1 to 256"),
        ("preprocess . --points 100", "--points is 100; choose from 64, 128, 256, 512, 1024"),
        ("train", "dataset is not a dataset: make one with `mirage-gan preprocess SOUNDS --out dataset`"),
        ("train --lr 4e06", "--lr is 4000000.0; it must be 1e-09 to 1 (did you mean 4e-6?)"),
        ("train --lr nan", "--lr is nan; it must be 1e-09 to 1"),
        ("train --batch-size 0", "--batch-size is 0; it must be 1 to 65,536"),
        ("export", "no trained run under runs/: train one first with `mirage-gan train`"),
        ("export gone", "runs/gone is not a run; train one first"),
        ("export --fill", "--fill needs --pages: how many pages to fill, such as --pages 4"),
        ("export --length 9", "--length is 9; give source, or 16 to 65535 samples"),
        ("inspect gone", "gone: no such file or folder"),
        ("run gone.toml", "gone.toml: no such recipe"),
    ],
)
def test_a_mistake_of_the_user_is_one_line_on_stderr(cli: Cli, tmp_path: Path, command: str, says: str) -> None:
    result = cli(*command.split())

    assert result.exit_code == 1
    assert result.stderr == f"Error: {says}\n"
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_long_message_stays_one_line(cli: Cli, tmp_path: Path) -> None:
    long = "/".join(["a folder with a long name"] * 9)

    result = cli("preprocess", long)

    assert result.stderr == f"Error: {long}: no such file or folder\n"


def stage_that(action: Callable[[], None]) -> Callable[..., None]:
    def stage(_config: Checked, _out: Path, _progress: Progress) -> None:
        action()

    return stage


@pytest.mark.parametrize("error", [ValueError, RuntimeError, AssertionError])
def test_a_bug_keeps_its_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail() -> None:
        raise error("a bug")

    monkeypatch.setattr("mirage_gan.preprocessing.preprocess.preprocess", stage_that(fail))

    with pytest.raises(error, match="a bug"):
        cli("preprocess", "wavs")


def interrupt() -> None:
    raise KeyboardInterrupt


def terminate() -> None:
    signal.raise_signal(signal.SIGTERM)


def interrupt_an_import() -> None:
    class Interrupted:
        def __set_name__(self, _owner: type, _name: str) -> None:
            raise KeyboardInterrupt

    type("Made", (), {"attribute": Interrupted()})


@pytest.mark.parametrize("stop", [interrupt, terminate, interrupt_an_import])
def test_a_break_exits_with_130_and_says_how_to_go_on(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, stop: Callable[[], None]
) -> None:
    monkeypatch.setattr("mirage_gan.preprocessing.preprocess.preprocess", stage_that(stop))

    result = cli("preprocess", "wavs")

    assert result.exit_code == 130
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "the same command does the rest" in result.stderr


def test_every_report_is_json_on_request(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    commands: list[list[str]] = [
        ["preprocess", "wavs", "--out", "made", "--size", "64"],
        ["train", *train],
        ["export", "tiny", "--count", "2"],
        ["inspect", "dataset"],
        ["inspect", "runs/tiny"],
        ["inspect", "export"],
    ]
    for command in commands:
        result = cli(*command, "--json")

        assert result.exit_code == 0, result.stderr
        report = json.loads(result.stdout, parse_constant=pytest.fail)  # NaN is no JSON
        assert isinstance(report, dict)
    assert json.loads(cli("preprocess", "wavs", "--json").stdout)["waves"] == 12


def test_a_mistake_prints_no_half_json(cli: Cli) -> None:
    result = cli("preprocess", "gone", "--json")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: gone: no such file or folder\n"


def test_results_go_to_stdout_and_progress_to_stderr(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    result = cli("train", *train[:-1], "another")

    assert result.exit_code == 0
    assert result.stdout.startswith("runs/another: step 4 of 4, finished\n")
    assert "wave of width 4" in result.stderr
    assert "wave of width 4" not in result.stdout


@pytest.mark.parametrize("command", ["export --count 1", "morph --seed 3 --seed 4 --to wav", "evaluate --count 20"])
def test_a_command_says_which_run_it_took_unless_it_was_named(cli: Cli, workplace: Path, command: str) -> None:
    name, *options = command.split()

    assert cli(name, *options).stdout.splitlines()[0] == "run tiny: the newest"
    assert json.loads(cli(name, *options, "--json").stdout)["chosen_as"] == "the newest"
    assert "run tiny" not in cli(name, "tiny", *options).stdout


def test_a_recipe_runs_by_its_command(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    Path("tiny.toml").write_text(
        '[preprocess]\nsources = ["wavs"]\npoints = 64\nsize = 64\nout = "made"\n'
        '[train]\nmodel = "wave"\nwidth = 4\nsteps = 4\nevery = 2\nrun = "by-recipe"\n'
        '[export]\ncount = 2\nout = "sounds"\n'
    )

    result = cli("run", "tiny.toml", "--json")

    assert result.exit_code == 0, result.stderr
    assert {key: value is not None for key, value in json.loads(result.stdout).items()} == {
        "preprocess": True,
        "train": True,
        "export": True,
    }
    assert len(list(Path("sounds").glob("*.pcm"))) == 2


def test_names_with_a_leading_dash_go_behind_two_dashes(
    cli: Cli, workplace: Path, write_loops: Callable[[Path, int], list[Path]]
) -> None:
    write_loops(workplace / "-odd", 3)

    made = cli("preprocess", "--out=-made", "--size", 64, "--", "-odd")
    seen = cli("inspect", "--", "-made")
    trained = cli("train", "--model", "wave", "--width", 4, "--steps", 1, "--device", "cpu", "--run=-r", "--", "-made")
    exported = cli("export", "--count", 1, "--out=-sounds", "--", "-r")

    for result in (made, seen, trained, exported):
        assert result.exit_code == 0, result.stderr
    assert len(list((workplace / "-sounds").glob("*.pcm"))) == 1


def run_on_a_terminal(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command with a terminal for stdout and stderr; return what it showed."""
    import pty  # noqa: PLC0415 - Windows has none

    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "mirage_gan", *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=kept | {"TERM": "xterm-256color", "COLUMNS": "120"} | environment,
    )
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 4096):
            shown += block
    except OSError:  # Linux's word for the end of a terminal
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0, shown
    return shown.decode()


COLOR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_no_color_is_shown_to_those_who_want_none(tmp_path: Path, sounds: Path) -> None:
    command = ["preprocess", "wavs", "--size", "64"]

    plain = run_on_a_terminal([*command, "--out", "plain"], tmp_path, NO_COLOR="1")
    colored = run_on_a_terminal([*command, "--out", "colored"], tmp_path)

    assert COLOR.search(colored), "there is a bar, and it has colors"
    assert "12 waves in plain" in plain
    assert not COLOR.search(plain)


def test_every_error_of_ours_is_a_mistake_of_the_user() -> None:
    kinds = [value for value in vars(mirage_gan.base.errors).values() if isinstance(value, type)]

    assert len(kinds) > 3
    assert all(issubclass(kind, MirageGanError) for kind in kinds)


def test_a_command_gets_each_setting_as_typed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def stage(given: TrainConfig, _progress: Progress) -> None:
        seen.append(given)
        raise MirageGanError("seen")

    monkeypatch.setattr("mirage_gan.training.train.train", stage)

    cli("train", "made", "--lr", "4e-6", "--lr-d", "1e-5", "--k-step", "10", "--size", "64", "--run", "x/y")
    cli("train")

    assert seen == [
        TrainConfig(dataset=Path("made"), lr=4e-6, lr_d=1e-5, k_step=10, size=64, run="x/y"),
        TrainConfig(),
    ]
