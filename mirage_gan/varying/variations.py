"""Variations of loops, as circles of points, and of whole sounds, as pictures of their levels; see `patches`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import likeness
from mirage_gan.varying import goal, patches
from mirage_gan.varying.noise import without_bends
from mirage_gan.varying.patches import Grid
from mirage_gan.waves.spectrogram import BANDS, FLOOR_DB, ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.likeness import Known
    from mirage_gan.varying.singan import SoundGan
    from mirage_gan.waves.representation import Representation

_CIRCLE: Final = Grid(coarsest=(1, 128), reach=(0, 8), is_closed=True)
_PICTURE: Final = Grid(coarsest=(16, 8), reach=(3, 1), is_closed=False)
_OF_LEVELS: Final = 1.5  # standard deviation of the noise at an amount of 1, of the level above silence
_STRONGEST: Final = 4.0  # standard deviation of the noise, of that of the points


@dataclass(frozen=True)
class Source:
    """One sound to make variations of.

    Attributes
    ----------
    representation : Representation
        Of its wave.
    wave : float32, shape (points,)
        Normalized.
    gan : SoundGan, optional
        Trained on its `cells`; without one, variations are made of patches.
    """

    representation: Representation
    wave: Waves
    gan: SoundGan | None = None

    @property
    def cells(self) -> NDArray[np.float32]:
        """The sound as a picture, (rows, columns): the levels of a whole sound, or in one row, the points of a loop."""
        return self.wave[None] if self.representation.is_line else self.wave.reshape(ROWS, -1)[:BANDS]

    def vary(self, amount: float, seed: int) -> Waves:
        """Make one variation, float32, shape (points,), normalized; an amount of 0 gives the source.

        Of a whole sound, by patches, the noise is as strong as the amount, and silence stays silent. Otherwise, it is
        as strong as it takes to reach the novelty that follows from the amount, see `goal`.

        Parameters
        ----------
        amount : float
            0 to 1.
        seed : int
            0 or more.
        """
        if not amount:
            return self.wave
        novelty = goal.novelty_of(amount, self.representation)
        if self.gan is not None:
            gan = self.gan
            return self._with_novelty(novelty, lambda strength: gan.make(strength, seed))
        noise = np.random.default_rng(seed).standard_normal(self._scales[0].shape, np.float32)
        if self.representation.is_line:
            change = np.float32(self._scales[0].std()) * without_bends(noise)
            return self._with_novelty(novelty, lambda strength: self._rebuild(np.float32(strength) * change))
        return self._wave(self._rebuild(np.float32(amount * _OF_LEVELS / 2) * (self._scales[0] + 1) * noise))

    def _with_novelty(self, least: float, make: Callable[[float], NDArray[np.float32]]) -> Waves:
        """Return the variation by the weakest noise that makes it as novel as that, or nearly so."""

        def is_far(wave: Waves) -> bool:
            return goal.novelty(wave, self._known) >= least

        return goal.weakest(lambda strength: self._wave(make(strength)), is_far, _STRONGEST)

    def _rebuild(self, change: NDArray[np.float32]) -> NDArray[np.float32]:
        return patches.rebuild(self._scales[0] + change, self._scales, self._grid)

    def _wave(self, made: NDArray[np.float32]) -> Waves:
        """Return the wave of a picture that was made, normalized."""
        wave = made if self.representation.is_line else self._with_level(np.clip(made, -1, 1))
        found: Waves = self.representation.normalize(np.asarray(wave.reshape(1, -1), np.float32))[0]
        return found

    @cached_property
    def _known(self) -> Known:
        return likeness.of(self.representation).known(self.wave[None])

    @cached_property
    def _grid(self) -> Grid:
        return _CIRCLE if self.representation.is_line else _PICTURE

    @cached_property
    def _scales(self) -> list[NDArray[np.float32]]:
        return patches.scales(self.cells, self._grid)

    def _with_level(self, bands: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add the row of the waveform's level, which changes as the power of all bands does."""
        change = (_decibels(bands) - _decibels(self.cells)) / (FLOOR_DB / 2)
        level = np.clip(self.wave.reshape(ROWS, -1)[BANDS] + change, -1, 1)
        return np.vstack([bands, level])


def _decibels(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power of all bands together: (BANDS, frames) -> (frames,)."""
    return np.asarray(10 * np.log10((10 ** ((bands - 1) * (FLOOR_DB / 20))).sum(0)))
