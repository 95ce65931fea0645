"""The settings of a wavesample (pages, loop, tuning, top key), and `Block`, a run of named bytes with ranges.

Sources of the layout: ASG; BZ; OS; real disks (docs/mirage.md, section 3.1).
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


def byte_field(
    at: int, high: int, default: int = 0, *, low: int = 0, parameter: int | None = None, title: str = ""
) -> Any:
    """Declare a byte of a `Block`: its offset `at`, its range `low` to `high`, its parameter number on the panel.

    `title` is the parameter's name in messages, if the field's own name does not read well.
    """
    metadata = {"at": at, "low": low, "high": high, "parameter": parameter, "title": title}
    return dataclasses.field(default=default, metadata=metadata)


class Block:
    """Named bytes at fixed offsets, each with a range; subclasses are dataclasses of `byte_field`s."""

    @classmethod
    def read(cls: type[BlockT], data: bytes) -> BlockT:
        """Read the fields from the bytes of a block, without checking their ranges.

        `data` begins with the block and may be longer.
        """
        return cls(**{field.name: data[field.metadata["at"]] for field in dataclasses.fields(cls)})  # type: ignore[arg-type]  # every block is a dataclass

    def fill(self, data: bytearray, base: int) -> None:
        """Write the fields into `data`, in which the block begins at offset `base`."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every block is a dataclass
            data[base + field.metadata["at"]] = getattr(self, field.name)

    def problems(self) -> Iterator[str]:
        """Yield one line for each field whose value is out of range."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every block is a dataclass
            value, meta = getattr(self, field.name), field.metadata
            if not meta["low"] <= value <= meta["high"]:
                number = f" [{meta['parameter']}]" if meta["parameter"] else ""
                name = meta["title"] or field.name.replace("_", " ")
                yield f"{name}{number} is {value}; it must be {meta['low']} to {meta['high']}"


@dataclass(frozen=True)
class Wavesample(Block):
    """Settings of a wavesample: what is played, by which keys, and at which tuning; raw values as on a disk."""

    loop_on: int = byte_field(8, 1, parameter=65, title="loop switch")
    coarse: int = byte_field(9, 7, 3, parameter=67, title="coarse tune")  # tuning in octaves
    fine: int = byte_field(10, 255, 0, parameter=68, title="fine tune")  # tuning in 1/256 octaves
    amplitude: int = byte_field(11, 63, 63, parameter=69, title="relative amplitude")
    relative_filter: int = byte_field(12, 198, parameter=70)  # in half semitones
    max_filter: int = byte_field(13, 198, 198, parameter=71, title="maximum filter")  # in half semitones; 198 is open
    top_key: int = byte_field(14, KEYS - 1, KEYS - 1, parameter=72)  # key 0 is MIDI note 36
    start: int = byte_field(15, 0xFE, parameter=60, title="start page")  # first page
    end: int = byte_field(16, 0xFF, 0xFF, low=1, parameter=61, title="end page")  # last page, inclusive
    loop_start: int = byte_field(17, 0xFE, 0xFE, parameter=62, title="loop start page")  # first page of the loop
    loop_end: int = byte_field(18, 0xFF, 0xFE, parameter=63, title="loop end page")  # last page of the loop, inclusive
    loop_fine: int = byte_field(
        19, 255, 255, parameter=64, title="loop end fine"
    )  # last sample of the loop within its last page

    def chain(self) -> Chain:
        """Return the chain of tables that plays the wavesample."""
        loop = (self.loop_start, self.loop_end, self.loop_fine) if self.loop_on else None
        chain = segments.chain(self.start, self.end, loop)
        # OS 3.2 clears the flag of a loop that ends on the wavesample's last page (docs/mirage.md, section 3.6)
        return dataclasses.replace(chain, free_run=chain.free_run and self.loop_end != self.end)

    def problems(self) -> Iterator[str]:
        """Yield one line for each value that is out of range, and one if the pages are in an impossible order."""
        yield from super().problems()
        if problem := self.page_problem():
            yield problem

    def page_problem(self) -> str:
        """Return why the order of its pages cannot be played, or "" if it can."""
        if self.end <= self.start:
            return f"it ends on page {self.end:02X}, not after page {self.start:02X}, where it starts"
        if self.loop_on and not self.start <= self.loop_start <= self.loop_end <= self.end:
            return (
                f"its loop, pages {self.loop_start:02X} to {self.loop_end:02X}, is not within pages "
                f"{self.start:02X} to {self.end:02X}"
            )
        return ""


def unused(half: Half, top_key: int) -> Wavesample:
    """Return a wavesample that no key plays: the OS's reset values, behind another wavesample with the same top key."""
    coarse, fine = half.reset_tuning
    return Wavesample(coarse=coarse, fine=fine, top_key=top_key)
