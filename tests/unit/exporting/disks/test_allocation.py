"""Who goes where: every sound onto a disk once, in order, and as many as a layout has room for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.disks import allocation, packing, wavsyn_audio
from mirage_gan.exporting.disks.allocation import Allocation
from tests.support import floppy
from tests.support.packed import LAYOUTS, ROOM, image_of, images, layouts, loop_of, made_waves, seeds_on

# --- who goes where


@layouts
def test_every_sound_goes_onto_a_disk_once_and_in_order(layout: str) -> None:
    room = ROOM[layout]
    for count in (1, 3, room - 1, room, room + 1, 2 * room + 5):
        plans = allocation.allocate(range(100, 100 + count), layout, floppy.SOUNDS, "run")
        assert len(plans) == math.ceil(count / room)
        found: list[int] = []
        for plan in plans:
            for name, seeds in plan.seeds.items():
                if layout != "play" or name[0] == "L":
                    found += seeds
        assert found == list(range(100, 100 + count))


def test_sounds_that_were_chosen_keep_their_order() -> None:
    chosen = [7, 3, 11, 0, 9]
    (plan,) = allocation.allocate(chosen, "play", floppy.SOUNDS, "run")
    assert plan.stem == "run-play-seed000007"
    image = image_of(packing.build_disk(plan, made_waves(12), loop_of(1), "play"))
    wanted = {(f"{half}{i // 4 + 1}", i % 4): seed for half in "LU" for i, seed in enumerate(chosen)}
    assert seeds_on(image, 12) == wanted
    ((stem, seeds),) = wavsyn_audio.allocate_wavsyn(chosen, "play", "run")
    assert (stem, seeds) == ("run-wavsyn-seed000007", tuple(chosen))


@layouts
def test_a_disk_is_named_after_its_run_its_layout_and_its_first_sound(layout: str) -> None:
    room = ROOM[layout]
    plans = allocation.allocate(range(7, 7 + 3 * room), layout, floppy.SOUNDS, "mine")
    assert [plan.stem for plan in plans] == [f"mine-{layout}-seed{7 + room * i:06}" for i in range(3)]


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
    (plan,) = allocation.allocate(range(8), "play", ("L1", "U2"), "run")
    image = image_of(packing.build_disk(plan, waves, loop_of(1), "play"))
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
    assert len(allocation.allocate(range(room), layout, banks, "run", one_disk=True)) == 1
    with pytest.raises(ConfigError, match=rf"^--count {room + 1} is too many for .*choose --count {room}\b"):
        allocation.allocate(range(room + 1), layout, banks, "run", one_disk=True)
    assert len(allocation.allocate(range(room + 1), layout, banks, "run")) == 2


def test_no_more_sounds_of_a_disk_are_offered_where_all_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        allocation.allocate(range(13), "play", floppy.SOUNDS, "run", one_disk=True)
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
    plans = allocation.allocate(range(count), layout, names, "run")
    assert {seed for plan in plans for seeds in plan.seeds.values() for seed in seeds} == set(range(count))
    most = {"play": 4, "split8": 8, "single": 1}[layout]
    for plan in plans:
        assert set(plan.seeds) <= banks
        assert all(1 <= len(seeds) <= most for seeds in plan.seeds.values())
        if layout == "play":  # lower and upper n are one sound
            for n in "123":
                assert plan.seeds.get(f"L{n}") == plan.seeds.get(f"U{n}") or not {f"L{n}", f"U{n}"} <= set(plan.seeds)


# --- Wavsyn


def test_plans_of_no_sounds_are_empty() -> None:
    assert allocation.allocate([], "play", floppy.SOUNDS, "run") == []
    assert wavsyn_audio.allocate_wavsyn([], "play", "run") == []


def test_a_plan_says_what_it_is_called_and_holds() -> None:
    assert allocation.allocate([5], "play", ("L1", "U1"), "run") == [
        Allocation("run-play-seed000005", {"L1": (5,), "U1": (5,)})
    ]
