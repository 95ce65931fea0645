"""A run that is shared does not hold the sounds that it learned from, and works without them as far as it can."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.training.train import train
from tests.support.trainings import Recorder, assert_same, tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="shared", scope="module")
def _shared(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 40 steps without its sounds."""
    return train(tiny(dataset, tmp_path_factory.mktemp("shared") / "run", without_sources=True)).run


def test_no_sound_and_no_name_of_a_sound_is_left(shared: Path, unbroken: Path) -> None:
    wave = runs.load_data(unbroken).train.waves[0]
    held = [path.read_bytes() for path in shared.rglob("*") if path.is_file() and path.suffix in (".npz", ".json")]

    assert not runs.load_data(shared).has_sources
    for name in runs.load_data(unbroken).train_ids:
        assert not any(name.encode() in content for content in held)
    assert not any(wave.tobytes() in content for content in held)
    assert any(wave.tobytes() in path.read_bytes() for path in unbroken.rglob("*.npz"))


def test_it_exports_the_same_bytes_and_says_that_novelty_is_not_known(
    shared: Path, unbroken: Path, tmp_path: Path
) -> None:
    said = Recorder()
    for run, name in ((shared, "without"), (unbroken, "with")):
        export(ExportConfig(str(run), count=2, prefix="x"), tmp_path / name, said)

    assert any("novelty is not known" in line for line in said.said)
    for path in (tmp_path / "with").glob("*.pcm"):
        assert (tmp_path / "without" / path.name).read_bytes() == path.read_bytes()
    listed = json.loads((tmp_path / "without" / "export.json").read_text(encoding="utf-8"))["files"]
    assert {entry["novelty"] for entry in listed.values()} == {None}
    assert export(ExportConfig(str(shared), count=2, prefix="x"), tmp_path / "without").unchanged


def test_what_compares_is_refused_with_the_remedy(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="without --without-sources, puts them back"):
        evaluate(EvaluateConfig(str(shared)))
    with pytest.raises(ConfigError, match="leave out --rank"):
        export(ExportConfig(str(shared), rank="novelty", count=2), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_same_command_without_the_option_puts_them_back(dataset: Path, tmp_path: Path, unbroken: Path) -> None:
    run = tmp_path / "run"
    train(tiny(dataset, run, without_sources=True, max_minutes=0.0))
    assert not runs.load_data(run).has_sources

    train(tiny(dataset, run))

    assert (run / runs.DATA).read_bytes() == (unbroken / runs.DATA).read_bytes()
    assert_same(run, unbroken)
