"""Folders of ours that are damaged, newer, or of other settings, are refused in one clear line or made again."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.answers import SMALL, SPOILED, damage, error_of, leftovers

if TYPE_CHECKING:
    from tests.support.fixtures import Cli, Describe, Train


# --- folders of ours that are damaged, or newer than the program ---


TRAIN_NEW = ("train", "--model", "wave", "--width", "4", "--steps", "4", "--run", "new", "--device", "cpu")


@pytest.mark.parametrize("name", ["dataset.json", "manifest.jsonl", "waves.npy"])
@pytest.mark.parametrize("how", [*SPOILED, "gone"])
@pytest.mark.parametrize("command", [TRAIN_NEW, ("inspect", "dataset")], ids=lambda command: command[0])
def test_a_dataset_that_was_cut_short(cli: Cli, workplace: Path, name: str, how: str, command: tuple[str, ...]) -> None:
    damage(workplace / "dataset" / name, how)

    says = error_of(cli(*command))

    assert says.startswith("dataset")
    assert name == "dataset.json" or Path(name).stem in says
    assert not (workplace / "runs" / "new").exists()
    assert leftovers(workplace) == []


@pytest.mark.parametrize("command", [TRAIN_NEW, ("inspect", "dataset")], ids=lambda command: command[0])
@pytest.mark.parametrize("how", ["newer", "bare"])
def test_a_dataset_that_is_newer_or_says_nothing(cli: Cli, workplace: Path, command: tuple[str, ...], how: str) -> None:
    damage(workplace / "dataset" / "dataset.json", how)

    says = error_of(cli(*command))

    assert "dataset.json" in says
    if how == "newer":
        assert says == (
            "dataset/dataset.json has format 2, this mirage-gan reads up to 1: update mirage-gan, or make it again"
        )
    assert not (workplace / "runs" / "new").exists()


@pytest.mark.parametrize("name", ["dataset.json", "manifest.jsonl", "waves.npy", "skipped.jsonl"])
@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_dataset_is_mended_by_making_it_again(cli: Cli, workplace: Path, name: str, how: str) -> None:
    wanted = {p.name: p.read_bytes() for p in (workplace / "dataset").iterdir() if p.is_file()}
    if wanted[name]:
        damage(workplace / "dataset" / name, how)
    else:
        (workplace / "dataset" / name).write_text('{"source": "cut sh')

    result = cli("preprocess", "wavs", *SMALL)

    assert result.exit_code == 0, result.stderr
    assert {p.name: p.read_bytes() for p in (workplace / "dataset").iterdir() if p.is_file()} == wanted


@pytest.mark.parametrize("how", [*SPOILED, "newer", "bare"])
@pytest.mark.parametrize("command", ["train", "export", "inspect"])
def test_a_damaged_or_newer_run(
    cli: Cli, workplace: Path, train: Train, command: str, how: str, describe: Describe
) -> None:
    damage(workplace / "runs" / "tiny" / "config.json", how)
    before = describe(workplace)

    says = error_of(
        cli(*{"train": ("train", *train), "export": ("export", "tiny"), "inspect": ("inspect", "runs/tiny")}[command])
    )

    assert "config.json" in says or (command == "train" and "runs/tiny" in says)
    if how == "newer":
        assert says.startswith("runs/tiny/config.json has format 2, this mirage-gan reads up to 1: update")
    assert describe(workplace) == before


@pytest.mark.parametrize("how", [*SPOILED, "one bit", "gone"])
def test_a_run_whose_waves_are_damaged(cli: Cli, workplace: Path, how: str) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)

    says = error_of(cli("export", "tiny"))

    assert says.startswith("runs/tiny/data.npz is ")
    assert not (workplace / "export").exists()


def test_a_run_whose_waves_are_broken_anywhere(cli: Cli, workplace: Path) -> None:
    path = workplace / "runs" / "tiny" / "data.npz"
    whole = path.read_bytes()
    for at in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])

        result = cli("export", "tiny", "--count", 1)

        # an archive holds bytes that nobody reads, such as dates
        assert result.exit_code == 0 or error_of(result).startswith("runs/tiny/data.npz is "), at
        shutil.rmtree(workplace / "export", ignore_errors=True)


@pytest.mark.parametrize("how", [*SPOILED, "one bit", "gone"])
def test_inspect_finds_that_the_waves_of_a_run_are_damaged(cli: Cli, workplace: Path, how: str) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)

    result = cli("inspect", "runs/tiny")

    said = [line for line in result.output.splitlines() if "data.npz" in line]
    assert len(said) == 1
    assert said[0].strip().startswith(("problem: ", "Error: "))


@pytest.mark.parametrize("how", ["half", "gone"])
def test_a_run_whose_waves_are_damaged_is_mended_by_training_again(
    cli: Cli, workplace: Path, train: Train, how: str
) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)
    assert error_of(cli("export", "tiny")).endswith("train again")

    assert cli("train", *train).exit_code == 0

    assert cli("export", "tiny", "--count", 1).exit_code == 0


def make_newer(path: Path) -> None:
    # the header of the file is JSON, and what it says of itself is JSON inside a text of it
    data = path.read_bytes()
    assert data.count(b'\\"format\\": 1') == 1
    path.write_bytes(data.replace(b'\\"format\\": 1', b'\\"format\\": 2'))


@pytest.mark.parametrize("how", [*SPOILED, "newer"])
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("train",), "last"),
        (("export", "tiny"), "best"),
        (("export", "tiny", "--checkpoint", "last"), "last"),
        (("export", "tiny", "--checkpoint", "runs/tiny/checkpoints/best.safetensors"), "best"),
        (("inspect", "runs/tiny"), "last"),
        (("inspect", "runs/tiny"), "best"),
        (("inspect", "runs/tiny/checkpoints/last.safetensors"), "last"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_damaged_or_newer_checkpoint(
    cli: Cli, workplace: Path, train: Train, command: tuple[str, ...], name: str, how: str
) -> None:
    path = workplace / "runs" / "tiny" / "checkpoints" / f"{name}.safetensors"
    make_newer(path) if how == "newer" else damage(path, how)
    kept = path.read_bytes()

    says = error_of(cli(*command, *(train if command == ("train",) else ())))

    assert says.startswith(f"runs/tiny/checkpoints/{name}.safetensors ")
    if how == "newer":
        assert "has format 2, this mirage-gan reads up to 1: update mirage-gan" in says
    else:
        assert "is damaged or was cut short" in says
    assert path.read_bytes() == kept
    assert not (workplace / "export").exists()


def test_a_checkpoint_that_is_no_file_of_ours(cli: Cli, workplace: Path) -> None:
    Path("other.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")

    assert error_of(cli("export", "tiny", "--checkpoint", "other.safetensors")).startswith("other.safetensors ")
    assert error_of(cli("inspect", "other.safetensors")).startswith("other.safetensors ")
    assert error_of(cli("export", "tiny", "--checkpoint", "gone.safetensors")).startswith("gone.safetensors is missing")
    assert not (workplace / "export").exists()


@pytest.mark.parametrize("how", [*SPOILED, "newer", "bare"])
@pytest.mark.parametrize("command", [("export", "tiny"), ("inspect", "export")], ids=lambda command: command[0])
def test_a_damaged_or_newer_export(
    cli: Cli, workplace: Path, command: tuple[str, ...], how: str, describe: Describe
) -> None:
    assert cli("export", "tiny", "--count", 2).exit_code == 0
    damage(workplace / "export" / "export.json", how)
    before = describe(workplace)

    assert "export.json" in error_of(cli(*command))
    assert describe(workplace) == before


# --- settings that do not go with the dataset ---


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        (
            64,
            ("--model", "dcgan", "--size", "256"),
            (
                "--size 256 needs waves of 256 points, and dataset has 64: leave --size out, or preprocess again "
                "with --points 256"
            ),
        ),
        (
            256,
            ("--model", "wave", "--size", "64"),
            "--size is no option of --model wave: leave it out, or choose --model dcgan or pyramid",
        ),
    ],
)
def test_a_size_that_does_not_go_with_the_points(
    cli: Cli, workplace: Path, points: int, options: tuple[str, ...], says: str
) -> None:
    assert cli("preprocess", "wavs", "--points", points, "--size", "64").exit_code == 0

    assert error_of(cli("train", *options, "--run", "new")) == says
    assert not (workplace / "runs" / "new").exists()


def test_a_run_of_other_points_is_not_gone_on_with(cli: Cli, workplace: Path, train: Train, describe: Describe) -> None:
    assert cli("preprocess", "wavs", "--points", 128, "--size", 64).exit_code == 0
    before = describe(workplace / "runs")

    says = error_of(cli("train", *train))

    assert says.startswith("runs/tiny was trained with another ")
    assert "64 (now 128)" in says
    assert says.endswith("use the settings of before, or choose another --run")
    assert describe(workplace / "runs") == before
