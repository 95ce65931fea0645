"""Schemas of JSON files: a value is converted to a type, or refused with one line on what is wrong.

A schema is a frozen `Record` with one field per key. Unknown keys are ignored, because a later version may add some. A
missing key is an error unless its field has a default.
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

_EXACT: Final = 2**53  # doubles, which many JSON readers use, hold larger integers inexactly (RFC 8259, section 6)

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=_EXACT)]
Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=_EXACT)]
# an integer stays an int, so that it is written as it was read
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
    """Base class of schemas: the contents of one JSON object."""

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values, with the keys in the order of the fields."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


class SchemaError(Exception):
    """A value does not match its schema; the message says where and how."""

    def __init__(self, problem: str, missing: str = "") -> None:
        super().__init__(problem)
        self.missing = missing  # the missing key, or empty if the problem is another one

    def in_file(self, path: Path | str, remedy: str) -> FormatError:
        """Return the error to raise if the value was read from the file `path`."""
        if self.missing:
            return FormatError(f"{path} does not say its {self.missing}: it was damaged or edited; {remedy}")
        return FormatError(f"{path} was damaged or edited: {self}; {remedy}")


def convert(value: object, kind: type[T]) -> T:
    """Convert a parsed JSON value to a type; raises SchemaError if it does not match."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    except UnicodeError:  # msgspec met a lone surrogate in a text that must be one of several words
        raise SchemaError("it holds an invalid character") from None


def load(path: Path, kind: type[T], *, version: int, remedy: str = "make it again") -> T:
    """Read a JSON file and convert it to a type.

    Parameters
    ----------
    version : int
        The newest value of the key ``"format"`` that this program understands; a higher one is an error.
    remedy : str
        What the user can do; it ends the message about a file that does not match.

    Raises
    ------
    FolderError
        If the file does not exist.
    FormatError
        If the file is not JSON, does not match the type, or has a newer format.
    """
    value = files.load_json(path, version=version)
    try:
        return convert(value, kind)
    except SchemaError as error:
        raise error.in_file(path, remedy) from None


def encode(value: dict[str, Any], kind: type[T]) -> bytes:
    """Return the bytes of a JSON file for `load`; a value that does not match the type is a bug (SchemaError)."""
    text = files.encode_json(value)
    convert(files.parse_json(text), kind)
    return text


def _explain(message: str) -> SchemaError:
    """Translate msgspec's message into words that a user understands."""
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
    """Name the types that a value may have; integers count as numbers."""
    words = [_WORDS.get(name, name) for name in names if name != "int" or "float" not in names]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _subject(where: str | None) -> str:
    """Name the place of a problem; msgspec leaves out the key where an object may have any keys (`[...]`)."""
    if not where:
        return "the whole"
    name = where.removeprefix(".")
    return f"a value of its {name.removesuffix('[...]')}" if name.endswith("[...]") else f"its {name}"
