"""Which seeds go on which disk, and to which of its sounds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import PROGRAMS, SOUNDS, WAVESAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence


# sounds that share a bank, by layout
VOICES: Final = {"play": PROGRAMS, "split8": WAVESAMPLES, "single": 1}


@dataclass(frozen=True)
class Allocation:
    """What one disk is to hold: seeds of each of its sounds, one a wavesample."""

    stem: str  # of its files' names
    seeds: dict[str, tuple[int, ...]]


def allocate(
    seeds: Sequence[int], layout: str, banks: Sequence[str], name: str, *, one_disk: bool = False
) -> list[Allocation]:
    """Share seeds out to as many disks as they need.

    Parameters
    ----------
    layout : str
        play: four seeds to both halves of a sound; split8: eight to each half; single: one to each half.
    banks : sequence of str
        The sounds of each disk that are written, of L1, U1, ... U3.
    name : str
        Beginning of the disks' names.
    one_disk : bool
        Whether there is only one, a copy of somebody's own.

    Raises
    ------
    ConfigError
        If they are too many for one disk, where there is only one.
    """
    # lower n and upper n are one sound
    together = itertools.groupby(banks, key=lambda bank: bank[1] if layout == "play" else bank)
    groups = [tuple(group) for _, group in together]
    voices = VOICES[layout]
    room = voices * len(groups)
    if one_disk and len(seeds) > room:
        more = ", or more sounds for --into" if len(banks) < len(SOUNDS) else ""
        raise ConfigError(
            f"--count {len(seeds)} is too many for {', '.join(banks)} of one disk, which in --layout {layout} hold "
            f"{room}: choose --count {room}{more}"
        )
    allocations = []
    for start in range(0, len(seeds), room):
        parts = [seeds[at : at + voices] for at in range(start, min(start + room, len(seeds)), voices)]
        shared = {bank: tuple(part) for group, part in zip(groups, parts, strict=False) for bank in group}
        allocations.append(Allocation(f"{name}-{layout}-seed{seeds[start]:06}", shared))
    return allocations
