"""The recipes of the first GANs, as a user runs them: from a table and from IDX files to rows, pictures and sheets."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.e2e.test_disks import must
from tests.support import idx

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from numpy.typing import NDArray

    Cli = Callable[..., Result]

PIPELINES = Path(__file__).parents[2] / "pipelines"


def shorten(name: str, **changes: object) -> None:
    """Write a recipe into the current folder, with other values of settings that it has."""
    text = (PIPELINES / name).read_text(encoding="utf-8")
    for setting, value in changes.items():
        text, found = re.subn(rf"^{setting} = .*$", f"{setting} = {json.dumps(value)}", text, flags=re.MULTILINE)
        assert found == 1, setting
    Path(name).write_text(text, encoding="utf-8")


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def listed(export: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((export / "export.json").read_text(encoding="utf-8"))
    return found


def test_the_sine_comes_back_as_a_table_of_points_on_it_and_as_a_plot(cli: Cli) -> None:
    Path("pipelines").mkdir()
    shutil.copy(PIPELINES / "sine.csv", "pipelines")
    shorten("sine.toml", epochs=40, every=520, count=500)

    must(cli("run", "sine.toml"))

    (table,) = Path("mirage-sine/export").glob("*-rows.csv")
    with table.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    x, y = np.array(rows, float).T
    assert names == ["x", "y"]
    assert len(rows) == 500
    assert x.min() >= 0
    assert x.max() <= 2 * np.pi + 1e-6
    assert np.median(np.abs(y - np.sin(x))) < 0.2  # an untrained network makes points in the middle of the table
    assert np.count_nonzero(np.histogram(x, 10, (0, 2 * np.pi))[0]) >= 7
    (sheet,) = Path("mirage-sine/export").glob("*-sheet.png")
    assert (pixels(sheet) == 0).sum() > 500 * 10  # black points, of which many cover each other
    said = must(cli("evaluate", "mirage-sine/runs/sine", "--count", 200))
    assert "200 rows against" in said
    assert "sound" not in said


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_digits_come_back_as_pictures_of_their_pixels_and_on_a_sheet(cli: Cli, name: str) -> None:
    pictures, labels = idx.signs(120, side=28)
    idx.write(Path("digits"), pictures, labels, packed=name == "mnist")
    length = {"steps": 30} if name == "digits" else {"epochs": 10}
    shorten(f"{name}.toml", **length, every=15, count=6)

    made = must(cli("run", f"{name}.toml"))

    assert "7 files, 6 pictures written in" in made
    assert "sound" not in made
    export = Path(f"mirage-{name}/export")
    files = [path for path in export.glob("*.png") if "-sheet" not in path.name]
    assert len(files) == 6
    assert all(pixels(path).shape == (28, 28) for path in files)
    (sheet,) = export.glob("*-sheet*.png")
    assert pixels(sheet).shape == (3508, 2480)
    assert len(listed(export)["files"]) >= 6
    before = {path: path.read_bytes() for path in export.iterdir()}
    must(cli("run", f"{name}.toml"))
    assert {path: path.read_bytes() for path in export.iterdir()} == before
    said = must(cli("evaluate", f"mirage-{name}/runs/{name}", "--count", 50))
    assert "50 pictures against" in said
    assert "sound" not in said
