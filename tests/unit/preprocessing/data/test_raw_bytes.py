"""The bytes of any files are pictures, of which a network learns and which come back as files, by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mirage_gan.cli import main
from mirage_gan.folders import datasets
from mirage_gan.preprocessing.data import raw_bytes
from mirage_gan.waves.data import pixels

if TYPE_CHECKING:
    from pathlib import Path

BANK = 65_536
TRAIN = ("train", "--model", "dcgan", "--generator", "paint", "--width", "2", "--steps", "1", "--batch-size", "4")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*words: Any) -> tuple[int, str, str]:
    done = CliRunner(catch_exceptions=False).invoke(main, list(map(str, words)))
    return done.exit_code, done.stdout, done.stderr


def noise(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, np.uint8).tobytes()


def test_a_dataset_holds_every_byte_of_its_files(tmp_path: Path) -> None:
    whole, rest = noise(2 * BANK), noise(BANK + 3, seed=1)
    (tmp_path / "firmware.rom").write_bytes(whole)
    (tmp_path / "letter").write_bytes(rest)
    code, said, _ = call("preprocess", "--bytes", "firmware.rom", "letter")
    assert (code, "4 pictures" in said) == (0, True)
    made = datasets.load(tmp_path / "dataset")
    held = pixels.to_levels(np.asarray(made.waves)).tobytes()
    assert held == whole + rest + b"\x80" * (BANK - 3)
    assert "unchanged" in call("preprocess", "--bytes", "firmware.rom", "letter")[1]


def test_files_of_a_folder_are_taken_whatever_they_are_called(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    (folder / "roms").mkdir(parents=True)
    for name in ("a.wav", "roms/train-images-idx3-ubyte", ".hidden"):
        (folder / name).write_bytes(noise(10, seed=len(name)))
    assert call("preprocess", "--bytes", "all")[0] == 0
    made = datasets.load(tmp_path / "dataset")
    assert [(entry.source, entry.category) for entry in made.entries()] == [
        ("all/a.wav", ""),
        ("all/roms/train-images-idx3-ubyte", "roms"),
    ]


def test_a_generated_picture_is_a_png_and_its_bytes_are_a_bank_that_plays(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(noise(6 * BANK))
    assert call("preprocess", "--bytes", "data")[0] == 0
    assert call(*TRAIN, "--run", "bytes")[0] == 0
    code, said, _ = call("export", "bytes", "--to", "png", "--to", "pcm", "--raw-bitmap", "--count", 2)
    assert (code, "written" in said) == (0, True)
    for seed in range(2):
        with Image.open(tmp_path / "export" / f"bytes-seed{seed:06}.png") as picture:
            drawn = np.asarray(picture).reshape(-1)
        played = (tmp_path / "export" / f"bytes-seed{seed:06}.pcm").read_bytes()
        assert played == np.maximum(drawn, 1)[: BANK - 16].tobytes()
    assert "unchanged" in call("export", "bytes", "--to", "png", "--to", "pcm", "--raw-bitmap", "--count", 2)[1]

    code, _, refused = call("export", "bytes", "--to", "pcm", "--out", "other")
    assert (code, refused.count("\n"), "add --raw-bitmap" in refused) == (1, 1, True)
    code, _, refused = call("export", "bytes", "--to", "pcm", "--raw-bitmap", "--pages", 2, "--out", "other")
    assert (code, refused.count("\n"), "--pages" in refused) == (1, 1, True)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("empty",), "empty is empty"),
        (("folder",), "no file under folder"),
        (("missing",), "no such file"),
        (("data", "--points", "512"), "--points is for sounds"),
        (("data", "--frames", "64"), "--frames is for sounds"),
        (("data", "--raw-rate", "8000"), "--raw-rate is for sounds"),
        (("data", "--no-align"), "--align is for sounds"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_line_and_nothing_is_written(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "data").write_bytes(b"something")
    (tmp_path / "folder").mkdir()
    code, _, refused = call("preprocess", "--bytes", *words)
    assert (code, said in refused, refused.rstrip().count("\n")) == (1, True, refused.count("reading"))
    assert not (tmp_path / "dataset").exists()


def test_files_that_are_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_bytes, "_MOST", 8)
    (tmp_path / "data").write_bytes(b"something")
    assert "9 bytes, and 8 are read at most" in call("preprocess", "--bytes", "data")[2]


def test_an_empty_file_among_others_is_skipped_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "empty").touch()
    (folder / "data").write_bytes(noise(10))
    code, said, _ = call("preprocess", "--bytes", "all")
    assert (code, "skipped all/empty: empty: it has no bytes" in said) == (0, True)
    assert [entry.source for entry in datasets.load(tmp_path / "dataset").entries()] == ["all/data"]
