"""The allocation of seeds to disks, and to the banks of each disk."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import PROGRAMS, SOUNDS, WAVESAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence


# seeds per bank, by layout
VOICES: Final = {"play": PROGRAMS, "split8": WAVESAMPLES, "single": 1}


@dataclass(frozen=True)
class Allocation:
    """The seeds that one disk is to hold."""

    stem: str  # start of its files' names
    seeds: dict[str, tuple[int, ...]]  # by bank (L1 to U3), one for each wavesample in order


def allocate(
    seeds: Sequence[int], layout: str, banks: Sequence[str], name: str, *, one_disk: bool = False
) -> list[Allocation]:
    """Allocate seeds to as many disks as they need.

    Parameters
    ----------
    layout : str
        play: four seeds for a lower and an upper bank together; split8: eight for each bank; single: one for each bank.
    banks : sequence of str
        The banks of each disk to write, out of L1, U1, ... U3.
    name : str
        Start of the disks' names.
    one_disk : bool
        Whether there is only one disk, a copy of the user's own.

    Raises
    ------
    ConfigError
        If there is only one disk, and the seeds are too many for it.
    """
    # in `play`, the lower and the upper bank of the same number hold the same seeds
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
