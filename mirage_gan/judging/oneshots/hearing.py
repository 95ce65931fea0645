"""Whole sounds as pictures, as they are stored and generated -> what is heard of them, which is what is judged."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.oneshots.judge import Heard, OneShotJudge
from mirage_gan.mirage import pcm
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import samples_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.judging.verdict import Judged
    from mirage_gan.waves.representation import Representation

_MOST: Final = 1_000  # real sounds of either set that are heard; of more, a random part


def judge(
    train: Waves,
    held_out: Waves,
    raw: Iterable[Waves],
    representation: Representation,
    count: int,
    progress: Progress = SILENT,
) -> Judged:
    """Judge generated sounds by the 8 bits that are exported of them.

    Parameters
    ----------
    train, held_out : float32, shape (sounds, points)
        Real sounds. They are rebuilt as generated ones are: what the representation loses is not held against these.
    raw : iterable of float32, shape (sounds, points)
        Blocks of generated sounds.
    count : int
        Generated sounds in all blocks together.
    """
    judging = OneShotJudge(*(_known(waves, representation) for waves in (train, held_out)))
    sounds: list[Signal] = []
    for sound in _play(chain.from_iterable(raw), representation):
        progress.update(len(sounds), count, "listening")
        sounds.append(sound)
    progress.update(count, count, "listening")
    return judging.judge(Heard.of(sounds, train.shape[1] // ROWS))


def _known(waves: Waves, representation: Representation) -> Heard:
    chosen = np.sort(np.random.default_rng(0).permutation(len(waves))[:_MOST])
    return Heard.of(list(_play(waves[chosen], representation)), waves.shape[1] // ROWS)


def _play(waves: Iterable[Waves], representation: Representation) -> Iterator[Signal]:
    """Yield each sound, float32, shape (samples,), as a sampler of 8 bits plays it."""
    with Workers(1) as workers:
        yield from workers.map(partial(_heard, representation=representation), waves, threads=True)


def _heard(wave: Waves, representation: Representation) -> Signal:
    sound = representation.decode(wave, samples_of(len(wave)), representation.interps[0])
    return pcm.decode(pcm.encode(sound))
