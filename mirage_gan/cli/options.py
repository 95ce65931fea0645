"""Command-line options from configs, so that every setting is declared once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirage_gan.settings.fields import Checked, base_type, choices_of, option_name

if TYPE_CHECKING:
    from collections.abc import Callable


def settings(config: type[Checked]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of a config; the command receives the config as its first argument."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        fields = dataclasses.fields(config)  # type: ignore[arg-type]  # every subclass is a dataclass

        def run(**values: Any) -> None:
            own = {field.name: values.pop(field.name) for field in fields}
            command(config(**own), **values)

        run.__doc__, run.__name__ = command.__doc__, command.__name__
        run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's own
        for field in reversed(fields):
            run = _parameter(field, config)(run)
        return run

    return decorate


class _Choice(click.Choice[str]):
    """A choice of words that may also accept texts of one other form, such as FILE.py:NAME."""

    def __init__(self, choices: list[str], beside: tuple[str, Callable[[str], bool]] | None) -> None:
        super().__init__(choices)
        self._beside = beside

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return a text of the other form unchanged, and check any other text against the words."""
        if self._beside and isinstance(value, str) and self._beside[1](value):
            return value
        return super().convert(value, param, ctx)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Name the other form beside the words."""
        said = super().get_invalid_choice_message(value, ctx).removesuffix(".")
        return f"{said}, or {self._beside[0]}." if self._beside else f"{said}."

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the words in brackets, with the other form as the last one."""
        shown = super().get_metavar(param, ctx)
        return f"{shown[:-1]}|{self._beside[0]}]" if shown and self._beside else shown


def _parameter(field: dataclasses.Field[Any], owner: type) -> Callable[[Any], Any]:
    """Make the option or argument of one field."""
    meta, choices = field.metadata, choices_of(field)
    wanted, optional, several = base_type(field, owner)
    kind: Any = wanted
    if wanted is Path:
        kind = click.Path(path_type=Path)
    elif choices:
        kind = _Choice([str(choice) for choice in choices], meta["beside"]) if wanted is str else wanted
    required = field.default is dataclasses.MISSING
    default = None if required else field.default
    if meta["argument"]:
        metavar = f"{field.name.upper().removesuffix('S')}{'...' if several else ''}"
        nargs = -1 if several else 1
        if required:  # and without a default, because click 8.3 takes one of None for a value that is given
            return click.argument(field.name, type=kind, nargs=nargs, required=True, metavar=metavar)
        return click.argument(
            field.name, type=kind, nargs=nargs, required=False, default=default, metavar=f"[{metavar}]"
        )
    text = meta["help"]
    if choices and wanted is not str:
        text += f"  [{', '.join(map(str, choices))}]"
    name = option_name(field)
    if wanted is bool:
        flags = f"{name}/--no-{name[2:]}" if default else name
        return click.option(flags, field.name, default=default, help=text, is_flag=True)
    shown = not optional and default not in (None, ())
    return click.option(
        name,
        field.name,
        type=kind,
        default=default,
        multiple=several,
        help=text,
        show_default=shown,
        metavar=meta["unit"] or _metavar(kind),
    )


def _metavar(kind: Any) -> str | None:
    return {int: "N", float: "X", str: "TEXT"}.get(kind) if isinstance(kind, type) else None


def table(title: str, lines: dict[str, str]) -> str:
    """Return a table of names and their descriptions for the end of a command's help."""
    width = max(map(len, lines))
    return "\b\n" + "\n".join([title, *(f"  {name.ljust(width)}  {text}" for name, text in lines.items())])


def out_option(default: str | None, shown: str | None = None) -> Callable[[Any], Any]:
    """Make the option that names the folder to write; `shown` says in words what a default of None means."""
    return click.option(
        "--out", default=default, show_default=shown or True, type=click.Path(path_type=Path), help="Folder to write."
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
