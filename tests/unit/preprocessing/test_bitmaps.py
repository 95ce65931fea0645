"""The contact sheet of sounds that have classes is grouped by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.folders import datasets
from mirage_gan.pages import pictures
from mirage_gan.pages.prints import contact_sheet
from tests.support.datasets import make, noise

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures
    from tests.support.fixtures import MakeLoop


class Seen:
    """Keeps what a sheet by class is made of."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.title = self.about = ""
        self.classes: list[str] = []
        self.cells: Pictures = np.empty((0, 0, 0), np.uint8)
        draw = contact_sheet.draw

        def drawn(title: str, about: str, cells: Pictures, classes: list[str]) -> bytes:
            self.title, self.about, self.classes, self.cells = title, about, classes, cells
            return draw(title, about, cells, classes)

        patch.setattr(contact_sheet, "draw", drawn)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return Seen(monkeypatch)


@pytest.fixture
def folders(tmp_path: Path, make_loop: MakeLoop) -> Path:
    """Five loops in two folders, and one of them beside these."""
    source = tmp_path / "wavs"
    for number, folder in enumerate(("organ", "bass", "organ", "bass", "organ", "")):
        (source / folder).mkdir(parents=True, exist_ok=True)
        soundfile.write(source / folder / f"{number}.wav", make_loop(number), 44_100)
    return source


def test_the_class_of_each_sound_is_that_of_the_manifest(folders: Path, tmp_path: Path, seen: Seen) -> None:
    make(folders, out=tmp_path / "out")
    entries = list(datasets.read_manifest(tmp_path / "out"))

    assert sorted(seen.classes) == ["", "bass", "bass", "organ", "organ", "organ"]
    assert seen.classes == [entry.category for entry in entries]
    assert (seen.title, seen.about) == ("6 waves, 2 classes", "Each wave is drawn above its spectrum.")
    for entry, cell in zip(entries, seen.cells, strict=True):
        bitmap = np.asarray(Image.open(tmp_path / "out" / datasets.BITMAPS / f"{entry.id}.png"))
        assert np.array_equal(cell[:64], pictures.shrink(bitmap[None], 64)[0])


def test_the_sheet_is_as_wide_as_a4_in_print(folders: Path, tmp_path: Path) -> None:
    make(folders, out=tmp_path / "out")

    with Image.open(tmp_path / "out" / datasets.CONTACT) as image:
        assert image.width == 2480
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_it_says_what_it_leaves_out_and_what_gray_paper_means(
    folders: Path, tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(folders / "bass" / "a shot.wav", noise(0), 22_050)
    monkeypatch.setattr(pictures, "MAX_CELLS", 10)
    make(folders, out=tmp_path / "out")

    assert seen.title == "7 waves, 2 classes"
    assert seen.about == (
        "Each wave is drawn above its spectrum. These are the first 5. On gray paper: set aside, not learned."
    )
    assert len(seen.cells) == len(seen.classes) == 5


def test_sounds_without_classes_are_on_a_plain_sheet(folders: Path, tmp_path: Path, seen: Seen) -> None:
    make(folders / "bass", out=tmp_path / "out")

    assert seen.title == ""
    assert (tmp_path / "out" / datasets.CONTACT).is_file()
