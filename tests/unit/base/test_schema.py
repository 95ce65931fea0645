"""A value of a schema is read as it is, and of another one it is said where and how it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.base.schema import Count, Number, Record, SchemaError

if TYPE_CHECKING:
    from pathlib import Path


class Inner(Record, frozen=True):
    name: str
    loop: tuple[Count, Count] | None = None


class Outer(Record, frozen=True, kw_only=True):
    format: int = 1
    count: Count
    figures: dict[str, Number]
    parts: list[Inner]


WHOLE: dict[str, Any] = {
    "format": 1,
    "count": 3,
    "figures": {"a": 1, "b": 1.5},
    "parts": [{"name": "x", "loop": [0, 9]}],
}


def test_a_value_comes_back_with_its_keys_in_order_and_whole_numbers_whole(tmp_path: Path) -> None:
    path = tmp_path / "outer.json"
    path.write_bytes(schema.encode(WHOLE, Outer))

    read = schema.load(path, Outer, version=1)

    assert read == Outer(count=3, figures={"a": 1, "b": 1.5}, parts=[Inner("x", (0, 9))])
    assert path.read_bytes() == schema.encode(read.as_json(), Outer)
    assert path.read_bytes() == files.encode_json(WHOLE)


def test_a_key_of_a_later_version_is_passed_over() -> None:
    assert schema.convert({**WHOLE, "mood": "blue"}, Outer) == schema.convert(WHOLE, Outer)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({**WHOLE, "count": "3"}, "its count is text, not a whole number"),
        ({**WHOLE, "count": True}, "its count is true or false, not a whole number"),
        ({**WHOLE, "count": -1}, "its count: Expected int >= 0"),
        ({**WHOLE, "count": 10**30}, "its count: Expected int <= 9007199254740992"),
        ({**WHOLE, "figures": {"a": None}}, "a value of its figures is null, not a number"),
        ({**WHOLE, "figures": []}, "its figures is a list, not an object"),
        ({**WHOLE, "parts": [{"name": "x"}, {"name": 1}]}, "its parts[1].name is a whole number, not text"),
        ({**WHOLE, "parts": [{"name": "x", "loop": [1]}]}, "its parts[0].loop: Expected array of length 2, got 1"),
        ({**WHOLE, "parts": [None]}, "its parts[0] is null, not an object"),
        (None, "the whole is null, not an object"),
        ({**WHOLE, "parts": "\ud800"}, "it holds an invalid character"),
        ({**WHOLE, "\ud800": 1}, "it holds an invalid character"),
    ],
)
def test_a_value_of_another_type_is_told_by_its_place(value: object, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        schema.convert(value, Outer)

    assert str(caught.value) == problem
    assert str(caught.value.in_file(tmp_path, "make it again")) == (
        f"{tmp_path} was damaged or edited: {problem}; make it again"
    )


def test_text_may_hold_the_stray_bytes_of_a_file_name() -> None:
    assert schema.convert({"name": "caf\udce9"}, Inner) == Inner("caf\udce9")


@pytest.mark.parametrize(("drop", "name"), [("count", "count"), ("parts", "parts")])
def test_a_key_that_is_missing_is_named(tmp_path: Path, drop: str, name: str) -> None:
    path = tmp_path / "outer.json"
    path.write_bytes(files.encode_json({key: value for key, value in WHOLE.items() if key != drop}))

    with pytest.raises(FormatError) as caught:
        schema.load(path, Outer, version=1, remedy="train again")

    assert str(caught.value) == f"{path} does not say its {name}: it was damaged or edited; train again"


def test_a_key_that_is_missing_within_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "outer.json"
    path.write_bytes(files.encode_json({**WHOLE, "parts": [{}]}))

    with pytest.raises(FormatError, match=r"outer\.json does not say its parts\[0\]\.name: it was damaged or edited"):
        schema.load(path, Outer, version=1)


def test_a_file_that_is_missing_newer_or_no_json_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "outer.json"
    with pytest.raises(FolderError, match=r"outer\.json is missing"):
        schema.load(path, Outer, version=1)
    path.write_bytes(files.encode_json({**WHOLE, "format": 2}))
    with pytest.raises(
        FormatError, match=r"outer\.json has format 2, this mirage-gan reads up to 1: update mirage-gan"
    ):
        schema.load(path, Outer, version=1)
    path.write_bytes(files.encode_json(WHOLE)[:-5])
    with pytest.raises(FormatError, match=r"outer\.json is not valid JSON: it was cut short or edited"):
        schema.load(path, Outer, version=1)


def test_what_could_not_be_read_is_not_written() -> None:
    with pytest.raises(SchemaError, match="its count is text"):
        schema.encode({**WHOLE, "count": "3"}, Outer)
