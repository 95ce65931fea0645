"""Sheets show all sounds of an export, in their order, with what export.json says of them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.exporting.export import export
from mirage_gan.exporting.sounds import sheet
from mirage_gan.folders import runs
from mirage_gan.pages.prints import export_sheet
from tests.support.disk_exports import disks_of
from tests.support.exports import asked, make_waves

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.pages.prints.export_sheet import Cell


class Pages:
    """Keeps what is drawn."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.titles: list[tuple[str, str, str]] = []
        self.cells: list[Cell] = []
        draw = export_sheet.draw

        def drawn(title: str, about: str, page: str, cells: Sequence[Cell]) -> bytes:
            self.titles.append((title, about, page))
            self.cells += cells
            return draw(title, about, page, cells)

        patch.setattr(export_sheet, "draw", drawn)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


def test_a_sheet_is_a_picture_of_a4_that_export_json_lists_with_its_sounds(trained: Path, tmp_path: Path) -> None:
    report = export(asked(trained, to=("sheet",), count=3), tmp_path / "export")

    assert report.disks == ["tiny-seed000000-sheet.png"]
    with Image.open(tmp_path / "export" / report.disks[0]) as image:
        assert (image.format, image.size) == ("PNG", (2480, 3508))
    sounds = disks_of(tmp_path / "export")[report.disks[0]]["sounds"]
    assert [item["address"] for item in sounds] == [{"seed": 0}, {"seed": 1}, {"seed": 2}]
    assert all(item["nearest"] and item["novelty"] is not None for item in sounds)


def test_several_pages_are_numbered_and_each_holds_the_next_sounds(trained: Path, tmp_path: Path, pages: Pages) -> None:
    report = export(asked(trained, to=("sheet",), count=30), tmp_path / "export")

    assert report.disks == ["tiny-seed000000-sheet-1.png", "tiny-seed000000-sheet-2.png"]
    entries = disks_of(tmp_path / "export")
    assert [[item["address"]["seed"] for item in entries[name]["sounds"]] for name in report.disks] == [
        list(range(28)), [28, 29]
    ]  # fmt: skip
    assert [page for _, _, page in pages.titles] == ["1 of 2", "2 of 2"]
    assert [cell.name for cell in pages.cells] == [f"seed{seed:06}" for seed in range(30)]


def test_a_copy_is_called_so_and_lies_over_the_sound_that_it_copies(
    trained: Path, tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs.load_data(trained)
    learned = np.asarray(data.train.waves[:2])
    noise = np.random.default_rng(0).uniform(-1, 1, learned.shape[1])
    make_waves(monkeypatch, np.array([-0.5 * np.roll(learned[1], 17), noise, np.zeros_like(noise)], np.float32))
    export(asked(trained, to=("sheet",), count=3), tmp_path / "export")

    copy, new, silent = pages.cells
    assert (copy.word, copy.is_flawed, copy.nearest) == ("copy", True, data.train_ids[1])
    assert copy.novelty == pytest.approx(0, abs=1e-4)
    assert copy.nearest_curve is not None
    assert copy.curve == pytest.approx(copy.nearest_curve / np.abs(copy.nearest_curve).max(), abs=0.01)
    assert copy.curve[0] == copy.curve[-1]  # a loop ends as it began
    assert new.nearest_curve is not None
    assert not np.allclose(new.curve, new.nearest_curve, atol=0.1)
    assert silent.is_flawed
    assert silent.word.split(", ")[0] in ("silent", "flat")


def test_one_shots_are_shown_by_their_levels_beside_those_of_the_nearest(
    trained_oneshots: Path, tmp_path: Path, pages: Pages
) -> None:
    export(asked(trained_oneshots, to=("sheet",), count=2), tmp_path / "export")

    data = runs.load_data(trained_oneshots)
    for cell in pages.cells:
        near = np.asarray(data.train.waves[data.train_ids.index(cell.nearest)])
        assert np.array_equal(cell.nearest_picture, data.representation.picture(near[None], 256)[0])  # type: ignore[arg-type]
        assert np.array_equal(cell.nearest_curve, near.reshape(129, -1)[128])  # type: ignore[arg-type]
        assert cell.picture is not None
        assert cell.picture.shape == (256, 256)


def test_a_sound_that_has_a_name_is_called_so_with_its_address(trained: Path, tmp_path: Path, pages: Pages) -> None:
    export(asked(trained, to=("sheet",), count=2, sound_name=("Glass Bell",)), tmp_path / "export")

    assert [cell.name for cell in pages.cells] == ["Glass Bell (0)", "seed000001"]


def test_the_verdict_on_the_run_is_on_the_sheet_if_it_was_judged(trained: Path, tmp_path: Path, pages: Pages) -> None:
    judged = export(asked(trained, to=("sheet",)), tmp_path / "one").verdict
    assert judged is not None
    path = trained / runs.REPORT
    kept = path.read_bytes()
    try:
        path.write_text(json.dumps({**json.loads(kept), "judgment": None}), encoding="utf-8")
        export(asked(trained, to=("sheet",)), tmp_path / "other")
    finally:
        path.write_bytes(kept)

    about = "Gray: the nearest training sound, turned and inverted to fit. Number: novelty, from 0, a copy, to 1."
    assert [each for _, each, _ in pages.titles] == [f"Verdict on the run: {judged.word}. {about}", about]
    assert {title for title, _, _ in pages.titles} == {"tiny: 4 sounds"}


def test_a_run_without_the_sounds_that_it_learned_from_has_a_sheet_without_gray(
    trained: Path, tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = runs.load_data

    def without(run: Path) -> object:
        data = load(run)
        return dataclasses.replace(data, train=data.train[:0], train_ids=[], holdout=data.holdout[:0], holdout_ids=[])

    monkeypatch.setattr(runs, "load_data", without)
    export(asked(trained, to=("sheet",)), tmp_path / "export")

    assert "The run does not hold the sounds that it learned from" in pages.titles[0][1]
    assert all((cell.novelty, cell.nearest_curve, cell.word) == (None, None, "") for cell in pages.cells)


def test_typed_twice_it_is_found_unchanged_and_the_bytes_are_the_same_anywhere(trained: Path, tmp_path: Path) -> None:
    first, second = (export(asked(trained, to=("sheet", "wav")), tmp_path / "export") for _ in range(2))
    export(asked(trained, to=("sheet",)), tmp_path / "other")

    assert (first.unchanged, second.unchanged) == (False, True)
    name = first.disks[0]
    assert (tmp_path / "export" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("points", [64, 255])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_reference_is_turned_and_inverted_to_fit(points: int, sign: int) -> None:
    wave = np.random.default_rng(0).normal(size=points).astype(np.float32)
    reference = sign * np.roll(wave, 10)

    assert np.allclose(sheet.fit(reference, wave), wave)
    assert sheet.fit(reference, wave).dtype == np.float32
    assert not sheet.fit(np.zeros_like(wave), wave).any()
