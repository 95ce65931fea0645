"""Learns from a folder of your own sounds and makes new ones for the Ensoniq Mirage.

>>> import mirage_gan  # doctest: +SKIP
>>> waves = mirage_gan.load("runs/NAME").generate(range(10))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.base.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.sampling import Sampler

__all__ = ["__version__", "load"]


def load(run: str | Path, checkpoint: str = "best", model: str | None = None) -> Sampler:
    """Open a trained run, to generate waves from.

    Parameters
    ----------
    run : str or Path
        A run folder, or its name under ``runs/``.
    checkpoint : str
        ``"best"``, ``"last"``, or the path of a checkpoint file.
    model : str, optional
        ``"FILE.py:NAME"``, if the run was trained with networks of your own.

    Returns
    -------
    Sampler
        ``load(run).generate(seeds)`` gives float32 waves, shape (seeds, points), -1 to 1. A seed
        always gives the same wave, whatever the other seeds are.

    Raises
    ------
    MirageGanError
        If the run or checkpoint does not exist, is damaged, or is of a newer version.
    """
    from mirage_gan.folders import runs

    return runs.load_sampler(runs.find_checkpoint(runs.find(str(run)), checkpoint), model)[0]
