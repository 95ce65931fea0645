"""An address says in text and in file names which sound it is, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.models.addresses import Address, Route
from tests.support.addresses import addresses


@given(a=addresses(), b=addresses())
def test_two_sounds_never_look_the_same(a: Address, b: Address) -> None:
    is_same = (a.seed, a.spread, a.number, a.z, a.mix) == (b.seed, b.spread, b.number, b.z, b.mix)

    assert (str(a) == str(b)) is is_same
    assert (a.stem == b.stem) is is_same


@given(address=addresses(), name=st.text())
def test_a_name_is_not_what_a_sound_is_found_by(address: Address, name: str) -> None:
    named = replace(address, name=name)

    assert (str(named), named.stem) == (str(address), address.stem)


@given(seeds=st.lists(st.integers(0, 999_999), min_size=2, max_size=9))
def test_file_names_sort_by_seed(seeds: list[int]) -> None:
    assert sorted(Address(seed).stem for seed in seeds) == [Address(seed).stem for seed in sorted(seeds)]


def test_the_neighbours_of_a_seed_come_after_it_in_their_order() -> None:
    stems = [Address(7).stem, *(Address(7, 0.2, number).stem for number in range(1, 30)), Address(8).stem]

    assert sorted(stems) == stems


@given(address=addresses())
def test_an_address_is_a_part_of_file_names_that_every_system_allows(address: Address) -> None:
    assert address.stem.isascii()
    assert not set(address.stem) & set('<>:"/\\|?* ')
    assert not address.stem.startswith((".", "-"))


def test_a_route_names_its_addresses_in_order() -> None:
    assert str(Route((Address(3), Address(17, 0.2, 1), Address(5)))) == "3 17~0.2#1 5"
    assert Route((Address(3), Address(5))) != Route((Address(5), Address(3)))
