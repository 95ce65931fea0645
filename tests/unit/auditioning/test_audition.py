"""`audition` writes a page that shows what it was asked for, or serves it, and says in one line what it cannot."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.auditioning import audition as stage
from mirage_gan.auditioning.audition import PAGE, AuditionReport, audition
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError, MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.folders.outputs.favourites import Change, Favourites, Shelf
from mirage_gan.models.addresses import Address
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.auditioning import AuditionConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.training.train import train
from tests.support import idx
from tests.support.addresses import a_latent
from tests.support.audition import unpacked
from tests.support.exports import asked
from tests.support.trainings import Recorder, tiny

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = Path(__file__).parents[3] / "pipelines" / "own_networks.py"


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """Return a run of one's own."""
    return Path(shutil.copytree(trained, tmp_path / "runs" / "tiny"))


def show(run: Path, out: Path, progress: Recorder | None = None, **settings: Any) -> AuditionReport:
    """Write a page as a file, of four sounds if `settings` name none."""
    config = AuditionConfig(**{"run": str(run), "file": True, "count": 4, **settings})
    return audition(config, out, progress or Recorder())


def data_of(page: Path) -> dict[str, Any]:
    """Return what a page shows, and under "bytes" its samples."""
    text = page.read_text(encoding="utf-8")
    data, samples = (
        re.findall(rf'<script type="application/[\w-]+" id="{name}">([^<]*)</script>', text)
        for name in ("data", "samples")
    )
    assert len(data) == len(samples) == 1
    found: dict[str, Any] = json.loads(data[0])
    return found | {"bytes": unpacked(samples[0])}


def shown(out: Path) -> list[dict[str, Any]]:
    return [sound["address"] for sound in data_of(out / PAGE)["sounds"]]


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots", "old_oneshots"])
def test_a_file_holds_the_sounds_of_an_export(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    run = request.getfixturevalue(kind)

    report = show(run, tmp_path / "page")

    assert report == AuditionReport(run, 4, tmp_path / "page" / PAGE)
    data = data_of(report.file)
    export(asked(run, to=("pcm",)), tmp_path / "export")
    written = [path.read_bytes() for path in sorted((tmp_path / "export").glob("*.pcm"))]
    assert [data["bytes"][at : at + length] for at, length in (sound["at"] for sound in data["sounds"])] == written
    assert (data["run"], data["title"], data["live"]) == (run.name, f"Run {run.name}", None)
    assert data["checkpoint_sha256"] == files.sha256(runs.checkpoint_path(run, "best"))
    assert data["kind"] == ("loop" if kind == "trained" else "one-shot")
    assert data["verdict"]["word"]


def test_the_page_is_listed_and_the_same_command_writes_the_same_page_again(trained: Path, tmp_path: Path) -> None:
    show(trained, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    show(trained, tmp_path / "out")

    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert sorted(before) == [PAGE, exports.MARKER]
    entry = exports.load(tmp_path / "out").disks[PAGE]
    assert (entry["about"], entry["run"], entry["sha256"]) == (
        "audition page",
        trained.name,
        files.sha256(tmp_path / "out" / PAGE),
    )


def test_a_page_comes_beside_an_export_and_a_new_page_takes_the_place_of_an_old_one(
    trained: Path, tmp_path: Path
) -> None:
    export(asked(trained, to=("pcm",)), tmp_path / "out")
    show(trained, tmp_path / "out", count=2)
    show(trained, tmp_path / "out", count=3)

    assert len(shown(tmp_path / "out")) == 3
    assert len(exports.load(tmp_path / "out").files) == 4


@pytest.mark.parametrize("how", ["changed", "not ours", "a folder"])
def test_a_page_that_is_not_as_it_was_written_stays(trained: Path, tmp_path: Path, how: str) -> None:
    page = tmp_path / "out" / PAGE
    if how == "changed":
        show(trained, tmp_path / "out")
    else:
        export(asked(trained, to=("pcm",)), tmp_path / "out")
    if how == "a folder":
        page.mkdir()
    else:
        page.write_text("my notes")

    with pytest.raises(FolderError) as caught:
        show(trained, tmp_path / "out")

    said = "is a folder, and mirage-gan replaces only files that it made; choose another --out"
    if how != "a folder":
        said = "was changed since it was exported: move it away, or choose another --out"
        assert page.read_text() == "my notes"
    assert str(caught.value) == f"{page} {said}"


@pytest.mark.parametrize("missing", [("starlette",), ("starlette", "uvicorn")])
def test_without_the_extra_it_is_a_file_which_is_said_in_one_line(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: Sequence[str]
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(stage, "find_spec", lambda name: None if name in missing else real(name))
    progress = Recorder()

    report = show(trained, tmp_path / "out", progress, file=False)

    assert len(data_of(report.file)["sounds"]) == 4
    needed = " and ".join(missing)
    extra = 'pip install "mirage-gan[audition]"'
    assert progress.said == [f"the page is a file, because a server needs {needed}: {extra}"]


def test_a_file_needs_no_package_of_the_server(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("starlette", "uvicorn", "mirage_gan.auditioning.server"):
        monkeypatch.setitem(sys.modules, name, None)
    progress = Recorder()

    show(trained, tmp_path / "out", progress)

    assert progress.said == []


STARRED = [Address(700, name="Glass Bell"), Address(3), Address(17, 0.2, 3), Address(z=a_latent())]


def test_what_was_liked_before_is_shown_whatever_else_is(run: Path, tmp_path: Path) -> None:
    Shelf(run, files.sha256(runs.checkpoint_path(run, "best"))).change(Change(starred=STARRED, rejected=[Address(1)]))

    report = show(run, tmp_path / "out")

    data = data_of(report.file)
    found = shown(tmp_path / "out")
    assert found[:6] == [{"seed": i} for i in range(4)] + [{"seed": 700}, {"seed": 17, "spread": 0.2, "number": 3}]
    assert [sorted(address) for address in found[6:]] == [["z"]]  # seed 3 was there already
    assert [at.get("seed") for at in data["favourites"]] == [700, 3, 17, None]
    assert data["favourites"][0]["name"] == "Glass Bell"
    assert data["sounds"][4]["label"] == "Glass Bell"


def test_a_file_of_favourites_is_shown_and_starred(run: Path, tmp_path: Path) -> None:
    liked = tmp_path / "liked.json"
    favourites.save(liked, Favourites(STARRED, run.name, "0" * 64))
    progress = Recorder()

    show(run, tmp_path / "out", progress, favourites=liked, count=None)

    assert len(shown(tmp_path / "out")) == 4
    assert [at["name"] for at in data_of(tmp_path / "out" / PAGE)["favourites"]] == ["Glass Bell", "", "", ""]
    assert progress.said == [f"the sounds of {liked} were chosen from another checkpoint: they changed since"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"seeds": "3,17,40-42", "count": None}, [3, 17, 40, 41, 42]),
        ({"seed": (5, 9), "count": None}, [5, 9]),
        ({"seed": (5,), "count": 3}, [5, 6, 7]),
    ],
)
def test_seeds_are_shown_as_they_are_named(
    trained: Path, tmp_path: Path, settings: dict[str, Any], expected: list[int]
) -> None:
    show(trained, tmp_path / "out", **settings)

    assert shown(tmp_path / "out") == [{"seed": seed} for seed in expected]


def test_neighbours_are_shown(trained: Path, tmp_path: Path) -> None:
    show(trained, tmp_path / "out", near=17, spread=0.1, count=3)

    assert [(at["seed"], at.get("number", 0)) for at in shown(tmp_path / "out")] == [(17, 1), (17, 2), (17, 3)]


def test_the_newest_come_first_where_they_are_asked_for(trained: Path, tmp_path: Path) -> None:
    show(trained, tmp_path / "out", rank="novelty", min_novelty=0.0, distinct=False)

    novelty = [sound["novelty"] for sound in data_of(tmp_path / "out" / PAGE)["sounds"]]
    assert novelty == sorted(novelty, reverse=True)
    export(asked(trained, rank="novelty", to=("pcm",), min_novelty=0.0, distinct=False), tmp_path / "export")
    entries = exports.load(tmp_path / "export").files.values()
    assert {at["seed"] for at in shown(tmp_path / "out")} == {entry["address"].seed for entry in entries}


def test_without_a_count_there_are_200(trained: Path, tmp_path: Path) -> None:
    assert show(trained, tmp_path / "out", count=None).sounds == 200
    assert (tmp_path / "out" / PAGE).stat().st_size < 3_000_000


def test_another_checkpoint_is_named_in_the_command_that_the_page_copies(trained: Path, tmp_path: Path) -> None:
    show(trained, tmp_path / "out", checkpoint="last")

    data = data_of(tmp_path / "out" / PAGE)
    assert data["checkpoint_sha256"] == files.sha256(runs.checkpoint_path(trained, "last"))
    assert data["command"] == f"mirage-gan export {trained} --checkpoint last"
    assert data["morph_command"] == f"mirage-gan morph {trained} --checkpoint last"


def test_networks_of_ones_own_are_named_in_that_command_too(dataset: Path, tmp_path: Path) -> None:
    own = f"{OWN}:networks"
    run = train(dataclasses.replace(tiny(dataset, tmp_path / "runs" / "own run", steps=4), model=own)).run

    show(run, tmp_path / "out", model=own)

    assert data_of(tmp_path / "out" / PAGE)["command"] == f"mirage-gan export '{run}' --model {own}"
    with pytest.raises(ConfigError, match="their code is run only if you name it: add --model"):
        show(run, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_run_that_was_shared_without_its_sounds_has_a_page_without_them(run: Path, tmp_path: Path) -> None:
    runs.leave_sources_out(run)

    show(run, tmp_path / "out")

    data = data_of(tmp_path / "out" / PAGE)
    assert data["known"] == []
    assert {(sound["nearest"], sound["novelty"], sound["likeness"]) for sound in data["sounds"]} == {(None, None, "")}


def test_the_newest_run_is_found_and_it_is_said_why(run: Path, tmp_path: Path) -> None:
    report = audition(AuditionConfig(file=True, count=1), tmp_path / "out", Recorder(), root=run.parent)

    assert (report.run, report.chosen_as) == (run, "the newest")


def refused(run: Path, out: Path, **settings: Any) -> str:
    """Return the one line with which a page is refused; nothing is written then."""
    before = sorted(out.iterdir()) if out.is_dir() else None
    with pytest.raises(MirageGanError) as caught:
        show(run, out, **settings)
    assert (sorted(out.iterdir()) if out.is_dir() else None) == before
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_a_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "runs" / "no", tmp_path / "out")
        == f"{tmp_path / 'runs' / 'no'} is not a run; train one first"
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [("table.csv", "rows of numbers, {}, --to csv"), ("digits", "pictures, {}, --to png")],
)
@pytest.mark.parametrize("served", [False, True])
def test_what_cannot_be_heard_has_no_page(tmp_path: Path, what: str, words: str, *, served: bool) -> None:
    if what == "table.csv":
        (tmp_path / what).write_text("".join(f"{i},{i * i % 7}\n" for i in range(40)), encoding="utf-8")
    else:
        idx.write(tmp_path / what, *idx.signs(40, side=8), packed=False)
    preprocess(PreprocessConfig(sources=(tmp_path / what,)), tmp_path / "dataset")
    made = train(tiny(tmp_path / "dataset", tmp_path / "runs" / "plain", model="mlp", steps=2, every=2))

    assert refused(made.run, tmp_path / "out", file=not served, open=False) == (
        f"plain makes {words.format('and a page is to hear sounds: export them instead')}"
    )


def test_a_checkpoint_that_is_damaged_is_named(run: Path, tmp_path: Path) -> None:
    path = runs.checkpoint_path(run, "best")
    path.write_bytes(path.read_bytes()[:1000])

    assert refused(run, tmp_path / "out").startswith(f"{path} ")


@pytest.mark.parametrize("content", ["", "{", '{"format": 99}', '{"format": 1, "favourites": [{"seed": "x"}]}'])
def test_favourites_of_the_run_that_are_damaged_are_named_and_left_as_they_are(
    run: Path, tmp_path: Path, content: str
) -> None:
    path = run / favourites.FILE
    path.write_text(content)

    assert refused(run, tmp_path / "out").startswith(f"{path} ")
    assert path.read_text() == content


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"meow")

    assert "holds files but no export.json, so it is not ours" in refused(trained, tmp_path)


def test_a_damaged_index_is_found_before_anything_is_made(trained: Path, tmp_path: Path) -> None:
    show(trained, tmp_path)
    (tmp_path / exports.MARKER).write_text('{"format": 2,')

    with pytest.raises(FormatError, match=r"export\.json is not valid JSON"):
        show(trained, tmp_path)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"count": 0}, "--count is 0; it must be 1 to 5,000"),
        ({"count": 5001}, "--count is 5001; it must be 1 to 5,000"),
        ({"port": 65_536}, "--port is 65536; it must be 0 to 65,535"),
        ({"seeds": "3-"}, "--seeds"),
        ({"seeds": "3", "count": 4}, "--count"),
    ],
)
def test_settings_out_of_range_are_refused(trained: Path, tmp_path: Path, settings: dict[str, Any], says: str) -> None:
    assert says in refused(trained, tmp_path / "out", **settings)


def test_a_port_that_is_taken_is_an_error_before_sounds_are_made(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uvicorn")
    monkeypatch.delattr(stage, "gather")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = refused(trained, tmp_path / "out", file=False, open=False, port=port)

    assert said == f"--port {port} is taken: choose another, or leave it out to get a free one"


def test_a_file_has_no_port() -> None:
    with pytest.raises(ConfigError, match="--port is of the server, and --file needs none"):
        AuditionConfig(file=True, port=8080)
