"""Programs: operations on arrays of numbers one after the other, and the weights that they use.

The operations are those of `pages/templates/audition/operations.js`, which say there what they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base.errors import MirageGanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

GIVEN_SLOT: Final = 0
_HIGHEST: Final = float(np.finfo(np.float16).max)


class UntraceableError(MirageGanError):
    """A generator, or what its waves become, cannot be written as a program; the message says what is in the way."""


@dataclass
class Program:
    """A list of operations, each of which reads arrays and makes one.

    Attributes
    ----------
    given : int
        Numbers in array `GIVEN_SLOT`: those of a latent, and then the share of each class, if the generator knows any.
    operations : list of dict
        Plain JSON values: the name `op`, `in`, which arrays it reads, `size`, how many numbers it makes, and what the
        operation needs to know besides. The first one makes array 1, the next one array 2, and so on. `weights` and
        `bias` are [first, count] in the weights.
    wave : int
        Which array is the wave.
    sound : dict
        How the wave becomes samples: `how`, one of the ways of `wave_sounds.js`, and what it needs to know besides.
    """

    given: int
    operations: list[dict[str, Any]] = field(default_factory=list)
    wave: int = GIVEN_SLOT
    sound: dict[str, Any] = field(default_factory=dict)
    _weights: list[np.ndarray[Any, np.dtype[np.float16]]] = field(default_factory=list)
    _count: int = 0

    def add(self, op: str, reads: Sequence[int], size: int, **about: Any) -> int:
        """Append an operation, and return the number of the array that it makes."""
        self.operations.append({"op": op, "in": list(reads), "size": size, **about})
        return len(self.operations)

    def size_of(self, slot: int) -> int:
        """Return how many numbers an array has."""
        return self.given if slot == GIVEN_SLOT else int(self.operations[slot - 1]["size"])

    def keep(self, weights: Tensor) -> list[int]:
        """Keep weights in half precision, and return where they are: [first, count].

        Raises
        ------
        UntraceableError
            If one is larger than half precision holds, or not finite.
        """
        values = weights.detach().cpu().float().contiguous().numpy().ravel()
        if not (np.abs(values) <= _HIGHEST).all():  # also true of NaN
            raise UntraceableError("its weights are larger than numbers of 16 bits can be")
        self._weights.append(values.astype(np.float16))
        at = [self._count, len(values)]
        self._count += len(values)
        return at

    def prune(self) -> None:
        """Remove the operations that the wave does not depend on."""
        needed = {self.wave}
        for slot in range(len(self.operations), 0, -1):
            if slot in needed:
                needed.update(self.operations[slot - 1]["in"])
        kept = sorted(needed - {GIVEN_SLOT})
        numbers = {GIVEN_SLOT: GIVEN_SLOT} | {slot: number for number, slot in enumerate(kept, 1)}
        kept_operations = [self.operations[slot - 1] for slot in kept]
        self.operations = [about | {"in": [numbers[slot] for slot in about["in"]]} for about in kept_operations]
        self.wave = numbers[self.wave]

    def as_json(self) -> dict[str, Any]:
        """Return all but the weights as plain JSON values."""
        return {"operations": self.operations, "wave": self.wave, "sound": self.sound}

    @property
    def weights(self) -> bytes:
        """All weights as IEEE 754 numbers of 16 bits, little-endian."""
        return b"".join(part.astype("<f2").tobytes() for part in self._weights)
