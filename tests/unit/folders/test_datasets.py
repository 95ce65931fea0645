"""A dataset folder is read back whole, or refused with the file that is wrong."""

from __future__ import annotations

import contextlib
import json
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.folders import datasets, manifest
from mirage_gan.waves.whole_sounds import points_of
from tests.support import damage
from tests.support.drums import FRAMES
from tests.support.old_runs import forget_representation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fixtures import Cli


@given(waves=arrays(np.float32, st.tuples(st.integers(0, 5), st.sampled_from([64, 256]))))
def test_waves_come_back_bit_for_bit(
    waves: np.ndarray[Any, np.dtype[np.float32]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "waves.npy"

    path.write_bytes(datasets.encode_array(waves))

    read = datasets.load_array(path)
    assert read.tobytes() == waves.tobytes()
    assert (read.shape, read.dtype) == (waves.shape, waves.dtype)


def test_the_same_waves_give_the_same_bytes() -> None:
    waves = np.linspace(-1, 1, 640, dtype=np.float32).reshape(10, 64)

    assert datasets.encode_array(waves) == datasets.encode_array(waves.copy())


def test_the_splits_are_all_there_is(workplace: Path) -> None:
    made = datasets.load(workplace / "dataset")

    ids = [made.split(name).ids for name in ("train", "holdout", "aside")]
    assert [len(part) for part in ids] == [10, 2, 0]
    assert sorted(its for part in ids for its in part) == sorted(entry.id for entry in made.entries())
    for name in ("train", "holdout"):
        part = made.split(name)
        for wave, its in zip(part.load(), part.ids, strict=True):
            row = next(i for i, entry in enumerate(made.entries()) if entry.id == its)
            assert np.array_equal(wave, made.waves[row])
    assert made.split("aside").load().shape == (0, 64)


def test_whole_sounds_are_read_as_pictures(oneshots: Path) -> None:
    made = datasets.load(oneshots)

    assert made.about.representation.name == "spectrogram"
    assert made.waves.shape == (12, made.about.points) == (12, points_of(FRAMES))
    assert made.split("train").representation is made.about.representation


def set_one_aside(dataset: Path) -> list[str]:
    """Let a dataset have a wave that is set aside, the fourth; return the splits."""
    lines = [json.loads(line) for line in lines_of(dataset)]
    lines[3]["split"] = "aside"
    (dataset / datasets.MANIFEST).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [line["split"] for line in lines]


@pytest.mark.parametrize("is_old", [False, True], ids=["new", "of before 0.4.0"])
def test_waves_that_are_set_aside_may_be_held_too(workplace: Path, is_old: bool) -> None:
    folder = workplace / "dataset"
    waves = np.array(datasets.load(folder).waves)
    splits = set_one_aside(folder)
    if is_old:
        forget_representation(folder)
    else:
        (folder / datasets.WAVES).write_bytes(datasets.encode_array(np.delete(waves, 3, axis=0)))

    made = datasets.load(folder)

    for name in ("train", "holdout"):
        rows = [i for i, split in enumerate(splits) if split == name]
        assert np.array_equal(made.split(name).load(), waves[rows])
        assert made.split(name).ids == [made.ids[i] for i in rows]
    assert made.about.representation.name == "cycle"


def test_one_shots_that_name_no_representation_are_those_of_before(workplace: Path) -> None:
    forget_representation(workplace / "dataset")
    marker = workplace / "dataset" / datasets.MARKER
    marker.write_bytes(files.encode_json(files.load_json(marker) | {"kind": "oneshot"}))

    assert datasets.load(workplace / "dataset").split("train").representation.name == "block-means"


def test_a_representation_that_is_unknown_is_refused_in_one_line(cli: Cli, workplace: Path) -> None:
    marker = workplace / "dataset" / datasets.MARKER
    marker.write_bytes(files.encode_json(files.load_json(marker) | {"representation": "wavelet"}))

    result = cli("train", "--run", "new")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: the waves are of the form 'wavelet', which this mirage-gan does not know: update mirage-gan"
    ]
    assert not (workplace / "runs" / "new").exists()


@pytest.mark.parametrize("there", [True, False], ids=["empty", "absent"])
def test_what_is_no_dataset_is_refused_with_the_command_that_makes_one(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "made"
    if there:
        folder.mkdir()

    with pytest.raises(FolderError) as caught:
        datasets.load(folder)

    assert str(caught.value) == (
        f"{folder} is not a dataset: make one with `mirage-gan preprocess SOUNDS --out {folder}`"
    )


def test_a_newer_dataset_is_refused(workplace: Path) -> None:
    marker = workplace / "dataset" / "dataset.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"format": datasets.FORMAT + 1}))

    with pytest.raises(FormatError, match=r"dataset\.json has format 2, this mirage-gan reads up to 1: update"):
        datasets.load(workplace / "dataset")


@pytest.mark.parametrize("name", ["manifest.jsonl", "waves.npy"])
def test_a_dataset_without_one_of_its_files_is_refused(workplace: Path, name: str) -> None:
    (workplace / "dataset" / name).unlink()

    with pytest.raises(FolderError, match=f"{name} is missing"):
        datasets.load(workplace / "dataset")


def lines_of(folder: Path) -> list[str]:
    return (folder / "manifest.jsonl").read_text().splitlines(keepends=True)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda lines: lines[:-1], id="a line less"),
        pytest.param(lambda lines: [*lines, lines[0]], id="a line more"),
        pytest.param(lambda lines: [*lines[:-1], lines[-1][:-9]], id="half a line"),
        pytest.param(lambda lines: [*lines[:-1], "[1, 2]\n"], id="a list"),
        pytest.param(lambda lines: [*lines[:-1], "null\n"], id="null"),
        pytest.param(lambda lines: [*lines[:-1], '{"id": "a"}\n'], id="a line without most"),
        pytest.param(lambda lines: [line.replace('"kind"', '"sort"') for line in lines], id="another key"),
        pytest.param(lambda lines: [line.replace('"class"', '"klass"') for line in lines], id="no class"),
        pytest.param(lambda lines: ["\0" * len(line) for line in lines], id="zeros, as after a power cut"),
        pytest.param(lambda _: [], id="nothing"),
    ],
)
def test_a_damaged_manifest_is_refused_with_the_remedy(workplace: Path, edit: Callable[[list[str]], list[str]]) -> None:
    folder = workplace / "dataset"
    (folder / "manifest.jsonl").write_text("".join(edit(lines_of(folder))))

    with pytest.raises(FormatError) as caught:
        datasets.load(folder)

    message = str(caught.value)
    assert "\n" not in message
    assert "manifest" in message
    assert "again" in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": []}, "was damaged or edited: its settings is a list, not an object; preprocess again"),
        ({"counts": {"found": 12}}, "does not say its counts.used: it was damaged or edited; preprocess again"),
        ({"points": 0}, "was damaged or edited: its points: Expected int >= 1; preprocess again"),
        ({"notes": [7]}, "was damaged or edited: its notes[0] is a whole number, not text; preprocess again"),
    ],
)
def test_a_marker_of_another_type_is_told_so(workplace: Path, changes: dict[str, Any], message: str) -> None:
    marker = workplace / "dataset" / datasets.MARKER
    marker.write_bytes(files.encode_json(files.load_json(marker) | changes))

    with pytest.raises(FormatError) as caught:
        datasets.load(workplace / "dataset")

    assert str(caught.value) == f"{marker} {message}"


def test_a_marker_of_before_its_hashes_is_read_and_not_current(workplace: Path) -> None:
    marker = workplace / "dataset" / datasets.MARKER
    value = files.load_json(marker)
    known = (value["settings"], value["inputs"], value["version"])
    assert datasets.is_current(workplace / "dataset", *known)
    marker.write_bytes(files.encode_json({key: value[key] for key in value if not key.endswith("_sha256")}))

    assert datasets.load(workplace / "dataset").about.waves_sha256 == ""
    assert not datasets.is_current(workplace / "dataset", *known)


@settings(max_examples=200)
@given(data=st.data())
@pytest.mark.parametrize("name", [datasets.MARKER, datasets.MANIFEST, datasets.SKIPPED])
def test_a_damaged_dataset_is_read_or_refused(
    name: str, dataset: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged-dataset"
    if not folder.is_dir():
        shutil.copytree(dataset, folder)
    whole = (dataset / name).read_bytes() or SKIPPED
    damaged = damage.damaged_json if name == datasets.MARKER else damage.damaged_lines
    (folder / name).write_bytes(data.draw(damaged(whole)))
    try:
        with contextlib.suppress(MirageGanError):
            made = datasets.load(folder)
            list(made.entries())
            for split in ("train", "holdout", "aside"):
                made.split(split).load()
        with contextlib.suppress(MirageGanError):
            manifest.load_skipped(folder / datasets.SKIPPED)
        assert not datasets.is_current(folder, {}, "", "")
    finally:
        shutil.copyfile(dataset / name, folder / name)


SKIPPED = files.encode_jsonl([{"source": "a.wav", "reason": "silent"}, {"source": "b.wav", "reason": "too short"}])
WAVES = datasets.encode_array(np.linspace(-1, 1, 640, dtype=np.float32).reshape(10, 64))


@given(length=st.integers(0, len(WAVES) - 1))
def test_waves_that_are_cut_short_anywhere_are_refused_with_the_remedy(
    length: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "waves.npy"
    path.write_bytes(WAVES[:length])

    with pytest.raises(FormatError) as caught:
        datasets.load_array(path)

    assert str(caught.value) == f"{path} is damaged or was cut short; preprocess again"


@given(at=st.integers(0, 127), byte=st.integers(0, 255))
def test_a_damaged_header_of_waves_is_refused_or_read(
    at: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "waves.npy"
    path.write_bytes(WAVES[:at] + bytes([byte]) + WAVES[at + 1 :])

    with contextlib.suppress(FormatError):
        datasets.load_array(path)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_waves_or_are_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "waves.npy"
    path.write_bytes(data)

    with pytest.raises(FormatError):
        datasets.load_array(path)


@pytest.mark.parametrize(
    "waves",
    [
        np.zeros((12, 64), np.float64),
        np.zeros((12, 64, 1), np.float32),
        np.zeros(12 * 64, np.float32),
        np.zeros((11, 64), np.float32),
        np.float32(1),
    ],
    ids=lambda waves: f"{waves.dtype} {waves.shape}",
)
def test_waves_of_another_shape_are_refused(workplace: Path, waves: np.ndarray[Any, Any]) -> None:
    np.save(workplace / "dataset" / "waves.npy", waves)

    with pytest.raises(FormatError, match=r"waves\.npy holds .* and the manifest 12 waves: preprocess again"):
        datasets.load(workplace / "dataset")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, 1e10, -2.1])
@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_value_that_no_wave_has_is_damage(workplace: Path, value: float, at: int) -> None:
    path = workplace / "dataset" / "waves.npy"
    waves = np.load(path)
    waves.reshape(-1)[at] = value
    np.save(path, waves)

    with pytest.raises(FormatError) as caught:
        datasets.load(workplace / "dataset")

    assert str(caught.value) == f"{path} is damaged: it holds values that no wave has; preprocess again"


def test_an_archive_in_place_of_the_waves_is_refused(workplace: Path) -> None:
    with (workplace / "dataset" / "waves.npy").open("wb") as file:
        np.savez(file, waves=np.zeros((12, 64), np.float32))

    with pytest.raises(FormatError, match=r"waves\.npy"):
        datasets.load(workplace / "dataset")


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("sprung"),)


def test_no_code_is_run_from_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("objects.npy", np.array([Trap()], object), allow_pickle=True)
    Path("pickle.npy").write_bytes(pickle.dumps(Trap()))

    for name in ("objects.npy", "pickle.npy"):
        with pytest.raises(FormatError):
            datasets.load_array(Path(name))

    assert not Path("sprung").exists()
