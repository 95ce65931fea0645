"""The sounds of a run in training, anew for each checkpoint that is asked for, with a copy of the checkpoint.

A seed is another sound after more training. So what the page shows, plays and exports comes from a copy, whatever the
training makes of the file meanwhile.
"""

from __future__ import annotations

import base64
import json
import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError
from mirage_gan.folders import runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.auditioning.gathering import Shown
    from mirage_gan.auditioning.watch import Watch

_KEPT: Final = 4  # copies: two pages may show different ones, and one waits with what is starred on it


@dataclass
class Editions:
    """Collects the sounds of checkpoints, one at a time, because that takes a core from the training.

    Attributes
    ----------
    watch : Watch
        The run.
    place : Path
        An existing folder for copies of checkpoints.
    gather : callable
        Takes the copy of a checkpoint and its hash, and returns what is shown of it.
    copies : dict
        The copies that are kept, by their hashes, the oldest first.
    """

    watch: Watch
    place: Path
    gather: Callable[[Path, str], Shown]
    copies: dict[str, Path] = field(default_factory=dict)
    _made: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # by name: the version, and what was answered
    _busy: threading.Lock = field(default_factory=threading.Lock)

    def sounds(self, name: str) -> bytes:
        """Return the page's data for the sounds of checkpoint `last` or `best`, as JSON in ASCII.

        It has `version`, as `Watch.version` gives it, and `samples`, in base64, besides.

        Raises
        ------
        FolderError, FormatError, TrainingError
            If there is no such checkpoint, it is damaged, or its network's output is not finite.
        """
        with self._busy:
            # It is read before the copy is made: a checkpoint that comes in between is then taken for another one.
            version = self.watch.version(name)
            made, answer = self._made.get(name, ("", b""))
            if made != version or not version:
                digest, copy = self._copy(name)
                shown = self.gather(copy, digest)
                more = {"version": version, "samples": base64.b64encode(shown.samples).decode()}
                answer = json.dumps(shown.data | more, allow_nan=False).encode()
                self._made[name] = version, answer
            return answer

    def _copy(self, name: str) -> tuple[str, Path]:
        """Copy a checkpoint, unless it was copied before; return its hash and the copy."""
        path = runs.checkpoint_path(self.watch.run, name)
        new = self.place / path.name
        try:
            shutil.copyfile(path, new)
        except FileNotFoundError:
            raise FolderError(f"{path} is not there yet, or not any more") from None
        digest = files.sha256(new)
        copy = self.place / digest / path.name
        copy.parent.mkdir(exist_ok=True)
        new.replace(copy)
        self.copies.pop(digest, None)
        self.copies[digest] = copy
        for old in list(self.copies)[:-_KEPT]:
            del self.copies[old]
            shutil.rmtree(self.place / old)
        return digest, copy
