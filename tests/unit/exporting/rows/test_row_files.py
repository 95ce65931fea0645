"""Rows that a run makes come out as the table they were learned from: the same columns, in their ranges."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table of two classes, of which one is far above the other, that was trained a little."""
    folder = tmp_path_factory.mktemp("rows")
    random = np.random.default_rng(0)
    lines = ["length,height,label"]
    lines += [
        f"{random.uniform(100, 110)},{random.uniform(0, 1) + 9 * (i % 2)},{'high' if i % 2 else 'low'}"
        for i in range(200)
    ]
    (folder / "table.csv").write_text("\n".join(lines), encoding="utf-8")
    preprocess(PreprocessConfig(sources=(folder / "table.csv",)), folder / "dataset")
    made = train(
        TrainConfig(
            dataset=folder / "dataset",
            run=str(folder / "run"),
            conditional="projection",
            blend=0,
            latent=4,
            lr=1e-3,
            epochs=40,
            width=8,
            every=200,
            device="cpu",
        )
    )
    assert (made.model, made.steps) == ("mlp", 200)
    return made.run


def rows(out: Path) -> list[list[str]]:
    (path,) = out.glob("*-rows.csv")
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_table_has_the_columns_ranges_and_classes_that_were_learned(run: Path, tmp_path: Path) -> None:
    export(ExportConfig(run=str(run), to=("csv",), count=60), tmp_path)
    names, *found = rows(tmp_path)
    assert names == ["length", "height", "class"]
    assert len(found) == 60
    numbers = np.array([[float(cell) for cell in row[:2]] for row in found])
    assert (numbers >= [99.9, -0.1]).all()
    assert (numbers <= [110.1, 10.1]).all()
    heights = {name: numbers[[row[2] == name for row in found], 1].mean() for name in ("high", "low")}
    assert heights["high"] > heights["low"] + 2


def test_the_class_that_is_asked_for_is_said(run: Path, tmp_path: Path) -> None:
    export(ExportConfig(run=str(run), to=("csv",), count=3, class_="low"), tmp_path)
    assert [row[2] for row in rows(tmp_path)[1:]] == ["low"] * 3


def test_a_sheet_shows_rows_as_points(run: Path, tmp_path: Path) -> None:
    report = export(ExportConfig(run=str(run), to=("sheet",), count=30), tmp_path)
    with Image.open(io.BytesIO((tmp_path / report.names[0]).read_bytes())) as page:
        black = (np.asarray(page)[320:2300, 400:2300] == 0).sum()
    assert black > 30 * 40


def test_rows_are_judged(run: Path) -> None:
    report = evaluate(EvaluateConfig(run=str(run), count=200))
    assert {"coverage", "recall", "precision", "copy", "told_apart"} <= set(report.ours)
    assert report.verdict.word
    assert report.classes["low"]["held_out"] > 0


@pytest.mark.parametrize("form", ["pcm", "wav", "disk", "png", "sfz"])
def test_other_formats_are_refused_by_name(form: str, run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"--to {form} is for .*makes rows of numbers: choose --to csv or sheet"):
        export(ExportConfig(run=str(run), to=(form,)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_setting_of_sounds_is_refused_by_name(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--pages is for sounds, and this run makes rows of numbers"):
        export(ExportConfig(run=str(run), to=("csv",), pages=2), tmp_path)


def test_a_morph_of_rows_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"makes rows of numbers, and a morph is a sound: export them instead, --to csv$"
    ):
        morph(MorphConfig(run=str(run), seed=(1, 2)), tmp_path)
