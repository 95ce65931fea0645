"""A page that watches a training is answered, also when there is nothing to tell yet, or any more."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from mirage_gan.auditioning.editions import Editions
from mirage_gan.auditioning.gathering import Shown
from mirage_gan.auditioning.server import Site, create_app
from mirage_gan.auditioning.watch import Watch
from mirage_gan.auditioning.workshop import Workshop
from mirage_gan.folders import runs
from mirage_gan.folders.outputs.favourites import Shelf
from tests.support.asgi import PORT, TOKEN, ask

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.auditioning.guard import Guard
    from tests.support.asgi import Answer


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


def app_of(run: Path, *, watched: bool = True) -> Guard:
    place = run.parent / "copies"
    place.mkdir()
    editions = Editions(Watch(run), place, lambda _copy, digest: Shown({"checkpoint_sha256": digest}, b"\x80\x01"))
    shop = Workshop(run, editions.copies, run.parent / "export")
    page = Site(lambda _live: b"", "default-src 'none'", b"", Shelf(run, ""), shop, editions if watched else None)
    return create_app(page, TOKEN, PORT)


def get(app: Guard, path: str) -> Answer:
    return ask(app, f"/{TOKEN}/{path}")


def test_progress_previews_and_the_sounds_of_checkpoints_are_served(run: Path) -> None:
    app = app_of(run)
    progress = get(app, "progress").json
    step = progress["previews"][-1]
    picture, sounds = get(app, f"preview/{step}.png"), get(app, f"preview/{step}.wav")

    assert progress == Watch(run).progress()
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
    assert picture.body == runs.preview_path(run, step, ".png").read_bytes()
    assert (sounds.headers["content-type"], sounds.body[:4]) == ("audio/wav", b"RIFF")
    for name in ("best", "last"):
        shown = get(app, f"checkpoint/{name}").json
        assert (shown["version"], shown["samples"]) == (progress["checkpoints"][name], "gAE=")


def test_what_is_not_there_is_said_without_a_status_that_browsers_log_as_an_error(run: Path) -> None:
    app = app_of(run)
    runs.checkpoint_path(run, "best").unlink()
    gone = get(app, "checkpoint/best")

    assert (gone.status, get(app, "preview/7.png").status) == (200, 204)
    assert gone.json == {"error": f"{runs.checkpoint_path(run, 'best')} is not there yet, or not any more"}
    shutil.rmtree(run)
    assert "config.json" in get(app, "progress").json["error"]
    assert get(app, "progress").status == 200


@pytest.mark.parametrize(
    "path", ["checkpoint/other", "checkpoint/..%2f..%2fconfig", "preview/7.json", "preview/-7.png", "preview/x.png"]
)
def test_nothing_else_of_the_run_can_be_had(run: Path, path: str) -> None:
    assert get(app_of(run), path).status == 404


@pytest.mark.parametrize("path", ["progress", "checkpoint/best", "preview/10.png"])
def test_a_page_that_watches_nothing_has_none_of_it(run: Path, path: str) -> None:
    assert get(app_of(run, watched=False), path).status == 404
