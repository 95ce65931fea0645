"""The levels of harmonics are what Fourier says, and their drawing shows each of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mirage_gan.waves import bitmap, spectrum

POINTS = 64


def harmonics(*levels: float) -> torch.Tensor:
    """Return one wave, shape (1, POINTS), whose first harmonics have these levels in dB, at random phases."""
    t = np.arange(POINTS) / POINTS
    phases = np.random.default_rng(0).uniform(size=len(levels))
    wave = sum(10 ** (db / 20) * np.sin(2 * np.pi * ((i + 1) * t + phases[i])) for i, db in enumerate(levels))
    return torch.tensor(np.asarray(wave)[None], dtype=torch.float32)


def test_a_level_falls_by_a_sixth_every_ten_decibel_down_to_sixty() -> None:
    found = spectrum.levels(harmonics(0, -10, -30, -50, -90))[0]

    assert found[:4].tolist() == pytest.approx([1, 5 / 6, 3 / 6, 1 / 6], abs=0.02)
    assert found[4:].tolist() == pytest.approx([0] * (POINTS // 2 - 4), abs=0.01)


@pytest.mark.parametrize("gain", [0.01, 1.0, -1.0])
def test_gain_polarity_and_phase_change_no_level(gain: float) -> None:
    wave = harmonics(0, -10, -20)

    assert torch.allclose(spectrum.levels(gain * wave.roll(5, -1)), spectrum.levels(wave), atol=0.02)


def test_a_silent_wave_has_no_harmonics() -> None:
    assert torch.allclose(spectrum.levels(torch.zeros(1, POINTS)), torch.zeros(1, POINTS // 2), atol=1e-6)


def test_the_drawing_can_be_read_back_as_two_points_a_harmonic() -> None:
    wave = harmonics(0, -10, -30, -50)
    line = spectrum.line(wave)

    assert line.shape == (1, POINTS)
    assert torch.equal(line[:, ::2], line[:, 1::2])
    read, confidence = bitmap.read(spectrum.draw(wave), closed=False)
    assert torch.allclose(read, line.clamp(-1, 1), atol=1e-3)
    assert float(confidence.min()) > 0.999


def test_the_drawing_has_a_gradient_so_that_a_generator_can_learn_from_it() -> None:
    wave = harmonics(0, -10, -30).requires_grad_()
    spectrum.draw(wave)[..., 20:, :].sum().backward()

    assert wave.grad is not None
    assert bool(wave.grad.isfinite().all())
    assert float(wave.grad.abs().max()) > 0


@pytest.mark.parametrize("size", [16, 64])
def test_a_picture_shows_the_highest_of_the_levels_that_share_a_column(size: int) -> None:
    wave = harmonics(0, -60, -60, -60, -60, -60, -60, -60, -6)  # the ninth stands alone
    drawn = spectrum.picture(wave.numpy(), size)

    assert drawn.shape == (1, size, size)
    tops = (drawn[0] < 128).argmax(axis=0)  # the first dark row of each column
    column = 16 * size // POINTS  # of the ninth harmonic
    assert tops[column] < size // 3
    assert tops[column - max(1, 4 * size // POINTS)] > 2 * size // 3


def test_no_wave_is_no_picture() -> None:
    assert spectrum.picture(np.empty((0, POINTS), np.float32), 16).shape == (0, 16, 16)
