"""The allocation of sounds to disks, and to the banks of each disk."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import PROGRAMS, SOUNDS, WAVESAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.models.addresses import Place

# sounds per bank, by layout
VOICES: Final = {"play": PROGRAMS, "split8": WAVESAMPLES, "single": 1, "kit": WAVESAMPLES}


@dataclass(frozen=True)
class Allocation:
    """The sounds that one disk is to hold."""

    stem: str  # start of its files' names
    banks: dict[str, tuple[Place, ...]]  # sounds by bank (L1 to U3), one for each wavesample in order


def allocate(
    places: Sequence[Place], layout: str, banks: Sequence[str], *, one_disk: bool = False
) -> list[dict[str, tuple[Place, ...]]]:
    """Allocate sounds to as many disks as they need.

    Parameters
    ----------
    layout : str
        play: four sounds for a lower and an upper bank together; split8 and kit: eight for each; single: one for each.
    banks : sequence of str
        The banks of each disk to write, out of L1, U1, ... U3.
    one_disk : bool
        Whether there is only one disk, a copy of the user's own.

    Returns
    -------
    list of dict
        What each disk is to hold: the sounds of each bank, one for each wavesample in order.

    Raises
    ------
    ConfigError
        If there is only one disk, and the sounds are too many for it.
    """
    # in `play`, the lower and the upper bank of the same number hold the same sounds
    together = itertools.groupby(banks, key=lambda bank: bank[1] if layout == "play" else bank)
    groups = [tuple(group) for _, group in together]
    voices = VOICES[layout]
    room = voices * len(groups)
    if one_disk and len(places) > room:
        more = ", or more sounds for --into" if len(banks) < len(SOUNDS) else ""
        raise ConfigError(
            f"{len(places)} sounds are too many for {', '.join(banks)} of one disk, which in --layout {layout} hold "
            f"{room}: choose --count {room}{more}"
        )
    disks = []
    for start in range(0, len(places), room):
        parts = [places[at : at + voices] for at in range(start, min(start + room, len(places)), voices)]
        disks.append({bank: tuple(part) for group, part in zip(groups, parts, strict=False) for bank in group})
    return disks
