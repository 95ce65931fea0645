"""What settings can be chosen from."""

from __future__ import annotations

from typing import Final

# name -> module, imported only when the model is used, so that `--help` needs no torch
MODELS: Final = {"dcgan": "mirage_gan.models.dcgan", "wave": "mirage_gan.models.wave"}

SIZES: Final = (64, 128, 256)
POINTS: Final = (*SIZES, 512, 1024)
SOUND_FORMATS: Final = ("pcm", "wav", "npy", "csv", "png")  # a file a sound
IMAGE_FORMATS: Final = ("disk", "edm", "hfe", "gotek")
DISK_FORMATS: Final = (*IMAGE_FORMATS, "wavsyn", "syx")
MINIBATCH: Final = 4  # waves that --minibatch-std compares
SYMMETRIES: Final = ("rotate", "invert", "reverse", "gain", "tilt")
FORMATS: Final = (*SOUND_FORMATS, *DISK_FORMATS)
LAYOUTS: Final = ("play", "split8", "single")
MORPH_FORMATS: Final = ("pcm", "wav", *IMAGE_FORMATS, "wavetable")
