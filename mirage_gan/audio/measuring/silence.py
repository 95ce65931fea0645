"""The peak levels below which a sound counts as silent."""

from __future__ import annotations

from typing import Final

SILENCE: Final = 1e-3  # -60 dB of full scale, except for 8-bit sounds
SILENCE_8BIT: Final = 2 / 127  # two quantization steps
