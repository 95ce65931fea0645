"""Augmentations of whole sounds, as pictures: what stays a sound of the same sort. None reverses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.training.step.augment import PROBABILITY
from mirage_gan.waves import spectrogram
from mirage_gan.waves.spectrogram import BANDS, FLOOR_DB, ROWS

if TYPE_CHECKING:
    from torch import Tensor

FACTORS: Final = (1.0, 0.89, 0.94, 1.06, 1.12)  # of the length of a resampled sound, which is as much lower
VARIED_DB: Final = 1.4  # maximum tilt of a varied sound at its lowest and its highest band
TILT_DB: Final = 3.0  # the same of an augmented one
FADE_DB: Final = 6.0  # maximum rise or fall of an augmented sound at its end


class PictureAugmentation:
    """Changes pictures; on the device of the training, as matrix products, so that CUDA graphs can record it.

    Parameters
    ----------
    points : int
        Of a picture: ROWS times the frames.
    names : tuple of str
        Augmentations, from `settings.choices.OWN_SYMMETRIES`.
    device : torch.device
    """

    def __init__(self, points: int, names: tuple[str, ...], device: torch.device) -> None:
        frames = points // ROWS
        self._bands, self._time = (matrix.to(device) for matrix in spectrogram.resampling(frames, FACTORS))
        self._rising = torch.linspace(-1, 1, BANDS, device=device)[:, None]
        self._later = torch.linspace(0, 1, frames, device=device)
        self._names = names

    def vary(self, pictures: Tensor, chances: Tensor) -> Tensor:
        """Resample each sound by one of FACTORS, and tilt its spectrum a little; for real sounds only.

        Parameters
        ----------
        pictures : float tensor, shape (batch, points)
            -1 to 1.
        chances : float tensor, shape (batch,)
            Uniform random numbers, 0 to 1.
        """
        place = chances[:, None] * len(FACTORS)
        return self._tilt(self._stretch(pictures, place), 2 * place.frac() - 1, VARIED_DB)

    def augment(self, pictures: Tensor, chances: Tensor) -> Tensor:
        """Apply each augmentation to a random subset of pictures, (batch, points); differentiable.

        `chances` are those of `augment.augment`, shape (names, 2, batch).
        """
        changes = {
            "tilt": lambda x, amount: self._tilt(x, 2 * amount - 1, TILT_DB),
            "fade": lambda x, amount: self._fade(x, 2 * amount - 1),
            "stretch": lambda x, amount: self._stretch(x, amount * len(FACTORS)),
            "shift": lambda x, amount: self._shift(x, amount * len(FACTORS)),
        }
        # never in bfloat16: generated pictures would be rounded, and real ones would not
        with torch.autocast(pictures.device.type, enabled=False):
            for name, (choice, amount) in zip(self._names, chances[..., None], strict=True):
                pictures = torch.where(choice < PROBABILITY, changes[name](pictures, amount), pictures)
        return pictures

    def _stretch(self, pictures: Tensor, place: Tensor) -> Tensor:
        which = _which(place)
        rows = pictures.unflatten(1, (ROWS, -1)) @ self._time[which].mT
        return torch.cat([self._bands[which] @ rows[:, :BANDS], rows[:, BANDS:]], 1).flatten(1)

    def _shift(self, pictures: Tensor, place: Tensor) -> Tensor:
        """Move the bands only: a sound becomes lower or higher, and stays as long."""
        rows = pictures.unflatten(1, (ROWS, -1))
        return torch.cat([self._bands[_which(place)] @ rows[:, :BANDS], rows[:, BANDS:]], 1).flatten(1)

    def _tilt(self, pictures: Tensor, amount: Tensor, most_db: float) -> Tensor:
        rows = pictures.unflatten(1, (ROWS, -1))
        bands = rows[:, :BANDS]
        tilted = bands + amount[..., None] * self._rising * (2 * most_db / FLOOR_DB)
        return torch.cat([_leveled(bands, tilted), rows[:, BANDS:]], 1).flatten(1)

    def _fade(self, pictures: Tensor, amount: Tensor) -> Tensor:
        rows = pictures.unflatten(1, (ROWS, -1))
        faded = rows + amount[..., None] * self._later * (2 * FADE_DB / FLOOR_DB)
        bands, level = rows.split([BANDS, 1], 1)
        faded_bands, faded_level = faded.split([BANDS, 1], 1)
        return torch.cat([_leveled(bands, faded_bands), _leveled(level, faded_level)], 1).flatten(1)


def _which(place: Tensor) -> Tensor:
    """Return the numbers of factors: (batch, 1), 0 to the number of FACTORS -> int64, (batch,)."""
    return place[:, 0].long().clamp(max=len(FACTORS) - 1)


def _leveled(before: Tensor, after: Tensor) -> Tensor:
    """Keep silence silent, and lower a picture whose loudest cell has risen above 1: (batch, rows, frames)."""
    above = (after.amax((1, 2), keepdim=True) - 1).clamp(min=0)
    return torch.where(before > -1, after - above, before).clamp(min=-1)
