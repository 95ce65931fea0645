"""Numbers of the machine, each with its source.

Sources have the keys of docs/mirage.md, whose table of sources names each in full: "ASG" is Ensoniq's *Mirage Advanced
Sampler's Guide* (1985), "MM" the *Mirage Musician's Manual*, "ROM" and "OS" the listings of the boot ROM and of OS 3.2,
"MAME" the emulator. "DOC" is the machine's sound chip, the Ensoniq ES5503, and what is documented of it.
"""

from dataclasses import dataclass
from typing import Final

# --- memory and samples (docs/mirage.md, section 1) ---

# ASG: sample memory is divided into pages of 256 bytes; each half of the keyboard has 256 pages.
PAGE_BYTES: Final = 256
BANK_PAGES: Final = 256
BANK_BYTES: Final = PAGE_BYTES * BANK_PAGES

# The longest loop, because one page of the bank stays spare for its stop marker and the bytes that this displaces (ASG;
# OS); also the highest page count that a wavesample dump can state in 8 bits (docs/mirage.md, sections 3.6 and 5).
MAX_PAGES: Final = BANK_PAGES - 1

# ASG; C. T. Turley, "All About the IIGS' 5503 Ensoniq DOC" (1995), part 6; MAME: samples are unsigned 8-bit with
# silence at 0x80, and a fetched 0x00 halts the oscillator, so audio uses 0x01 to 0xFF, 127 steps to each side.
STOP: Final = 0x00
CENTER: Final = 0x80
STEPS: Final = 127

# Bytes of a stop marker. At high notes the chip skips bytes and could miss a single zero; ASG and OS use a run of 16
# (docs/mirage.md, section 3.6).
MARKER_BYTES: Final = 16

# The DOC's tick rate with all 32 oscillators enabled: 8 MHz / 8 / (32 + 2), about 29,411.76 Hz (ROM; MAME). It equals
# the default sample time of 34 microseconds, parameter 73 (ASG).
RATE_HZ: Final = 8_000_000 / 8 / (32 + 2)

# The same rate for file headers, which take whole numbers only.
HEADER_RATE_HZ: Final = round(RATE_HZ)

# The OS sets an oscillator's resolution equal to its table size, so a frequency word F advances it by F / 512 samples
# a tick (MAME; OS; docs/mirage.md, section 1.3).
WORDS_A_SAMPLE: Final = 512

# Largest size code of the DOC: a table has 256 << code bytes and starts at a multiple of its own size.
MAX_TABLE_CODE: Final = 7

# Short loops that play well: one page, two from an even page, four from a multiple of four. Other lengths below eight
# pages overload the processor at high notes (ASG; docs/mirage.md, section 3.7).
LOOP_PAGES: Final = (1, 2, 4)

# A loop of this many pages or more plays well if it starts at a multiple of so many (ASG; docs/mirage.md, section 3.7).
LONG_LOOP: Final = 8

# --- keys (docs/mirage.md, section 3.3) ---

# ASG, OS: 61 keys; key 0 is MIDI note 36.
KEYS: Final = 61
LOWEST_NOTE: Final = 36
LOWER_TOP_KEY: Final = 30  # top key of the lower half in the usual split, MIDI note 66

WAVESAMPLES: Final = 8  # in each half
PROGRAMS: Final = 4  # in each half


@dataclass(frozen=True)
class Half:
    """One half of the keyboard, with its 64 KB of sample memory."""

    letter: str  # as in the names of sounds on a disk: L or U
    name: str  # lower or upper
    list_base: int  # address of its first segment list in the memory of OS 3.2 (OS; real disks)
    register_bit: int  # its bank, as a bit of the DOC's size/resolution register: 0x00 or 0x40 (MAME)
    first_key: int  # its lowest key in the usual split; key 0 is MIDI note 36
    top_key: int  # its highest key in the usual split
    octaves_down: int  # how much lower it plays the same tuning (OS; docs/mirage.md, section 4)
    nybble: int  # what is added to the type of a SysEx message to name this half: 0x00 or 0x10 (ASG appendix C)
    reset_tuning: tuple[int, int]  # coarse and fine tuning that the OS gives to a wavesample on reset (OS)
    revision: int  # first parameter byte on real disks; nothing seems to check it (docs/mirage.md, section 3)


LOWER: Final = Half("L", "lower", 0xB3DE, 0x00, 0, LOWER_TOP_KEY, 0, 0x00, (3, 0xFA), 0xD0)
UPPER: Final = Half("U", "upper", 0xB64F, 0x40, LOWER_TOP_KEY + 1, KEYS - 1, 2, 0x10, (3, 0x8E), 0xA3)

# --- parameters of a sound (docs/mirage.md, section 3) ---

# Sizes and offsets in bytes of wavesample control blocks, segment lists and program blocks (ASG table 3.4; BZ; IMG).
PARAMETER_BYTES: Final = 625
CONTROLS_AT: Final = 1
CONTROL_BYTES: Final = 24
LISTS_AT: Final = 193
LIST_BYTES: Final = 32
PROGRAMS_AT: Final = 481
PROGRAM_BYTES: Final = 36

# --- disk (docs/mirage.md, section 2) ---


@dataclass(frozen=True)
class Geometry:
    """How a disk is divided into tracks and sectors."""

    tracks: int
    sector_bytes: tuple[int, ...]  # one entry for each sector of a track, in order

    @property
    def track_bytes(self) -> int:
        """Bytes of one track, all sectors together."""
        return sum(self.sector_bytes)

    @property
    def bytes(self) -> int:
        """Bytes of the whole disk."""
        return self.tracks * self.track_bytes

    def offset(self, track: int, sector: int) -> int:
        """Return the byte offset of a sector in a raw image; tracks and sectors count from 0."""
        return track * self.track_bytes + sum(self.sector_bytes[:sector])


# GIE; GW `diskdefs_ensoniq.cfg`; HXC; MAME: one side, 80 tracks, each with large sectors 0 to 4 and small sector 5.
DISK: Final = Geometry(tracks=80, sector_bytes=(1024, 1024, 1024, 1024, 1024, 512))
LARGE_SECTORS: Final = 5
SMALL_SECTOR: Final = 5

# Sound n (0 to 5) fills the large sectors of 13 tracks from track 2 + 13 n on, parameters first (ROM; GIE; BZ).
FIRST_SOUND_TRACK: Final = 2
SOUND_TRACKS: Final = 13

# The directory of sounds is sector 5 of this track, with all its bytes equal (ROM; OS; real disks).
SOUND_DIRECTORY_TRACK: Final = 32

# Bit n + 1 of the directory byte says that sound n is on the disk (OS).
FIRST_DIRECTORY_BIT: Final = 1

# The OS fills tracks 0 and 1; the rest of it lies in sector 5 of tracks 2 to 10 (ROM; GIE).
OS_TRACKS: Final = 2

# The order of the sounds on a disk.
SOUNDS: Final = ("L1", "U1", "L2", "U2", "L3", "U3")
