"""Checkpoints: whole or not at all, and never code."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.models import checkpoint

# one file is written over and over by the examples of one test, which is what a checkpoint is for
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)

TENSORS = {
    "average.start.weight": torch.arange(6.0).reshape(2, 3),
    "generator.start.weight#step": torch.tensor(7.0),
    "generator.start.weight": torch.ones(1),
}
ABOUT = {"step": 12, "spec": {"model": "wave"}, "best": {}, "name": "Übung"}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@in_one_folder
@given(about=st.dictionaries(st.text().filter(lambda key: key != "format"), json_values, max_size=4), data=st.data())
def test_tensors_and_what_they_are_come_back_as_they_were(
    tmp_path: Path, about: dict[str, object], data: st.DataObject
) -> None:
    shapes = data.draw(
        st.dictionaries(
            st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.lists(st.integers(0, 3), max_size=3), max_size=4
        )
    )
    tensors = {name: torch.rand(shape, generator=torch.Generator().manual_seed(0)) for name, shape in shapes.items()}
    path = tmp_path / "last.safetensors"

    checkpoint.save(path, tensors, about)
    loaded, said = checkpoint.load(path)

    assert sorted(loaded) == sorted(tensors)
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    assert said == {"format": checkpoint.FORMAT, **about}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
def test_ctrl_c_while_it_is_read_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, ABOUT)
    interrupted = []

    def loads(text: str, **_: object) -> object:
        """Stand in for the library, which takes an interrupt for what it was called from."""
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ValueError from error
        interrupted.append(text)
        return {}

    monkeypatch.setattr(json, "loads", loads)

    with pytest.raises(KeyboardInterrupt):
        checkpoint.load(path)
    assert interrupted


def test_a_prefix_chooses_tensors_and_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, ABOUT)

    weights, about = checkpoint.load(path, "average.")

    assert sorted(weights) == ["start.weight"]
    assert torch.equal(weights["start.weight"], TENSORS["average.start.weight"])
    assert about["step"] == 12


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"

    checkpoint.save(one, TENSORS, ABOUT)
    checkpoint.save(other, {name: TENSORS[name].clone() for name in reversed(TENSORS)}, ABOUT)

    assert one.read_bytes() == other.read_bytes()


def test_tensors_that_are_views_are_kept_as_they_look(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    whole = torch.arange(12.0).reshape(3, 4)

    checkpoint.save(path, {"turned": whole.T, "learned": torch.nn.Parameter(whole.clone()[1])}, {})
    loaded, _ = checkpoint.load(path)

    assert torch.equal(loaded["turned"], whole.T)
    assert torch.equal(loaded["learned"], whole[1])
    assert not loaded["learned"].requires_grad


@in_one_folder
@given(kept=st.floats(0, 1, exclude_max=True))
def test_a_checkpoint_cut_short_anywhere_is_refused(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, ABOUT)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])

    with pytest.raises(FormatError, match=r"is damaged or was cut short .*use another checkpoint") as error:
        checkpoint.load(path)
    assert str(path) in str(error.value)


@in_one_folder
@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_checkpoint_or_a_plain_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "last.safetensors"
    path.write_bytes(data)

    with pytest.raises(FormatError):
        checkpoint.load(path)


class _Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(Path.cwd() / "exploded"),)


def test_nothing_is_ever_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"average.start.weight": _Bomb()}, tmp_path / "zip.safetensors")
    (tmp_path / "plain.safetensors").write_bytes(pickle.dumps(_Bomb()))

    for name in ("zip", "plain"):
        with pytest.raises(FormatError):
            checkpoint.load(tmp_path / f"{name}.safetensors")
    assert not (tmp_path / "exploded").exists()


def test_a_checkpoint_of_a_newer_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.safetensors"
    with monkeypatch.context() as newer:
        newer.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
        checkpoint.save(path, TENSORS, ABOUT)

    with pytest.raises(FormatError, match="has format 2, this mirage-gan reads up to 1: update mirage-gan"):
        checkpoint.load(path)


def test_another_program_s_safetensors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file(TENSORS, path)

    with pytest.raises(FormatError, match="does not say its format; it was not made by mirage-gan, or is damaged"):
        checkpoint.load(path)


@pytest.mark.parametrize("words", ["[]", "7", '"text"', "null", "{"])
def test_metadata_that_is_not_ours_is_refused(tmp_path: Path, words: str) -> None:
    path = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file(TENSORS, path, {"mirage-gan": words})

    with pytest.raises(FormatError):
        checkpoint.load(path)


def test_a_missing_checkpoint_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"last\.safetensors is missing; choose a run that was trained, or train it"):
        checkpoint.load(tmp_path / "last.safetensors")
    with pytest.raises(FolderError, match="is missing"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, ABOUT)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os if fails == "fsync" else Path, fails, full)
        with pytest.raises(OSError, match="No space left"):
            checkpoint.save(path, {}, {"step": 13})

    assert checkpoint.load(path)[1]["step"] == 12
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_not_saved(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        checkpoint.save(tmp_path / "last.safetensors", TENSORS, {"best": value})

    assert list(tmp_path.iterdir()) == []
