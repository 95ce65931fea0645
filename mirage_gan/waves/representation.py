"""Representations: how a sound becomes a wave that a network learns, and back. Each kind of sound has one.

The rest of the package knows a kind of sound only by its representation: how a signal becomes a wave and a wave a
signal, how a wave is drawn for networks and for people, how a preview plays it, and which augmentations leave it the
same sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.base.errors import FormatError
from mirage_gan.settings.choices import LOOP, ONE_SHOT, PICTURE, ROLL, ROW
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.data.pixels import Pixels
from mirage_gan.waves.data.rolls import Rolls
from mirage_gan.waves.data.rows import Row
from mirage_gan.waves.loops import Cycle
from mirage_gan.waves.whole_sounds import WholeSound

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Signal, Waves


class Representation(Protocol):
    """How sounds of one kind, or data that are no sounds, are learned, shown and played."""

    @property
    def name(self) -> str:
        """The name that datasets, runs and checkpoints store."""

    @property
    def kind(self) -> str:
        """The kind of what is learned, a key of `settings.choices.KINDS_IN_WORDS`."""

    @property
    def closed(self) -> bool:
        """Whether the last point of a wave is followed by its first."""

    @property
    def is_line(self) -> bool:
        """Whether a wave is the points of one line, as a curve; otherwise, it is a picture, row by row, or a row."""

    @property
    def is_sound(self) -> bool:
        """Whether it can be heard, and so be on a disk of the Mirage; `hear` and `decode` are of sounds alone."""

    def count(self, points: int) -> str:
        """Return how large a wave of so many points is, in words, such as "64 frames"."""

    def is_size(self, points: int) -> bool:
        """Return whether waves can have so many points."""

    @property
    def symmetries(self) -> tuple[str, ...]:
        """Those of `settings.choices.SYMMETRIES` that leave a wave the same sound."""

    @property
    def interps(self) -> tuple[str, ...]:
        """The interpolations that `decode` can do, the default first."""

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Turn a wave into audio.

        Parameters
        ----------
        wave : float32, shape (points,)
            Normalized.
        samples : int
            Length of the sound, or for a whole sound, the most that is kept of it.
        interp : str
            One of `interps`.

        Returns
        -------
        float32, shape (samples,), or of a whole sound, shape (samples until it ends,)
            Peak 1.
        """

    def normalize(self, waves: Waves) -> Waves:
        """Give a generator's output, float32, shape (waves, points), the level that encoded waves have."""

    def fit(self, waves: Waves, points: int) -> Waves:
        """Reduce waves, float32, shape (waves, more points), to shape (waves, points), -1 to 1."""

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw waves for people: shape (waves, points) -> uint8, shape (waves, side, side), side at most `size`."""

    def details(self, waves: Waves, size: int) -> Pictures:
        """Draw what a contact sheet shows below each picture: shape (waves, points) -> uint8, (waves, size, size)."""

    def outline(self, waves: Waves) -> Waves:
        """Return the curve that shows each wave to people: shape (waves, points) -> (waves, places), -1 to 1.

        It is the line itself, which ends as it began if it is closed, or the level of a whole sound.
        """

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:
        """Return what a preview plays of a wave, both float32, -1 to 1: loops at the rate `mirage.spec.HEADER_RATE_HZ`.

        Parameters
        ----------
        wave : float32, shape (points,)
            Normalized.
        samples : int
            Length of the sound, or the most of it, for a kind that is played once.
        seconds : float
            Duration, for a kind that is repeated.
        """


class SoundRepresentation(Representation, Protocol):
    """How sounds are learned: what can be heard is made of a signal."""

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:
        """Turn a sound into a wave.

        Parameters
        ----------
        signal : float32, shape (samples,)
            The whole sound, from its attack; for a loop, exactly one period.
        points : int
            Length of the wave.
        align : bool
            Whether to rotate the wave to a common phase, if sounds of the kind can be rotated.

        Returns
        -------
        float32, shape (points,)
            Normalized, as `normalize` does it.

        Raises
        ------
        SignalError
            If nothing of the sound is left in the wave.
        """


class DrawnRepresentation(Representation, Protocol):
    """What networks of pictures can be shown, and can paint."""

    @property
    def is_bilevel(self) -> bool:
        """Whether a pixel is either ink or paper, with no gray between them; then `settle` makes it so."""

    def side(self, points: int) -> int:
        """Return the rows and columns of what `draw` makes of waves of so many points."""

    def draw(self, waves: Tensor) -> Tensor:
        """Draw waves for a network: shape (batch, points) -> ink, shape (batch, 1, side, side), 0 to 1."""

    def settle(self, ink: Tensor) -> Tensor:
        """Return what a network paints, 0 to 1, as such pictures are: bilevel ones have no gray.

        The gradient of what it returns is that of `ink`.
        """

    def read(self, ink: Tensor, points: int) -> Tensor:
        """Read waves of so many points back from what a network has painted: the inverse of `draw`."""


_SOUNDS: Final = (Cycle(), WholeSound(), BlockMeans())
_DRAWN: Final = (*_SOUNDS, Pixels(), Rolls())
REPRESENTATIONS: Final[tuple[Representation, ...]] = (*_DRAWN, Row())
_CURRENT: Final = {
    LOOP: Cycle.name,
    ONE_SHOT: WholeSound.name,
    PICTURE: Pixels.name,
    ROW: Row.name,
    ROLL: Rolls.name,
}
_BEFORE: Final = {LOOP: Cycle.name, ONE_SHOT: BlockMeans.name}  # of folders of before 0.4.0, which name none


def of_kind(kind: str) -> Representation:
    """Return the representation in which sounds of a kind are learned; raises FormatError if there is no such kind."""
    return named(_name(_CURRENT, kind))


def of_sounds(kind: str) -> SoundRepresentation:
    """Return the representation in which sounds of a kind are learned, one of `settings.choices.SOUND_KINDS`."""
    return next(each for each in _SOUNDS if each.name == _CURRENT[kind])


def drawn(name: str) -> DrawnRepresentation:
    """Return the representation of a name that a file stores; raises FormatError if no network draws it."""
    for representation in _DRAWN:
        if representation.name == name:
            return representation
    raise FormatError(f"waves of the form {name!r} are not drawn: choose other networks, or update mirage-gan")


def stored(kind: str, name: str) -> Representation:
    """Return the representation of the sounds of a folder, which names it, or is older and names none ("").

    Raises
    ------
    FormatError
        If there is no such kind, or no representation of that name.
    """
    return named(name or _name(_BEFORE, kind))


def _name(names: dict[str, str], kind: str) -> str:
    if kind not in names:
        known = ", ".join(names)
        raise FormatError(
            f"{kind!r} is not a kind of sound, which are {known}: update mirage-gan, or make the folder again"
        )
    return names[kind]


def named(name: str) -> Representation:
    """Return the representation of a name that a file stores; raises FormatError if there is none."""
    for representation in REPRESENTATIONS:
        if representation.name == name:
            return representation
    raise FormatError(f"the waves are of the form {name!r}, which this mirage-gan does not know: update mirage-gan")
