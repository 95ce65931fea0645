"""Files of pictures become a dataset as sounds do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.base.errors import ConfigError, MirageGanError, SignalError
from mirage_gan.folders import datasets
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves.data import pixels
from tests.support.idx import encode, signs, write

if TYPE_CHECKING:
    from pathlib import Path


def config(path: Path, **settings: object) -> PreprocessConfig:
    return PreprocessConfig(sources=(path,), **settings)  # type: ignore[arg-type]


def test_a_dataset_of_pictures_holds_their_levels_and_classes(tmp_path: Path) -> None:
    pictures, labels = signs(40)
    write(tmp_path / "idx", pictures, labels, packed=True)
    report = preprocess(config(tmp_path / "idx"), tmp_path / "dataset")
    made = datasets.load(tmp_path / "dataset")
    assert np.array_equal(pixels.to_levels(np.asarray(made.waves)), pictures)
    assert made.classes == list(map(str, labels.tolist()))
    assert (report.kind, report.learned) == ("picture", 40)
    assert report.classes == {"0": int((labels == 0).sum()), "1": int(labels.sum())}
    with Image.open(tmp_path / "dataset" / "bitmaps" / f"{made.ids[3]}.png") as drawn:
        assert np.array_equal(np.asarray(drawn), pictures[3])
    assert preprocess(config(tmp_path / "idx"), tmp_path / "dataset").unchanged


def test_other_labels_make_another_dataset(tmp_path: Path) -> None:
    pictures, labels = signs(40)
    write(tmp_path / "idx", pictures, labels, packed=False)
    preprocess(config(tmp_path / "idx"), tmp_path / "dataset")
    write(tmp_path / "idx", pictures, 1 - labels, packed=False)
    assert not preprocess(config(tmp_path / "idx"), tmp_path / "dataset").unchanged


def test_equal_pictures_are_kept_and_never_on_both_sides(tmp_path: Path) -> None:
    pictures, _ = signs(40)
    write(tmp_path / "idx", np.concatenate([pictures, pictures]), packed=False)
    preprocess(config(tmp_path / "idx"), tmp_path / "dataset")
    made = datasets.load(tmp_path / "dataset")
    assert len(made.waves) == 80
    assert 0 < made.splits.count("holdout") < 40
    assert made.splits[:40] == made.splits[40:]


def test_many_classes_are_numbered_so_that_they_sort(tmp_path: Path) -> None:
    write(tmp_path / "idx", np.random.default_rng(0).integers(0, 256, (200, 8, 8), np.uint8), packed=False)
    preprocess(config(tmp_path / "idx", classes="kmeans:10"), tmp_path / "dataset")
    assert set(datasets.load(tmp_path / "dataset").classes) == {f"group-{i + 1:02}" for i in range(10)}


def test_classes_are_found_in_pictures(tmp_path: Path) -> None:
    pictures, labels = signs(60)
    write(tmp_path / "idx", pictures, packed=False)
    preprocess(config(tmp_path / "idx", classes="kmeans:2"), tmp_path / "dataset")
    assert set(datasets.load(tmp_path / "dataset").classes) == {"group-1", "group-2"}
    assert (tmp_path / "dataset" / "contact-group-1.png").is_file()
    assert labels.any()


@pytest.mark.parametrize(
    ("error", "said", "settings"),
    [
        (SignalError, "of different kinds", {}),
        (ConfigError, "--kind is for sounds", {"kind": "oneshot"}),
        (ConfigError, "--keep is for sounds", {"keep": "loop"}),
        (SignalError, "16 pixels a side, and .* of 12", {}),
        (MirageGanError, "labels", {}),
    ],
)
def test_what_cannot_be_one_dataset_is_refused_and_nothing_is_written(
    error: type[MirageGanError], said: str, settings: dict[str, object], tmp_path: Path
) -> None:
    source = tmp_path / "idx"
    write(source, signs(8)[0], np.zeros(7 if said == "labels" else 8, np.uint8), packed=False)
    if said == "of different kinds":
        (source / "a.wav").write_bytes(b"RIFF")
    if "a side" in said:
        (source / "a-images-idx3-ubyte").write_bytes(encode(signs(8, side=12)[0]))
    with pytest.raises(error, match=said) as caught:
        preprocess(config(source, **settings), tmp_path / "dataset")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "dataset").exists()
