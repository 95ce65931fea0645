"""Rows of hits: a path through the latent space of whole sounds, one after the other in one sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio.measuring import onsets
from mirage_gan.mirage.spec import PAGE_BYTES
from mirage_gan.waves.whole_sounds import LONGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Signal


def line_up(hits: Sequence[Signal], rate_hz: int) -> Signal:
    """Play hits one after the other, evenly spaced by whole pages, in what a bank holds at most.

    Parameters
    ----------
    hits : sequence of float32, shape (samples,)
        Peak 1.
    rate_hz : int
        Sample rate.

    Returns
    -------
    float32, shape (hits * spacing,)
        The spacing is as many pages as the longest hit takes; if that is too much, all longer ones are cut with a fade.
    """
    longest = max(len(hit) for hit in hits)
    spacing = PAGE_BYTES * min(-(-longest // PAGE_BYTES), LONGEST // len(hits) // PAGE_BYTES)
    row = np.zeros((len(hits), spacing), np.float32)
    for place, hit in zip(row, hits, strict=True):
        kept = onsets.cut(hit, spacing, rate_hz)
        place[: len(kept)] = kept
    return row.reshape(-1)
