"""What a network learns of a sound, and back: one representation for each kind of sound.

A representation is all that the rest of the package knows of a kind: how a signal becomes a wave of so many points and
a wave a signal, how a wave is drawn for networks and for people, how it is heard in a preview, and which changes leave
it the same sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.base.errors import FormatError
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.loops import Cycle

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Signal, Waves


class Representation(Protocol):
    """How sounds of one kind are learned, shown and heard."""

    @property
    def name(self) -> str:
        """What checkpoints call it."""

    @property
    def kind(self) -> str:
        """The kind of sound that it is for."""

    @property
    def closed(self) -> bool:
        """Whether the last point of a wave is followed by its first."""

    @property
    def symmetries(self) -> tuple[str, ...]:
        """The augmentations that leave a wave the same sound, of `settings.choices.SYMMETRIES`."""

    @property
    def interps(self) -> tuple[str, ...]:
        """The ways that `decode` knows, its own choice first."""

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:
        """Make the wave of a sound.

        Parameters
        ----------
        signal : float32, shape (samples,)
            The whole sound; of a loop, exactly one period.
        points : int
        align : bool
            Whether the wave may begin elsewhere than the sound does, where that makes sounds comparable.

        Returns
        -------
        float32, shape (points,)
            Peak 1, without DC.

        Raises
        ------
        SignalError
            If nothing is left of the sound.
        """

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Make a sound of a wave, shape (points,): float32, shape (samples,), -1 to 1, without DC."""

    def fit(self, waves: Waves, points: int) -> Waves:
        """Bring waves, shape (waves, more points), to fewer points, -1 to 1; those that have them stay as they are."""

    def draw(self, waves: Tensor) -> Tensor:
        """Draw waves for a network, shape (batch, size): ink, shape (batch, 1, size, size); see `bitmap.draw`."""

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw waves for people, shape (waves, points): at most `size` pixels wide and high."""

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:
        """Make what a preview plays of a normalized wave, shape (points,), at the machine's own rate.

        Parameters
        ----------
        samples : int
            The length of such sounds at their source, where a sound has a length of its own.
        seconds : float
            How long to play what can be played for ever.
        """


REPRESENTATIONS: Final[tuple[Representation, ...]] = (Cycle(), BlockMeans())


def of_kind(kind: str) -> Representation:
    """Return the representation of a kind of sound; raises FormatError if there is none."""
    for representation in REPRESENTATIONS:
        if representation.kind == kind:
            return representation
    known = ", ".join(representation.kind for representation in REPRESENTATIONS)
    raise FormatError(f"there is no kind of sound {kind!r}, only {known}: it is of a newer mirage-gan, or was edited")


def named(name: str) -> Representation:
    """Return the representation that a checkpoint names; raises FormatError if there is none."""
    for representation in REPRESENTATIONS:
        if representation.name == name:
            return representation
    raise FormatError(f"waves are shown as {name!r}, which this mirage-gan does not know: update it")
