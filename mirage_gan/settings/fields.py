"""What a setting is: a dataclass field with a unit, a range and a help text, checked when a config is made."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirage_gan.base.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable


def setting(
    default: Any = dataclasses.MISSING,
    *,
    help: str,  # noqa: A002 - click's own word
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str | int, ...] | Callable[[], tuple[str, ...]] = (),
    beside: tuple[str, Callable[[str], bool]] | None = None,
    unit: str = "",
    argument: bool = False,
    before: Any = dataclasses.MISSING,
) -> Any:
    """Declare a setting: a `dataclasses.field` with all that the command line and the checks need.

    Parameters
    ----------
    low, high : float, optional
        Smallest and largest allowed value.
    choices : tuple or callable
        The allowed values, or a function that returns them, where they are the rows of a table.
    beside : (str, callable), optional
        A form of text that is also allowed: its description for messages, and a test for it.
    argument : bool
        Whether the command line takes the setting by position instead of by an option.
    before : Any
        For a setting that is added to a released config: the value that gives the behavior of earlier versions; see
        `identity`.
    """
    metadata = {
        "help": help,
        "low": low,
        "high": high,
        "choices": choices,
        "beside": beside,
        "unit": unit,
        "argument": argument,
        "before": before,
    }
    return dataclasses.field(default=default, metadata=metadata)


def same(owner: type, name: str) -> Any:
    """Declare the same setting as field `name` of another config."""
    field = _field(owner, name)
    return dataclasses.field(default=field.default, metadata=field.metadata)


def swept(owner: type, name: str, *default: Any) -> Any:
    """Declare a setting that takes several values of field `name` of another config."""
    meta = _field(owner, name).metadata
    help_text = f"{meta['help'].split('  [default')[0]} May be given several times."
    before = dataclasses.MISSING if meta["before"] is dataclasses.MISSING else ()  # earlier versions did not vary it
    return dataclasses.field(default=default, metadata={**meta, "help": help_text, "before": before})


def _field(owner: type, name: str) -> dataclasses.Field[Any]:
    return next(field for field in dataclasses.fields(owner) if field.name == name)


def listed(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `names` that a comma-separated setting lists, in the order of `names`.

    >>> listed("U1, l1", ("L1", "U1", "L2"))
    ('L1', 'U1')
    """
    wanted = {part.strip().lower() for part in text.split(",")}
    return tuple(name for name in names if name.lower() in wanted)


def unlisted(text: str, names: tuple[str, ...]) -> list[str]:
    """Return the items of a comma-separated setting that are not in `names`.

    >>> unlisted("L1,left", ("L1", "U1"))
    ['left']
    """
    return [part.strip() for part in text.split(",") if not listed(part, names)]


class Checked:
    """Base class of configs, which checks the fields against their declared ranges and choices."""

    def __post_init__(self) -> None:
        """Raise `ConfigError` for the first value that is out of its range or not one of its choices."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, field.name)
            for item in value if isinstance(value, tuple) else (value,):
                if item is not None:
                    _check(field, item)


def option_name(field: dataclasses.Field[Any]) -> str:
    """Return the field's name on the command line, which leaves out the unit Hz.

    >>> @dataclasses.dataclass
    ... class Example(Checked):
    ...     lr_d: float = setting(0.1, help="A rate.")
    >>> option_name(dataclasses.fields(Example)[0])
    '--lr-d'
    """
    return "--" + key_name(field).removesuffix("_hz").replace("_", "-")


def key_name(field: dataclasses.Field[Any]) -> str:
    """Return the field's name in a recipe: without the underscore that ends it where Python has the word itself."""
    return field.name.removesuffix("_")


def choices_of(field: dataclasses.Field[Any]) -> tuple[str | int, ...]:
    """Return the choices of a field; none means that its values are free."""
    choices: Any = field.metadata["choices"]
    return tuple(choices() if callable(choices) else choices)


def base_type(field: dataclasses.Field[Any], owner: type) -> tuple[type, bool, bool]:
    """Return a field's plain type, whether it may be None, and whether it takes several values."""
    hint = typing.get_type_hints(owner)[field.name]
    optional = several = False
    if isinstance(hint, types.UnionType):
        hint, optional = next(a for a in typing.get_args(hint) if a is not type(None)), True
    if typing.get_origin(hint) is tuple:
        hint, several = typing.get_args(hint)[0], True
    return hint, optional, several


def _check(field: dataclasses.Field[Any], value: Any) -> None:
    name, meta = option_name(field), field.metadata
    choices, low, high = choices_of(field), meta["low"], meta["high"]
    if choices and value not in choices and not _is_beside(meta["beside"], value):
        known = [*map(str, choices), *([meta["beside"][0]] if meta["beside"] else [])]
        raise ConfigError(f"{name} is {value}; choose from {', '.join(known)}")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise ConfigError(f"{name} is {value}{_unit(meta)}; it must be {_range(low, high)}{_hint(value, high)}")


def _is_beside(beside: tuple[str, Callable[[str], bool]] | None, value: Any) -> bool:
    return beside is not None and isinstance(value, str) and beside[1](value)


def _unit(meta: Any) -> str:
    return f" {meta['unit']}" if meta["unit"] else ""


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"at least {low:g}"
    return f"{in_full(low)} to {in_full(high)}" if low is not None else f"at most {in_full(high)}"


def in_full(number: float) -> str:
    """Return a number as text: if it is whole, with all of its digits.

    >>> in_full(2**31 - 1), in_full(1e-9)
    ('2,147,483,647', '1e-09')
    """
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:g}"


def _hint(value: float, high: float | None) -> str:
    """Suggest the small number that was meant by a large one: 4e-6 for 4e06."""
    if high is None or high > 1 or not math.isfinite(value) or value < 10:
        return ""
    mantissa, exponent = f"{value:e}".split("e")
    return f" (did you mean {float(mantissa):g}e-{int(exponent)}?)"


def in_words(settings: dict[str, Any]) -> str:
    """Return settings as text, named as on the command line but without the leading dashes.

    >>> in_words({"lr": 4e-06, "batch_size": 16})
    'lr 4e-06, batch-size 16'
    """
    return ", ".join(f"{name.replace('_', '-')} {number_in_words(value)}" for name, value in settings.items())


def number_in_words(value: object) -> str:
    """Return a setting's value as text; a number has up to six significant digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_json(config: Checked) -> dict[str, Any]:
    """Return a config as plain JSON values by field; paths are text with forward slashes."""
    return {
        field.name: _plain(getattr(config, field.name))
        for field in dataclasses.fields(config)  # type: ignore[arg-type]  # every subclass is a dataclass
    }


def identity(config: Checked, values: dict[str, Any]) -> dict[str, Any]:
    """Return a config's values without later settings that are left at the behavior of earlier versions.

    These values identify a run, a dataset or a sweep. A new setting that is not used must not change them, so that
    folders of earlier versions are found and continued.

    Parameters
    ----------
    values : dict
        Plain JSON values by setting; other keys are kept.
    """
    before = {
        field.name: _plain(field.metadata["before"])
        for field in dataclasses.fields(config)  # type: ignore[arg-type]  # every subclass is a dataclass
        if field.metadata["before"] is not dataclasses.MISSING
    }
    return {name: value for name, value in values.items() if name not in before or value != before[name]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.as_posix() if isinstance(value, Path) else value
