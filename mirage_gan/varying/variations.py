"""Variations of loops, as circles of points, and of whole sounds, as pictures of their levels; see `patches`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.varying import patches
from mirage_gan.varying.patches import Grid
from mirage_gan.waves.spectrogram import BANDS, FLOOR_DB, ROWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation

_CIRCLE: Final = Grid(coarsest=(1, 16), reach=(0, 8), is_closed=True)
_PICTURE: Final = Grid(coarsest=(16, 8), reach=(3, 1), is_closed=False)
# standard deviation of the noise at an amount of 1
_OF_POINTS: Final = 2.5  # of that of the points
_OF_LEVELS: Final = 1.5  # of the level above silence: what is silent stays silent


@dataclass(frozen=True)
class Source:
    """One sound to make variations of.

    Attributes
    ----------
    representation : Representation
        Of its wave.
    wave : float32, shape (points,)
        Normalized.
    """

    representation: Representation
    wave: Waves

    def vary(self, amount: float, seed: int) -> Waves:
        """Make one variation, float32, shape (points,), normalized; an amount of 0 gives the source.

        Parameters
        ----------
        amount : float
            0 to 1.
        seed : int
            0 or more.
        """
        coarsest = self._scales[0]
        noise = np.random.default_rng(seed).standard_normal(coarsest.shape, np.float32)
        room = _OF_POINTS * coarsest.std() if self._grid.is_closed else _OF_LEVELS * (coarsest + 1) / 2
        made = patches.rebuild(coarsest + np.float32(amount) * room * noise, self._scales, self._grid)
        wave = made if self._grid.is_closed else self._with_level(np.clip(made, -1, 1))
        found: Waves = self.representation.normalize(np.asarray(wave.reshape(1, -1), np.float32))[0]
        return found

    @cached_property
    def _grid(self) -> Grid:
        return _CIRCLE if self.representation.is_line else _PICTURE

    @cached_property
    def _scales(self) -> list[NDArray[np.float32]]:
        cells = self.wave[None] if self._grid.is_closed else self.wave.reshape(ROWS, -1)[:BANDS]
        return patches.scales(cells, self._grid)

    def _with_level(self, bands: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add the row of the waveform's level, which changes as the power of all bands does."""
        change = (_decibels(bands) - _decibels(self._scales[-1])) / (FLOOR_DB / 2)
        level = np.clip(self.wave.reshape(ROWS, -1)[BANDS] + change, -1, 1)
        return np.vstack([bands, level])


def _decibels(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power of all bands together: (BANDS, frames) -> (frames,)."""
    return np.asarray(10 * np.log10((10 ** ((bands - 1) * (FLOOR_DB / 20))).sum(0)))
