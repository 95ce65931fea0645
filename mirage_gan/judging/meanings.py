"""What each figure of a judgment means, in the words of what is judged."""

from __future__ import annotations

from typing import Final

from mirage_gan.judging.oneshots.descriptors import DESCRIPTORS
from mirage_gan.judging.plain import music
from mirage_gan.settings import wording
from mirage_gan.settings.choices import SOUND_KINDS

FIGURES: Final = {
    "coverage": "held-out sounds near a generated one",
    "recall": "held-out sounds within the variety of the generated ones",
    "precision": "generated sounds near a held-out one",
    "density": "how densely generated sounds lie around held-out ones; real sounds: about 1",
    "modes": "share of different training sounds that are approached",
    "copy": "copies of training sounds, shifted or inverted ones too",
    "near": "copies under some noise",
    "copying": "distance from the training sounds: 0 as real ones; below -3, copies",
    "twins": "sounds that are nearly the same as another one",
    "dead": "silent or flat",
    "clipped": "clipped",
    "noise": "like noise",
    "seam": "jump at the loop point (1: the largest jump inside)",
    "readable": "bitmap columns that are read back with full confidence",
    "told_apart": "accuracy of telling generated from held-out sounds by the nearest other one; 0.5: as by chance",
    **{name: f"distance from real sounds: {about.meaning}, over their spread" for name, about in DESCRIPTORS.items()},
    **music.FIGURES,
}

_OF_DATA: Final = {
    "copy": "copies of training sounds, by the distance of these to their own neighbors",
    "dead": "flat",
}  # of data that are no sounds, in the place of the meanings above


def meaning(figure: str, kind: str) -> str:
    """Return what a key of `FIGURES` means, in the words of a kind of data."""
    said = FIGURES[figure] if kind in SOUND_KINDS else _OF_DATA.get(figure, FIGURES[figure])
    return wording.reword(said, kind)
