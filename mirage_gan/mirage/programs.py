"""Programs to play a sound with; each keeps to the documented ranges (section 3.2).

Envelope times grow with the number, and 0 is at once (MM); their seconds are not documented, so these numbers were set
by proportion.
"""

from dataclasses import replace
from typing import Final

from mirage_gan.mirage.parameter_block import Envelope, Patch, Program

# as an organ: open, at once, and as loud as the key is held
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
    """Return the same program for another wavesample, 0 to 7."""
    return replace(patch, program=replace(patch.program, initial=wavesample))
