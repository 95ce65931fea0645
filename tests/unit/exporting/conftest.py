"""An export in every format of sounds, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.exporting.export import export
from tests.support.exports import SOUND_FILES, asked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def everything(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of four sounds in all formats."""
    out = tmp_path_factory.mktemp("all") / "export"
    export(asked(trained, to=SOUND_FILES), out)
    return out
