"""A wavesample: what is played, by which keys, and how it is tuned; and the blocks of named bytes that it is one of.

Source of the layout: as of `parameter_block` (section 3).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mirage_gan.mirage import segments
from mirage_gan.mirage.spec import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.mirage.segments import Chain
    from mirage_gan.mirage.spec import Half


BlockT = TypeVar("BlockT", bound="Block")


def byte_field(at: int, high: int, default: int = 0, *, low: int = 0, parameter: int | None = None) -> Any:
    """Declare a field: its place in the block, its range, and the number it has on the panel."""
    metadata = {"at": at, "low": low, "high": high, "parameter": parameter}
    return dataclasses.field(default=default, metadata=metadata)


class Block:
    """A run of bytes, each with a name and a range."""

    @classmethod
    def read(cls: type[BlockT], data: bytes) -> BlockT:
        """Take the fields from the block's bytes."""
        return cls(**{field.name: data[field.metadata["at"]] for field in dataclasses.fields(cls)})  # type: ignore[arg-type]  # every block is a dataclass

    def fill(self, data: bytearray, base: int) -> None:
        """Write the fields into a block that begins at `base`."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every block is a dataclass
            data[base + field.metadata["at"]] = getattr(self, field.name)

    def problems(self) -> Iterator[str]:
        """Name each value that is out of its range."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every block is a dataclass
            value, meta = getattr(self, field.name), field.metadata
            if not meta["low"] <= value <= meta["high"]:
                number = f" [{meta['parameter']}]" if meta["parameter"] else ""
                yield f"{field.name}{number} is {value}; it is {meta['low']} to {meta['high']}"


@dataclass(frozen=True)
class Wavesample(Block):
    """What is played, by which keys, and how it is tuned."""

    loop_on: int = byte_field(8, 1, parameter=65)
    coarse: int = byte_field(9, 7, 3, parameter=67)  # octaves
    fine: int = byte_field(10, 255, 0, parameter=68)  # 1/256 octave
    amplitude: int = byte_field(11, 63, 63, parameter=69)
    relative_filter: int = byte_field(12, 198, parameter=70)  # half semitones
    max_filter: int = byte_field(13, 198, 198, parameter=71)  # 198 is open
    top_key: int = byte_field(14, KEYS - 1, KEYS - 1, parameter=72)  # 0 is MIDI 36
    start: int = byte_field(15, 0xFE, parameter=60)  # page
    end: int = byte_field(16, 0xFF, 0xFF, low=1, parameter=61)  # page, inclusive
    loop_start: int = byte_field(17, 0xFE, 0xFE, parameter=62)  # page
    loop_end: int = byte_field(18, 0xFF, 0xFE, parameter=63)  # page, inclusive
    loop_fine: int = byte_field(19, 255, 255, parameter=64)  # last sample inside the loop end page

    def chain(self) -> Chain:
        """Return the tables that play it."""
        loop = (self.loop_start, self.loop_end, self.loop_fine) if self.loop_on else None
        chain = segments.chain(self.start, self.end, loop)
        # OS 3.2 clears the flag where the loop ends with the wavesample (section 3.6)
        return dataclasses.replace(chain, free_run=chain.free_run and self.loop_end != self.end)

    def problems(self) -> Iterator[str]:
        """Name what is out of range, or in an impossible order."""
        yield from super().problems()
        if problem := self.page_problem():
            yield problem

    def page_problem(self) -> str:
        """Say why its pages are in an order that cannot be played, or return an empty text."""
        if self.end <= self.start:
            return f"it ends on page {self.end:02X}, not after page {self.start:02X}, where it starts"
        if self.loop_on and not self.start <= self.loop_start <= self.loop_end <= self.end:
            return (
                f"its loop, pages {self.loop_start:02X} to {self.loop_end:02X}, is not within pages "
                f"{self.start:02X} to {self.end:02X}"
            )
        return ""


def unused(half: Half, top_key: int) -> Wavesample:
    """Return a wavesample that plays nothing: the OS's reset values, hidden behind one with the same top key."""
    coarse, fine = half.reset_tuning
    return Wavesample(coarse=coarse, fine=fine, top_key=top_key)
