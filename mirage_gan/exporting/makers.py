"""Makers of files: the interface behind every format in `settings.tables.formats`.

A maker names its files before any sound is generated, and makes them once the sounds are there. The check of what an
export folder holds already and the writing of files use the same maker, so that they cannot disagree on the names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from mirage_gan.audio import wavfile
from mirage_gan.audio.measuring import pitch, spectrum, sustain
from mirage_gan.mirage.spec import HEADER_RATE_HZ, PAGE_BYTES
from mirage_gan.settings.tables.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mirage_gan.audio.measuring.sustain import Sustain
    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.models.addresses import Place
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class File:
    """A file to write."""

    name: str  # relative to the export folder, with forward slashes
    content: bytes
    place: Place | None = None  # what its sound is generated from, in formats with one file per sound
    about: dict[str, Any] = field(default_factory=dict)  # its metadata in export.json, before that of its sound


@dataclass(frozen=True)
class Sound:
    """One sound, rendered lazily: when a format first asks for its samples.

    Attributes
    ----------
    representation : Representation
        The representation that draws its waves.
    is_loop : bool
        Whether its end leads seamlessly into its start.
    loop_hz : float or None
        The pitch of a loop at the Mirage's own rate; None for a one-shot.
    render : callable
        Returns its samples: float32, shape (samples,), -1 to 1.
    cycles : callable
        Takes a number of frames, and returns the normalized waves that the sound is rendered from: float32, shape
        (frames, points). A sound that does not change over time has one frame, whatever the number.
    rate_hz : int
        The sample rate at which it is played.
    novelty : float or None
        How new it is, from 0 for a copy to 1; None if it was not compared with training sounds.
    nearest : str
        The id of the nearest training sound; empty if it was not compared.
    nearest_class : str
        The class of that training sound; empty if it has none.
    nearest_wave : float32, shape (points,), or None
        That sound's wave, which may be memory-mapped; None if it was not compared.
    faults : sequence of str
        What is wrong with it, if anything.
    """

    representation: Representation
    is_loop: bool
    loop_hz: float | None
    render: Callable[[], Signal]
    cycles: Callable[[int], Waves]
    rate_hz: int = HEADER_RATE_HZ
    novelty: float | None = None
    nearest: str = ""
    nearest_class: str = ""
    nearest_wave: Waves | None = None
    faults: Sequence[str] = ()

    @cached_property
    def signal(self) -> Signal:
        """Its samples: float32, shape (samples,), -1 to 1."""
        return self.render()

    @cached_property
    def pitch_hz(self) -> float | None:
        """Its pitch, which is measured if it is a whole sound; None if it has none."""
        if self.representation.is_line or not self.representation.is_sound:
            return self.loop_hz
        found = pitch.measure(self.signal, self.rate_hz)
        return None if found is None else round(found.hz, 2)

    @cached_property
    def sustain(self) -> Sustain | None:
        """How it goes on while a key is held, if it is a whole sound with a steady pitch; see `sustain.find`."""
        if self.representation.is_line or self.pitch_hz is None:
            return None
        return sustain.find(self.signal, self.rate_hz, self.pitch_hz)

    @cached_property
    def center_hz(self) -> float:
        """The center of gravity of its power spectrum in Hz, by which the sounds of a kit lie from low to high."""
        return spectrum.center_hz(self.signal, self.rate_hz)


def describe(samples: int, rate_hz: int, pitch_hz: float | None) -> dict[str, Any]:
    """Return what export.json says of the samples in a file of one sound."""
    return {
        "length": samples,
        "pages": samples / PAGE_BYTES,
        "pitch_hz": pitch_hz,
        "midi_note": None if pitch_hz is None else round(wavfile.midi_note(pitch_hz), 4),
        "rate_hz": rate_hz,
    }


class Order(Protocol):
    """What a format must know of one call of `export` or `morph`; a format of disks needs a `DiskOrder`."""

    @property
    def stems(self) -> Mapping[Place, str]:
        """The start of each sound's file name."""

    @property
    def bits(self) -> int:
        """Bits per sample of WAV files: 8, 16 or 24."""

    @property
    def frames(self) -> int:
        """Number of frames in a wavetable."""

    @property
    def raw_bitmap(self) -> bool:
        """Whether PCM files hold the bytes of drawings in place of sounds."""


class Maker(Protocol):
    """Makes the files of one format, for one call."""

    def names(self) -> list[str]:
        """Return the names of all files; those of the first sound first, if each sound has files of its own.

        Raises
        ------
        ConfigError, SignalError
            If the sounds cannot be written in this format.
        """

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the files of some sounds; if a file holds several sounds, all must be given at once."""


def make_maker(form: str, order: Any) -> Maker:
    """Import the maker of a format, and create it for an order."""
    module, _, name = FORMATS[form].maker.partition(":")
    maker: Maker = getattr(import_module(module), name)(order)
    return maker
