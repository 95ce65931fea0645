"""The run folder: found by name, read on another machine, refused when damaged."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mirage_gan
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.exporting.rendering import choose_shape
from mirage_gan.folders import run_data, runs
from mirage_gan.folders.run_data import Data
from mirage_gan.folders.wave_arrays import WaveSubset
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.models import checkpoint
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.waves import representation
from mirage_gan.waves.examples import Examples
from tests.support import damage

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves


def waves(rows: st.SearchStrategy[int]) -> st.SearchStrategy[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return rows.flatmap(lambda count: arrays(np.float32, (count, 8), elements=st.floats(-1, 1, width=32)))


def part(rows: Waves) -> WaveSubset:
    """All of some waves as a part."""
    return WaveSubset(
        rows,
        np.arange(len(rows)),
        [f"sound-{i}" for i in range(len(rows))],
        rows.shape[1],
        representation.of_kind(LOOP),
    )


def written(train: WaveSubset, holdout: WaveSubset) -> bytes:
    file = io.BytesIO()
    run_data.write(file, train, holdout)
    return file.getvalue()


@settings(max_examples=30)
@given(train=waves(st.integers(1, 5)), holdout=waves(st.integers(0, 3)))
def test_the_waves_of_a_run_come_back_with_their_ids(
    trained: Path,
    tmp_path_factory: pytest.TempPathFactory,
    train: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    holdout: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    run = tmp_path_factory.mktemp("run")
    shutil.copyfile(trained / runs.MARKER, run / runs.MARKER)
    parts = [part(train), part(holdout)]

    (run / runs.DATA).write_bytes(written(*parts))
    loaded = runs.load_data(run)

    assert np.array_equal(loaded.train.waves, train)
    assert np.array_equal(loaded.holdout.waves, holdout)
    assert (loaded.train_ids, loaded.holdout_ids) == (parts[0].ids, parts[1].ids)
    assert loaded.train.waves.dtype == loaded.holdout.waves.dtype == np.float32


def test_the_same_waves_give_the_same_bytes() -> None:
    train, holdout = np.ones((2, 8), np.float32), np.zeros((0, 8), np.float32)

    assert written(part(train), part(holdout)) == written(part(train.copy()), part(holdout))


@pytest.mark.parametrize("kept", [0, 0.01, 0.5, 0.99])
def test_waves_cut_short_are_refused(trained: Path, tmp_path: Path, kept: float) -> None:
    shutil.copyfile(trained / runs.MARKER, tmp_path / runs.MARKER)
    whole = (trained / runs.DATA).read_bytes()
    (tmp_path / runs.DATA).write_bytes(whole[: int(kept * len(whole))])

    with pytest.raises(FormatError, match=r"data\.npz is damaged or was cut short; train again"):
        runs.load_data(tmp_path)


@pytest.mark.parametrize("at", [0.1, 0.4, 0.7])
def test_waves_with_a_flipped_byte_are_refused(trained: Path, tmp_path: Path, at: float) -> None:
    data = bytearray((trained / runs.DATA).read_bytes())
    data[int(at * len(data))] ^= 0xFF
    shutil.copyfile(trained / runs.MARKER, tmp_path / runs.MARKER)
    (tmp_path / runs.DATA).write_bytes(data)

    with pytest.raises(FormatError, match=r"data\.npz is damaged or was cut short; train again"):
        runs.load_data(tmp_path)


def test_waves_that_are_missing_are_named(trained: Path, tmp_path: Path) -> None:
    shutil.copyfile(trained / runs.MARKER, tmp_path / runs.MARKER)
    with pytest.raises(FolderError, match=r"data\.npz is missing; train again"):
        runs.load_data(tmp_path)


def test_a_name_stands_for_a_folder_under_runs_and_a_path_for_itself(tmp_path: Path) -> None:
    assert runs.locate("mellow", tmp_path) == tmp_path / "mellow"
    assert runs.locate("elsewhere/mellow", tmp_path) == Path("elsewhere/mellow")
    assert runs.locate(str(tmp_path / "mellow"), Path("runs")) == tmp_path / "mellow"


def test_a_run_in_the_current_folder_is_found_by_its_name(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained, tmp_path / "mellow")
    monkeypatch.chdir(tmp_path)

    assert runs.find("mellow").resolve() == tmp_path / "mellow"


def test_without_a_name_the_run_with_the_newest_checkpoint_is_meant(trained: Path, tmp_path: Path) -> None:
    for age, name in enumerate(["newest", "middle", "oldest"]):
        shutil.copytree(trained, tmp_path / name)
        for path in (tmp_path / name / runs.CHECKPOINTS).iterdir():
            os.utime(path, (1e9 - age, 1e9 - age))
    os.utime(tmp_path / "oldest" / runs.LOG)  # only checkpoints count
    (tmp_path / "never-trained" / runs.CHECKPOINTS).mkdir(parents=True)

    assert runs.find(None, tmp_path) == tmp_path / "newest"


def test_a_run_that_is_not_there_is_named_beside_those_that_are(trained: Path, tmp_path: Path) -> None:
    for name in ("mellow", "bright"):
        shutil.copytree(trained, tmp_path / name)

    with pytest.raises(FolderError, match="dark is not a run; there are: bright, mellow"):
        runs.find("dark", tmp_path)


def test_where_there_are_no_runs_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="mellow is not a run; train one first"):
        runs.find("mellow", tmp_path)
    with pytest.raises(FolderError, match=r"no trained run under .*: train one first with `mirage-gan train`"):
        runs.find(None, tmp_path)


def test_a_checkpoint_is_best_last_or_a_path(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    run = tmp_path / "run"

    assert runs.find_checkpoint(run, "best").name == "best.safetensors"
    assert runs.find_checkpoint(run, "last").name == "last.safetensors"
    assert runs.find_checkpoint(run, "old/one.safetensors") == Path("old/one.safetensors")
    runs.checkpoint_path(run, "best").unlink()
    assert runs.find_checkpoint(run, "best").name == "last.safetensors"


def test_every_checkpoint_can_be_generated_from(trained: Path) -> None:
    for name in ("best", "last"):
        sampler, state = runs.load_sampler(runs.checkpoint_path(trained, name))
        assert sampler.generate([0]).shape == (1, 64)
        assert 0 < state.step <= 20


def test_a_run_folder_alone_is_enough(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "moved")

    waves_there = mirage_gan.load(tmp_path / "moved").generate(range(3))

    assert np.array_equal(waves_there, mirage_gan.load(str(trained)).generate(range(3)))


def test_the_library_opens_a_run_by_its_name(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(trained, tmp_path / "runs" / "mellow")
    monkeypatch.chdir(tmp_path)

    generated = mirage_gan.load("mellow").generate([5, 6])

    assert generated.shape == (2, 64)
    assert generated.dtype == np.float32
    assert np.array_equal(generated, mirage_gan.load("runs/mellow", checkpoint="best").generate([5, 6]))
    last = runs.checkpoint_path(tmp_path / "runs" / "mellow", "last")
    assert np.array_equal(
        mirage_gan.load("mellow", "last").generate([5]), mirage_gan.load("mellow", str(last)).generate([5])
    )


def _resaved(trained: Path, path: Path, drop: str = "", **changes: object) -> None:
    tensors, about = checkpoint.load(runs.checkpoint_path(trained, "best"))
    checkpoint.save(path, tensors, {key: value for key, value in {**about, **changes}.items() if key != drop})


def test_a_checkpoint_that_does_not_match_itself_is_refused(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    spec = {"model": "wave", "generator": "", "points": 64, "width": 4}

    _resaved(trained, path, spec={**spec, "width": 8})
    with pytest.raises(FormatError, match=r"odd\.safetensors: its weights are not this network's"):
        runs.load_sampler(path)
    _resaved(trained, path, spec={**spec, "model": "telepathy"})
    with pytest.raises(FormatError, match=r"odd\.safetensors: the model is 'telepathy', .*: update it"):
        runs.load_sampler(path)
    _resaved(trained, path, drop="spec")
    with pytest.raises(FormatError, match=r"odd\.safetensors does not say its 'spec'"):
        runs.load_sampler(path)


def test_a_config_that_was_edited_wrongly_is_refused(tmp_path: Path) -> None:
    (tmp_path / runs.MARKER).write_text('{"format": 1, "spec": ', encoding="utf-8")
    with pytest.raises(FormatError, match=r"config\.json is not valid JSON: it was cut short or edited"):
        runs.load_config(tmp_path)

    files.write_bytes(tmp_path / runs.MARKER, b"{}")
    with pytest.raises(FormatError, match=r"config\.json does not say its format"):
        runs.load_config(tmp_path)


def test_a_config_of_another_type_is_told_so(trained: Path, tmp_path: Path) -> None:
    config = files.load_json(trained / runs.MARKER)
    path = tmp_path / runs.MARKER
    for changes, message in (
        ({"spec": None}, "was damaged or edited: its spec is null, not an object; make it again"),
        ({"steps": "20"}, "was damaged or edited: its steps is text, not a whole number or null; make it again"),
        ({"data": {"kind": "loop"}}, "does not say its data.source_samples: it was damaged or edited; make it again"),
        ({"identity": []}, "was damaged or edited: its identity is a list, not an object; make it again"),
    ):
        path.write_bytes(files.encode_json({**config, **changes}))
        with pytest.raises(FormatError) as caught:
            runs.load_config(tmp_path)
        assert str(caught.value) == f"{path} {message}"


def test_a_report_comes_back_or_is_none(trained: Path, tmp_path: Path) -> None:
    assert runs.load_report(tmp_path) is None

    report = runs.load_report(trained)

    assert report is not None
    assert report.step == 20
    assert files.encode_json(report.as_json()) == (trained / runs.REPORT).read_bytes()
    runs.save_report(tmp_path, {key: value for key, value in report.as_json().items() if key != "format"})
    assert runs.load_report(tmp_path) == msgspec.structs.replace(report, run=tmp_path.name)


def test_a_report_without_a_verdict_is_refused(trained: Path, tmp_path: Path) -> None:
    report = files.load_json(trained / runs.REPORT)
    path = tmp_path / runs.REPORT
    path.write_bytes(files.encode_json({key: value for key, value in report.items() if key != "verdict"}))

    with pytest.raises(FormatError) as caught:
        runs.load_report(tmp_path)

    assert str(caught.value) == (
        f"{path} does not say its verdict: it was damaged or edited; remove it, and the same `mirage-gan train` makes "
        "it again"
    )


@pytest.mark.parametrize("ids", [["a"], [1, 2], [["a"], ["b"]], [b"a", b"b"]], ids=str)
def test_waves_without_an_id_each_are_refused(trained: Path, tmp_path: Path, ids: list[object]) -> None:
    shutil.copyfile(trained / runs.MARKER, tmp_path / runs.MARKER)
    rows = np.ones((2, 8), np.float32)
    names = np.array(["a", "b"])
    np.savez(tmp_path / runs.DATA, train=rows, train_ids=np.array(ids), holdout=rows, holdout_ids=names)

    with pytest.raises(FormatError, match=r"data\.npz is damaged or was cut short; train again"):
        runs.load_data(tmp_path)


@settings(max_examples=200)
@given(data=st.data())
@pytest.mark.parametrize("name", [runs.MARKER, runs.REPORT])
def test_a_damaged_run_is_read_or_refused(
    name: str, trained: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    run = tmp_path_factory.getbasetemp() / "damaged-run"
    if not run.is_dir():
        shutil.copytree(trained, run)
    (run / name).write_bytes(data.draw(damage.damaged_json((trained / name).read_bytes())))
    try:
        with contextlib.suppress(MirageGanError):
            choose_shape(ExportConfig(), runs.load_config(run))
        with contextlib.suppress(MirageGanError):
            runs.load_report(run)
        with contextlib.suppress(MirageGanError):
            inspect(run)
    finally:
        shutil.copyfile(trained / name, run / name)


def test_held_out_sounds_are_counted_and_not_their_waves() -> None:
    waves = Examples(np.zeros((5, 64), np.float32))
    ids = ["flute-1a2b3c4d-01", "flute-1a2b3c4d-02", "flute-ffffffff-01", "oboe-12345678", "oboe-12"]

    assert Data(waves, ids, waves, ids, representation.of_kind(LOOP)).sounds_held_out == 4


def test_what_a_killed_training_left_unfinished_is_removed_of_every_file_that_it_writes(
    trained: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained, tmp_path / "run")
    written = sorted(path for path in (tmp_path / "run").rglob("*") if path.is_file())
    for path in written:
        path.with_name(f".{path.name}-0123abc_").touch()

    runs.remove_unfinished(tmp_path / "run")

    assert sorted(path for path in (tmp_path / "run").rglob("*") if path.is_file()) == written
