"""`audition --watch` begins before the first checkpoint, and refuses what it cannot do."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.auditioning import audition as stage
from mirage_gan.auditioning import server
from mirage_gan.auditioning.audition import audition
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.folders import runs
from mirage_gan.folders.outputs.favourites import Change
from mirage_gan.models.addresses import Address
from mirage_gan.settings.auditioning import AuditionConfig
from tests.support.addresses import of_seeds
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.auditioning.server import Site


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "runs" / "tiny")
    return tmp_path / "runs" / "tiny"


def serve(monkeypatch: pytest.MonkeyPatch, use: Callable[[Site], None]) -> None:
    """Let `use` take the place of the server and of the user, who ends it."""

    def stand_in(site: Site, _tell: Any, **_more: Any) -> None:
        use(site)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "serve", stand_in)


def watch(run: Path, **settings: Any) -> Recorder:
    said = Recorder()
    with pytest.raises(KeyboardInterrupt):
        audition(AuditionConfig(**{"run": str(run), "watch": True, **settings}), run.parents[1] / "export", said)
    return said


def data_of(site: Site) -> Any:
    page = site.page("/token/").decode()
    return json.loads(page.split('<script type="application/json" id="data">')[1].split("</script>")[0])


def test_a_run_that_has_just_begun_is_waited_for(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(run / runs.CHECKPOINTS)
    (run / runs.LOG).unlink()

    def use(site: Site) -> None:
        data = data_of(site)
        assert (data["watch"], data["sounds"], data["checkpoint_sha256"], data["kind"]) == (True, [], "", "loop")
        assert site.samples == b""
        assert site.editions is not None
        told = site.editions.watch.progress()
        assert (told["state"], told["checkpoints"]) == ("waiting", {})
        with pytest.raises(ConfigError, match="checkpoint that is not kept any more"):
            site.workshop.make("wav", of_seeds([3]), "")

    serve(monkeypatch, use)
    assert watch(run).said == [f"{run} has no checkpoint yet: its sounds come with the first one"]


def test_the_sounds_of_each_checkpoint_are_exported_from_what_was_shown(
    run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def use(site: Site) -> None:
        assert site.editions is not None
        best = files.sha256(runs.checkpoint_path(run, "best"))
        site.shelf.change(Change(starred=[Address(2000, name="Bell")], checkpoint_sha256=best))
        shown = json.loads(site.editions.sounds("best"))
        assert [sound["label"] for sound in shown["sounds"]] == [*map(str, range(64)), "Bell"]
        assert (shown["checkpoint_sha256"], site.shelf.load().checkpoint_sha256) == (best, best)
        assert 0 < shown["step"] <= runs.load_config(run).steps
        shutil.rmtree(run / runs.CHECKPOINTS)
        assert site.workshop.make("wav", of_seeds([3]), best).files == ["tiny-seed000003.wav"]

    serve(monkeypatch, use)
    assert watch(run).said == []
    assert (tmp_path / "export" / "tiny-seed000003.wav").is_file()


def test_without_a_name_the_run_that_was_begun_or_logged_last_is_watched(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = run.parent / "begun"
    begun.mkdir()
    shutil.copyfile(run / runs.MARKER, begun / runs.MARKER)
    for path in run.rglob("*"):
        os.utime(path, (1000, 1000))
    watched: list[Path] = []

    def use(site: Site) -> None:
        assert site.editions is not None
        watched.append(site.editions.watch.run)

    serve(monkeypatch, use)
    for log in (run.parent / "none", run / runs.LOG):
        if log.is_file():
            os.utime(log, (4e9, 4e9))
        with pytest.raises(KeyboardInterrupt):
            audition(AuditionConfig(watch=True), run.parents[1] / "export", root=run.parent)
    assert watched == [begun, run]


def test_what_cannot_be_watched_is_said_in_one_line(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run.parents[1] / "export"
    with pytest.raises(ConfigError, match="--watch follows a training, which takes a server: leave --file out"):
        AuditionConfig(watch=True, file=True)
    with pytest.raises(ConfigError, match="--watch shows the checkpoints best and last: leave --checkpoint a/b out"):
        AuditionConfig(watch=True, checkpoint="a/b")
    with pytest.raises(FolderError, match="is not a run; there are: tiny"):
        audition(AuditionConfig(run="nope", watch=True), out, root=run.parent)
    with pytest.raises(FolderError, match="begin a training with `mirage-gan train`"):
        audition(AuditionConfig(watch=True), out, root=run.parent / "none")
    monkeypatch.setattr(stage, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="--watch needs starlette and uvicorn: pip install"):
        audition(AuditionConfig(run=str(run), watch=True), out)
    assert not out.exists()
