"""Every option that takes a number, with values that no one should type: each is answered in one line."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.settings import (
    auditioning,
    demo,
    exporting,
    judging,
    morphing,
    preprocessing,
    sweeping,
    training,
    varying,
)
from mirage_gan.settings.fields import Checked, base_type, choices_of, option_name

if TYPE_CHECKING:
    from tests.support.fixtures import Cli

CONFIGS: dict[str, type[Checked]] = {
    "preprocess gone": preprocessing.PreprocessConfig,
    "train": training.TrainConfig,
    "sweep": sweeping.SweepConfig,
    "export": exporting.ExportConfig,
    "audition": auditioning.AuditionConfig,
    "evaluate": judging.EvaluateConfig,
    "morph": morphing.MorphConfig,
    "vary gone": varying.VaryConfig,
    "demo": demo.DemoConfig,
}
ODD = (
    "nan", "inf", "-inf", "0", "-0", "-1", "-0.5", "0.5", str(2**63), str(-(2**63)), "1e400", "-1e400", "1e-400",
    "4e06", "100000", "256", "", " ", "0x10", "1" * 5_000, "one",
)  # fmt: skip
NUMBERS = [
    pytest.param(command, field, base_type(field, config)[0], id=f"{command.split()[0]} {option_name(field)}")
    for command, config in CONFIGS.items()
    for field in dataclasses.fields(config)  # type: ignore[arg-type]  # Checked ones are
    if base_type(field, config)[0] in (int, float)
]


def parsed(text: str, kind: type) -> float | None:
    """Return the number that a text is for Python, or None."""
    try:
        return kind(text)  # type: ignore[no-any-return]
    except ValueError:
        return None


def test_every_command_with_settings_is_in_the_table() -> None:
    from mirage_gan.cli import commands  # noqa: PLC0415 - to see what it knows

    known = {value for value in vars(commands).values() if isinstance(value, type) and issubclass(value, Checked)}
    assert known - {Checked} == set(CONFIGS.values())
    assert len(NUMBERS) > 50


@pytest.mark.parametrize(("command", "field", "kind"), NUMBERS)
def test_a_number_has_a_smallest_and_a_largest_value(command: str, field: dataclasses.Field[Any], kind: type) -> None:
    meta = field.metadata

    assert choices_of(field) or (math.isfinite(meta["low"]) and math.isfinite(meta["high"])), (command, kind)


@pytest.mark.parametrize(("command", "field", "kind"), NUMBERS)
def test_an_odd_number_is_answered_in_one_line(
    cli: Cli, command: str, field: dataclasses.Field[Any], kind: type
) -> None:
    meta, name = field.metadata, option_name(field)
    for text in ODD:
        value = parsed(text, kind)
        allowed = value is not None and (
            value in choices_of(field) if choices_of(field) else meta["low"] <= value <= meta["high"]
        )

        result = cli(*command.split(), f"{name}={text}")

        assert result.stdout == "", text
        assert result.stderr.count("Error: ") == 1, text
        last = result.stderr.splitlines()[-1]
        if value is None:
            assert result.exit_code == 2, text
            assert name in last
        elif allowed:  # the folder is empty, so the stage has nothing to work on
            assert result.exit_code == 1, text
            assert not last.startswith(f"Error: {name} is {value}")
        else:
            assert result.exit_code == 1, text
            assert result.stderr == f"{last}\n"
            assert last.startswith(f"Error: {name} is {value}"), text
            assert " it must be " in last or " choose from " in last
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["--length", "--seeds", "--note"])
def test_a_text_that_holds_numbers_is_held_to_them_too(cli: Cli, name: str) -> None:
    for text in ("nan", "inf", "-1", "0.5", str(2**63), "1e400", "1" * 5_000, "0-", "-", ",", "\0", "٣"):
        result = cli("export", f"{name}={text}", "--to", "wav")

        assert result.exit_code == 1, text
        assert result.stderr.startswith(f"Error: {name} "), text
        assert result.stderr.count("\n") == 1
        assert len(result.stderr) < 6_000
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("command", "field", "kind"), NUMBERS)
def test_what_the_help_shows_as_the_default_is_allowed(command: str, field: dataclasses.Field[Any], kind: type) -> None:
    default = field.default
    for value in default if isinstance(default, tuple) else (default,):
        if value is not None:
            choices = choices_of(field)
            assert (value in choices) if choices else (field.metadata["low"] <= value <= field.metadata["high"])
            assert isinstance(value, (kind, int)), command
