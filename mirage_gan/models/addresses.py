"""What exported sounds are made from: addresses in the latent space of a run, ways between them, and variations."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

LAST_NEIGHBOUR: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Address:
    """The place of one sound: that of a seed, that of a neighbour of a seed, or a latent itself.

    Attributes
    ----------
    seed : int or None
        The seed, 0 or more, or the one that a neighbour is near to; None for a latent.
    spread : float
        How far a neighbour is from its seed: near 0 hardly, at 1 it has nothing in common with it.
    number : int
        Which neighbour, from 1; 0 for the seed itself.
    z : tuple of float, or None
        A latent: LATENT values that float32 can hold.
    name : str
        What the user calls the sound; empty if nothing.
    """

    seed: int | None = None
    spread: float = 0.0
    number: int = 0
    z: tuple[float, ...] | None = None
    name: str = ""

    def __str__(self) -> str:
        """Return the address as text, without its name.

        >>> str(Address(17)), str(Address(17, 0.2, 3)), str(Address(z=(0.0,) * 64))
        ('17', '17~0.2#3', 'z-5341e6b2')
        """
        if self.z is not None:
            return f"z-{hashlib.sha256(struct.pack(f'<{len(self.z)}f', *self.z)).hexdigest()[:8]}"
        return f"{self.seed}~{self.spread:g}#{self.number}" if self.number else str(self.seed)

    @property
    def stem(self) -> str:
        """The address as a part of file names, which sort by seed.

        >>> Address(17).stem, Address(17, 0.2, 3).stem, Address(z=(0.0,) * 64).stem
        ('seed000017', 'seed000017-near0.2-03', 'z-5341e6b2')
        """
        if self.seed is None:
            return str(self)
        return f"seed{self.seed:06}" + (f"-near{self.spread:g}-{self.number:02}" if self.number else "")

    @property
    def label(self) -> str:
        """The name of the sound, or what stands for one."""
        return self.name or self.stem


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a morph: from address to address."""

    addresses: tuple[Address, ...]

    def __str__(self) -> str:
        """Return the addresses as text."""
        return " ".join(map(str, self.addresses))

    @property
    def label(self) -> str:
        """What stands for a name of the sound."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Variation:
    """One variation of a sound that is no run's; which sound, the whole call knows.

    Attributes
    ----------
    amount : float
        By how much it varies, 0 to 1.
    seed : int
        Which one it is, 0 or more.
    name : str
        What the user calls it; empty if nothing.
    """

    amount: float
    seed: int
    name: str = ""

    def __str__(self) -> str:
        """Return what it is made of as text.

        >>> str(Variation(0.4, 3))
        '3 of 0.4'
        """
        return f"{self.seed} of {self.amount:g}"

    @property
    def stem(self) -> str:
        """The variation as a part of file names.

        >>> Variation(0.4, 3).stem
        'var-03'
        """
        return f"var-{self.seed:02}"

    @property
    def label(self) -> str:
        """The name of the sound, or what stands for one."""
        return self.name or self.stem


Origin: TypeAlias = Address | Variation
"""What one sound that stays as it is is made from."""

Place: TypeAlias = Origin | Route
"""What one exported sound is made from."""
