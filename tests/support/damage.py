"""Strategies for damaged JSON: a value replaced, removed or added, or bytes changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

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
