"""Numbers of the machine, each with its source.

"ASG" is Ensoniq's *Mirage Advanced Sampler's Guide* (1985), "MM" the *Mirage Musician's Manual* (MM-1.2-985), "ROM"
and "OS" the listings of the boot ROM and of OS 3.2 in gordonjcp/miragetools, "DOC" the ES5503 sound chip, "MAME" the
emulator (`src/devices/sound/es5503.cpp`, `src/lib/formats/esq8_dsk.cpp`), "BZ" BenZonneveld/Mirage-Sound-Editor, "GIE"
G. Giebler, *Ensoniq Mirage Disk Format*, "GW" Greaseweazle, "HXC" the HxC Floppy Emulator. A "section" is one of this
project's own collection of the facts.
"""

from dataclasses import dataclass
from typing import Final

# --- memory and samples (section 1) ---

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

# The chip skips bytes at high notes, so it takes a run of zeros to stop it for sure. ASG, OS: 16 (section 3.6).
MARKER_BYTES: Final = 16

# The DOC's tick with all 32 oscillators on: 8 MHz / 8 / (32 + 2) (boot ROM; MAME). It is also the default
# sample time, parameter 73 = 34 microseconds (ASG).
RATE_HZ: Final = 8_000_000 / 8 / (32 + 2)

# The rate as whole numbers can say it, in file headers.
HEADER_RATE_HZ: Final = round(RATE_HZ)

# MAME, OS: the OS sets resolution = table size, so a frequency word F advances F / 512 samples a tick (section 1.3).
WORDS_A_SAMPLE: Final = 512

# DOC: tables are 256 << code bytes and start at multiples of their own size; code 7 is the largest.
MAX_TABLE_CODE: Final = 7

# ASG, on loops that behave: one page, two from an even page, four from a multiple of four. Three pages
# overload the processor at high notes.
LOOP_PAGES: Final = (1, 2, 4)

# --- keys (section 3.3) ---

# ASG, OS: 61 keys; key 0 is MIDI 36.
KEYS: Final = 61
LOWEST_NOTE: Final = 36
LOWER_TOP_KEY: Final = 30  # the usual split: the lower half plays up to MIDI 66

WAVESAMPLES: Final = 8  # a half
PROGRAMS: Final = 4  # a half


@dataclass(frozen=True)
class Half:
    """One half of the keyboard, and of the memory."""

    letter: str  # as on the panel: L or U
    name: str
    list_base: int  # address of the first segment list in the memory of OS 3.2 (OS; real disks)
    register_bit: int  # of the DOC's size/resolution register: which 64 KB (MAME)
    top_key: int  # the usual one
    octaves_down: int  # the same tuning plays this much lower (OS arithmetic, section 4)
    nybble: int  # "N" in SysEx types (ASG appendix C)
    reset_tuning: tuple[int, int]  # coarse and fine that the OS gives a new wavesample (OS)
    revision: int  # first byte of the parameters on real disks; nothing seems to check it


LOWER: Final = Half("L", "lower", 0xB3DE, 0x00, LOWER_TOP_KEY, 0, 0x00, (3, 0xFA), 0xD0)
UPPER: Final = Half("U", "upper", 0xB64F, 0x40, KEYS - 1, 2, 0x10, (3, 0x8E), 0xA3)

# --- parameters of a sound (section 3) ---

# ASG table 3.4; BZ; real disks.
PARAMETER_BYTES: Final = 625
CONTROLS_AT: Final = 1
CONTROL_BYTES: Final = 24
LISTS_AT: Final = 193
LIST_BYTES: Final = 32
PROGRAMS_AT: Final = 481
PROGRAM_BYTES: Final = 36

# --- disk (section 2) ---


@dataclass(frozen=True)
class Geometry:
    """How a disk is cut into tracks and sectors."""

    tracks: int
    sector_bytes: tuple[int, ...]  # one entry a sector of a track, in order

    @property
    def track_bytes(self) -> int:
        """Bytes of one track."""
        return sum(self.sector_bytes)

    @property
    def bytes(self) -> int:
        """Bytes of a disk."""
        return self.tracks * self.track_bytes

    def offset(self, track: int, sector: int) -> int:
        """Return where a sector begins."""
        return track * self.track_bytes + sum(self.sector_bytes[:sector])


# GIE; GW `diskdefs_ensoniq.cfg`; HXC; MAME: one side, 80 tracks, five large sectors and a small one, numbered from 0.
DISK: Final = Geometry(tracks=80, sector_bytes=(1024, 1024, 1024, 1024, 1024, 512))
LARGE_SECTORS: Final = 5
SMALL_SECTOR: Final = 5

# ROM tables; GIE; BZ: sound n takes the large sectors of 13 tracks from here on, first its parameters.
FIRST_SOUND_TRACK: Final = 2
SOUND_TRACKS: Final = 13

# ROM, OS, real disks: the directories of sounds, short and long sequences; sector 5, all bytes the same.
SOUND_DIRECTORY_TRACK: Final = 32

# OS table: sound n is bit n + 1 of the directory byte.
FIRST_DIRECTORY_BIT: Final = 1

# ROM, GIE: sector 5 of tracks 0 to 10, and all of tracks 0 and 1, hold the OS.
OS_TRACKS: Final = 2

# The order of the sounds on a disk.
SOUNDS: Final = ("L1", "U1", "L2", "U2", "L3", "U3")
