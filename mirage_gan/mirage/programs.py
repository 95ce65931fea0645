"""Ready-made programs; their values keep to the documented ranges (docs/mirage.md, section 3.2).

Envelope times grow with the value, and 0 is immediate (MM). No source gives them in seconds, so these values are
chosen relative to each other.
"""

from dataclasses import replace
from typing import Final

from mirage_gan.mirage.parameter_block import Envelope, Patch, Program

# like an organ: open filter, immediate attack, and full level for as long as the key is held
NEUTRAL: Final = Patch()
PLUCKED: Final = Patch(
    Program(cutoff=120, tracking=2),
    filter=Envelope(decay=14, sustain=4, release=12),
    amplitude=Envelope(decay=18, sustain=0, release=12),
)
PAD: Final = Patch(
    Program(cutoff=150, tracking=2),
    filter=Envelope(attack=20, release=22),
    amplitude=Envelope(attack=18, release=20),
)
SWEEP: Final = Patch(
    Program(cutoff=60, resonance=80, tracking=2),
    filter=Envelope(attack=16, decay=20, sustain=6, release=18),
    amplitude=Envelope(release=14),
)

AUDITION: Final = (NEUTRAL, PLUCKED, PAD, SWEEP)


def starting_at(patch: Patch, wavesample: int) -> Patch:
    """Return the same program with another initial wavesample, 0 to 7."""
    return replace(patch, program=replace(patch.program, initial=wavesample))
