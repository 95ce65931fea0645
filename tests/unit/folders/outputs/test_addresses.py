"""An address comes back from JSON as it was, and what is none, or more than one, is refused."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base import schema
from mirage_gan.base.schema import SchemaError
from mirage_gan.folders.outputs.addresses import StoredAddress, as_json, from_stored
from mirage_gan.models.addresses import Address
from tests.support.addresses import a_latent, addresses


def parse(value: object) -> Address:
    return from_stored(schema.convert(value, StoredAddress))


@given(address=addresses(st.text()))
def test_an_address_comes_back_from_json_as_it_was(address: Address) -> None:
    assert parse(json.loads(json.dumps(as_json(address), allow_nan=False))) == address


def test_json_holds_only_what_an_address_has() -> None:
    assert as_json(Address(3)) == {"seed": 3}
    assert as_json(Address(0, 0.5, 2)) == {"seed": 0, "spread": 0.5, "number": 2}
    assert as_json(Address(z=a_latent())) == {"z": list(a_latent())}
    assert as_json(Address(3, name="Bell")) == {"seed": 3, "name": "Bell"}


@given(values=st.lists(st.floats(-100, 100), min_size=64, max_size=64).filter(lambda z: max(map(abs, z)) > 1e-30))
def test_a_latent_is_rounded_to_float32_once(values: list[float]) -> None:
    found = parse({"z": values})

    assert found.z == tuple(struct.unpack("<64f", struct.pack("<64f", *values)))
    assert parse(as_json(found)) == found


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "it does not say its seed"),
        ({"name": "Bell"}, "it does not say its seed"),
        ({"spread": 0.2, "number": 1}, "it does not say its seed"),
        ({"seed": -1}, "its seed: Expected int >= 0"),
        ({"seed": 1.5}, "its seed is a number, not a whole number or null"),
        ({"seed": True}, "its seed is true or false, not a whole number or null"),
        ({"seed": "3"}, "its seed is text, not a whole number or null"),
        ({"seed": 3, "spread": 0.2}, "a neighbour of a seed needs both spread and number"),
        ({"seed": 3, "number": 2}, "a neighbour of a seed needs both spread and number"),
        ({"seed": 3, "spread": 0, "number": 2}, "its spread: Expected float > 0.0"),
        ({"seed": 3, "spread": 1.01, "number": 2}, "its spread: Expected float <= 1.0"),
        ({"seed": 3, "spread": 0.2, "number": 0}, "its number: Expected int >= 1"),
        ({"z": [1.0] * 63}, "its z: Expected array of length >= 64"),
        ({"z": [1.0] * 65}, "its z: Expected array of length <= 64"),
        ({"z": ["1"] * 64}, "its z[0] is text, not a number"),
        ({"z": [0.0] * 64}, "its z has no direction"),
        ({"z": [1e-60] * 64}, "its z has no direction"),
        ({"z": [1e300] * 64}, "a value of its z is too large"),
        ({"z": [1.0] * 64, "seed": 3}, "an address is either a seed or z, and it holds both"),
        ({"z": [1.0] * 64, "spread": 0.2}, "an address is either a seed or z, and it holds both"),
        ({"seed": 3, "name": 5}, "its name is a whole number, not text"),
        ({"seed": 3, "nmae": "Bell"}, "Object contains unknown field nmae"),
        (3, "the whole is a whole number, not an object"),
    ],
)
def test_what_is_no_address_is_told_what_is_wrong(value: object, problem: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse(value)

    assert str(caught.value) == problem


@given(at=st.integers(0, 63), value=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_latent_that_is_not_finite_is_refused(at: int, value: float) -> None:
    values: list[Any] = [1.0] * 64
    values[at] = value

    with pytest.raises(SchemaError, match=r"its z has no direction|too large"):
        parse({"z": values})


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ({"seed": 1, "class": "bass", "mix": {"pad": 1.0}}, "either a class or a mix, and it has both"),
        ({"seed": 1, "mix": {"pad": 0.7, "bass": 0.2}}, "the shares of its mix do not add up to 1"),
        ({"seed": 1, "mix": {}}, "the shares of its mix do not add up to 1"),
        ({"seed": 1, "mix": {"pad": 1.5, "bass": -0.5}}, "mix"),
        ({"seed": 1, "class": ""}, "class"),
    ],
)
def test_a_class_that_is_none_is_refused(stored: dict[str, Any], problem: str) -> None:
    with pytest.raises(SchemaError, match=problem):
        from_stored(schema.convert(stored, StoredAddress))
