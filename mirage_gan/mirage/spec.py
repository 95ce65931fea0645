"""Numbers of the machine, each with its source.

"ASG" is Ensoniq's *Mirage Advanced Sampler's Guide* (1985); "DOC" the ES5503 sound chip; "MAME" the
emulator's source, `src/devices/sound/es5503.cpp`.
"""

from typing import Final

# ASG: memory is counted in pages; each half of the keyboard has 256 of them.
PAGE_BYTES: Final = 256
BANK_PAGES: Final = 256
BANK_BYTES: Final = PAGE_BYTES * BANK_PAGES

# A sound must be shorter than a bank: its last page is spare, for a stop marker or the bytes that one displaces
# (ASG; OS 3.2 listing).
MAX_PAGES: Final = BANK_PAGES - 1

# ASG; C. T. Turley, "All About the IIGS' 5503 Ensoniq DOC" (1995), part 6; MAME: samples are unsigned
# around 0x80, and a fetched 0x00 halts the oscillator, so audio uses 0x01 to 0xFF.
STOP: Final = 0x00
CENTER: Final = 0x80
STEPS: Final = 127

# The DOC's tick with all 32 oscillators on: 8 MHz / 8 / (32 + 2) (boot ROM; MAME). It is also the default
# sample time, parameter 73 = 34 microseconds (ASG).
RATE_HZ: Final = 8_000_000 / 8 / (32 + 2)

# The rate as whole numbers can say it, in file headers.
HEADER_RATE_HZ: Final = round(RATE_HZ)

# ASG, on loops that behave: one page, two from an even page, four from a multiple of four. Three pages
# overload the processor at high notes.
LOOP_PAGES: Final = (1, 2, 4)
