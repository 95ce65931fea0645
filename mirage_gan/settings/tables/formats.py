"""The formats that `--to` offers, one row per format, which holds or names all that differs between them.

`export`, `morph`, their help, and the checks of their settings read this table. A new format is a row here and a
maker in `exporting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP, ONE_SHOT, PICTURE, ROLL, ROW

MORPH: Final = "morph"  # the kind of sound that `morph` makes: one that changes while it plays


@dataclass(frozen=True)
class Format:
    """A row of the table: a format that sounds can be written in.

    Attributes
    ----------
    help : str
        One line of help text.
    kinds : tuple of str
        The kinds of sound that the format can hold: LOOP, ONE_SHOT, MORPH, and of data that are no
        sounds: PICTURE, ROW, ROLL. `morph` offers the formats for MORPH, and `export` those for the others.
    maker : str
        Callable, as "module:name", that takes an `exporting.makers.Order` and returns a `Maker`. It is imported when
        the format is used.
    holds_many : tuple of str
        The kinds of which one file holds many sounds, so that the maker gets all sounds at once. A sound of another
        kind has one file of its own, or several, and the maker gets the sounds in batches.
    options : tuple of str
        The settings that this format takes and not every format does: fields of `ExportConfig` or `MorphConfig`.
    """

    help: str
    kinds: tuple[str, ...]
    maker: str
    holds_many: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


_ALL: Final = (LOOP, ONE_SHOT, MORPH)
_SOUNDS: Final = "mirage_gan.exporting.sounds.sound_files"
_ROWS: Final = "mirage_gan.exporting.rows.row_files"
_WAV: Final = "mirage_gan.exporting.wav"
_IMAGES: Final = "mirage_gan.exporting.disks.images"
_IMAGE_OPTIONS: Final = ("layout", "into", "template", "preview", "sustain")

FORMATS: Final[dict[str, Format]] = {
    "pcm": Format(
        "unsigned 8-bit samples without a header, for the Mirage; of pictures, their bytes, with --raw-bitmap",
        (*_ALL, PICTURE, ROLL),
        f"{_SOUNDS}:make_pcm",
        options=("fill", "raw_bitmap"),
    ),
    "wav": Format(
        "WAV of 8, 16 or 24 bits that stores the loop points and the note, at --rate, --note and --loudness",
        _ALL,
        f"{_WAV}.wav_files:Wav",
        options=("fill", "rate_hz", "note", "seconds", "loudness"),
    ),
    "audition-wav": Format(
        "one WAV of all sounds to listen to, 0.8 s each, loops at 220 Hz, with a named cue point at each",
        (LOOP, ONE_SHOT),
        f"{_WAV}.audition:AuditionWav",
        holds_many=_ALL,
        options=("fill", "rate_hz", "loudness"),
    ),
    "chain": Format(
        "one WAV of all sounds, for samplers that slice it evenly, loops at C3, with a named cue point at each slice",
        (LOOP, ONE_SHOT),
        f"{_WAV}.chain:Chain",
        holds_many=(LOOP, ONE_SHOT),
        options=("fill", "rate_hz", "note", "seconds", "loudness"),
    ),
    "sfz": Format(
        "instruments for SFZ players, with WAVs: one of each loop, in tune on all keys; a kit of all one-shots",
        _ALL,
        "mirage_gan.exporting.instruments.sfz_files:make",
        holds_many=(ONE_SHOT,),
        options=("fill", "rate_hz", "note", "loudness"),
    ),
    "npy": Format("float32 samples for NumPy", (LOOP, ONE_SHOT), f"{_SOUNDS}:Npy", options=("fill",)),
    "csv": Format(
        "text, one sample per line; of rows of numbers, one table of all",
        (LOOP, ONE_SHOT, ROW),
        f"{_ROWS}:make_csv",
        holds_many=(ROW,),
        options=("fill",),
    ),
    "png": Format(
        "a drawing of the wave, or of the levels of a whole sound; of pictures, the picture itself",
        (LOOP, ONE_SHOT, PICTURE, ROLL),
        f"{_SOUNDS}:Png",
        options=("fill",),
    ),
    "sheet": Format(
        "pictures to print, on A4 at 300 dpi: each sound before its nearest training sound, with its novelty",
        (LOOP, ONE_SHOT, PICTURE, ROW, ROLL),
        f"{_ROWS}:make_sheet",
        holds_many=(*_ALL, PICTURE, ROW, ROLL),
    ),
    "mid": Format("the notes of piano rolls as MIDI files", (ROLL,), "mirage_gan.exporting.rolls.midi_files:Mid"),
    "disk": Format(
        "Mirage disk images, .img",
        _ALL,
        f"{_IMAGES}:Img",
        holds_many=_ALL,
        options=_IMAGE_OPTIONS,
    ),
    "edm": Format(
        "the same disk images, as .edm",
        _ALL,
        f"{_IMAGES}:Edm",
        holds_many=_ALL,
        options=_IMAGE_OPTIONS,
    ),
    "hfe": Format(
        "disk images for HxC floppy emulators",
        _ALL,
        f"{_IMAGES}:Hfe",
        holds_many=_ALL,
        options=_IMAGE_OPTIONS,
    ),
    "gotek": Format(
        "a folder for the USB stick of a Gotek drive with FlashFloppy",
        _ALL,
        f"{_IMAGES}:Gotek",
        holds_many=_ALL,
        options=_IMAGE_OPTIONS,
    ),
    "wavsyn": Format(
        "the audio of a whole disk, for Wavsyn's disk writer",
        (LOOP, ONE_SHOT),
        "mirage_gan.exporting.disks.wavsyn_files:Wavsyn",
        holds_many=_ALL,
        options=("layout",),
    ),
    "syx": Format(
        "MIDI System Exclusive dumps, one file per half of the keyboard",
        (LOOP, ONE_SHOT),
        "mirage_gan.exporting.disks.sysex_dumps:Syx",
        holds_many=_ALL,
        options=("layout", "into", "preview", "sustain"),
    ),
    "wavetable": Format(
        "one WAV of --frames cycles of 2,048 samples, for wavetable synthesizers",
        (MORPH,),
        f"{_SOUNDS}:Wavetable",
        options=("frames",),
    ),
}


def offered(*kinds: str) -> tuple[str, ...]:
    """Return the names of the formats that can hold at least one of some kinds of sound, in the order of the table.

    >>> offered(MORPH)
    ('pcm', 'wav', 'sfz', 'disk', 'edm', 'hfe', 'gotek', 'wavetable')
    """
    return tuple(name for name, row in FORMATS.items() if set(kinds) & set(row.kinds))


def exported() -> tuple[str, ...]:
    """Return the names of the formats that `export` offers."""
    return offered(*KINDS_IN_WORDS)


def morphed() -> tuple[str, ...]:
    """Return the names of the formats that `morph` offers."""
    return offered(MORPH)


def knowing(option: str) -> tuple[str, ...]:
    """Return the names of the formats that take a setting.

    >>> knowing("template")
    ('disk', 'edm', 'hfe', 'gotek')
    """
    return tuple(name for name, row in FORMATS.items() if option in row.options)


def help_lines(names: tuple[str, ...]) -> dict[str, str]:
    """Return the line of help text of each format in `names`."""
    return {name: FORMATS[name].help for name in names}
