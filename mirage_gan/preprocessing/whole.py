"""One-shots of a source -> whole sounds: from their attack to their end, at one sample rate, as pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling
from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import SignalError
from mirage_gan.folders import wave_arrays
from mirage_gan.settings.choices import FRAMES, ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import FRAME
from mirage_gan.waves.whole_sounds import LONGEST, points_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.base.processes import Workers
    from mirage_gan.base.progress import Progress

_FIT: Final = 0.75  # share of the sounds that fit into the default number of frames
_FULL: Final = 32_767  # full scale of a draft's samples


def cut(signal: Signal, rate_hz: int, new_rate_hz: int, *, split_hits: bool) -> tuple[list[Signal], str]:
    """Cut whole sounds from a recording.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Without DC offset, peak 1.
    rate_hz, new_rate_hz : int
        Sample rates of the recording, and of the sounds.
    split_hits : bool
        Whether each of several hits becomes a sound; otherwise the first one to the end of the recording is one.

    Returns
    -------
    sounds : list of float32, shape (samples,)
        Each from its attack until it ends, peak 1, at most as long as a bank.
    note : str
        What the user should know; empty if there is nothing.

    Raises
    ------
    SignalError
        If a sound is too short.
    """
    hits = onsets.find_hits(signal, rate_hz)
    starts = hits if split_hits else hits[:1]
    sounds = []
    for start, stop in zip(starts, [*starts[1:], len(signal)], strict=True):
        most = (LONGEST + FRAME) * rate_hz // new_rate_hz  # a little more, so that it is `onsets.cut` that fades it
        piece = resampling.resample(signal[start : min(stop, start + most)], rate_hz, new_rate_hz)
        piece = np.asarray(piece / np.abs(piece).max(), np.float32)
        # what ends with its file is not faded: every sample of it counts
        sounds.append(onsets.cut(piece, min(onsets.resolved(piece), LONGEST), new_rate_hz))
    if any(len(sound) < onsets.SHORTEST for sound in sounds):
        raise SignalError(f"too short: at {new_rate_hz:,} Hz, fewer than {onsets.SHORTEST} samples are left of it")
    note = ""
    if len(hits) > 1 and not split_hits:
        note = f"{len(hits)} hits, learned as one sound; --split-hits cuts them apart"
    return sounds, note


class Draft:
    """Whole sounds on the disk, while it is open how many frames they get; in 16 bits, to take less room."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()
        self.lengths: list[int] = []  # samples of each sound
        self.bodies: list[int] = []  # samples of each until it is faint

    def add(self, sounds: list[Signal]) -> None:
        """Append sounds."""
        with self._path.open("ab") as file:
            for sound in sounds:
                file.write(np.rint(sound * _FULL).astype("<i2").tobytes())
                self.lengths.append(len(sound))
                self.bodies.append(onsets.body(sound))

    def write_pictures(self, path: Path, frames: int, workers: Workers, progress: Progress) -> None:
        """Write the picture of each sound to an array file, and remove the draft."""
        with wave_arrays.Writer(path, points_of(frames)) as writer:
            for i, picture in enumerate(workers.map(partial(_picture, frames=frames), self._read(), threads=True)):
                writer.add(picture)
                progress.update(i + 1, len(self.lengths), "analyzing")
        self._path.unlink()

    def _read(self) -> Iterator[Signal]:
        with self._path.open("rb") as file:
            for length in self.lengths:
                yield np.frombuffer(file.read(2 * length), "<i2").astype(np.float32) / np.float32(_FULL)


def _picture(sound: Signal, frames: int) -> Waves:
    whole = representation.of_sounds(ONE_SHOT)
    return whole.encode(sound, points_of(frames), align=False)[None]


def choose_frames(bodies: list[int], asked: int | None) -> int:
    """Return the number of frames: as asked for, or those of `FRAMES` that most of the bodies, in samples, fit into.

    >>> choose_frames([9_000, 15_000, 16_000, 60_000], None), choose_frames([100], 256)
    (64, 256)
    """
    if asked is not None or not bodies:
        return asked or FRAMES[0]
    fitting = (frames for frames in FRAMES if np.mean(np.array(bodies) <= frames * FRAME) >= _FIT)
    return next(fitting, FRAMES[-1])
