"""A trait is what one hears: a saw is brighter than a sine, a click is shorter than a gong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.auditioning.steering import traits
from mirage_gan.waves import spectrogram
from mirage_gan.waves.representation import of_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOP, ONE_SHOT = of_kind("loop"), of_kind("oneshot")
RATE_HZ = 29_412
T = np.arange(256) / 256
SINE = np.sin(2 * np.pi * T)
SAW = 2 * T - 1
SQUARE = np.sign(SINE)
NOISE = np.random.default_rng(0).uniform(-1, 1, 256)
PULSE = np.where(T < 0.02, 1.0, -0.02)


def of_loop(wave: NDArray[np.float64]) -> dict[str, float]:
    return _named(traits.measure(np.asarray(wave[None], np.float32), LOOP), LOOP)


def of_hit(hz: float, seconds: float, *, attack: float = 0.0, noise: float = 0.0) -> dict[str, float]:
    """Measure a sound of some partial and some noise that lasts so long, and rises so slowly."""
    time = np.arange(32 * spectrogram.FRAME) / RATE_HZ
    random = np.random.default_rng(0).normal(size=len(time))
    wave = (np.sin(2 * np.pi * hz * time) + noise * random) * np.exp(-4 * time / seconds) * (time < seconds)
    wave *= np.minimum(1, time / attack) if attack else 1
    picture = spectrogram.picture([np.asarray(wave, np.float32)], 32)
    return _named(traits.measure(picture.reshape(1, -1), ONE_SHOT), ONE_SHOT)


def _named(measured: NDArray[np.float64], shown_as: Any) -> dict[str, float]:
    return {trait.more: float(value) for trait, value in zip(traits.of(shown_as), measured[0], strict=True)}


@pytest.mark.parametrize(
    ("trait", "more", "less"),
    [
        ("brighter", SAW, SINE),
        ("noisier", NOISE, SAW),
        ("hollower", SQUARE, SAW),
        ("louder", SQUARE, PULSE),
        ("deeper", SINE, SAW),
    ],
)
def test_a_trait_of_loops(trait: str, more: NDArray[np.float64], less: NDArray[np.float64]) -> None:
    assert of_loop(more)[trait] > of_loop(less)[trait] + 0.5


@pytest.mark.parametrize(
    ("trait", "more", "less"),
    [
        ("brighter", {"hz": 3000.0, "seconds": 0.2}, {"hz": 300.0, "seconds": 0.2}),
        ("noisier", {"hz": 500.0, "seconds": 0.2, "noise": 1.0}, {"hz": 500.0, "seconds": 0.2}),
        ("longer", {"hz": 500.0, "seconds": 0.25}, {"hz": 500.0, "seconds": 0.05}),
        ("louder start", {"hz": 500.0, "seconds": 0.2}, {"hz": 500.0, "seconds": 0.2, "attack": 0.1}),
        ("more bass", {"hz": 100.0, "seconds": 0.2}, {"hz": 500.0, "seconds": 0.2}),
        ("louder tail", {"hz": 500.0, "seconds": 0.2, "attack": 0.15}, {"hz": 500.0, "seconds": 0.2}),
    ],
)
def test_a_trait_of_one_shots(trait: str, more: dict[str, float], less: dict[str, float]) -> None:
    assert of_hit(**more)[trait] > of_hit(**less)[trait] + 0.5


def test_octaves_and_seconds_are_true() -> None:
    assert of_loop(np.sin(2 * np.pi * 8 * T))["brighter"] == pytest.approx(3, abs=0.05)
    assert of_hit(2000, 0.2)["brighter"] == pytest.approx(np.log2(2000), abs=0.1)
    assert 2 ** of_hit(500, 0.25)["longer"] == pytest.approx(0.25, rel=0.25)


@pytest.mark.parametrize(("shown_as", "points"), [(LOOP, 256), (ONE_SHOT, 129 * 32)])
def test_silence_has_finite_traits(shown_as: Any, points: int) -> None:
    silence = np.full((2, points), -1 if shown_as is ONE_SHOT else 0, np.float32)

    assert np.isfinite(traits.measure(silence, shown_as)).all()
