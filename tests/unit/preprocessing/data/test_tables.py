"""Tables are read cell by cell, and what is wrong with one is told in a line, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.folders import datasets
from mirage_gan.preprocessing.data import tables
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves.data import scaling

if TYPE_CHECKING:
    from pathlib import Path

BAD = {
    "empty": ("is empty", b""),
    "blank lines": ("is empty", b"\n\n\n"),
    "names alone": ("no row below them", b"x,y\n"),
    "decimal commas": ("'0,5' in line 2, column y: give each cell a number, such as 0.5", b"x;y\n1;0,5\n"),
    "decimal commas without names": ("'0,25' in line 1, column c1", b"0,25;0,5\n"),
    "ragged": ("3 cells in line 3, and 2 in the first one: give each line as many", b"x,y\n1,2\n1,2,3\n"),
    "text": ("'two' in line 2, column y", b"x,y\n1,two\n"),
    "text in the first line": ("'two' in line 1, column c2", b"1,two\n3,4\n"),
    "a hole": ("nothing in line 2, column x", b"x,y\n,2\n"),
    "not a number": ("'nan' in line 2, column y", b"x,y\n1,nan\n"),
    "infinite": ("'inf' in line 3, column x", b"x,y\n1,2\ninf,3\n"),
    "beyond float32": ("'1e300' in line 2", b"x,y\n1e300,2\n"),
    "one column": ("1 column of numbers", b"x\n1\n2\n"),
    "one column and a class": ("1 column of numbers", b"x,class\n1,a\n2,b\n"),
    "too many columns": ("4097 columns of numbers", b",".join([b"1"] * 4097)),
    "binary": ("not text in UTF-8", b"\xff\xfe\x00\x80"),
    "open quotes": ("is no CSV", b'x,y\n1,"2\n'),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_told_in_one_line_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    said, content = BAD[name]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said) as caught:
        preprocess(PreprocessConfig(sources=(path,)), tmp_path / "dataset")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "dataset").exists()


def test_a_huge_table_is_refused_before_it_fills_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MOST", 10)
    path = tmp_path / "table.csv"
    path.write_bytes(b"1,2\n" * 6)
    with pytest.raises(FormatError, match="more than 10 numbers"):
        tables.load(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_names_numbers_and_classes_are_told_apart(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    lines = ["width,Class,height", "1,a,-2.5", "", "3e2,b,4"]
    path.write_text("\n".join(lines).replace(",", delimiter), encoding="utf-8-sig")
    found = tables.load(path)
    assert found.names == ["width", "height"]
    assert found.numbers.tolist() == [[1, -2.5], [300, 4]]
    assert found.labels == ["a", "b"]


def test_a_table_without_names_keeps_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("1,2\n3,4\n", encoding="utf-8")
    found = tables.load(path)
    assert found.names == ["c1", "c2"]
    assert found.numbers.tolist() == [[1, 2], [3, 4]]


def test_a_dataset_of_rows_is_scaled_by_columns_and_says_how(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    numbers = np.random.default_rng(0).normal(5, 100, (40, 3))
    numbers[:, 2] = 7.0
    path.write_text("\n".join(["x,y,same", *(",".join(map(repr, row)) for row in numbers.tolist())]), encoding="utf-8")
    preprocess(PreprocessConfig(sources=(path,)), tmp_path / "dataset")
    made = datasets.load(tmp_path / "dataset")
    waves = np.asarray(made.waves)
    assert [each.name for each in made.about.columns] == ["x", "y", "same"]
    assert waves[:, :2].min(axis=0).tolist() == [-1, -1]
    assert waves[:, :2].max(axis=0).tolist() == [1, 1]
    assert scaling.unscale(waves, made.about.columns) == pytest.approx(numbers, rel=1e-5, abs=1e-4)


def test_tables_of_other_columns_are_preprocessed_apart(tmp_path: Path) -> None:
    for name, text in (("a", "x,y\n1,2\n"), ("b", "x,z\n1,2\n")):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    config = PreprocessConfig(sources=(tmp_path / "a.csv", tmp_path / "b.csv"))
    with pytest.raises(MirageGanError, match=r"has the columns x, z, and .*a\.csv has x, y: preprocess them apart"):
        preprocess(config, tmp_path / "dataset")
    assert not (tmp_path / "dataset").exists()
