"""What counts as silence."""

from __future__ import annotations

from typing import Final

SILENCE: Final = 1e-3  # -60 dB of full scale; of 8-bit sounds, `SILENCE_8BIT`
SILENCE_8BIT: Final = 2 / 127
