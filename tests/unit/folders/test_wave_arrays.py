"""Waves that are written as they come and read a block at a time are the waves that they are in memory."""

from __future__ import annotations

import io
import mmap
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.folders import datasets, wave_arrays
from mirage_gan.folders.wave_arrays import WaveSubset
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import cycles, representation

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves


def some(count: int, points: int = 64) -> Waves:
    return np.random.default_rng(count).uniform(-1, 1, (count, points)).astype(np.float32)


def is_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


@given(counts=st.lists(st.integers(0, 5), max_size=6), points=st.sampled_from([64, 256, 1024]))
def test_rows_that_are_written_as_they_come_make_the_file_of_all(
    counts: list[int], points: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.npy"
    parts = [some(count, points) for count in counts]

    with wave_arrays.Writer(path, points) as writer:
        for part in parts:
            writer.add(part)

    assert path.read_bytes() == datasets.encode_array(np.concatenate([np.empty((0, points), np.float32), *parts]))


@pytest.mark.parametrize("count", [0, 1, 9, 10**4, 10**12])
def test_the_header_is_as_long_for_any_number_of_rows(count: int) -> None:
    assert len(wave_arrays.header(count, 256)) == len(wave_arrays.header(0, 256)) == 128


@pytest.mark.parametrize("block", [1, 2, 7, 8, 100])
@pytest.mark.parametrize(("points", "form"), [(64, "cycle"), (256, "cycle"), (64, "block-means"), (256, "spectrogram")])
def test_a_part_is_the_same_whatever_is_read_at_once(
    monkeypatch: pytest.MonkeyPatch, block: int, points: int, form: str
) -> None:
    waves, numbers = some(20, 256), np.array([0, 3, 4, 5, 11, 12, 18, 19])
    whole = waves[numbers]
    if points != 256:
        whole = cycles.normalize_waves(representation.named(form).fit(whole, points))
    monkeypatch.setattr(wave_arrays, "BLOCK", block)

    part = WaveSubset(waves, numbers, [str(i) for i in numbers], points, representation.named(form))

    assert len(part) == 8
    assert max(len(read) for read in part.blocks()) <= block
    assert np.allclose(part.load(), whole, atol=1e-7)
    assert points != 256 or np.array_equal(part.load(), whole)


def archive(path: Path, *parts: Waves) -> None:
    with zipfile.ZipFile(path, "w") as opened:
        for i, waves in enumerate(parts):
            wave_arrays.write_member(
                opened,
                f"part{i}",
                WaveSubset(waves, np.arange(len(waves)), [], waves.shape[1], representation.of_kind(LOOP)),
            )


@pytest.mark.parametrize("block", [2, 5, 100])
def test_packed_rows_are_mapped_where_the_processor_likes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(wave_arrays, "BLOCK", block)
    parts = [some(5), some(0), some(10, 256)]
    archive(tmp_path / "packed.npz", *parts)

    with zipfile.ZipFile(tmp_path / "packed.npz") as opened:
        read = [wave_arrays.read_member(opened, f"part{i}") for i in range(3)]

    for waves, known in zip(read, parts, strict=True):
        assert np.array_equal(waves, known)
        assert (waves.shape, waves.dtype) == (known.shape, known.dtype)
        assert not isinstance(waves, np.memmap)
        assert not len(waves) or (is_mapped(waves) and waves.ctypes.data % 64 == 0)
    with np.load(tmp_path / "packed.npz") as plain:  # others can read it too
        assert np.array_equal(plain["part2"], parts[2])


def test_what_is_written_to_mapped_rows_stays_in_memory(tmp_path: Path) -> None:
    archive(tmp_path / "packed.npz", some(5))
    before = (tmp_path / "packed.npz").read_bytes()

    with zipfile.ZipFile(tmp_path / "packed.npz") as opened:
        wave_arrays.read_member(opened, "part0")[:] = 7

    assert (tmp_path / "packed.npz").read_bytes() == before


def test_compressed_rows_of_before_are_read_too(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "old.npz", part0=some(5))

    with zipfile.ZipFile(tmp_path / "old.npz") as opened:
        assert np.array_equal(wave_arrays.read_member(opened, "part0"), some(5))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 64)), np.zeros(64, np.float32), np.asfortranarray(np.ones((2, 64), np.float32))]
)
def test_an_array_of_another_kind_is_refused(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    np.savez(tmp_path / "odd.npz", part0=array)

    with zipfile.ZipFile(tmp_path / "odd.npz") as opened, pytest.raises(ValueError, match="not rows of float32"):
        wave_arrays.read_member(opened, "part0")


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path) -> None:
    archive(tmp_path / "packed.npz", some(2))
    whole = (tmp_path / "packed.npz").read_bytes()

    for at in range(200, 200 + 4 * 64, 31):
        damaged = io.BytesIO(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with zipfile.ZipFile(damaged) as opened, pytest.raises(zipfile.BadZipFile):
            wave_arrays.read_member(opened, "part0")
