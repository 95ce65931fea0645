"""A morph is as many cycles as a bank holds, joined without a step, and is called by the way that it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.exporting.morphs import morph_order
from mirage_gan.exporting.morphs.morph_order import MorphOrder
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.models.addresses import Address, Route
from mirage_gan.settings.morphing import MorphConfig
from tests.support.morphs import CYCLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

some = settings(max_examples=50)


def test_the_cycles_that_a_bank_holds_leave_a_page_to_spare() -> None:
    for samples in (256, 512, 1024):
        count = morph_order.count_cycles(samples)
        pages = count * samples // 256
        assert pages <= 255 < pages + samples // 256
    assert {samples: morph_order.count_cycles(samples) for samples in CYCLES} == CYCLES


@some
@given(
    weights=arrays(np.float64, st.tuples(st.integers(2, 9), st.just(8)), elements=st.floats(-1, 1)),
    samples=st.sampled_from([256, 512, 1024]),
)
def test_cycles_are_joined_without_a_step_at_their_borders(weights: NDArray[np.float64], samples: int) -> None:
    phase = 2 * np.pi * np.arange(64) / 64
    frames = np.sin(phase) + sum(
        0.5 * weights[:, [h]] * np.sin((h + 1) * phase + weights[:, [-1 - h]]) for h in range(8)
    )

    signal = morph_order.join(np.asarray(frames, np.float32), samples)

    assert signal.shape == (len(frames) * samples,)
    assert np.abs(signal).max() == pytest.approx(1)
    assert abs(float(signal.mean(dtype=np.float64))) < 1e-5
    # at a border two frames meet where they are equally loud: the step there is one of theirs
    steps = np.abs(np.diff(np.append(signal, signal[0]))).reshape(len(frames), samples)
    assert steps[:, -1].max() <= 1.5 * steps[:, :-1].max()


# --- names


def order(*addresses: Address, run: str = "run") -> MorphOrder:
    """Return an order whose morph is never generated."""
    nobody: Any = None
    return MorphOrder(MorphConfig(seed=(1, 2)), run, Route(addresses), nobody, nobody, nobody)


def stem(*addresses: Address, run: str = "run") -> str:
    made = order(*addresses, run=run)
    made.name_files(1, DiskNumbers({}, {}))
    (name,) = made.stems.values()
    return name


def test_a_morph_is_called_by_its_seeds_in_their_order() -> None:
    assert stem(Address(3), Address(17)) == "run-morph-000003-000017"
    assert stem(Address(17), Address(3)) == "run-morph-000017-000003"
    assert stem(*map(Address, range(8))) == f"run-morph-{'-'.join(f'{seed:06}' for seed in range(8))}"


def test_a_morph_of_many_seeds_has_a_short_name_that_no_other_way_has() -> None:
    names = [stem(*map(Address, way)) for way in (range(9), range(40), [0, *range(2, 40)], [0, 2, 1, *range(3, 40)])]

    assert len(set(names)) == 4
    assert all(len(name) < 40 for name in names)
    assert names[1].startswith("run-morph-000000-000039-")


def test_the_disk_of_a_morph_has_the_next_number() -> None:
    made = order(Address(3), Address(17))
    made.name_files(2, DiskNumbers({"MIR04.img": {"sounds": []}}, {"route": [{"seed": 3}, {"seed": 17}]}))

    assert list(made.stems.values()) == ["run-morph-000003-000017-2"]
    (allocation,) = made.disks.allocations
    assert allocation.stem == "MIR05"
    assert allocation.banks == {"L1": (made.route,), "U1": (made.route,)}
