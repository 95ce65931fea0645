"""The parameters of a sound by the documents, and sounds of any legal ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from mirage_gan.mirage.parameter_block import Envelope, Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER
from mirage_gan.mirage.wavesample import Wavesample

# section 3.1: byte, parameter, name, lowest and highest value
CONTROL = [
    (8, 65, "loop_on", 0, 1),
    (9, 67, "coarse", 0, 7),
    (10, 68, "fine", 0, 255),
    (11, 69, "amplitude", 0, 63),
    (12, 70, "relative_filter", 0, 198),
    (13, 71, "max_filter", 0, 198),
    (14, 72, "top_key", 0, 60),
    (15, 60, "start", 0, 0xFE),
    (16, 61, "end", 1, 0xFF),
    (17, 62, "loop_start", 0, 0xFE),
    (18, 63, "loop_end", 0, 0xFF),  # 0 for a loop of page 0 only
    (19, 64, "loop_fine", 0, 255),
]
PAGES = {"start": 0x00, "end": 0xFF, "loop_start": 0x20, "loop_end": 0xF0}  # in order with those of RANGED

# section 3.2: byte, parameter, name, highest value; the lowest is 0
PROGRAM = [
    (0, 29, "mono", 1),
    (1, 31, "lfo_speed", 99),
    (2, 32, "lfo_depth", 99),
    (3, 33, "detune", 99),
    (4, 34, "mix", 252),
    (5, 35, "mix_velocity", 124),
    (6, 36, "cutoff", 198),
    (7, 37, "resonance", 160),
    (8, 38, "tracking", 4),
    (10, 27, "initial", 7),
    (11, 28, "mix_mode", 1),
]
ENVELOPE = [
    ("attack", 31),
    ("peak", 31),
    ("decay", 31),
    ("sustain", 31),
    ("release", 31),
    ("attack_velocity", 124),
    ("peak_velocity", 124),
    ("decay_key", 124),
    ("sustain_velocity", 124),
    ("release_velocity", 124),
]
ENVELOPES_AT = {"filter": 12, "amplitude": 22}
# the names of docs/mirage.md, sections 3.1 and 3.2
PANEL = {
    27: "initial wavesample",
    28: "mix mode",
    29: "mono mode",
    31: "LFO speed",
    32: "LFO depth",
    33: "detune",
    34: "oscillator mix",
    35: "mix velocity",
    36: "filter cutoff",
    37: "resonance",
    38: "filter keyboard tracking",
    60: "start page",
    61: "end page",
    62: "loop start page",
    63: "loop end page",
    64: "loop end fine",
    65: "loop switch",
    67: "coarse tune",
    68: "fine tune",
    69: "relative amplitude",
    70: "relative filter",
    71: "maximum filter",
    72: "top key",
}
PLAIN = SoundParameters((Wavesample(),) * 8, (Patch(),) * 4)

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])
some = settings(max_examples=50)


def with_wave(number: int, wave: Wavesample) -> SoundParameters:
    waves = list(PLAIN.wavesamples)
    waves[number] = wave
    return replace(PLAIN, wavesamples=tuple(waves))


def with_patch(number: int, patch: Patch) -> SoundParameters:
    patches = list(PLAIN.patches)
    patches[number] = patch
    return replace(PLAIN, patches=tuple(patches))


def enveloped(name: str, envelope: Envelope) -> Patch:
    return Patch(filter=envelope) if name == "filter" else Patch(amplitude=envelope)


@st.composite
def waves(draw: st.DrawFn) -> Wavesample:
    """Draw a legal wavesample."""
    values = {name: draw(st.integers(low, high)) for _, _, name, low, high in CONTROL if name not in PAGES}
    start = draw(st.integers(0, 0xFE))
    end = draw(st.integers(start + 1, 0xFF))
    loop_start = draw(st.integers(start, min(end, 0xFE)))
    loop_end = draw(st.integers(loop_start, end))
    return Wavesample(**values, start=start, end=end, loop_start=loop_start, loop_end=loop_end)


programs = st.builds(Program, **{name: st.integers(0, high) for _, _, name, high in PROGRAM})
envelopes = st.builds(Envelope, **{name: st.integers(0, high) for name, high in ENVELOPE})
patches = st.builds(Patch, programs, envelopes, envelopes)
sounds = st.builds(
    SoundParameters,
    st.lists(waves(), min_size=8, max_size=8).map(tuple),
    st.lists(patches, min_size=4, max_size=4).map(tuple),
    st.integers(0, 255),
)
