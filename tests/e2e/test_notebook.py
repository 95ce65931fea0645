"""The notebook for a rented GPU, executed from top to bottom, twice, as after a cut-off; on the CPU, and small."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import nbclient
import nbformat
import pytest

from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "pipelines" / "colab.ipynb"
SMALL = """
SOUNDS = "wavs"
WORK = "nowhere"
MINUTES = 5
COUNT = 4
PREPROCESS = ["--points", "64", "--size", "64"]
TRAIN = ["--model", "wave", "--width", "4", "--steps", "4", "--every", "2", "--device", "cpu"]
"""


@pytest.fixture(scope="module")
def notebook() -> NotebookNode:
    found: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)
    return found


def executed(notebook: NotebookNode, folder: Path) -> tuple[str, list[str]]:
    """Run all cells in a folder; return all that they print, and the types of what they show."""
    small = nbformat.from_dict(json.loads(json.dumps(notebook)))
    (parameters,) = [cell for cell in small.cells if "parameters" in cell.metadata.get("tags", [])]
    names = {line.partition(" = ")[0] for line in parameters.source.splitlines()}
    assert names == {line.partition(" = ")[0] for line in SMALL.split("\n") if line}
    parameters.source = SMALL
    nbclient.NotebookClient(small, timeout=600, kernel_name="python3").execute(cwd=str(folder))
    outputs = [output for cell in small.cells for output in cell.get("outputs", [])]
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    return said, [kind for output in outputs if "data" in output for kind in output.data]


def test_no_output_is_kept_in_it(notebook: NotebookNode) -> None:
    nbformat.validate(notebook)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert len(codes) > 5
    assert [(cell.outputs, cell.execution_count) for cell in codes] == [([], None)] * len(codes)


def test_it_asks_for_sounds_until_there_are_any(
    notebook: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Colab's upload does: it writes into the current folder, and returns what it wrote, or nothing."""
    monkeypatch.chdir(tmp_path)
    (cell,) = [cell.source for cell in notebook.cells if "files.upload" in cell.source and cell.cell_type == "code"]
    asked: list[Path] = []

    def upload() -> dict[str, bytes]:
        asked.append(Path.cwd())
        if len(asked) == 1:  # the user closes the dialog
            return {}
        with zipfile.ZipFile("sounds.zip", "w") as packed:
            packed.writestr("drums/kick.wav", b"a sound")
        return {"sounds.zip": b""}

    names = {
        "Path": Path,
        "SOUNDS": "wavs",
        "PREPROCESS": [],
        "files": SimpleNamespace(upload=upload),
        "mirage_gan": lambda *_: None,
        "display": lambda _: None,
        "Image": str,
    }
    for _ in range(3):
        exec(cell, dict(names))  # noqa: S102 - it is ours

    assert asked == [tmp_path / "wavs"] * 2
    assert Path.cwd() == tmp_path
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["kick.wav"]


def test_it_runs_from_top_to_bottom_and_goes_on_after_a_cut_off(
    notebook: NotebookNode, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    place = sounds.parent

    said, shown = executed(notebook, place)

    assert f"no drive here: everything is kept in {place}" in said
    assert (shown.count("image/png"), shown.count("text/html")) == (2, 8)  # contact sheet and strip; eight players
    with zipfile.ZipFile(place / "export" / "export.zip") as packed:
        names = packed.namelist()
    assert len([name for name in names if name.endswith(".wav")]) == 4
    assert "MIR01.img" in names
    held = exports.load(place / "export").files
    weights = runs.find_checkpoint(place / "runs" / "notebook", "last").read_bytes()

    shutil.copy(place / "listen" / "notebook-seed000000.wav", place / "listen" / "notebook-of-another-checkpoint.wav")
    again, shown = executed(notebook, place)

    assert shown.count("text/html") == 8  # of this call alone

    assert "unchanged" in again or "nothing has changed" in again
    assert runs.find_checkpoint(place / "runs" / "notebook", "last").read_bytes() == weights
    assert exports.load(place / "export").files == held
