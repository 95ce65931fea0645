"""Two of a command at once on one folder: they wait, or one is refused in a line, and what is there is whole."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.folders import sweeps
from mirage_gan.folders.outputs import exports
from tests.support.crowd import gathered
from tests.support.trainings import assert_same, logged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.crowd import Crowd, Ended

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")

SMALL = "--points 64 --size 64"
FEW = "--model wave --width 4 --device cpu"


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with gathered() as crowd:
        yield crowd


@pytest.fixture
def places(workplace: Path) -> tuple[Path, Path]:
    """Two equal workplaces: one where commands run at once, and one where they run alone."""
    names = ("wavs", "dataset", "runs")
    for place in ("together", "alone"):
        for name in names:
            shutil.copytree(workplace / name, workplace / place / name)
    return workplace / "together", workplace / "alone"


def held(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hidden(place: Path) -> list[str]:
    return [str(path) for path in place.rglob(".*")]


def assert_all_well(ends: list[Ended]) -> None:
    assert [end.code for end in ends] == [0] * len(ends), [end.stderr for end in ends]


@pytest.mark.parametrize(
    ("command", "out"),
    [
        (f"preprocess wavs {SMALL} --out new", "new"),
        ("export tiny --count 6 --to disk --to wav --out new", "new"),
        ("export tiny --count 3 --to wav --zip --out deep/new", "deep/new"),
        ("morph tiny --seed 3 --seed 7 --to wavetable --out new", "new"),
        ("vary wavs/loop.wav --count 3 --out new", "new"),
        ("audition tiny --count 4 --file --out new", "new"),
    ],
    ids=lambda value: value.split()[0] if " " in value else "",
)
def test_the_same_command_twice_at_once_makes_what_it_makes_alone(
    crowd: Crowd, places: tuple[Path, Path], command: str, out: str
) -> None:
    together, alone = places
    for place in places:
        (place / "wavs" / "loop 00.wav").rename(place / "wavs" / "loop.wav")

    ends = crowd.run(together, command, command, command)
    crowd.do(alone, command)

    assert_all_well(ends)
    assert held(together / out).keys() == held(alone / out).keys()
    differing = [name for name, content in held(alone / out).items() if held(together / out)[name] != content]
    assert [name for name in differing if not name.endswith(".zip")] == []
    assert hidden(together) == []


def test_exports_of_other_sounds_into_one_folder_lose_no_entry(crowd: Crowd, places: tuple[Path, Path]) -> None:
    together, alone = places
    commands = [f"export tiny --count 4 --seed {10 * i} --to pcm --to wav --out new" for i in range(4)]
    commands.append("audition tiny --count 4 --file --out new")
    commands.append("morph tiny --seed 3 --seed 7 --to wav --out new")

    ends = crowd.run(together, *commands)
    crowd.do(alone, *commands)

    assert_all_well(ends)
    assert held(together / "new") == held(alone / "new")
    known = exports.load(together / "new")
    assert len(known.files) == 32
    assert {*known.files, *known.disks, exports.MARKER} == held(together / "new").keys()
    assert hidden(together) == []


def test_disks_of_exports_at_once_get_numbers_of_their_own(crowd: Crowd, places: tuple[Path, Path]) -> None:
    together, _ = places
    commands = [f"export tiny --count 3 --seed {10 * i} --to disk --out new" for i in range(3)]

    assert_all_well(crowd.run(together, *commands))

    disks = [name for name, about in exports.load(together / "new").disks.items() if name.endswith(".img")]
    seeds = {item["address"].seed for name in disks for item in exports.load(together / "new").disks[name]["sounds"]}
    assert seeds == {0, 1, 2, 10, 11, 12, 20, 21, 22}
    assert_all_well(crowd.run(together, *commands))  # which finds all of them
    assert len([path for path in (together / "new").iterdir() if path.suffix == ".img"]) == len(disks)


def test_a_run_is_trained_by_one_process(crowd: Crowd, places: tuple[Path, Path]) -> None:
    together, alone = places
    command = f"train {FEW} --steps 20 --every 10 --run new"

    ends = crowd.run(together, command, command, command)
    crowd.do(alone, command)

    assert 0 in {end.code for end in ends}
    busy = "Error: runs/new is being trained by another process; wait for it, or stop it"
    assert {(end.code, end.error) for end in ends} <= {(0, ""), (1, busy)}
    for name in ("last", "best"):
        assert_same(together / "runs" / "new", alone / "runs" / "new", name)
    assert logged(together / "runs" / "new") == [10, 20]
    assert hidden(together) == []


def test_a_sweep_twice_at_once_trains_each_run_once(crowd: Crowd, places: tuple[Path, Path]) -> None:
    together, alone = places
    command = f"sweep {FEW} --name new --lr 1e-3 --lr 2e-3 --steps 10 --no-prune"

    ends = crowd.run(together, command, command)
    crowd.do(alone, command)

    assert_all_well(ends)
    ours, theirs = (sweeps.load(place / "sweeps" / "new").runs for place in places)
    assert [(row["run"], row["score"], row["state"]) for row in ours] == [
        (row["run"], row["score"], row["state"]) for row in theirs
    ]
    assert {row["state"] for row in ours} == {"done"}
    for row in ours:
        assert_same(together / "runs" / row["run"], alone / "runs" / row["run"])
    assert {path.name for path in (together / "sweeps" / "new").iterdir()} == {
        path.name for path in (alone / "sweeps" / "new").iterdir()
    }
    assert hidden(together) == []


def test_judgments_at_once_change_nothing(crowd: Crowd, places: tuple[Path, Path]) -> None:
    together, _ = places
    before = held(together)

    ends = crowd.run(together, *["evaluate tiny --count 24 --json"] * 2)

    assert_all_well(ends)
    told: list[Any] = [json.loads(end.stdout) for end in ends]
    assert told[0] == told[1]
    assert held(together) == before
