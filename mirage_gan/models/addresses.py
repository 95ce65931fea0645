"""What exported sounds are made from: places in a latent space and among classes, ways between them, and variations."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

from mirage_gan.base import files

LAST_NEIGHBOUR: Final = 2**31 - 1
_NAMED: Final = 3  # classes of a mix that file names spell out, at most

Mix: TypeAlias = tuple[tuple[str, float], ...]
"""Classes with the share of each, over 0; the shares add up to 1."""


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
    mix : Mix
        The class of the sound, with a share of 1, or several; empty if the run has none, or the address leaves it open.
    """

    seed: int | None = None
    spread: float = 0.0
    number: int = 0
    z: tuple[float, ...] | None = None
    name: str = ""
    mix: Mix = ()

    def __str__(self) -> str:
        """Return the address as text, without its name.

        >>> str(Address(17)), str(Address(17, 0.2, 3)), str(Address(z=(0.0,) * 64))
        ('17', '17~0.2#3', 'z-5341e6b2')
        >>> str(Address(17, mix=(("bass", 1.0),))), str(Address(17, mix=(("pad", 0.7), ("bass", 0.3))))
        ('17-bass', '17-pad0.7-bass0.3')
        """
        if self.seed is None:
            return self.stem
        near = f"~{self.spread:g}#{self.number}" if self.number else ""
        return f"{self.seed}{near}{self._classes}"

    @property
    def stem(self) -> str:
        """The address as a part of file names, which sort by seed.

        >>> Address(17).stem, Address(17, 0.2, 3).stem, Address(z=(0.0,) * 64).stem
        ('seed000017', 'seed000017-near0.2-03', 'z-5341e6b2')
        """
        if self.seed is None:
            values = [value + 0.0 for value in self.z or ()]  # -0.0 becomes 0.0, which is the same place
            return f"z-{_digest(struct.pack(f'<{len(values)}f', *values))}{self._classes}"
        near = f"-near{self.spread:g}-{self.number:02}" if self.number else ""
        return f"seed{self.seed:06}{near}{self._classes}"

    @property
    def _classes(self) -> str:
        """What the names say of the classes; a digest tells apart those that would otherwise look the same."""
        is_one = len(self.mix) == 1
        spelled = [(name, "" if is_one else f"{share:g}", share) for name, share in self.mix]
        if len(self.mix) <= _NAMED and all(
            files.safe_name(name) == name and (is_one or float(text) == share) for name, text, share in spelled
        ):
            return "".join(f"-{name}{text}" for name, text, _ in spelled)
        return f"-{files.safe_name(self.mix[0][0]) if is_one else 'mix'}-{_digest(repr(self.mix).encode())}"

    @property
    def main_class(self) -> str:
        """The class that has the largest share in the sound; empty if the address says none."""
        return max(self.mix, key=lambda each: each[1])[0] if self.mix else ""

    @property
    def label(self) -> str:
        """The name of the sound, or what stands for one."""
        return self.name or self.stem


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


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
