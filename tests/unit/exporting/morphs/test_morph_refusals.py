"""What goes wrong with a morph is said in one line, and leaves nothing half written."""

from __future__ import annotations

import errno
import itertools
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import ConfigError, FolderError, TrainingError
from mirage_gan.models.sampling import Sampler
from tests.support.answers import FULL
from tests.support.morphs import make

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.support.fixtures import Cli, Describe, Refuse


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


ALONE = (
    "--seed is missing: a morph leads from one seed to another, so give two or more, or one and several --class, or "
    "--pairs"
)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), ALONE),
        (("--seed", 3), ALONE),
        (("gone", "--seed", 3, "--seed", 17), "runs/gone is not a run; there are: tiny"),
        (("--seed", 3, "--seed", 17, "--samples", 512), "--samples is 512; choose from 256, 1024"),
        (("--seed", 3, "--seed", 17, "--frames", 1), "--frames is 1; it must be 2 to 256"),
        (("--seed", 3, "--seed", 17, "--frames", 257), "--frames is 257; it must be 2 to 256"),
        (("--seed", 3, "--seed", 17, "--bits", 12), "--bits is 12; choose from 8, 16, 24"),
    ],
)
def test_a_setting_that_is_wrong_is_said_in_one_line(
    cli: Cli, workplace: Path, describe: Describe, options: tuple[object, ...], says: str
) -> None:
    before = describe(workplace)

    assert error_of(cli("morph", *options)) == says
    assert describe(workplace) == before


def test_a_format_that_is_unknown_is_wrong_usage(cli: Cli, workplace: Path) -> None:
    result = cli("morph", "--seed", 3, "--seed", 17, "--to", "mp3")

    assert result.exit_code == 2
    assert "'mp3' is not one of 'pcm', 'wav', " in result.stderr


def test_one_shots_of_before_cannot_be_morphed(old_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^old makes one-shots of before 0\.4\.0, .*: preprocess and train again$"):
        make(old_oneshots, tmp_path / "out", "pcm")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["wavetable", "disk"])
def test_a_row_of_one_shots_is_refused_where_a_format_needs_loops(
    trained_oneshots: Path, tmp_path: Path, form: str
) -> None:
    with pytest.raises(
        ConfigError, match=f"^--to {form} is for a morph of loops, and shots makes one-shots: use .*wav"
    ):
        make(trained_oneshots, tmp_path / "out", "wav", form)

    assert not (tmp_path / "out").exists()


def test_a_generator_that_is_silent_is_named(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sampler, "from_condition", lambda _, z: np.zeros((len(z), 64), np.float32))

    with pytest.raises(TrainingError, match=r"^part of the morph is silent: train the run longer, or choose other "):
        make(trained, tmp_path / "out", "pcm")

    assert list(tmp_path.iterdir()) == []


def test_many_seeds_make_a_morph_too(cli: Cli, workplace: Path) -> None:
    way = itertools.chain.from_iterable(("--seed", seed) for seed in range(40))

    result = cli("morph", *way, "--to", "pcm")

    assert (result.exit_code, result.stderr) == (0, "")


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    before = describe(tmp_path)

    with pytest.raises(FolderError, match=r"holds files but no export\.json, so it is not ours to replace"):
        make(trained, tmp_path / "photos", "pcm")

    assert describe(tmp_path) == before


@pytest.mark.parametrize("form", ["disk", "hfe", "pcm", "wav", "wavetable", "gotek"])
def test_a_file_that_was_changed_is_replaced_only_by_force(
    cli: Cli, workplace: Path, describe: Describe, form: str
) -> None:
    command = ("morph", "--seed", 3, "--seed", 17, "--to", form, "--frames", 3)
    assert cli(*command).exit_code == 0
    kinds = (".pcm", ".wav", ".img", ".hfe")
    (path,) = (path for path in (workplace / "export").rglob("*.*") if path.suffix in kinds)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x55")  # as somebody who saved a sound to the disk
    before = describe(workplace / "export")

    says = error_of(cli(*command))

    name = path.relative_to(workplace).as_posix()
    assert says == f"{name} was changed since it was exported: --force replaces it, or choose another --out"
    assert describe(workplace / "export") == before
    assert cli(*command, "--force").exit_code == 0
    assert path.read_bytes() == whole


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["", "forced"])
def test_a_file_of_that_name_that_we_did_not_make_keeps_it(cli: Cli, workplace: Path, force: tuple[str, ...]) -> None:
    assert cli("export", "--to", "pcm", "--count", 2).exit_code == 0
    mine = workplace / "export" / "tiny-morph-000003-000017.pcm"
    mine.write_bytes(b"mine")

    result = cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm", *force)

    assert result.exit_code == 0, result.stderr
    assert mine.read_bytes() == b"mine"
    assert len((workplace / "export" / "tiny-morph-000003-000017-2.pcm").read_bytes()) == 65_280


def test_a_disk_of_that_name_that_we_did_not_make_is_replaced_only_by_force(cli: Cli, workplace: Path) -> None:
    assert cli("export", "--to", "pcm", "--count", 2).exit_code == 0
    mine = workplace / "export" / "MIR01.img"
    mine.write_bytes(b"mine")
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "disk")

    assert "--force" in error_of(cli(*command))
    assert mine.read_bytes() == b"mine"
    assert cli(*command, "--force").exit_code == 0
    assert len(mine.read_bytes()) == 450_560


def test_a_damaged_run_or_export_is_said_in_one_line(cli: Cli, workplace: Path) -> None:
    command = ("morph", "tiny", "--seed", 3, "--seed", 17, "--to", "pcm")
    shutil.copytree(workplace / "runs" / "tiny", workplace / "kept")
    weights = workplace / "runs" / "tiny" / "checkpoints"
    for path in weights.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert "best.safetensors" in error_of(cli(*command))
    shutil.rmtree(weights)
    assert "is missing" in error_of(cli(*command))
    (workplace / "runs" / "tiny" / "config.json").write_text("{")
    assert "config.json" in error_of(cli(*command))
    (workplace / "export").mkdir()
    (workplace / "export" / "export.json").write_text('{"format": 1}')
    assert "export.json is damaged: its list of files is missing" in error_of(cli("morph", "./kept", *command[2:]))


@pytest.mark.parametrize("old", [True, False], ids=["beside old files", "as new ones"])
def test_a_full_disk_leaves_nothing_half_written(
    cli: Cli, workplace: Path, describe: Describe, refuse_step: Refuse, old: bool
) -> None:
    short = ("--samples", 1024, "--frames", 2)
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "wav", "--to", "wavetable", *short)
    if old:
        assert cli("export", "--to", "pcm", "--count", 2).exit_code == 0
    target, kept = workplace / "export", workplace / "kept"
    if old:
        shutil.copytree(target, kept)

    def contents() -> dict[str, str]:
        return {name: about[0] for name, about in describe(workplace).items()}

    before = contents()
    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*command)
        if step >= len(steps):
            break
        if result.exit_code == 0:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(target)
            if old:
                shutil.copytree(kept, target)
            continue
        assert error_of(result).endswith(FULL)
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"

    assert result.exit_code == 0
    assert step > 10
    assert contents() != before
