"""Morphs, and the sounds of the seeds that they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import mirage_gan
from mirage_gan.exporting.morphs.morph import MorphReport, morph
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.morphing import MorphConfig

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.models.conditions import Condition


CYCLES = {256: 255, 1024: 63}
cycle_samples = pytest.mark.parametrize("samples", CYCLES)


def make(run: Path, out: Path, *to: str, seeds: tuple[int, ...] = (3, 17), **changes: Any) -> MorphReport:
    return morph(MorphConfig(str(run), seeds, to=to, **changes), out)


def own_sound(run: Path, seed: int, samples: int) -> NDArray[np.float64]:
    """Return a seed's own cycle, band-limited to so many samples, without DC and of unit length."""
    (wave,) = mirage_gan.load(run).generate([seed]).astype(np.float64)
    spectrum = np.fft.rfft(wave)
    spectrum[0] = 0
    if samples > len(wave):
        spectrum[-1] /= 2  # half of its highest harmonic is of negative frequency
    cycle = np.fft.irfft(spectrum, samples)
    return np.asarray(cycle / np.linalg.norm(cycle))


def likeness(cycle: NDArray[Any], of: NDArray[np.float64]) -> float:
    """Return how alike two cycles are, whatever their levels: 1 is the same."""
    centered = cycle - cycle.mean()
    return float(centered @ of / np.linalg.norm(centered))


def make_brighter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make tones that differ by their latents in all harmonics but the first, which is strongest."""
    phase = 2 * np.pi * np.arange(64) / 64

    def waves(_: Sampler, condition: Condition) -> NDArray[np.float32]:
        z = condition.z
        weights = 0.3 * (z / z.norm()).numpy()[0, :8]
        total = np.sin(phase) + sum(w * np.sin((h + 2) * phase) for h, w in enumerate(weights))
        return np.asarray(0.5 * total[None], np.float32)

    monkeypatch.setattr(Sampler, "from_condition", waves)
