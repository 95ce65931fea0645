"""`preprocess --classes`: where the classes of sounds come from, and what the dataset holds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import SignalError
from mirage_gan.folders import datasets
from tests.support import classes
from tests.support.datasets import make, manifest, tree

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = {"sine": 12, "pulse": 12}


def made(tmp_path: Path, name: str, **settings: Any) -> Path:
    if not (tmp_path / "sounds").exists():
        classes.write(tmp_path / "sounds", COUNTS)
    make(tmp_path / "sounds", out=tmp_path / name, **settings)
    return tmp_path / name


def test_folders_are_the_classes_and_the_dataset_is_that_of_earlier_versions(tmp_path: Path) -> None:
    out = made(tmp_path, "folders")

    assert {line["class"] for line in manifest(out)} == {"sine", "pulse"}
    about = datasets.load_marker(out)
    assert "classes" not in about.settings
    assert not list(out.glob("contact-*.png"))


def test_none_gives_no_classes(tmp_path: Path) -> None:
    assert {line["class"] for line in manifest(made(tmp_path, "none", classes="none"))} == {""}


def test_kmeans_gives_classes_with_a_sheet_each_and_leaves_all_else_as_it_is(tmp_path: Path) -> None:
    plain, found = made(tmp_path, "folders"), made(tmp_path, "found", classes="kmeans:2")

    by_folder = {line["id"]: line["class"] for line in manifest(plain)}
    by_sound = {line["id"]: line["class"] for line in manifest(found)}
    names = {"sine": "dark-pure", "pulse": "bright-rich"}
    assert by_sound == {id_: names[name] for id_, name in by_folder.items()}
    assert {path.name for path in found.glob("contact*.png")} == {
        "contact.png", "contact-dark-pure.png", "contact-bright-rich.png"
    }  # fmt: skip
    assert (plain / "waves.npy").read_bytes() == (found / "waves.npy").read_bytes()
    assert [line["split"] for line in manifest(plain)] == [line["split"] for line in manifest(found)]


def test_the_same_command_finds_the_dataset_unless_a_sheet_is_gone(tmp_path: Path) -> None:
    out = made(tmp_path, "found", classes="kmeans:2")
    before = tree(out)

    assert make(tmp_path / "sounds", out=out, classes="kmeans:2").unchanged
    (out / "contact-dark-pure.png").unlink()
    assert not make(tmp_path / "sounds", out=out, classes="kmeans:2").unchanged
    assert tree(out) == before


def test_the_report_counts_the_sounds_of_each_class_and_warns_of_small_ones(tmp_path: Path) -> None:
    classes.write(tmp_path / "many", {"sine": 80, "pulse": 24})

    report = make(tmp_path / "many", out=tmp_path / "out", classes="kmeans:2")

    assert report.classes == {"bright-rich": 24, "dark-pure": 80}
    assert report.warning == ("bright-rich (24): a class needs 30 sounds or more to be learned; choose fewer classes")
    assert any(note.startswith("2 classes were found; see contact-bright-rich.png") for note in report.notes)


def test_too_many_classes_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    classes.write(tmp_path / "sounds", {"sine": 3})

    with pytest.raises(SignalError, match="--classes kmeans:5 needs 10 waves or more, and there are 3"):
        make(tmp_path / "sounds", out=tmp_path / "out", classes="kmeans:5")
    assert not (tmp_path / "out").exists()
