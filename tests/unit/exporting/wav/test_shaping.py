"""What is wanted of a WAV file is possible, and a loop is repeated no more often than it must be."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.wav import shaping
from tests.support.exports import asked
from tests.support.signals import Cycle, seeds, some

if TYPE_CHECKING:
    from pathlib import Path


# --- refusals


def test_a_note_that_the_rate_cannot_hold_is_refused_before_anything_is_made(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        export(asked(trained, to=("wav",), note="G9", rate_hz=8_000), tmp_path / "export")

    assert str(caught.value) == (
        "--note G9 is 12,544 Hz, and files of 8,000 Hz hold less than half of that rate: choose a lower note, or a "
        "higher --rate"
    )
    assert not (tmp_path / "export").exists()
    assert export(asked(trained, to=("wav",), note="G9", count=1), tmp_path / "export").files == 1


def test_one_shots_are_not_repeated(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--seconds repeats loops, and these sounds are one-shots: leave it out$"):
        export(asked(trained_oneshots, to=("wav",), seconds=2.0), tmp_path / "export")
    assert not (tmp_path / "export").exists()


# --- loops


@some
@given(st.floats(2.0, 20_000.0), st.sampled_from([0.1, 1.0]))
def test_a_loop_is_repeated_as_often_as_its_pitch_needs_and_no_more(samples: float, cents: float) -> None:
    times = shaping.repeats_for(samples, cents)

    off = [abs(1200 * math.log2(round(n * samples) / (n * samples))) for n in range(1, times + 1)]
    assert off[-1] <= cents
    assert all(other > cents for other in off[:-1])
    assert times == 1 or times * samples < 870 / cents + samples


@some
@given(seeds, st.integers(16, 400))
def test_a_turned_loop_is_the_same_loop_from_a_rising_zero_crossing(seed: int, samples: int) -> None:
    loop = Cycle(seed, 5).points(samples).astype(np.float32)

    turned = shaping.turned(loop)

    assert turned[-1] < 0 <= turned[0]
    assert any(np.array_equal(np.roll(turned, turn), loop) for turn in range(samples))
    assert np.array_equal(shaping.turned(turned), turned)


def test_a_loop_that_never_crosses_zero_is_left() -> None:
    assert shaping.turned(np.ones(4, np.float32)).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("settings", "keeps"), [({}, True), ({"lufs": -23.0}, True), ({"rate_hz": 8_000}, False), ({"seconds": 1.0}, False)]
)
def test_only_a_rate_a_note_or_seconds_change_the_length(settings: dict[str, float], keeps: bool) -> None:
    assert dataclasses.replace(shaping.WavShape(), **settings).keeps_length == keeps  # type: ignore[arg-type]
