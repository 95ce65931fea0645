"""Mirage disks as sources of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings

from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support import foreign

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.preprocessing.report import PreprocessReport


few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(*sources: Path, out: Path, **changes: Any) -> PreprocessReport:
    return preprocess(PreprocessConfig(sources, **{"points": 64, "size": 64, "cycles": 1} | changes), out)


ZONES = [
    foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF), top_key=10),
    foreign.wave(0x21, 0x40, top_key=20),
    foreign.wave(0x41, 0x60, (0x50, 0x53, 0xFF), top_key=15),  # below the one before: no key is left for it
    foreign.wave(0x61, 0x80, (0x70, 0x71, 0xFF), top_key=30),
    foreign.wave(0x81, 0xA0, top_key=30),  # hidden behind the one before
]
