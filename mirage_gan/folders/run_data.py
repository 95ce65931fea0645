"""The data of a run, data.npz: the waves that it is trained on and scored by, with their ids and classes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import manifest, wave_arrays
from mirage_gan.folders.wave_arrays import WaveSubset
from mirage_gan.models.classes import NO_CLASSES, Classes
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class Data:
    """The training and held-out waves of a run, at the run's own number of points.

    They are memory-mapped, so they need not fit into RAM: float32, shape (waves, points), -1 to 1.
    """

    train: Examples[Waves]
    train_ids: list[str]
    holdout: Examples[Waves]
    holdout_ids: list[str]
    representation: Representation
    train_classes: list[str] | None = None  # of each wave; None in runs that were begun before 0.5.0
    holdout_classes: list[str] | None = None
    classes: Classes = NO_CLASSES  # that the networks know; the training waves then have labels, their numbers

    @property
    def references(self) -> tuple[Examples[Waves], list[str], list[str] | None]:
        """The waves that generated ones are compared with, their ids and classes: those of the training, if any."""
        if len(self.train):
            return self.train, self.train_ids, self.train_classes
        return self.holdout, self.holdout_ids, self.holdout_classes

    @property
    def has_sources(self) -> bool:
        """Whether the run still holds the sounds that it learned from."""
        return bool(len(self.train) or len(self.holdout))

    @property
    def sounds_held_out(self) -> int:
        """The number of held-out sounds, of which each may have been cut into several waves."""
        return len({manifest.sound_of(wave) for wave in self.holdout_ids})


def write(file: BinaryIO, train: WaveSubset, holdout: WaveSubset) -> None:
    """Write data.npz block by block; the same waves give the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in (("train", train), ("holdout", holdout)):
            wave_arrays.write_member(archive, name, part)
            for what, texts in (("ids", part.ids), ("classes", part.classes)):
                if what == "classes" and not texts:
                    continue
                member = io.BytesIO()
                np.save(member, np.array(texts, dtype=np.str_), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}_{what}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)


def write_none(file: BinaryIO, points: int, representation: Representation) -> None:
    """Write a data.npz without waves, of a run that is to be shared without the sounds that it learned from."""
    none = WaveSubset(np.empty((0, points), np.float32), np.empty(0, np.intp), [], points, representation)
    write(file, none, none)


def load(path: Path, representation: Representation, known: Classes = NO_CLASSES) -> Data:
    """Memory-map the waves of a file data.npz, and read their ids and classes.

    Parameters
    ----------
    known : Classes
        That the networks of the run know.

    Raises
    ------
    FolderError, FormatError
        If the file is missing or damaged, or has a wave of a class that is not known.
    """
    try:
        with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
            wave_arrays.check_packed(archive)
            train, holdout = (wave_arrays.read_member(archive, name) for name in ("train", "holdout"))
            if train.shape[1] != holdout.shape[1]:
                raise ValueError("waves of two lengths")
            train_ids, holdout_ids = _texts(arrays["train_ids"], train), _texts(arrays["holdout_ids"], holdout)
            named = (("train_classes", train), ("holdout_classes", holdout))
            classes = [_texts(arrays[name], waves) if name in arrays else None for name, waves in named]
            learned, unseen = Examples(train, _labels(known, classes[0], train)), Examples(holdout)
            return Data(learned, train_ids, unseen, holdout_ids, representation, classes[0], classes[1], known)
    except FileNotFoundError:
        raise FolderError(f"{path} is missing; train again") from None
    except wave_arrays.DAMAGE:
        raise FormatError(f"{path} is damaged or was cut short; train again") from None


def _labels(known: Classes, named: list[str] | None, waves: Waves) -> NDArray[Any] | None:
    """Return the number of the class of each training wave; None if no classes are known.

    Raises KeyError or ValueError if the class of a wave is another one, or is missing.
    """
    if known and len(named or []) != len(waves):
        raise ValueError("not a class a wave")
    return known.numbers(named or []) if known else None


def _texts(array: Any, waves: Waves) -> list[str]:
    """Return ids or classes as a list; raises ValueError unless there is one string for each wave."""
    is_array = isinstance(array, np.ndarray)  # NumPy returns the bytes of a member that is none
    if not is_array or array.shape != (len(waves),) or array.dtype.kind != "U":
        raise ValueError("not a text a wave")
    texts: list[str] = array.tolist()
    return texts
