"""The length of exported sounds, and how their points become samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import HEADER_RATE_HZ, LOOP_PAGES, MAX_PAGES, PAGE_BYTES, RATE_HZ
from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP
from mirage_gan.waves.whole_sounds import LONGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.folders.runs import RunConfig
    from mirage_gan.settings.exporting import ExportConfig
    from mirage_gan.settings.values.columns import Column
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class SoundShape:
    """Length and interpolation of the sounds of an export."""

    representation: Representation
    period: int  # samples of one period of a loop, or of a one-shot; of a whole sound, the most
    repeats: int  # periods in a file
    interp: str  # periodic, cubic or linear
    rate_hz: int = HEADER_RATE_HZ  # at which a whole sound is played
    columns: Sequence[Column] = ()  # of rows of numbers

    @property
    def kind(self) -> str:
        """The kind of the sounds."""
        return self.representation.kind

    def render(self, wave: Waves, samples: int) -> Signal:
        """Render one period of a loop, or a whole one-shot.

        Parameters
        ----------
        wave : float32, shape (points,)
        samples : int
            Length of the result; of a whole sound, which ends where it ends, the most.

        Returns
        -------
        float32, shape (samples,) or fewer
            -1 to 1.
        """
        return self.representation.decode(wave, samples, self.interp)

    @property
    def is_loop(self) -> bool:
        """Whether the sounds are loops."""
        return self.kind == LOOP

    @property
    def samples(self) -> int:
        """Samples in a file."""
        return self.period * self.repeats

    @property
    def pitch_hz(self) -> float | None:
        """Pitch of a loop at the Mirage's own rate; None for one-shots."""
        return round(RATE_HZ / self.period, 4) if self.is_loop else None


def choose_shape(config: ExportConfig, about: RunConfig) -> SoundShape:
    """Choose the length and interpolation of a run's sounds; see `shape_of`."""
    shape = shape_of(config, about.data.representation, about.data.source_samples, about.data.rate_hz)
    return replace(shape, columns=about.data.columns)


def shape_of(config: ExportConfig, shown_as: Representation, source: int, rate_hz: int) -> SoundShape:
    """Choose the length and interpolation of sounds, by the settings and the sounds that they are made after.

    Parameters
    ----------
    shown_as : Representation
        Of the sounds.
    source : int
        Samples of the sounds that they are made after: of a loop, those of its period.
    rate_hz : int
        At which whole sounds are played.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the sounds.
    """
    kind, interps = shown_as.kind, shown_as.interps
    if not shown_as.is_sound:
        _check_no_sound(config, kind)
        return SoundShape(shown_as, source, 1, interps[0], rate_hz)
    interp = config.interp if config.interp != "auto" else interps[0]
    if interp not in interps:
        raise ConfigError(f"--interp {interp} is for loops, and these sounds are one-shots: use {' or '.join(interps)}")
    if config.length != "source":
        period = int(config.length)
    elif config.pages is not None and not config.fill:
        period = config.pages * PAGE_BYTES
    elif kind == LOOP:
        # nearest by ratio, because pitch is logarithmic
        period = min((PAGE_BYTES * pages for pages in LOOP_PAGES), key=lambda length: abs(np.log(length / source)))
    elif not shown_as.is_line:
        period = LONGEST
    else:
        period = PAGE_BYTES * min(MAX_PAGES, max(1, -(-source // PAGE_BYTES)))
    if not config.fill or config.pages is None:
        return SoundShape(shown_as, period, 1, interp, rate_hz)
    total = config.pages * PAGE_BYTES
    if kind != LOOP:
        raise ConfigError("--fill is for loops, and these sounds are one-shots: leave it out")
    if total % period:
        raise ConfigError(
            f"a period of {period} samples does not fill {config.pages} pages ({total} samples) a whole number of "
            f"times: choose --length {_divisor(total, period)}"
        )
    return SoundShape(shown_as, period, total // period, interp)


def _check_no_sound(config: ExportConfig, kind: str) -> None:
    """Raise ConfigError for a setting of the samples of a sound, of which pictures have none."""
    default = type(config)()
    for name in ("length", "pages", "interp"):
        if getattr(config, name) != getattr(default, name):
            raise ConfigError(f"--{name} is for sounds, and this run makes {KINDS_IN_WORDS[kind]}: leave it out")


def _divisor(total: int, period: int) -> int:
    return min((d for d in range(16, total + 1) if total % d == 0), key=lambda d: abs(d - period))
