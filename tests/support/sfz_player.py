"""A player of SFZ instruments, by the words of the format and by no code of the package.

It knows the opcodes that we write, and refuses all others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ: Final = 44_100
_KNOWN: Final = {
    "sample",
    "lokey",
    "hikey",
    "pitch_keycenter",
    "tune",
    "transpose",
    "loop_mode",
    "loop_start",
    "loop_end",
    "ampeg_attack",
    "ampeg_release",
    "group",
    "off_by",
    "off_mode",
}


@dataclass(frozen=True)
class Region:
    """A region: its opcodes with those of its `<global>`, and its sample."""

    opcodes: dict[str, str]
    path: Path

    def number(self, opcode: str, default: float) -> float:
        return float(self.opcodes.get(opcode, default))

    @property
    def keys(self) -> range:
        return range(int(self.number("lokey", 0)), int(self.number("hikey", 127)) + 1)

    def speed(self, key: int) -> float:
        """Return how much faster a key plays the sample than it was recorded."""
        semitones = key - self.number("pitch_keycenter", 60) + self.number("transpose", 0)
        return float(2 ** ((semitones + self.number("tune", 0) / 100) / 12))

    def play(self, key: int, samples: int, stop: int, choked: int) -> NDArray[np.float64]:
        """Play a key that is released at a sample, and that another one chokes at a sample."""
        signal, rate_hz = soundfile.read(self.path)
        at = np.arange(samples) * self.speed(key) * rate_hz / RATE_HZ
        first, last = int(self.number("loop_start", 0)), int(self.number("loop_end", len(signal) - 1))
        if self.opcodes["loop_mode"] == "loop_continuous":
            size = last - first + 1
            at = np.where(at <= last, at, first + (at - first) % size)
            padded = np.append(signal[: last + 1], signal[first])
            end = min(stop, choked)
        else:
            assert self.opcodes["loop_mode"] == "one_shot"
            padded = np.append(signal, 0.0)
            at = np.minimum(at, len(signal))
            end = choked
        heard = np.interp(at, np.arange(len(padded)), padded)
        return np.asarray(heard * self._envelope(samples, end), np.float64)

    def _envelope(self, samples: int, end: int) -> NDArray[np.float64]:
        time = np.arange(samples) / RATE_HZ
        attack, release = self.number("ampeg_attack", 0), self.number("ampeg_release", 0)
        rising = np.minimum(1, time / attack) if attack else np.ones(samples)
        falling = np.clip(1 - (time - end / RATE_HZ) / max(release, 1e-9), 0, 1)
        return np.asarray(rising * falling, np.float64)


def load(path: Path) -> list[Region]:
    """Read an instrument; asserts that each sample is there, under a name that no player stumbles over."""
    text = "\n".join(line.partition("//")[0].rstrip() for line in path.read_text(encoding="utf-8").split("\n"))
    shared: dict[str, str] = {}
    regions = []
    head, *parts = re.split(r"<(\w+)>", text)
    assert not head.strip()
    for header, body in zip(parts[::2], parts[1::2], strict=True):
        found = re.findall(r"(\w+)=(.*?)(?=\s+\w+=|\n|$)", body)
        opcodes = dict(found)
        assert len(opcodes) == len(found)
        assert set(opcodes) <= _KNOWN
        assert re.sub(r"\s", "", body) == re.sub(r"\s", "", "".join(f"{name}={value}" for name, value in found))
        if header == "global":
            shared = opcodes
        else:
            assert header == "region"
            sample = opcodes["sample"]
            assert re.fullmatch(r"[A-Za-z0-9 ._/()+-]+", sample)
            assert not sample.startswith("/")
            assert (path.parent / sample).is_file()
            regions.append(Region(shared | opcodes, path.parent / sample))
    return regions


def region_of(regions: Sequence[Region], key: int) -> Region:
    (found,) = (region for region in regions if key in region.keys)
    return found


def play(regions: Sequence[Region], strokes: Sequence[tuple[float, int]], seconds: float) -> NDArray[np.float64]:
    """Play keys, each from its time in seconds on; all are released after `seconds`, and heard for one more."""
    samples = round((seconds + 1) * RATE_HZ)
    heard = np.zeros(samples)
    for start, key in strokes:
        region = region_of(regions, key)
        later = [
            time
            for time, other in strokes
            if time > start and _chokes(region_of(regions, other).opcodes, region.opcodes)
        ]
        first = round(start * RATE_HZ)
        choked = round(min(later, default=1e6) * RATE_HZ) - first
        stop = round(seconds * RATE_HZ) - first
        heard[first:] += region.play(key, samples - first, stop, choked)
    return heard


def _chokes(new: dict[str, str], old: dict[str, str]) -> bool:
    return "off_by" in old and old["off_by"] == new.get("group")
