"""The sounds of a checkpoint come from a copy, which stays what it is while its run is trained on."""

from __future__ import annotations

import base64
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.auditioning.editions import Editions
from mirage_gan.auditioning.gathering import Shown
from mirage_gan.auditioning.watch import Watch
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path


class Gatherer:
    """Shows what is in the copy of a checkpoint, and counts how often it is asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, copy: Path, digest: str) -> Shown:
        self.calls += 1
        return Shown({"checkpoint_sha256": digest, "held": copy.read_text()}, b"\x80\xff")


@pytest.fixture
def editions(tmp_path: Path) -> Editions:
    (tmp_path / "run" / runs.CHECKPOINTS).mkdir(parents=True)
    (tmp_path / "copies").mkdir()
    return Editions(Watch(tmp_path / "run"), tmp_path / "copies", Gatherer())


def train(editions: Editions, text: str, name: str = "last") -> str:
    """Put a checkpoint into its place, at a time of its own, and return its hash."""
    path = runs.checkpoint_path(editions.watch.run, name)
    at = path.stat().st_mtime_ns + 1_000_000_000 if path.is_file() else 1_000_000_000
    files.write_bytes(path, text.encode())
    os.utime(path, ns=(at, at))
    return files.sha256(path)


def ask(editions: Editions, name: str = "last") -> Any:
    return json.loads(editions.sounds(name))


def test_a_checkpoint_is_collected_once_and_again_when_it_was_replaced(editions: Editions) -> None:
    digest = train(editions, "old")
    first = ask(editions)
    assert ask(editions) == first
    train(editions, "new")
    second = ask(editions)

    assert (first["held"], first["checkpoint_sha256"]) == ("old", digest)
    assert base64.b64decode(first["samples"]) == b"\x80\xff"
    assert (second["held"], second["version"]) == ("new", editions.watch.version("last"))
    assert second["version"] != first["version"]
    assert isinstance(editions.gather, Gatherer)
    assert editions.gather.calls == 2


def test_copies_stay_what_they_are_and_the_oldest_are_cleared_away(editions: Editions) -> None:
    digests = []
    for text in "abcdef":
        digests.append(train(editions, text))
        ask(editions)

    assert list(editions.copies) == digests[-4:]
    assert [copy.read_text() for copy in editions.copies.values()] == list("cdef")
    assert {path.name for path in editions.place.iterdir()} == set(digests[-4:])
    train(editions, "f", "best")
    assert ask(editions, "best")["checkpoint_sha256"] == digests[-1]
    assert {path.name for path in editions.copies[digests[-1]].parent.iterdir()} >= {"best.safetensors"}


def test_the_same_sounds_shown_again_are_the_newest(editions: Editions) -> None:
    digests = [train(editions, text) for text in "abc" if ask_after(editions, text)]
    train(editions, "a")
    ask(editions)

    assert list(editions.copies) == [digests[1], digests[2], digests[0]]


def ask_after(editions: Editions, text: str) -> Any:
    train(editions, text)
    return ask(editions)


def test_a_checkpoint_that_is_not_there_is_named(editions: Editions) -> None:
    with pytest.raises(FolderError, match=r"last\.safetensors is not there yet, or not any more"):
        editions.sounds("last")
    shutil.rmtree(editions.watch.run)
    with pytest.raises(FolderError, match="not any more"):
        editions.sounds("last")
