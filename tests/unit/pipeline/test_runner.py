"""Recipes: stage after stage, and the second time nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.base.errors import FolderError
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pipeline import recipe, runner
from tests.support.stages import results

RECIPE = """
[preprocess]
sources = ["wavs"]
kind = "loop"
points = 64
size = 64

[train]
run = "mellow"
model = "wave"
width = 4
batch_size = 8
steps = 20
every = 10
device = "cpu"

[export]
count = 3
to = ["pcm", "wav"]
"""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with twelve sounds and a recipe."""
    (tmp_path / "wavs").mkdir()
    for loop in synth.loops()[::17]:
        (tmp_path / "wavs" / f"{loop.name}.wav").write_bytes(wavfile.build(loop.signal, HEADER_RATE_HZ, 16))
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(text: str | None = None) -> runner.Reports:
    if text is not None:
        Path("recipe.toml").write_text(text, encoding="utf-8")
    return runner.run(recipe.load(Path("recipe.toml")))


def test_a_recipe_goes_from_sounds_to_sounds(workplace: Path) -> None:
    reports = run()

    assert reports.preprocess is not None
    assert reports.train is not None
    assert reports.export is not None
    assert reports.preprocess.waves == 12
    assert (reports.train.run, reports.train.step, reports.train.finished) == (Path("runs/mellow"), 20, True)
    assert (reports.export.sounds, reports.export.unchanged) == (3, False)
    assert sorted(path.name for path in (workplace / "export").iterdir()) == [
        "export.json",
        *sorted(f"mellow-seed{seed:06}.{form}" for seed in range(3) for form in ("pcm", "wav")),
    ]


def test_the_second_time_nothing_is_left_to_do(workplace: Path) -> None:
    run()
    made = results(workplace)
    times = {name: (workplace / name).stat().st_mtime_ns for name in made if not name.startswith("runs")}

    again = run()

    assert again.preprocess is not None
    assert again.train is not None
    assert again.export is not None
    assert again.preprocess.unchanged
    assert again.train.resumed_from == again.train.step == 20
    assert again.export.unchanged
    assert results(workplace) == made
    assert {name: (workplace / name).stat().st_mtime_ns for name in times} == times


def test_only_what_changed_is_done_again(workplace: Path) -> None:
    run()
    made = results(workplace)

    again = run(RECIPE.replace("count = 3", "count = 4"))

    assert again.preprocess is not None
    assert again.train is not None
    assert again.export is not None
    assert again.preprocess.unchanged
    assert again.train.resumed_from == 20
    assert not again.export.unchanged
    added = results(workplace).keys() - made.keys()
    assert sorted(added) == ["export/mellow-seed000003.pcm", "export/mellow-seed000003.wav"]


def test_a_time_limit_of_a_recipe_is_for_all_its_calls(workplace: Path) -> None:
    timed = RECIPE.replace("steps = 20", "max_minutes = 0.01")
    first = run(timed)
    again = run(timed)

    assert first.train is not None
    assert again.train is not None
    assert again.export is not None
    assert first.train.steps is None
    assert again.train.step == first.train.step > 0
    assert again.export.unchanged


def test_a_recipe_may_leave_stages_out(workplace: Path) -> None:
    tables = RECIPE.split("[train]")
    only = run(tables[0])

    assert only.preprocess is not None
    assert (only.train, only.export) == (None, None)
    assert not (workplace / "runs").exists()


def test_a_recipe_that_only_exports_takes_the_run_that_it_names_or_the_newest(workplace: Path) -> None:
    run()

    for text in ('[export]\nrun = "mellow"\nout = "one"', '[export]\nout = "two"'):
        exported = run(text).export
        assert exported is not None
        assert exported.run == Path("runs/mellow")
    assert results(workplace / "one") == results(workplace / "two")


def test_results_go_where_the_recipe_says(workplace: Path) -> None:
    moved = RECIPE.replace("size = 64", 'size = 64\nout = "data"', 1).replace("count = 3", 'count = 1\nout = "sounds"')
    reports = run(moved.replace('run = "mellow"', 'run = "elsewhere/mellow"'))

    assert reports.train is not None
    assert reports.train.run == Path("elsewhere/mellow")
    assert (workplace / "data" / "dataset.json").is_file()
    assert len(list((workplace / "sounds").glob("mellow-seed000000.*"))) == 2
    assert not (workplace / "dataset").exists()
    assert not (workplace / "runs").exists()


def test_what_stops_a_stage_stops_the_recipe(workplace: Path) -> None:
    with pytest.raises(FolderError, match="nothing: no such file or folder"):
        run(RECIPE.replace('"wavs"', '"nothing"'))

    assert {path.name for path in workplace.iterdir()} == {"wavs", "recipe.toml"}
