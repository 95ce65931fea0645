"""What makes the files of a format: the one interface behind every row of `settings.formats`.

A maker names its files before any sound is generated, and makes them from sounds when these are there. All that asks
"which files will come?", and all that writes them, asks the same maker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from mirage_gan.settings.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class File:
    """One file to write."""

    name: str  # relative to the export folder, with slashes
    content: bytes
    seed: int | None = None  # of the sound in it, where there is a file a sound
    about: dict[str, Any] = field(default_factory=dict)  # what export.json says of it


@dataclass(frozen=True)
class Sound:
    """One sound, rendered when a format first asks for it.

    Attributes
    ----------
    representation : Representation
        What its cycles are to be taken for.
    is_loop : bool
        Whether it is repeated from its end without a seam.
    pitch_hz : float or None
        Its pitch at the Mirage's own rate; None where it has none.
    render : callable
        Returns its samples, float32, shape (samples,), -1 to 1.
    cycles : callable
        Takes a number of frames, and returns normalized waves, shape (frames, points): what the sound is rendered
        from. A sound that does not change has one frame, whatever the number.
    """

    representation: Representation
    is_loop: bool
    pitch_hz: float | None
    render: Callable[[], Signal]
    cycles: Callable[[int], Waves]

    @cached_property
    def signal(self) -> Signal:
        """Its samples, float32, shape (samples,), -1 to 1."""
        return self.render()


class Order(Protocol):
    """What one call asks of every format; those of disks ask for a `DiskOrder`."""

    @property
    def stems(self) -> Mapping[int, str]:
        """The beginning of each sound's file name, by the sound's seed."""

    @property
    def bits(self) -> int:
        """Bits a sample of WAV files: 8, 16 or 24."""

    @property
    def frames(self) -> int:
        """Frames of a wavetable."""


class Maker(Protocol):
    """Makes the files of one format, for one call."""

    def names(self) -> list[str]:
        """Return the names of all files, in the order in which they are made.

        Raises
        ------
        ConfigError, SignalError
            If the sounds cannot be written in this format.
        """

    def files(self, sounds: Mapping[int, Sound]) -> Iterator[File]:
        """Make the files of some sounds, by their seeds; of all sounds at once, if a file holds many."""


def make_maker(form: str, order: Any) -> Maker:
    """Import the maker of a format, and hand it an order."""
    module, _, name = FORMATS[form].maker.partition(":")
    maker: Maker = getattr(import_module(module), name)(order)
    return maker
