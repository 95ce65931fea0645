"""The noise that varies a loop: without its lowest harmonics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BENDS: Final = 8  # points of a loop of the lowest three harmonics


def without_bends(noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Remove the lowest three harmonics of noise for a loop, float32, shape (1, points).

    Loops of a class are often one shape more or less bent, and a change of low harmonics may lead along the same bend,
    to a neighbor. One of many higher harmonics hardly does.
    """
    return noise - resample_loop(resample_loop(noise, _BENDS), noise.shape[1])
