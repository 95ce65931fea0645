"""Strategies for damaged files: of JSON, a value replaced, removed or added; of arrays, some values; of all, bytes."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import safetensors.torch
import torch
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[Any, str | int]  # a list or an object, and the index or key of one of its values

ODD: Final[list[Any]] = [
    None, True, False, 0, 1, -1, 2.5, -0.5, 1e300, 10**30, "", "text", "../..", "a\0b", "\ud800", [], [1], [None],
    ["a"], [[]], {}, {"a": 1}, {"step": None}, {"sha256": 1}, float("nan"), float("inf"),
]  # fmt: skip


def places(value: object) -> Iterator[Place]:
    """Yield every place within a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def damaged_json(draw: st.DrawFn, text: bytes) -> bytes:
    """Return a JSON text with one value replaced, removed, renamed or repeated, or with bytes changed."""
    if draw(st.booleans()):
        return draw(damaged_bytes(text))
    value = [json.loads(text)]
    within, key = draw(st.sampled_from(list(places(value))))
    what = draw(st.sampled_from(["replace", "remove", "rename", "repeat"]))
    if what == "remove":
        del within[key]
    elif what == "rename" and isinstance(within, dict):
        within[draw(st.sampled_from(["", "kind", "format", "latent", "seed", "z"]))] = within.pop(key)
    elif what == "repeat" and isinstance(within, list):
        within.append(within[int(key)])
    else:
        within[key] = draw(st.sampled_from(ODD))
    return (json.dumps(value[0]) if value else "").encode() + b"\n"


@st.composite
def damaged_lines(draw: st.DrawFn, text: bytes) -> bytes:
    """Return a text of JSON lines, one of them damaged."""
    lines = text.splitlines(keepends=True)
    at = draw(st.integers(0, len(lines) - 1))
    lines[at] = draw(damaged_json(lines[at]))
    return b"".join(lines)


@st.composite
def damaged_bytes(draw: st.DrawFn, text: bytes) -> bytes:
    """Return a text with up to 40 bytes replaced, or cut short."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)) | st.just(len(text)))
    return (
        text[:start] + draw(st.binary(max_size=4) | st.sampled_from([b"NaN", b"1e999", b"[]", b"{", b'"'])) + text[end:]
    )


WRONG: Final = [float("nan"), float("inf"), -float("inf"), 1e30, -3e38, 1e10, 2.5]


def _spoil(draw: st.DrawFn, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array with a wrong value, with another type, or with another shape."""
    how = draw(st.sampled_from(["value", "type", "shape"]))
    if how == "value" and array.dtype.kind == "f" and array.size:
        spoiled = array.copy()
        spoiled.reshape(-1)[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(WRONG))
        return spoiled
    if how == "type":
        return array.astype(draw(st.sampled_from(["S4", "f2", "f8"]))) if array.dtype.kind == "f" else np.arange(3)
    return draw(st.sampled_from([array[:-1], array[..., None], array.reshape(-1), np.zeros(0, array.dtype)]))


def _encode(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@st.composite
def damaged_array(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a .npy file with a wrong value, type or shape, or with bytes changed."""
    if draw(st.booleans()):
        return draw(damaged_bytes(content))
    return _encode(_spoil(draw, np.load(io.BytesIO(content))))


@st.composite
def damaged_archive(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a .npz file with one of its arrays damaged or missing, or with bytes changed."""
    if draw(st.booleans()):
        return draw(damaged_bytes(content))
    with np.load(io.BytesIO(content)) as held:
        arrays = dict(held)
    name = draw(st.sampled_from(sorted(arrays)))
    members = {key: _encode(array) for key, array in arrays.items()}
    if draw(st.booleans()):
        members[name] = (
            draw(damaged_bytes(members[name])) if draw(st.booleans()) else _encode(_spoil(draw, arrays[name]))
        )
    else:
        del members[name]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for key, member in members.items():
            archive.writestr(f"{key}.npy", member)
    return file.getvalue()


@st.composite
def damaged_checkpoint(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a checkpoint with a tensor or its description damaged, or with bytes changed."""
    how = draw(st.sampled_from(["bytes", "description", "tensor", "gone"]))
    if how == "bytes":
        return draw(damaged_bytes(content))
    tensors = safetensors.torch.load(content)
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length])["__metadata__"]
    name = draw(st.sampled_from(sorted(tensors)))
    if how == "description":
        text = draw(damaged_json(about["mirage-gan"].encode())).decode(errors="replace")
        about["mirage-gan"] = text.encode(errors="replace").decode()
    elif how == "gone":
        del tensors[name]
    else:
        spoiled = _spoil(draw, tensors[name].numpy())
        tensors[name] = torch.from_numpy(spoiled if spoiled.dtype.kind in "fi" else np.zeros(3, np.int64)).clone()
    return safetensors.torch.save(tensors, about)
