"""What settings can be chosen from."""

from __future__ import annotations

from typing import Final

DATASET: Final = "dataset"  # the folder that `preprocess` writes, and `train` reads, where none is named
EXPORT: Final = "export"  # that of `export` and `morph`

LOOP: Final = "loop"
ONE_SHOT: Final = "oneshot"

SIZES: Final = (64, 128, 256)
POINTS: Final = (*SIZES, 512, 1024)
MINIBATCH: Final = 4  # waves that --minibatch-std compares
SYMMETRIES: Final = ("rotate", "invert", "reverse", "gain", "tilt")
LAYOUTS: Final = ("play", "split8", "single")
