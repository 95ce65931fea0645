"""Pictures come back level by level, and are drawn with as much paper on all sides."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mirage_gan.waves import representation
from mirage_gan.waves.data import pixels

SHOWN = representation.drawn(pixels.Pixels.name)


def test_every_level_comes_back() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(pixels.to_levels(pixels.of_levels(levels)), levels)


@pytest.mark.parametrize("side", [8, 11, 28, 64, 256])
def test_a_drawing_is_a_power_of_two_wide_and_reads_back(side: int) -> None:
    waves = torch.linspace(-1, 1, side * side)[None]
    ink = SHOWN.draw(waves)
    assert ink.shape[2:] == (SHOWN.side(side * side),) * 2
    assert SHOWN.side(side * side) in (8, 16, 32, 64, 256)
    assert torch.allclose(SHOWN.read(ink, side * side), waves, atol=1e-6)
    assert ink.sum() == pytest.approx(float(((waves + 1) / 2).sum()), rel=1e-4)  # what is added is paper


@pytest.mark.parametrize(("points", "is_size"), [(64, True), (784, True), (65_536, True), (49, False), (785, False)])
def test_pictures_are_squares_of_8_to_256_pixels(points: int, *, is_size: bool) -> None:
    assert SHOWN.is_size(points) == is_size
