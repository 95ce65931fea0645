"""The bytes of drawings as samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.settings.exporting import ExportConfig
from tests.support.exports import asked, entries

if TYPE_CHECKING:
    from pathlib import Path


def test_the_drawing_of_a_loop_is_played_row_by_row(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, to=("pcm",)), out)
    export(asked(trained, to=("png", "pcm"), raw_bitmap=True), out)
    for seed in range(4):
        stem = f"tiny-seed{seed:06}-2"  # the sound itself, which is there already, has the name without a number
        with Image.open(out / f"{stem}.png") as picture:
            drawn = np.asarray(picture).reshape(-1)
        assert (out / f"{stem}.pcm").read_bytes() == np.maximum(drawn, 1).tobytes()
        about = entries(out)[f"{stem}.pcm"]
        assert (about["length"], about["pitch_hz"]) == (drawn.size, None)
        assert (out / f"tiny-seed{seed:06}.pcm").stat().st_size == 256
    assert export(asked(trained, to=("png", "pcm"), raw_bitmap=True), out).unchanged


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        ("--raw-bitmap is for PCM files", {"to": ("wav",)}),
        ("--pages is for sounds", {"pages": 2}),
        ("--length is for sounds", {"length": "512"}),
        ("--interp is for sounds", {"interp": "linear"}),
    ],
)
def test_what_does_not_suit_a_drawing_is_refused(said: str, settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=said):
        ExportConfig(raw_bitmap=True, **settings)  # type: ignore[arg-type]
