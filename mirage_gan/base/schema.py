"""Schemas of JSON files: a value of a type, or one line on what is wrong with it.

A schema is a frozen `Record` with a field a key. A key that it lacks is tolerated, for a later version may add some; a
key that a file lacks is not, unless its field has a default.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

import msgspec

from mirage_gan.base import files
from mirage_gan.base.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

_EXACT: Final = 2**53  # the largest whole number up to which all programs that read JSON agree

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=_EXACT)]
Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=_EXACT)]
# a whole number stays one, so that it is written as it was read
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-_EXACT, le=_EXACT)] | float

Scalar: TypeAlias = str | int | float | bool | None

_MISSING: Final = re.compile(r"Object missing required field `(?P<name>.+?)`(?: - at `\$(?P<where>.*)`)?")
_OTHER: Final = re.compile(r"Expected `(?P<wanted>.+?)`, got `(?P<got>.+?)`(?: - at `\$(?P<where>.*)`)?")
_AT: Final = re.compile(r"(?P<what>.+?) - at `\$(?P<where>.*)`")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "object": "an object",
    "array": "a list",
    "bool": "true or false",
}


class Record(msgspec.Struct, frozen=True):
    """What one JSON object says."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values, in the order of the fields."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


class SchemaError(Exception):
    """A value is not of its schema; the message tells where and how."""

    def __init__(self, problem: str, missing: str = "") -> None:
        super().__init__(problem)
        self.missing = missing  # the key that is not there, if that is what is wrong

    def in_file(self, path: Path | str, remedy: str) -> FormatError:
        """Return the error to raise of a file."""
        if self.missing:
            return FormatError(f"{path} does not say its {self.missing}: it was damaged or edited; {remedy}")
        return FormatError(f"{path} was damaged or edited: {self}; {remedy}")


def convert(value: object, kind: type[T]) -> T:
    """Return a parsed JSON value as one of a type; raises SchemaError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    except UnicodeError:  # of half a character, which Python takes for text, where one of several words is expected
        raise SchemaError("it holds a character that is none") from None


def load(path: Path, kind: type[T], *, version: int, remedy: str = "make it again") -> T:
    """Read a JSON file as a value of a type.

    Parameters
    ----------
    version : int
        The newest ``"format"`` that this program understands; a higher one is an error.
    remedy : str
        What the message on a file of another schema ends with.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is not JSON, not of the schema, or comes from a newer version.
    """
    value = files.load_json(path, version=version)
    try:
        return convert(value, kind)
    except SchemaError as error:
        raise error.in_file(path, remedy) from None


def encode(value: dict[str, Any], kind: type[T]) -> bytes:
    """Return the text of a JSON file that `load` reads; a value of another type is a bug, and raises SchemaError."""
    text = files.encode_json(value)
    convert(files.parse_json(text), kind)
    return text


def _explain(message: str) -> SchemaError:
    """Turn msgspec's message into one for people."""
    if found := _MISSING.fullmatch(message):
        name = f"{found['where'] or ''}.{found['name']}".removeprefix(".")
        return SchemaError(f"it does not say its {name}", missing=name)
    if found := _OTHER.fullmatch(message):
        got, wanted = _WORDS.get(found["got"], found["got"]), _kinds(found["wanted"].split(" | "))
        return SchemaError(f"{_subject(found['where'])} is {got}, not {wanted}")
    if found := _AT.fullmatch(message):
        return SchemaError(f"{_subject(found['where'])}: {found['what'].replace('`', '')}")
    return SchemaError(message.replace("`", ""))


def _kinds(names: list[str]) -> str:
    """Say of which types a value may be."""
    words = [_WORDS.get(name, name) for name in names if name != "int" or "float" not in names]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _subject(where: str | None) -> str:
    """Name a place in a value; msgspec does not tell the key of an object whose keys may be any."""
    if not where:
        return "the whole"
    name = where.removeprefix(".")
    return f"a value of its {name.removesuffix('[...]')}" if name.endswith("[...]") else f"its {name}"
