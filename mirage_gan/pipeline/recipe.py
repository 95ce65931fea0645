"""Recipes: the settings of several stages in one TOML file, read strictly."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.settings.choices import DATASET, EXPORT
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, base_type, key_name
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig

Config = TypeVar("Config", bound=Checked)

_MOST_BYTES: Final = 1 << 20
OUT: Final = "out"  # a key of [preprocess] and [export] that is not a field of their configs
_BACKSLASHES: Final = (
    "; in double quotes, a backslash is the beginning of another letter: write paths with / or in single quotes"
)


@dataclass(frozen=True)
class Recipe:
    """The stages to run, in this order; a stage that is None is left out."""

    preprocess: PreprocessConfig | None
    dataset: Path  # that `preprocess` writes
    train: TrainConfig | None
    export: ExportConfig | None
    out: Path  # folder that `export` writes


def load(path: Path) -> Recipe:
    """Read a recipe.

    Each table is a stage. Its keys are the stage's settings, named like its options with underscores ("batch_size" for
    --batch-size). Paths are relative to the current folder. A `train` without a dataset takes that of `preprocess`.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is not TOML.
    ConfigError
        If there is no table, a table or key is unknown, or a value is of the wrong type or out of range. The message
        suggests the known name that is closest to an unknown one.
    """
    text = ""
    try:
        text = files.read_bytes(path, _MOST_BYTES, "it is no recipe").decode()
        tables = tomllib.loads(text)
    except FileNotFoundError:
        raise FolderError(f"{path}: no such recipe") from None
    except RecursionError:
        raise FormatError(f"{path} is not a recipe: its values are nested too deeply") from None
    except ValueError as error:  # invalid TOML or UTF-8, or a number with thousands of digits
        hint = _BACKSLASHES if "\\" in text else ""
        raise FormatError(f"{path} is not valid TOML: {error}{hint}") from None
    _check_known(tables, ["preprocess", "train", "export"], f"{path}: there is no stage")
    if not tables:
        raise ConfigError(f"{path} is empty: it needs a table such as [preprocess]")
    for stage, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {stage} is a value; write a table, [{stage}]")
    dataset = _take_out(tables.get("preprocess", {}), Path(DATASET), f"{path}: [preprocess]")
    out = _take_out(tables.get("export", {}), Path(EXPORT), f"{path}: [export]")
    if "train" in tables:
        tables["train"].setdefault("dataset", str(dataset))
    return Recipe(
        preprocess=_read(PreprocessConfig, tables, "preprocess", path),
        dataset=dataset,
        train=_read(TrainConfig, tables, "train", path),
        export=_read(ExportConfig, tables, "export", path),
        out=out,
    )


def _take_out(table: dict[str, Any], default: Path, where: str) -> Path:
    out = table.pop(OUT, str(default))
    if not isinstance(out, str):
        raise ConfigError(f'{where} out is {out!r}; write a path in quotes, such as "{default}"')
    _refuse_null(OUT, out, where)
    return _path(OUT, out, where)


def _path(name: str, text: str, where: str) -> Path:
    if set(text) & set("\b\t\n\f\r"):  # as of "C:\new": what TOML makes of a backslash and a letter
        raise ConfigError(f"{where} {name} is {text!r}, with a control character{_BACKSLASHES}")
    return Path(text)


def _check_known(given: dict[str, Any], known: list[str], message: str) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}"
            raise ConfigError(f"{message} {name!r}; {hint}")


def _read(config: type[Config], tables: dict[str, Any], stage: str, path: Path) -> Config | None:
    if stage not in tables:
        return None
    fields = {key_name(field): field for field in dataclasses.fields(config)}  # type: ignore[arg-type]  # Checked ones are
    table = tables[stage]
    known = [*fields, OUT] if stage != "train" else [*fields]
    _check_known(table, known, f"{path}: [{stage}] has no setting")
    where = f"{path}: [{stage}]"
    values = {fields[name].name: _convert(fields[name], config, value, where) for name, value in table.items()}
    try:
        return config(**values)
    except TypeError:
        missing = [n for n, f in fields.items() if f.default is dataclasses.MISSING and f.name not in values]
        raise ConfigError(f"{path}: [{stage}] needs {', '.join(missing)}") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: [{stage}] {error}") from None


def _convert(field: dataclasses.Field[Any], owner: type, value: object, where: str) -> object:
    """Convert a TOML value to the type of a field: a float accepts a whole number, a path accepts text."""
    wanted, _, several = base_type(field, owner)
    if several:
        if not isinstance(value, list):
            raise ConfigError(f"{where} {field.name} is {value!r}; write a list, [ ... ]")
        return tuple(_convert_one(field.name, wanted, item, where) for item in value)
    return _convert_one(field.name, wanted, value, where)


def _refuse_null(name: str, value: object, where: str) -> None:
    """Raise ConfigError for a text that no path or name can be, because no system takes a null character in one."""
    if isinstance(value, str) and "\0" in value:
        raise ConfigError(f"{where} {name} holds a null character; leave it out")


def _convert_one(name: str, wanted: type, value: object, where: str) -> object:
    _refuse_null(name, value, where)
    if wanted is Path and isinstance(value, str):
        return _path(name, value, where)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and not -(2**53) <= cast("int", value) <= 2**53:
        raise ConfigError(f"{where} {name} is a number of more than 15 digits; write a smaller one")
    if wanted is float and whole:
        return float(cast("int", value))
    # the setting is text, because it is a number or the word "source"
    if name == "length" and whole:
        return str(value)
    if type(value) is not wanted:
        words = {
            str: "text in quotes",
            int: "a whole number",
            float: "a number",
            bool: "true or false",
            Path: "a path in quotes",
        }
        raise ConfigError(f"{where} {name} is {value!r}; write {words[wanted]}")
    return value
