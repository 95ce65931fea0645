"""Kits: one-shots of different lengths side by side on the keyboard, eight a half, which share its pages."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from mirage_gan.audio.measuring import onsets
from mirage_gan.exporting.disks import packing
from mirage_gan.mirage import bank, pcm, programs, tuning
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import BANK_PAGES, LOWEST_NOTE, MARKER_BYTES, PAGE_BYTES
from mirage_gan.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.base.arrays import Signal
    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.addresses import Place


def build_kit(allocation: Allocation, sounds: Mapping[Place, Sound]) -> packing.Disk:
    """Pack a disk of one-shots, class by class, and from low to high, on the keys of each pair of halves.

    Each sound has at least three keys: the middle one plays it at its own speed. It takes the pages that its length
    needs; if a half has too few, the longest are cut to the same length, with a fade.
    """
    made = packing.Disk(allocation.stem, {}, [], [])
    for name, places in _in_order(allocation, sounds).items():
        half = disk.half_of(name)
        tops = packing.top_keys(half, len(places))
        signals = [sounds[place].signal for place in places]
        most = PAGE_BYTES * share_pages([bank.once_pages(len(signal)) for signal in signals]) - MARKER_BYTES
        voices = [_voice(sounds[place], most, half, tops, i) for i, place in enumerate(places)]
        made.banks[name] = bank.build(half, voices, programs.AUDITION)
        made.placed.extend(packing.describe(name, made.banks[name], dict(enumerate(places)), {}))
        if longer := sum(len(signal) > most for signal in signals):
            seconds = most / sounds[places[0]].rate_hz
            made.notes.append(
                f"{name}: to fit, {longer} sound{'s are' if longer > 1 else ' is'} cut to {seconds:.2f} s, with a fade"
            )
    return made


def share_pages(wanted: Sequence[int]) -> int:
    """Return how many pages a sound of one half gets at most, so that all fit: those that want less leave the rest.

    >>> share_pages([10, 20]), share_pages([200, 100]), share_pages([200, 16, 200])
    (256, 156, 120)
    """
    return next(most for most in range(BANK_PAGES, 0, -1) if sum(min(most, pages) for pages in wanted) <= BANK_PAGES)


def _in_order(allocation: Allocation, sounds: Mapping[Place, Sound]) -> dict[str, tuple[Place, ...]]:
    """Order the sounds of the lower and the upper half that have the same number.

    Sounds of a class lie together. Classes are in the order of their median centers of spectra, and the sounds of each,
    or all where no classes are known, in that of their own.
    """
    ordered = {}
    for number in dict.fromkeys(name[1] for name in allocation.banks):
        banks = {name: places for name, places in allocation.banks.items() if name[1] == number}
        together = _class_by_class([at for places in banks.values() for at in places], sounds)
        for name, places in banks.items():
            ordered[name], together = tuple(together[: len(places)]), together[len(places) :]
    return ordered


def _class_by_class(places: Sequence[Place], sounds: Mapping[Place, Sound]) -> list[Place]:
    """Order sounds; see `_in_order`. A sound is of the class that it was asked for as, else of that nearest to it."""
    classes: defaultdict[str, list[Place]] = defaultdict(list)
    for at in sorted(places, key=lambda at: sounds[at].center_hz):
        asked = at.main_class if isinstance(at, Address) else ""
        classes[asked or sounds[at].nearest_class].append(at)
    low_first = sorted(classes.values(), key=lambda each: median(sounds[at].center_hz for at in each))
    return [at for each in low_first for at in each]


def _voice(sound: Sound, most: int, half: Half, tops: list[int], number: int) -> Voice:
    """Return a sound of at most so many samples, which the middle one of its keys plays at its own speed."""
    first = tops[number - 1] + 1 if number else packing.first_key(half)
    middle = LOWEST_NOTE + (first + tops[number]) // 2
    kept: Signal = onsets.cut(sound.signal, most, sound.rate_hz)
    coarse, fine = tuning.tune(sound.rate_hz, middle, half)
    return Voice(pcm.encode(kept), is_loop=False, top_key=tops[number], coarse=coarse, fine=fine)
