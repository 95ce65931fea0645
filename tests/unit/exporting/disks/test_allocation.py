"""Who goes where: every sound onto a disk once, in order, and as many as a layout has room for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.disks import packing, wavsyn_audio
from mirage_gan.exporting.disks.allocation import allocate
from mirage_gan.models.addresses import Address
from tests.support import floppy
from tests.support.addresses import of_seeds, seeds_of
from tests.support.packed import (
    LAYOUTS,
    ROOM,
    image_of,
    images,
    layouts,
    loop_of,
    made_waves,
    plan,
    seeds_on,
    sounds_of,
)

# --- who goes where


@layouts
def test_every_sound_goes_onto_a_disk_once_and_in_order(layout: str) -> None:
    room = ROOM[layout]
    for count in (1, 3, room - 1, room, room + 1, 2 * room + 5):
        disks = allocate(of_seeds(range(100, 100 + count)), layout, floppy.SOUNDS)
        assert len(disks) == math.ceil(count / room)
        found: list[int] = []
        for banks in disks:
            for name, places in banks.items():
                if layout != "play" or name[0] == "L":
                    found += seeds_of(places)
        assert found == list(range(100, 100 + count))


def test_sounds_that_were_chosen_keep_their_order() -> None:
    chosen = [7, 3, 11, 0, 9]
    (held,) = plan(of_seeds(chosen), "play")
    image = image_of(packing.build_disk(held, sounds_of(made_waves(12), loop_of(1)), loop_of(1), "play"))
    wanted = {(f"{half}{i // 4 + 1}", i % 4): seed for half in "LU" for i, seed in enumerate(chosen)}
    assert seeds_on(image, 12) == wanted
    assert wavsyn_audio.allocate_wavsyn(of_seeds(chosen), "play") == [tuple(of_seeds(chosen))]


def test_sounds_of_all_kinds_of_addresses_are_told_apart() -> None:
    places = [Address(3), Address(3, 0.2, 1), Address(3, 0.2, 2), Address(z=(1.0,) * 64), Address(3, name="Bell")]
    (banks,) = allocate(places, "split8", ("L1",))
    assert banks == {"L1": tuple(places)}


def test_play_puts_the_same_four_sounds_into_both_halves() -> None:
    (image,) = images(12, "play")
    assert floppy.present(image) == list(floppy.SOUNDS)
    wanted = {(f"{half}{n + 1}", k): 4 * n + k for half in "LU" for n in range(3) for k in range(4)}
    assert seeds_on(image, 12) == wanted


def test_split8_puts_eight_sounds_into_each_half() -> None:
    (image,) = images(48, "split8")
    assert floppy.present(image) == list(floppy.SOUNDS)
    assert seeds_on(image, 48) == {(name, k): 8 * i + k for i, name in enumerate(floppy.SOUNDS) for k in range(8)}


def test_single_puts_one_sound_into_each_half() -> None:
    (image,) = images(6, "single")
    assert floppy.present(image) == list(floppy.SOUNDS)
    assert seeds_on(image, 6) == {(name, 0): i for i, name in enumerate(floppy.SOUNDS)}


@pytest.mark.parametrize(
    ("layout", "left", "wanted"),
    [
        ("play", 1, {("L1", 0): 0, ("U1", 0): 0}),
        (
            "play",
            6,
            {(f"{half}{n + 1}", k): 4 * n + k for half in "LU" for n, many in ((0, 4), (1, 2)) for k in range(many)},
        ),
        ("split8", 3, {("L1", 0): 0, ("L1", 1): 1, ("L1", 2): 2}),
        ("split8", 9, {**{("L1", k): k for k in range(8)}, ("U1", 0): 8}),
        ("single", 2, {("L1", 0): 0, ("U1", 0): 1}),
    ],
)
def test_the_last_disk_holds_what_is_left_and_names_no_sound_that_is_not_there(
    layout: str, left: int, wanted: dict[tuple[str, int], int]
) -> None:
    room = ROOM[layout]
    full, last = images(room + left, layout)
    assert floppy.present(full) == list(floppy.SOUNDS)
    names = sorted({name for name, _ in wanted}, key=floppy.SOUNDS.index)
    assert floppy.present(last) == names
    assert seeds_on(last, room + left) == {place: room + i for place, i in wanted.items()}
    ours = np.zeros(floppy.BYTES, bool)
    ours[floppy.DIRECTORY] = True
    for name in names:
        for sector in floppy.sectors(name):
            ours[sector] = True
    assert not np.frombuffer(last, np.uint8)[~ours].any()  # no OS, no sequences, and nothing of other sounds


def test_sounds_go_only_into_what_was_asked_for() -> None:
    waves = made_waves(8)
    (held,) = plan(of_seeds(range(8)), "play", ("L1", "U2"))
    image = image_of(packing.build_disk(held, sounds_of(waves, loop_of(1)), loop_of(1), "play"))
    assert floppy.present(image) == ["L1", "U2"]
    assert seeds_on(image, 8) == {**{("L1", k): k for k in range(4)}, **{("U2", k): 4 + k for k in range(4)}}


@pytest.mark.parametrize(
    ("layout", "banks", "room"),
    [
        ("play", ("L1", "U1"), 4),
        ("play", ("L1", "U2"), 8),
        ("play", floppy.SOUNDS, 12),
        ("split8", ("U3",), 8),
        ("split8", floppy.SOUNDS, 48),
        ("single", ("L1", "L2", "L3"), 3),
    ],
)
def test_more_sounds_than_ones_own_disk_holds_are_refused_with_the_number_that_it_does(
    layout: str, banks: tuple[str, ...], room: int
) -> None:
    assert len(allocate(of_seeds(range(room)), layout, banks, one_disk=True)) == 1
    with pytest.raises(ConfigError, match=rf"^{room + 1} sounds are too many for .*choose --count {room}\b"):
        allocate(of_seeds(range(room + 1)), layout, banks, one_disk=True)
    assert len(allocate(of_seeds(range(room + 1)), layout, banks)) == 2


def test_no_more_sounds_of_a_disk_are_offered_where_all_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        allocate(of_seeds(range(13)), "play", floppy.SOUNDS, one_disk=True)
    assert "more sounds for --into" not in str(caught.value)


# --- files


@settings(max_examples=30)
@given(
    layout=st.sampled_from(LAYOUTS),
    count=st.integers(1, 120),
    banks=st.sets(st.sampled_from(floppy.SOUNDS), min_size=1),
)
def test_any_choice_of_sounds_shares_all_seeds_out(layout: str, count: int, banks: set[str]) -> None:
    names = [name for name in floppy.SOUNDS if name in banks]
    disks = allocate(of_seeds(range(count)), layout, names)
    assert {seed for disk in disks for places in disk.values() for seed in seeds_of(places)} == set(range(count))
    most = {"play": 4, "split8": 8, "single": 1}[layout]
    for disk in disks:
        assert set(disk) <= banks
        assert all(1 <= len(places) <= most for places in disk.values())
        if layout == "play":  # lower and upper n are one sound
            for n in "123":
                assert disk.get(f"L{n}") == disk.get(f"U{n}") or not {f"L{n}", f"U{n}"} <= set(disk)


# --- Wavsyn


def test_plans_of_no_sounds_are_empty() -> None:
    assert allocate([], "play", floppy.SOUNDS) == []
    assert wavsyn_audio.allocate_wavsyn([], "play") == []


def test_a_plan_says_what_a_disk_holds() -> None:
    assert allocate([Address(5)], "play", ("L1", "U1")) == [{"L1": (Address(5),), "U1": (Address(5),)}]
