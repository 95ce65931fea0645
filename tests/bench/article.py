"""The article's drawing loop, rewritten from its description, as a baseline for the speed of `preprocess`.

A file becomes 256 block means; integer division drops its tail. A loop in pure Python sets every pixel of the
256 x 256 picture, one dot a column, not connected.
"""

from __future__ import annotations

import struct
import wave
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 256


def draw_file(source: Path, target: Path) -> None:
    """Draw one 16-bit mono WAV as a PNG."""
    with wave.open(str(source)) as file:
        count = file.getnframes()
        samples = list(struct.unpack(f"<{count}h", file.readframes(count)))
    block = max(1, count // SIZE)
    means = []
    for i in range(SIZE):
        part = samples[i * block : (i + 1) * block]
        means.append(sum(part) / len(part) if part else 0.0)
    low, high = min(means), max(means)
    pixels = []
    for row in range(SIZE):
        for column in range(SIZE):
            level = (means[column] - low) / (high - low) * (SIZE - 1) if high > low else SIZE / 2
            if SIZE - 1 - int(level) == row:
                pixels.append(0)
            else:
                pixels.append(255)
    image = Image.new("L", (SIZE, SIZE))
    image.putdata(pixels)
    image.save(target)
