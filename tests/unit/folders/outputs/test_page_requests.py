"""What the page asks is read strictly, and what is no request is refused in one line."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.folders.outputs import page_requests
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.models.addresses import Address
from tests.support import damage
from tests.support.addresses import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

LISTS = st.lists(addresses(st.text()), max_size=3)


@settings(max_examples=50)
@given(parts=st.fixed_dictionaries({}, optional=dict.fromkeys(("set", "remove", "reject", "unreject"), LISTS)))
def test_a_change_comes_as_it_was_sent_and_parts_may_be_left_out(parts: dict[str, list[Address]]) -> None:
    body = json.dumps({key: list(map(as_json, items)) for key, items in parts.items()}).encode()

    found = page_requests.parse_change(body)

    assert (found.starred, found.unstarred, found.rejected, found.unrejected) == tuple(
        parts.get(key, []) for key in ("set", "remove", "reject", "unreject")
    )


@given(what=st.text(), sounds=LISTS)
def test_an_order_comes_as_it_was_sent(what: str, sounds: list[Address]) -> None:
    body = json.dumps({"what": what, "sounds": list(map(as_json, sounds))}).encode()

    assert page_requests.parse_order(body) == page_requests.Order(what, sounds, None)


def test_both_say_which_checkpoint_was_listened_to() -> None:
    order = page_requests.parse_order(b'{"what": "wav", "sounds": [], "checkpoint_sha256": "ab12"}')

    assert order.checkpoint_sha256 == "ab12"
    assert page_requests.parse_change(b'{"checkpoint_sha256": "ab12"}').checkpoint_sha256 == "ab12"


def test_a_name_may_be_empty() -> None:
    assert page_requests.parse_change(b'{"set": [{"seed": 3, "name": ""}]}').starred == [Address(3)]


@pytest.mark.parametrize(
    ("parse", "body", "problem"),
    [
        (page_requests.parse_change, b"", "no change of favourites: it is not valid JSON"),
        (page_requests.parse_change, b"\xff", "no change of favourites: it is not valid JSON"),
        (page_requests.parse_change, b"[" * 100_000, "no change of favourites: it is not valid JSON"),
        (page_requests.parse_change, b'{"set": [{"z": [NaN]}]}', "no change of favourites: it is not valid JSON"),
        (page_requests.parse_change, b"[]", "no change of favourites: the whole is a list, not an object"),
        (page_requests.parse_change, b'{"sett": []}', "no change of favourites: Object contains unknown field sett"),
        (page_requests.parse_change, b'{"set": [{}]}', "no change of favourites: of sound 1, it does not say its seed"),
        (page_requests.parse_change, b'{"reject": [3]}', "no change of favourites: its reject[0] is a whole number"),
        (page_requests.parse_change, b'{"set": [{"seed": -1}]}', "no change of favourites: its set[0].seed: Expected"),
        (page_requests.parse_order, b"{}", "no order of files: it does not say its what"),
        (page_requests.parse_order, b'{"what": "disk"}', "no order of files: it does not say its sounds"),
        (page_requests.parse_order, b'{"what": 3, "sounds": []}', "no order of files: its what is a whole number"),
        (
            page_requests.parse_order,
            b'{"what": "", "sounds": [{"seed": 3}, {"seed": 3, "number": 1}]}',
            "no order of files: of sound 2, a neighbour of a seed needs both spread and number",
        ),
    ],
    ids=lambda value: ascii(value)[:50] if isinstance(value, bytes) else "",
)
def test_what_is_no_request_is_refused_in_one_line(parse: Callable[[bytes], object], body: bytes, problem: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse(body)

    said = str(caught.value)
    assert said.startswith(f"the page sent {problem}")
    assert said.endswith("; load it again")
    assert len(said.splitlines()) == 1


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_request_is_read_or_refused(data: st.DataObject) -> None:
    whole = b'{"set": [{"seed": 17, "spread": 0.2, "number": 3, "name": "Bell"}], "remove": [{"seed": 3}]}'

    with contextlib.suppress(FormatError):
        page_requests.parse_change(data.draw(damage.damaged_json(whole)))
