"""The format with pictures of all sounds of a call, to print: each before the training sound that is nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.exporting.makers import File
from mirage_gan.judging import likeness
from mirage_gan.models.addresses import Route
from mirage_gan.pages import pictures
from mirage_gan.pages.prints import export_sheet
from mirage_gan.pages.prints.export_sheet import Cell
from mirage_gan.settings.choices import KINDS_IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.base.arrays import Pictures, Waves
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.order import ExportOrder
    from mirage_gan.models.addresses import Place

_BESIDE: Final = (
    "Pale, on the right: the nearest one of the training, and its level. Number: novelty, from 0, a copy, to 1."
)
_NOT_COMPARED: Final = "The run does not hold the sounds that it learned from, so these are compared with none."


class Sheet:
    """Makes one A4 page, or as many as it takes."""

    def __init__(self, order: ExportOrder) -> None:
        self.order = order
        self.shown_as = order.shape.representation
        self.size = export_sheet.capacity(pictured=not self.shown_as.is_line)

    def names(self) -> list[str]:
        """Return the name of each page, which starts as that of the first sound."""
        stem = self.order.collection_stem
        pages = -(-len(self.order.stems) // self.size)
        return [f"{stem}-sheet.png"] if pages == 1 else [f"{stem}-sheet-{i + 1}.png" for i in range(pages)]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the pages, each with the sounds that are on it."""
        names, places = self.names(), list(sounds)
        for i, name in enumerate(names):
            shown = places[i * self.size : (i + 1) * self.size]
            page = f"{i + 1} of {len(names)}" if len(names) > 1 else ""
            content = export_sheet.draw(
                self._title(len(places)),
                self._about(sounds[places[0]]),
                page,
                [self._cell(at, sounds[at]) for at in shown],
            )
            yield File(
                name, content, about={"about": "pictures of sounds", "sounds": [{"address": at} for at in shown]}
            )

    def _title(self, count: int) -> str:
        what = f"sound{'s' * (count != 1)}" if self.shown_as.is_sound else KINDS_IN_WORDS[self.shown_as.kind]
        return f"{self.order.name}: {count:,} {what}"

    def _about(self, sound: Sound) -> str:
        turned = ", turned and inverted to fit" if self.shown_as.is_line else ""
        over = f"Gray: {self.order.compared_with}{turned}. Number: novelty, from 0, a copy, to 1."
        about = _NOT_COMPARED if sound.novelty is None else over if self.shown_as.is_sound else _BESIDE
        return f"Verdict on the run: {self.order.verdict}. {about}" if self.order.verdict else about

    def _cell(self, place: Place, sound: Sound) -> Cell:
        wave, near = sound.cycles(1)[0], sound.nearest_wave
        if near is not None and self.shown_as.is_line:
            near = fit(near, wave)
        flaws = list(sound.faults)
        if sound.novelty is not None and sound.novelty < likeness.of(self.shown_as).least_novelty:
            flaws.append("copy")
        word = "" if sound.novelty is None else "new"
        return Cell(
            name=f"{place.label} ({place})" if not isinstance(place, Route) and place.name else place.label,
            word=", ".join(flaws) or word,
            is_flawed=bool(flaws),
            novelty=sound.novelty,
            nearest=sound.nearest,
            curve=self.shown_as.outline(wave[None])[0],
            nearest_curve=None if near is None else self.shown_as.outline(near[None])[0],
            picture=self._picture(wave),
            nearest_picture=self._picture(near),
        )

    def _picture(self, wave: Waves | None) -> Pictures | None:
        """Draw a picture, or the levels of a whole sound; a line is shown by its curve."""
        if wave is None or self.shown_as.is_line:
            return None
        picture: Pictures = pictures.shrink(self.shown_as.picture(wave[None], export_sheet.SIDE), export_sheet.SIDE)[0]
        return picture


def fit(reference: Waves, wave: Waves) -> Waves:
    """Turn a loop by whole points, and invert it, so that it lies over another one as closely as can be.

    That is how novelty compares them. Both are float32, shape (points,), and so is the result.

    >>> fit(np.array([0, -1, 0, 0], np.float32), np.array([0, 0, 0, 1], np.float32)).astype(int).tolist()
    [0, 0, 0, 1]
    """
    correlation = np.fft.irfft(np.fft.rfft(wave) * np.fft.rfft(reference).conj(), len(wave))
    shift = int(np.abs(correlation).argmax())
    return np.asarray(np.roll(reference, shift) * np.sign(correlation[shift]), np.float32)
