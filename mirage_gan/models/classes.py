"""The classes that a run's networks know: their names and numbers, and which one a sound is of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from mirage_gan.base.errors import ConfigError
from mirage_gan.models.addresses import Address
from mirage_gan.models.latents import Stream, generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from mirage_gan.models.addresses import Mix

FEW: Final = 30  # waves of a class; one of fewer is hardly learned
_NAMED: Final = 10  # classes that a message names, at most


@dataclass(frozen=True)
class Classes:
    """The classes of a run; of one without classes, none.

    Attributes
    ----------
    names : tuple of str
        In the order of their numbers in the networks.
    waves : tuple of int
        Training waves of each.
    """

    names: tuple[str, ...] = ()
    waves: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.names)

    @classmethod
    def of(cls, named: Sequence[str]) -> Classes:
        """Return the classes of training waves, given by the class of each, in the order of their names."""
        return cls.from_pairs(sorted(Counter(named).items()))

    def as_pairs(self) -> list[tuple[str, int]]:
        """Return the name of each class with its training waves, as folders store them."""
        return list(zip(self.names, self.waves, strict=True))

    @classmethod
    def from_pairs(cls, pairs: Sequence[tuple[str, int]]) -> Classes:
        """Return the classes that a folder stores."""
        return cls(tuple(name for name, _ in pairs), tuple(count for _, count in pairs))

    def numbers(self, named: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of the class of each wave, shape (waves,); raises KeyError for a class that is unknown."""
        numbers = {name: number for number, name in enumerate(self.names)}
        return np.array([numbers[name] for name in named], np.int64)

    def draw(self, seed: int) -> str:
        """Return the class of the sound of a seed if nobody asks for one.

        It is drawn with the share that each class has in the training waves, and depends on the seed and these shares
        alone.
        """
        place = float(torch.rand(1, generator=generator(seed, Stream.CLASS, 0), dtype=torch.float64))
        return self.names[int(np.searchsorted(np.cumsum(self.waves), place * sum(self.waves), side="right"))]

    def settle(self, place: int | Address, asked: Mix = ()) -> Address:
        """Return the address of a sound that says its class.

        Parameters
        ----------
        place : int or Address
            A seed or an address; one that says its class keeps it.
        asked : Mix
            The class, or mix of classes, for an address that says none; if it is empty, the seed decides.

        Raises
        ------
        ConfigError
            If a class is not one of these, or a latent says none and none is asked for.
        """
        address = Address(place) if isinstance(place, int) else place
        mix = address.mix or asked
        if not mix and self.names:
            if address.seed is None:
                raise ConfigError(f"{address.label} is a latent that says no class, and this run has some: add --class")
            mix = ((self.draw(address.seed), 1.0),)
        for name, _ in mix:
            self.check(name)
        return replace(address, mix=mix)

    def check(self, name: str) -> None:
        """Raise ConfigError unless there is such a class."""
        if not self.names:
            raise ConfigError(f"class {name}: this run has no classes; train one with --conditional")
        if name not in self.names:
            known = ", ".join(self.names[:_NAMED]) + (" ..." if len(self) > _NAMED else "")
            raise ConfigError(f"class {name}: this run has no such class; there are {known}")

    def shares(self, address: Address) -> Tensor | None:
        """Return the share of each class in the sound of an address that says its class: float32, (1, classes).

        None if there are no classes.
        """
        if not self.names:
            return None
        found = torch.zeros(1, len(self))
        for name, share in address.mix:
            found[0, self.names.index(name)] = share
        return found


NO_CLASSES: Final = Classes()
"""The classes of a run that knows none."""
