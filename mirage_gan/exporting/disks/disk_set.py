"""The disks of one call, packed once for all formats that carry them, and what lies beside them for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.exporting.disks import patch_sheet, preview
from mirage_gan.exporting.makers import File
from mirage_gan.mirage.formats import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound

HERE: Final = ""  # the export folder itself
STICK: Final = "gotek/"  # the folder in it whose content goes on the stick of a Gotek drive


class DiskOrder(Protocol):
    """What one call asks of the formats that carry disks."""

    @property
    def disks(self) -> DiskSet:
        """The disks that the sounds go on.

        Raises
        ------
        ConfigError, SignalError
            If they do not fit, or are not of a length that the machine plays well.
        """


@dataclass
class DiskSet:
    """The disks of one call.

    Attributes
    ----------
    title : str
        Heading of the patch sheets.
    allocations : sequence of Allocation
        What goes on each disk; known before any sound is.
    pack : callable
        Makes one disk of its allocation and of all sounds, by seed; raises SignalError if they do not fit.
    layout : str
        How sounds share a disk, as export.json says it.
    template : bytes or None
        The user's own image, of which all but the packed sounds is kept.
    has_previews : bool
        Whether each disk gets a WAV of how it will sound.
    sheet_folders : tuple of str
        The folders that get a patch sheet where a disk image is in them.
    """

    title: str
    allocations: Sequence[Allocation]
    pack: Callable[[Allocation, Mapping[int, Sound]], Disk]
    layout: str
    template: bytes | None = None
    has_previews: bool = False
    sheet_folders: tuple[str, ...] = (HERE, STICK)
    _packed: list[Disk] = field(default_factory=list)
    _previews: list[File] = field(default_factory=list)
    _sheets: dict[str, bytes] = field(default_factory=dict)

    def packed(self, sounds: Mapping[int, Sound]) -> list[Disk]:
        """Return the disks; they are packed at the first call."""
        if not self._packed:
            self._packed = [self.pack(allocation, sounds) for allocation in self.allocations]
        return self._packed

    def preview_names(self) -> list[str]:
        """Return the names of the files of `previews`."""
        return [f"{allocation.stem}-preview.wav" for allocation in self.allocations] if self.has_previews else []

    def previews(self, sounds: Mapping[int, Sound]) -> list[File]:
        """Return the WAVs of how the disks will sound, where they are asked for."""
        if self.has_previews and not self._previews:
            about = {"about": "how the disk will sound"}
            heard = map(preview.preview, self.packed(sounds))
            self._previews = [
                File(name, content, about=about) for name, content in zip(self.preview_names(), heard, strict=True)
            ]
        return self._previews

    def sheet_names(self, folder: str) -> list[str]:
        """Return the names of the files of `sheets`."""
        if folder not in self.sheet_folders:
            return []
        return [f"{folder}{self.allocations[0].stem}-sheet.{kind}" for kind in ("html", "txt")]

    def sheets(self, folder: str, sounds: Mapping[int, Sound]) -> Iterator[File]:
        """Yield the patch sheet of all disks, as a page and as text, for one folder."""
        if not self._sheets:
            boots = self.template is not None and disk.boots(self.template)
            disks = self.packed(sounds)
            self._sheets = {
                "html": patch_sheet.page(self.title, disks, boots=boots),
                "txt": patch_sheet.text(self.title, disks, boots=boots),
            }
        for name in self.sheet_names(folder):
            yield File(name, self._sheets[name.rpartition(".")[2]], about={"about": "patch sheet"})
