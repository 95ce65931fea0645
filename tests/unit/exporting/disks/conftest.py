"""A generator whose tones are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.models.sampling import Sampler

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture
def tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make tones whose first harmonic is the strongest."""

    def generate(_: Sampler, seeds: range) -> NDArray[np.float32]:
        phase = 2 * np.pi * np.arange(64) / 64
        rows = [np.sin(phase) + 0.3 * np.sin((2 + seed % 5) * phase + seed) for seed in seeds]
        return np.asarray(rows, np.float32)

    monkeypatch.setattr(Sampler, "generate", generate)
