"""The data of a run comes back as it was written, with the class of each wave where it is known."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import datasets, run_data, runs
from mirage_gan.folders.wave_arrays import WaveSubset
from mirage_gan.models.classes import Classes
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from pathlib import Path

LOOPS = representation.of_kind(LOOP)
CLASSES = ["bass", "lead/soft", "", "größer", "bass"]


def part(count: int, classes: list[str] | None = None, seed: int = 0) -> WaveSubset:
    waves = np.random.default_rng(seed).uniform(-1, 1, (count, 64)).astype(np.float32)
    ids = [f"sound-{seed}{i}" for i in range(count)]
    return WaveSubset(waves, np.arange(count), ids, 64, LOOPS, classes or [])


def written(path: Path, train: WaveSubset, holdout: WaveSubset) -> Path:
    with path.open("wb") as file:
        run_data.write(file, train, holdout)
    return path


def test_waves_ids_and_classes_come_back(tmp_path: Path) -> None:
    train, holdout = part(5, CLASSES), part(2, CLASSES[:2], seed=1)

    found = run_data.load(written(tmp_path / "data.npz", train, holdout), LOOPS)

    assert np.array_equal(found.train.waves, train.waves)
    assert np.array_equal(found.holdout.waves, holdout.waves)
    assert (found.train_ids, found.holdout_ids) == (train.ids, holdout.ids)
    assert (found.train_classes, found.holdout_classes) == (CLASSES, CLASSES[:2])


def test_the_same_waves_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, part(5, CLASSES), part(2)).read_bytes() for name in ("a", "b"))

    assert first == second


def test_a_run_of_before_0_5_0_knows_no_classes(tmp_path: Path) -> None:
    path = written(tmp_path / "data.npz", part(5), part(2))
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["holdout.npy", "holdout_ids.npy", "train.npy", "train_ids.npy"]

    found = run_data.load(path, LOOPS)

    assert (found.train_classes, found.holdout_classes) == (None, None)
    assert found.references[2] is None


def test_generated_sounds_are_compared_with_those_of_the_training_or_else_with_those_held_out(tmp_path: Path) -> None:
    train, holdout = part(5, CLASSES), part(2, CLASSES[:2], seed=1)

    found = run_data.load(written(tmp_path / "all.npz", train, holdout), LOOPS)
    waves, ids, classes = found.references
    assert np.array_equal(waves.waves, train.waves)
    assert (ids, classes) == (train.ids, CLASSES)

    found = run_data.load(written(tmp_path / "held.npz", part(0), holdout), LOOPS)
    waves, ids, classes = found.references
    assert np.array_equal(waves.waves, holdout.waves)
    assert (ids, classes) == (holdout.ids, CLASSES[:2])


def test_a_training_keeps_the_classes_of_its_dataset(dataset: Path, trained: Path) -> None:
    of = dict(zip(datasets.load(dataset).ids, datasets.load(dataset).classes, strict=True))
    found = runs.load_data(trained)

    assert found.train_classes == [of[id_] for id_ in found.train_ids]
    assert found.holdout_classes == [of[id_] for id_ in found.holdout_ids]


def test_data_that_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as caught:
        run_data.load(tmp_path / "data.npz", LOOPS)

    assert str(caught.value) == f"{tmp_path / 'data.npz'} is missing; train again"


def replace_member(path: Path, name: str, array: Any) -> None:
    """Put another array into data.npz, with a checksum that is right."""
    with zipfile.ZipFile(path) as archive:
        held = {member: archive.read(member) for member in archive.namelist()}
    member = io.BytesIO()
    np.save(member, array)
    held[f"{name}.npy"] = member.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in held.items():
            archive.writestr(each, content)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
@pytest.mark.parametrize("name", ["train", "holdout"])
def test_values_that_no_wave_has_are_damage(tmp_path: Path, name: str, value: float) -> None:
    path = written(tmp_path / "data.npz", part(5), part(2))
    waves = (part(5) if name == "train" else part(2)).waves.copy()
    waves[1, 60] = value
    replace_member(path, name, waves)

    with pytest.raises(FormatError, match=r"data\.npz is damaged or was cut short; train again"):
        run_data.load(path, LOOPS)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("train_classes", np.array(CLASSES[:4])),
        ("train_classes", np.arange(5)),
        ("train_classes", np.array([CLASSES])),
        ("holdout_classes", np.array(CLASSES)),
        ("train_ids", np.array(["a"])),
        ("holdout_ids", np.array([b"a", b"b"])),
    ],
)
def test_texts_that_are_not_one_a_wave_are_damage(tmp_path: Path, name: str, array: Any) -> None:
    path = written(tmp_path / "data.npz", part(5, CLASSES), part(2, CLASSES[:2]))
    replace_member(path, name, array)

    with pytest.raises(FormatError, match=r"data\.npz is damaged or was cut short; train again"):
        run_data.load(path, LOOPS)


def test_waves_have_the_numbers_of_the_classes_that_networks_know(tmp_path: Path) -> None:
    known = Classes(("lead/soft", "bass", "größer"), (1, 2, 1))
    path = written(tmp_path / "data.npz", part(3, ["bass", "größer", "bass"]), part(1, ["unknown"]))

    found = run_data.load(path, LOOPS, known)

    assert found.classes == known
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [1, 2, 1]
    assert found.holdout.labels is None  # a class of which all sounds are held out is not known


@pytest.mark.parametrize("classes", [None, ["bass", "brass", "bass"]])
def test_waves_of_no_known_class_are_damage(tmp_path: Path, classes: list[str] | None) -> None:
    path = written(tmp_path / "data.npz", part(3, classes), part(1))

    with pytest.raises(FormatError, match=r"data.npz is damaged or was cut short; train again"):
        run_data.load(path, LOOPS, Classes(("bass", "pad"), (2, 1)))
