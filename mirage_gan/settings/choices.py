"""What settings can be chosen from."""

from __future__ import annotations

from typing import Final

# name -> module, imported only when the model is used, so that `--help` needs no torch
MODELS: Final = {"dcgan": "mirage_gan.models.dcgan", "wave": "mirage_gan.models.wave"}

LOOP: Final = "loop"
ONE_SHOT: Final = "oneshot"

SIZES: Final = (64, 128, 256)
POINTS: Final = (*SIZES, 512, 1024)
MINIBATCH: Final = 4  # waves that --minibatch-std compares
SYMMETRIES: Final = ("rotate", "invert", "reverse", "gain", "tilt")
LAYOUTS: Final = ("play", "split8", "single")
