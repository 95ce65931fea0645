"""Morphs in an export folder: listed with their seeds, beside what was there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.settings.morphing import MorphConfig
from tests.support.morphs import make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli, Describe


def listing(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "export.json").read_bytes())
    return found


def test_a_morph_is_added_to_an_export_and_is_listed_with_its_seeds(cli: Cli, workplace: Path) -> None:
    assert cli("export", "--to", "pcm", "--to", "disk", "--count", 4).exit_code == 0
    before = {path.name: path.read_bytes() for path in (workplace / "export").iterdir()}
    exported = listing(workplace / "export")

    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "disk").exit_code == 0

    out = workplace / "export"
    added = {"tiny-morph-000003-000017.pcm", "MIR02.img"}
    assert {path.name for path in out.iterdir()} == set(before) | added
    assert all((out / name).read_bytes() == data for name, data in before.items() if name != "export.json")
    known = listing(out)
    assert known["files"] == exported["files"]
    assert known["disks"].items() >= exported["disks"].items()
    for name in added:
        entry = known["disks"][name]
        assert (entry["run"], entry["route"]) == ("tiny", [{"seed": 3}, {"seed": 17}])
        assert entry["checkpoint_sha256"] == exported["files"]["tiny-seed000000.pcm"]["checkpoint_sha256"]
    assert inspect(out).problems == []


def test_an_export_is_unchanged_after_a_morph_was_added(cli: Cli, workplace: Path) -> None:
    command = ("export", "--to", "pcm", "--to", "disk", "--count", 4, "--json")
    assert cli(*command).exit_code == 0
    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "wavetable", "--frames", 3).exit_code == 0

    assert json.loads(cli(*command).stdout)["unchanged"]


def test_an_export_of_morphs_alone_is_described(cli: Cli, workplace: Path) -> None:
    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm").exit_code == 0

    result = cli("inspect", "export")

    assert (result.exit_code, result.stderr) == (0, "")
    for line in result.stdout.splitlines():
        assert not line.endswith(": ")  # a fact that says nothing
        assert "problem" not in line


def test_typed_twice_it_works_twice(cli: Cli, workplace: Path) -> None:
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "disk", "--to", "gotek")
    first = cli(*command)
    before = {path: path.read_bytes() for path in (workplace / "export").rglob("*") if path.is_file()}

    second = cli(*command)

    assert (first.exit_code, second.exit_code, second.stdout) == (0, 0, first.stdout)
    assert {path: path.read_bytes() for path in before} == before


def test_the_newest_run_is_taken_where_none_is_named(cli: Cli, workplace: Path) -> None:
    for run in ((), ("tiny",), (workplace / "runs" / "tiny",)):
        result = cli("morph", *run, "--seed", 3, "--seed", 17, "--to", "pcm", "--json")
        assert json.loads(result.stdout)["files"] == ["tiny-morph-000003-000017.pcm"]


def test_another_checkpoint_makes_another_morph(trained: Path, tmp_path: Path) -> None:
    weights = trained / "checkpoints" / "last.safetensors"
    make(trained, tmp_path / "last", "pcm", checkpoint="last")
    make(trained, tmp_path / "path", "pcm", checkpoint=str(weights))

    name = "tiny-morph-000003-000017.pcm"
    assert (tmp_path / "last" / name).read_bytes() == (tmp_path / "path" / name).read_bytes()
    entries = [listing(tmp_path / out)["disks"][name]["checkpoint_sha256"] for out in ("last", "path")]
    assert entries[0] == entries[1]


def test_what_is_made_is_told_in_lines(cli: Cli, workplace: Path) -> None:
    result = cli("morph", "--seed", 3, "--seed", 17, "--seed", 5, "--to", "wav")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "run tiny: the newest",
        "export/tiny-morph-000003-000017-000005.wav",
        "255 cycles from seed 3 to 17 to 5 and back: 65,280 samples, 2.2 s at the Mirage's own rate",
    ]


def test_a_run_is_only_read(trained: Path, tmp_path: Path, describe: Describe) -> None:
    before = describe(trained)

    make(trained, tmp_path / "out", "pcm", "wavetable", frames=3)

    assert describe(trained) == before


def test_progress_counts_the_waves_on_the_way(trained: Path, tmp_path: Path) -> None:
    shown: list[tuple[int, int | None]] = []

    class Recorder:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert text == "generating"
            shown.append((done, total))

        def say(self, text: str) -> None:
            pytest.fail(text)

    morph(MorphConfig(str(trained), (3, 17), to=("wavetable",), frames=7), tmp_path / "out", Recorder())

    assert (shown[0], shown[-1]) == ((0, 7), (7, 7))
