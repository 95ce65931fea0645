"""Favourites are changed by several pages, threads and processes, and no change is lost."""

from __future__ import annotations

import dataclasses
import errno
import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mirage_gan
from mirage_gan.base.errors import BusyError, FormatError
from mirage_gan.folders.outputs import favourites
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.folders.outputs.favourites import Change, Favourites, Shelf, changed
from mirage_gan.models.addresses import Address
from tests.support.addresses import a_latent, addresses, of_seeds

if TYPE_CHECKING:
    from tests.support.fixtures import Describe, Hold, Refuse

KINDS = [Address(17), Address(17, 0.2, 3), Address(17, 0.2, 4), Address(17, 0.3, 3), Address(z=a_latent())]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "tiny").mkdir()
    return tmp_path / "tiny"


def starred(*seeds: int, name: str = "") -> Change:
    return Change(starred=[Address(seed, name=name) for seed in seeds])


def nameless(found: list[Address]) -> set[Address]:
    return {dataclasses.replace(address, name="") for address in found}


# --- what a change does


def test_what_is_starred_comes_last_and_keeps_its_place_when_it_is_named(run: Path) -> None:
    shelf = Shelf(run, "ab12")
    shelf.change(Change(starred=KINDS))

    held = shelf.change(Change(starred=[dataclasses.replace(KINDS[1], name="Glass Bell"), Address(3)]))

    assert held.addresses == [KINDS[0], dataclasses.replace(KINDS[1], name="Glass Bell"), *KINDS[2:], Address(3)]
    assert shelf.load() == held == favourites.load(run / favourites.FILE)
    assert (held.run, held.checkpoint_sha256, held.revision) == ("tiny", "ab12", 2)


def test_what_has_a_name_is_found_by_its_address(run: Path) -> None:
    shelf = Shelf(run, "ab12")
    shelf.change(starred(3, 4, name="Bell"))

    assert shelf.change(Change(unstarred=[Address(3)], rejected=[Address(4, name="Other")])).addresses == []
    assert shelf.load().rejected == [Address(4, name="Other")]
    assert shelf.change(Change(unrejected=[Address(4)])).rejected == []


@settings(max_examples=200)
@given(changes=st.lists(st.builds(Change, *[st.lists(st.sampled_from(KINDS), max_size=3)] * 4), max_size=6))
def test_a_sound_is_liked_or_rejected_or_neither_and_is_listed_once(changes: list[Change]) -> None:
    held = Favourites()
    for change in changes:
        held = changed(held, change)
        both = [*held.addresses, *held.rejected]
        assert len(nameless(both)) == len(both)
        assert nameless(change.rejected) - nameless(change.unrejected) <= nameless(held.rejected)


@settings(max_examples=50)
@given(
    liked=st.lists(addresses(st.text(st.characters(codec=None))), max_size=4),
    rejected=st.lists(addresses(), max_size=4),
)
def test_any_sounds_and_names_are_stored(
    liked: list[Address], rejected: list[Address], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = tmp_path_factory.mktemp("run")

    held = Shelf(run, "ab12").change(Change(starred=liked, rejected=rejected))

    assert Shelf(run, "ab12").load() == held
    assert nameless(held.addresses) == nameless(liked) - nameless(rejected)
    assert nameless(held.rejected) == nameless(rejected)


# --- the file


def test_rejected_sounds_alone_are_stored_and_an_export_of_none_is_refused(run: Path) -> None:
    held = Shelf(run, "ab12").change(Change(rejected=of_seeds([3])))

    assert (held.addresses, held.rejected) == ([], [Address(3)])
    with pytest.raises(FormatError) as caught:
        favourites.load(run / favourites.FILE)
    assert str(caught.value) == (
        f"{run / 'favourites.json'} holds no favourites: add some, or name sounds in another way, as with --seeds"
    )


def test_the_file_is_of_the_format_that_is_exported(run: Path) -> None:
    Shelf(run, "ab12").change(Change(starred=[Address(17, name="Glass Bell")], rejected=[Address(3)]))

    assert json.loads((run / "favourites.json").read_bytes()) == {
        "format": 1,
        "run": "tiny",
        "checkpoint_sha256": "ab12",
        "revision": 1,
        "favourites": [{"seed": 17, "name": "Glass Bell"}],
        "rejected": [{"seed": 3}],
    }


def test_the_file_remembers_the_checkpoint_of_its_first_favourite_until_it_is_empty(run: Path) -> None:
    Shelf(run, "old").change(starred(3))

    assert Shelf(run, "new").change(starred(4)).checkpoint_sha256 == "old"
    Shelf(run, "new").change(Change(unstarred=of_seeds([3, 4])))
    assert Shelf(run, "new").change(starred(5)).checkpoint_sha256 == "new"
    Shelf(run, "new").change(Change(unstarred=of_seeds([5])))
    listened = dataclasses.replace(starred(6), checkpoint_sha256="newer")
    assert Shelf(run, "new").change(listened).checkpoint_sha256 == "newer"


def test_nothing_is_written_where_nothing_changes(run: Path, describe: Describe) -> None:
    assert Shelf(run, "ab12").load() == Favourites()
    Shelf(run, "ab12").change(starred(3))
    before = describe(run)

    held = Shelf(run, "ab12").change(Change(starred=of_seeds([3]), unstarred=of_seeds([4])))

    assert held.revision == 1
    assert {name: about for name, about in describe(run).items() if name != "favourites.lock"} == {
        name: about for name, about in before.items() if name != "favourites.lock"
    }


def test_a_damaged_file_is_named_and_left_as_it_is(run: Path) -> None:
    (run / "favourites.json").write_bytes(b'{"format": 1, "favourites": [{"seed": 3}')

    for call in (Shelf(run, "ab12").load, lambda: Shelf(run, "ab12").change(starred(4))):
        with pytest.raises(FormatError, match=r"favourites\.json is not valid JSON"):
            call()
    assert (run / "favourites.json").read_bytes() == b'{"format": 1, "favourites": [{"seed": 3}'


def test_a_full_disk_leaves_the_favourites_of_before(run: Path, refuse_step: Refuse) -> None:
    failures = 0
    for step in itertools.count():
        (run / "favourites.json").unlink(missing_ok=True)
        before = Shelf(run, "ab12").change(starred(3))
        with refuse_step(step, errno.ENOSPC) as steps:
            try:
                Shelf(run, "ab12").change(starred(4))
            except OSError:
                failures += 1
                assert Shelf(run, "ab12").load() == before
                assert sorted(path.name for path in run.iterdir()) == ["favourites.json", "favourites.lock"]
        if step >= len(steps):
            break
    assert failures > 2
    assert Shelf(run, "ab12").load().addresses == of_seeds([3, 4])


def test_a_run_that_was_removed_is_not_made_again(run: Path) -> None:
    run.rmdir()

    assert Shelf(run, "ab12").load() == Favourites()
    with pytest.raises(FileNotFoundError):
        Shelf(run, "ab12").change(starred(3))
    assert not run.exists()


# --- several at once


def test_a_lock_that_is_held_for_long_is_named(run: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "_PATIENCE", 0.05)
    Shelf(run, "ab12").change(starred(3))

    with hold(run / "favourites.lock"), pytest.raises(BusyError) as caught:
        Shelf(run, "ab12").change(starred(4))

    assert str(caught.value) == f"another program holds {run / 'favourites.lock'}: close it, and try again"
    assert Shelf(run, "ab12").change(starred(4)).addresses == of_seeds([3, 4])


@pytest.mark.parametrize("shelves", [1, 8], ids=["one server", "several"])
def test_threads_lose_no_change(run: Path, shelves: int) -> None:
    owned = [Shelf(run, "ab12") for _ in range(shelves)]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda seed: owned[seed % shelves].change(starred(seed)), range(120)))

    held = owned[0].load()
    assert sorted(map(as_json, held.addresses), key=str) == sorted(map(as_json, of_seeds(range(120))), key=str)
    assert held.revision == 120


WORK = """
import sys
from pathlib import Path
from mirage_gan.folders.outputs.favourites import Change, Shelf
from mirage_gan.models.addresses import Address

shelf = Shelf(Path(sys.argv[1]), "ab12")
print("ready", flush=True)
sys.stdin.read()
for seed in range(int(sys.argv[2]), int(sys.argv[3])):
    shelf.change(Change(starred=[Address(seed)]))
"""


def start(run: Path, first: int, end: int) -> subprocess.Popen[Any]:
    environment = {**os.environ, "PYTHONPATH": str(Path(mirage_gan.__file__).parents[1])}
    command = [sys.executable, "-c", WORK, str(run), str(first), str(end)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_processes_lose_no_change(run: Path) -> None:
    workers = [start(run, first, first + 50) for first in (0, 50)]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:  # both go on at once
        assert worker.stdin is not None
        worker.stdin.close()

    assert [worker.wait() for worker in workers] == [0, 0]

    held = Shelf(run, "ab12").load()
    assert nameless(held.addresses) == set(of_seeds(range(100)))
    assert held.revision == 100
