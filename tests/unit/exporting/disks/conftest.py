"""A generator whose tones are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.models.sampling import Sampler
from tests.support.addresses import seeds_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mirage_gan.models.addresses import Address


@pytest.fixture
def tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make tones whose first harmonic is the strongest."""

    def generate(_: Sampler, places: Iterable[Address]) -> NDArray[np.float32]:
        phase = 2 * np.pi * np.arange(64) / 64
        rows = [np.sin(phase) + 0.3 * np.sin((2 + seed % 5) * phase + seed) for seed in seeds_of(places)]
        return np.asarray(rows, np.float32)

    monkeypatch.setattr(Sampler, "generate", generate)
