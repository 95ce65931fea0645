"""How long an exported sound is, and how the points of a wave become its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy.interpolate

from mirage_gan.audio import resampling
from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import LOOP_PAGES, MAX_PAGES, PAGE_BYTES, RATE_HZ

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.folders.runs import RunConfig
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True)
class SoundShape:
    """The length of a sound, and how it is filled."""

    kind: str
    period: int  # samples of one period, or of a one-shot
    repeats: int
    interp: str

    @property
    def is_loop(self) -> bool:
        """Whether the sound is a cycle."""
        return self.kind == "loop"

    @property
    def samples(self) -> int:
        """Samples of a file."""
        return self.period * self.repeats

    @property
    def pitch_hz(self) -> float | None:
        """The pitch at the Mirage's own rate."""
        return round(RATE_HZ / self.period, 4) if self.is_loop else None


def choose_shape(config: ExportConfig, about: RunConfig) -> SoundShape:
    """Decide the shape of a run's sounds.

    Raises
    ------
    ConfigError
        If settings do not go with each other or with the run.
    """
    kind, source = about.data.kind, about.data.source_samples
    interp = config.interp if config.interp != "auto" else "periodic" if kind == "loop" else "linear"
    if interp == "periodic" and kind != "loop":
        raise ConfigError("--interp periodic joins the end to the start, and these are one-shots: use linear or cubic")
    if config.length != "source":
        period = int(config.length)
    elif config.pages is not None and not config.fill:
        period = config.pages * PAGE_BYTES
    elif kind == "loop":
        # nearest as the ear measures: by ratio
        period = min((PAGE_BYTES * pages for pages in LOOP_PAGES), key=lambda length: abs(np.log(length / source)))
    else:
        period = PAGE_BYTES * min(MAX_PAGES, max(1, -(-source // PAGE_BYTES)))
    if not config.fill or config.pages is None:
        return SoundShape(kind, period, 1, interp)
    total = config.pages * PAGE_BYTES
    if kind != "loop":
        raise ConfigError("--fill repeats a period, and these are one-shots: leave it out")
    if total % period:
        raise ConfigError(
            f"a period of {period} samples does not fill {config.pages} pages ({total} samples) a whole number of "
            f"times: choose --length {_divisor(total, period)}"
        )
    return SoundShape(kind, period, total // period, interp)


def _divisor(total: int, period: int) -> int:
    return min((d for d in range(16, total + 1) if total % d == 0), key=lambda d: abs(d - period))


def render(wave: Waves, samples: int, interp: str, *, closed: bool = True) -> Signal:
    """Turn the points of one wave into samples: DC removed, just under full scale.

    Parameters
    ----------
    wave : float32, shape (points,)
    samples : int
    interp : str
        periodic: band-limited. linear, cubic: between neighboring points.
    closed : bool
        Whether the wave is a cycle, whose last point is followed by the first, or a one-shot, which ends there.

    Returns
    -------
    float32, shape (samples,)
        Peak 1, which is byte 0xFF or 0x01; a flat wave is silence.
    """
    if interp == "periodic":
        signal = resampling.resample_loop(wave, samples).astype(np.float64)
    else:
        points = np.append(wave, wave[:1]) if closed else wave
        at = np.linspace(0, len(points) - 1, samples, endpoint=not closed)
        where = np.arange(len(points))
        ends: Literal["periodic", "not-a-knot"] = "periodic" if closed else "not-a-knot"
        spline = scipy.interpolate.CubicSpline(where, points, bc_type=ends)
        signal = np.interp(at, where, points) if interp == "linear" else spline(at)
    signal = signal - signal.mean()
    peak = np.max(np.abs(signal))
    return np.asarray(signal / peak if peak > 1e-6 else np.zeros(samples), np.float32).clip(-1, 1)
