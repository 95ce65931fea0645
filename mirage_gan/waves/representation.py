"""Representations: how a sound becomes a wave that a network learns, and back. Each kind of sound has one.

The rest of the package knows a kind of sound only by its representation: how a signal becomes a wave and a wave a
signal, how a wave is drawn for networks and for people, how a preview plays it, and which augmentations leave it the
same sound.
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
    """How sounds of one kind are learned, shown and played."""

    @property
    def name(self) -> str:
        """The name that checkpoints store."""

    @property
    def kind(self) -> str:
        """The kind of sound, `settings.choices.LOOP` or `ONE_SHOT`."""

    @property
    def closed(self) -> bool:
        """Whether the last point of a wave is followed by its first."""

    @property
    def symmetries(self) -> tuple[str, ...]:
        """Those of `settings.choices.SYMMETRIES` that leave a wave the same sound."""

    @property
    def interps(self) -> tuple[str, ...]:
        """The interpolations that `decode` can do, the default first."""

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:
        """Turn a sound into a wave.

        Parameters
        ----------
        signal : float32, shape (samples,)
            The whole sound; for a loop, exactly one period.
        points : int
            Length of the wave.
        align : bool
            Whether to rotate the wave to a common phase, if sounds of the kind can be rotated.

        Returns
        -------
        float32, shape (points,)
            Peak 1, no DC offset.

        Raises
        ------
        SignalError
            If nothing of the sound is left in the wave.
        """

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Turn a wave, float32, shape (points,), into audio: float32, shape (samples,), peak 1, no DC offset."""

    def fit(self, waves: Waves, points: int) -> Waves:
        """Reduce waves, float32, shape (waves, more points), to shape (waves, points), -1 to 1."""

    def draw(self, waves: Tensor) -> Tensor:
        """Draw waves for a network: shape (batch, size) -> ink, shape (batch, 1, size, size); see `bitmap.draw`."""

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw waves for people: shape (waves, points) -> uint8, shape (waves, side, side), side at most `size`."""

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:
        """Return what a preview plays of a wave, both float32, -1 to 1, at the rate `mirage.spec.HEADER_RATE_HZ`.

        Parameters
        ----------
        wave : float32, shape (points,)
            Peak 1, no DC offset.
        samples : int
            Length of the sound, for a kind that is played once.
        seconds : float
            Duration, for a kind that is repeated.
        """


REPRESENTATIONS: Final[tuple[Representation, ...]] = (Cycle(), BlockMeans())


def of_kind(kind: str) -> Representation:
    """Return the representation of a kind of sound; raises FormatError if there is none."""
    for representation in REPRESENTATIONS:
        if representation.kind == kind:
            return representation
    known = ", ".join(representation.kind for representation in REPRESENTATIONS)
    raise FormatError(
        f"{kind!r} is not a kind of sound, which are {known}: update mirage-gan, or make the folder again"
    )


def named(name: str) -> Representation:
    """Return the representation of a name that a checkpoint stores; raises FormatError if there is none."""
    for representation in REPRESENTATIONS:
        if representation.name == name:
            return representation
    raise FormatError(f"the waves are of the form {name!r}, which this mirage-gan does not know: update mirage-gan")
