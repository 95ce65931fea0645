"""Sweep folders: which is meant, which run of it is best, and what is said of one that is damaged."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.base.schema import SchemaError
from mirage_gan.folders import runs, sweeps
from mirage_gan.pages import sweep_page
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import plan
from tests.support import damage

if TYPE_CHECKING:
    from pathlib import Path


def row(run: str, score: float | None = 1.0, **others: Any) -> dict[str, Any]:
    return {"run": run, "settings": {"lr": 1e-3}, "state": "done", "score": score, **others}


def write(folder: Path, *rows: dict[str, Any], when: int = 0) -> Path:
    value = {"format": sweeps.FORMAT, "settings": {"lr": [1e-3]}, "dataset": "dataset", "runs": list(rows)}
    files.write_bytes(folder / sweeps.MARKER, files.encode_json(value))
    if when:
        os.utime(folder / sweeps.MARKER, (when, when))
    return folder


def make_run(folder: Path, name: str, when: int) -> Path:
    """Make what looks like a run from outside, with a checkpoint of a time."""
    files.write_bytes(folder / name / runs.MARKER, b"{}")
    path = runs.checkpoint_path(folder / name, "last")
    files.write_bytes(path, b"")
    os.utime(path, (when, when))
    return folder / name


def test_a_sweep_is_found_by_name_by_path_and_by_being_the_newest(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", when=1000), write(tmp_path / "new", when=2000)

    assert sweeps.find("old", tmp_path) == old
    assert sweeps.find(str(old), tmp_path / "elsewhere") == old
    assert sweeps.find("newest", tmp_path) == new


def test_a_sweep_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as nothing:
        sweeps.find("newest", tmp_path)
    with pytest.raises(FolderError) as first:
        sweeps.find("gone", tmp_path)
    write(tmp_path / "b")
    write(tmp_path / "a")
    with pytest.raises(FolderError) as others:
        sweeps.find("gone", tmp_path)

    assert str(nothing.value) == f"no sweep under {tmp_path}/: make one first with `mirage-gan sweep`"
    assert str(first.value) == f"{tmp_path / 'gone'} is not a sweep; make one first"
    assert str(others.value) == f"{tmp_path / 'gone'} is not a sweep; there are: a, b"


def test_the_best_run_is_the_first_that_has_a_score(tmp_path: Path) -> None:
    write(tmp_path, row("lost", None), row("best", 0.5), row("other", 0.1))

    assert sweeps.best(tmp_path)["run"] == "best"


@pytest.mark.parametrize("rows", [(), (row("lost", None),)])
def test_a_sweep_without_a_score_has_no_best_run(tmp_path: Path, rows: tuple[dict[str, Any], ...]) -> None:
    write(tmp_path, *rows)

    with pytest.raises(FolderError, match="has no run with a score yet: let the sweep go on"):
        sweeps.best(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        {"settings": []},
        {"runs": {}},
        {"runs": ["run"]},
        {"runs": [{}]},
        {"runs": [row("run") | {"score": "1"}]},
        {"runs": [row("run") | {"settings": None}]},
        {"runs": [row("run") | {"run": 1}]},
        {"runs": [row("run") | {"settings": {"lr": "high"}}]},
        {"runs": [row("run") | {"figures": {"coverage": "1"}}]},
        {"runs": [row("run") | {"best_step": [1]}]},
        {"settings": {"lr": ["high"]}},
        {"settings": {"model": 7}},
        {"dataset": None},
        {"runs": None},
    ],
)
def test_a_file_that_was_edited_is_told_so(tmp_path: Path, damage: dict[str, Any]) -> None:
    made = json.loads((write(tmp_path, row("run")) / sweeps.MARKER).read_text(encoding="utf-8"))
    (tmp_path / sweeps.MARKER).write_text(json.dumps(made | damage), encoding="utf-8")

    with pytest.raises(FormatError) as caught:
        sweeps.load(tmp_path)

    assert str(caught.value) == (
        f"{tmp_path / sweeps.MARKER} does not tell of runs as `mirage-gan sweep` does: remove it, and the same sweep "
        "makes it again"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON: it was cut short or edited"),
        ("[]", "holds a list, not an object"),
        ('{"format": 1}', "does not say its settings"),
        ('{"format": 99}', "this mirage-gan reads up to 1"),
    ],
)
def test_a_file_that_is_damaged_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / sweeps.MARKER).write_text(text, encoding="utf-8")

    with pytest.raises(FormatError, match=message):
        sweeps.load(tmp_path)


def test_a_sweep_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    rows = [row("best", 0.9, verdict="good", more=[1]), row("lost", None)]

    sweeps.save(tmp_path, {"lr": [1e-3], "model": "wave", "data": "0"}, "dataset", rows)

    made = sweeps.load(tmp_path)
    assert (made.settings["model"], made.dataset, made.runs) == ("wave", "dataset", rows)
    assert list(files.load_json(tmp_path / sweeps.MARKER)) == ["format", "settings", "dataset", "runs"]


def test_what_tells_of_no_runs_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        sweeps.save(tmp_path, {}, "dataset", [{"run": "tiny"}])

    assert list(tmp_path.iterdir()) == []


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_sweep_is_read_or_refused(
    dataset: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    figures = {"coverage": 0.5, "recall": 0.25, "precision": 1.0}
    rows = [row("best", 0.9, verdict="good", step=10, best_step=5, seconds=1.5, figures=figures), row("lost", None)]
    sweeps.save(folder, {"lr": [1e-3, 1e-2], "model": "wave", "size": None, "steps": 10}, str(dataset), rows)
    path = folder / sweeps.MARKER
    path.write_bytes(data.draw(damage.damaged_json(path.read_bytes())))

    with contextlib.suppress(MirageGanError):
        loaded = sweeps.load(folder).runs
        sweep_page.page("", loaded, [None] * len(loaded), [[]] * len(loaded))
    with contextlib.suppress(MirageGanError):
        plan.resolve(TrainConfig(dataset=dataset, from_sweep=str(folder), device="cpu"))
    with contextlib.suppress(MirageGanError):
        sweeps.stand_in(folder / "run", folder.parent)


# which run is meant where none is named


def test_without_a_name_the_best_run_of_the_sweep_that_the_newest_run_is_of_is_taken(tmp_path: Path) -> None:
    for when, name in enumerate(("best", "worse", "last"), 1):
        make_run(tmp_path / "runs", name, 1000 * when)
    write(tmp_path / "sweeps" / "some", row("best", 0.9), row("worse", 0.5), row("last", 0.1))

    why = "the best of sweep some, to which the newest run belongs"
    assert runs.choose(None, tmp_path / "runs") == (tmp_path / "runs" / "best", why)


def test_a_run_that_was_trained_since_the_sweep_is_taken_before_it(tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "best", 1000)
    make_run(tmp_path / "runs", "alone", 2000)
    write(tmp_path / "sweeps" / "some", row("best", 0.9))

    assert runs.choose(None, tmp_path / "runs") == (tmp_path / "runs" / "alone", "the newest")


def test_only_the_newest_sweep_counts(tmp_path: Path) -> None:
    for when, name in enumerate(("first", "second", "third"), 1):
        make_run(tmp_path / "runs", name, 1000 * when)
    write(tmp_path / "sweeps" / "new", row("second"), row("third", 0.1), when=2000)
    write(tmp_path / "sweeps" / "old", row("first"), row("third", 0.1), when=1000)

    assert runs.find(None, tmp_path / "runs") == tmp_path / "runs" / "second"


@pytest.mark.parametrize("rows", [(), (row("newest", None),), (row("of another machine"), row("newest", 0.1))])
def test_a_sweep_that_knows_no_better_run_here_decides_nothing(
    tmp_path: Path, rows: tuple[dict[str, Any], ...]
) -> None:
    newest = make_run(tmp_path / "runs", "newest", 1000)
    write(tmp_path / "sweeps" / "some", *rows)

    assert runs.find(None, tmp_path / "runs") == newest


def test_a_damaged_sweep_decides_nothing(tmp_path: Path) -> None:
    newest = make_run(tmp_path / "runs", "newest", 1000)
    files.write_bytes(tmp_path / "sweeps" / "some" / sweeps.MARKER, b'{"format": 1, "runs": 3')

    assert runs.find(None, tmp_path / "runs") == newest


def test_a_name_is_a_name_whatever_a_sweep_says(tmp_path: Path) -> None:
    for when, name in enumerate(("best", "last"), 1):
        make_run(tmp_path / "runs", name, 1000 * when)
    write(tmp_path / "sweeps" / "some", row("best", 0.9), row("last", 0.1))

    assert runs.choose("last", tmp_path / "runs") == (tmp_path / "runs" / "last", "")


def test_what_a_killed_sweep_left_unfinished_is_removed_when_the_next_one_writes(tmp_path: Path) -> None:
    for name in (sweeps.MARKER, sweeps.PAGE, sweeps.SHEET):
        (tmp_path / f".{name}-0123abc_").touch()
    (tmp_path / ".mine-0123abc_").touch()

    with sweeps.turn(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".mine-0123abc_"]
