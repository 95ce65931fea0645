"""Every setting has a default, a range and a help text, and says what is wrong with a value."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings import fields
from mirage_gan.settings.demo import DemoConfig
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from mirage_gan.settings.fields import Checked

STAGES: tuple[type[Checked], ...] = (PreprocessConfig, TrainConfig, ExportConfig, DemoConfig)


def make(stage: type[Checked], **values: Any) -> Checked:
    """Make a config, with what a value cannot do without: a source, a format that takes it, a seed to be near to."""
    needed: dict[type[Checked], dict[str, Any]] = {
        PreprocessConfig: {"sources": (Path("wavs"),)},
        ExportConfig: {"to": ("wav",)},
    }
    if "spread" in values:
        values["near"] = 0
    if "layout" in values:
        values["to"] = ("disk",)
    return stage(**needed.get(stage, {}) | values)


def all_fields() -> list[tuple[type[Checked], dataclasses.Field[Any]]]:
    return [(stage, field) for stage in STAGES for field in dataclasses.fields(stage)]  # type: ignore[arg-type]  # Checked ones are


def name(value: object) -> str:
    return value.name if isinstance(value, dataclasses.Field) else getattr(value, "__name__", str(value))


FIELDS = pytest.mark.parametrize(("stage", "field"), all_fields(), ids=name)
NUMBERS = [
    (stage, field)
    for stage, field in all_fields()
    if fields.base_type(field, stage)[0] in (int, float) and not field.metadata["choices"]
]


@FIELDS
def test_every_setting_has_help_that_ends_as_a_sentence(stage: type[Checked], field: dataclasses.Field[Any]) -> None:
    text = field.metadata["help"].partition("  [default: ")[0]

    assert len(text) > 10
    assert text.endswith(".")


@FIELDS
def test_every_number_has_a_range_or_choices(stage: type[Checked], field: dataclasses.Field[Any]) -> None:
    low, high = field.metadata["low"], field.metadata["high"]

    if (stage, field) in NUMBERS:
        assert low is not None
        assert high is not None
        assert low < high


@FIELDS
def test_every_default_is_allowed(stage: type[Checked], field: dataclasses.Field[Any]) -> None:
    made = make(stage)
    low, high, choices = field.metadata["low"], field.metadata["high"], fields.choices_of(field)
    default = getattr(made, field.name)

    for value in default if isinstance(default, tuple) else (default,):
        assert not choices or value in choices or value is None
        assert low is None or value is None or low <= value <= high


@FIELDS
def test_every_choice_is_allowed_and_anything_else_is_not(stage: type[Checked], field: dataclasses.Field[Any]) -> None:
    choices, option = fields.choices_of(field), fields.option_name(field)
    several = fields.base_type(field, stage)[2]
    for choice in choices:
        value = (choice,) if several else choice
        assert getattr(make(stage, **{field.name: value}), field.name) == value

    if choices:
        with pytest.raises(ConfigError) as caught:
            make(stage, **{field.name: ("nothing",) if several else "nothing"})
        beside = field.metadata["beside"]
        known = [*map(str, choices), *([beside[0]] if beside else [])]
        assert str(caught.value) == f"{option} is nothing; choose from {', '.join(known)}"


@pytest.mark.parametrize(("stage", "field"), NUMBERS, ids=name)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_must_be_finite(stage: type[Checked], field: dataclasses.Field[Any], value: float) -> None:
    with pytest.raises(ConfigError) as caught:
        make(stage, **{field.name: value})

    assert str(caught.value).startswith(f"{fields.option_name(field)} is {value}")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(("stage", "field"), NUMBERS, ids=name)
@given(data=st.data())
def test_a_number_is_in_its_range_or_refused_with_the_range(
    stage: type[Checked], field: dataclasses.Field[Any], data: st.DataObject
) -> None:
    low, high, unit = (field.metadata[key] for key in ("low", "high", "unit"))
    whole = fields.base_type(field, stage)[0] is int
    edges = st.sampled_from([low, high, low - 1, high + 1])
    value = data.draw(edges | (st.integers() if whole else st.floats(allow_nan=False, allow_infinity=False)))

    given = (value,) if fields.base_type(field, stage)[2] else value

    if low <= value <= high:
        assert getattr(make(stage, **{field.name: given}), field.name) == given
        return
    with pytest.raises(ConfigError) as caught:
        make(stage, **{field.name: given})
    allowed = f"{fields.in_full(low)} to {fields.in_full(high)}"
    says = f"{fields.option_name(field)} is {value}{unit and ' ' + unit}; it must be {allowed}"
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("4e06", "4e-6"), ("4e6", "4e-6"), ("3e4", "3e-4"), ("2.5e05", "2.5e-5"), ("1e10", "1e-10")],
)
@pytest.mark.parametrize("field", ["lr", "lr_d"])
def test_a_rate_without_its_minus_gets_a_hint(field: str, typed: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(TrainConfig, **{field: float(typed)})

    assert str(caught.value).endswith(f"; it must be 1e-09 to 1 (did you mean {meant}?)")


@given(digits=st.integers(10, 99), exponent=st.integers(1, 9))
def test_the_hint_is_the_number_with_the_minus(digits: int, exponent: int) -> None:
    with pytest.raises(ConfigError) as caught:
        make(TrainConfig, lr=float(f"{digits / 10}e0{exponent}"))

    assert str(caught.value).endswith(f"(did you mean {digits / 10:g}e-{exponent}?)")


@pytest.mark.parametrize("value", [0.0, -4e-6, -4e6, 1.5])
def test_a_rate_that_misses_no_minus_gets_no_hint(value: float) -> None:
    with pytest.raises(ConfigError) as caught:
        make(TrainConfig, lr=value)

    assert str(caught.value) == f"--lr is {value}; it must be 1e-09 to 1"


def test_a_whole_number_out_of_range_gets_no_hint() -> None:
    with pytest.raises(ConfigError) as caught:
        make(TrainConfig, batch_size=4_000_000)

    assert str(caught.value) == "--batch-size is 4000000; it must be 1 to 65,536"


def test_a_unit_is_said() -> None:
    with pytest.raises(ConfigError) as caught:
        make(PreprocessConfig, raw_rate_hz=44)

    assert str(caught.value) == "--raw-rate is 44 Hz; it must be 1,000 to 384,000"


@pytest.mark.parametrize("stage", STAGES)
def test_no_two_settings_of_a_stage_share_an_option(stage: type[Checked]) -> None:
    options = [fields.option_name(field) for owner, field in all_fields() if owner is stage]

    assert len(set(options)) == len(options)
    assert not {"--out", "--json", "--help"} & set(options)


@pytest.mark.parametrize("stage", STAGES)
def test_a_config_cannot_be_changed(stage: type[Checked]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make(stage).seed = 1  # type: ignore[attr-defined]  # that is the point


@pytest.mark.parametrize("stage", STAGES)
def test_a_config_is_plain_json(stage: type[Checked]) -> None:
    made = make(stage)

    plain = fields.as_json(made)

    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert list(plain) == [field.name for owner, field in all_fields() if owner is stage]


def test_a_path_in_json_is_the_same_on_every_system() -> None:
    made = make(PreprocessConfig, sources=(Path("a") / "b",))

    assert fields.as_json(made)["sources"] == ["a/b"]


@pytest.mark.parametrize(("low", "high"), [(0, None), (None, 9), (0, 9)])
def test_what_is_no_number_is_in_no_range(low: float | None, high: float | None) -> None:
    @dataclasses.dataclass
    class Gain(fields.Checked):
        level: float = fields.setting(1.0, help="How loud.", low=low, high=high)

    with pytest.raises(ConfigError, match="--level is nan; it must be "):
        Gain(level=float("nan"))
