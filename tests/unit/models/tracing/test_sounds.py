"""Only ways from waves to samples that a program has are described."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.models.tracing import sounds
from mirage_gan.models.tracing.program import UntraceableError
from mirage_gan.waves import representation
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.spectrogram import ROWS

if TYPE_CHECKING:
    from mirage_gan.waves.representation import Representation

CYCLE = representation.named("cycle")


def test_a_loop_says_its_length() -> None:
    assert sounds.describe(CYCLE, 64, 512, "periodic") == {"how": "cycle", "samples": 512}


def test_a_whole_sound_says_all_that_rebuilding_it_depends_on() -> None:
    about = sounds.describe(representation.named("spectrogram"), ROWS * 32, 65_280, "linear")

    assert len(about["edges"]) == 33
    assert about["edges"][-1] == pytest.approx(32 * 256)
    assert len(about["centers"]) == 128
    assert (about["longest"], about["fade"]) == (65_280, 147)


@pytest.mark.parametrize(
    ("shown_as", "samples", "interp"),
    [(CYCLE, 500, "periodic"), (CYCLE, 512, "linear"), (BlockMeans(), 512, "linear")],
)
def test_other_ways_are_refused(shown_as: Representation, samples: int, interp: str) -> None:
    with pytest.raises(UntraceableError, match="no program makes sounds of its waves"):
        sounds.describe(shown_as, 64, samples, interp)
