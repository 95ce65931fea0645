"""The disks of one call, packed once for all formats of disks, with their previews and patch sheets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.exporting.disks import packing, patch_sheet, preview
from mirage_gan.exporting.makers import File
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

HERE: Final = ""  # the export folder itself
STICK: Final = "gotek/"  # the folder in it whose content is to be copied to the USB stick of a Gotek drive


class DiskOrder(Protocol):
    """What a format of disks must know of one call."""

    @property
    def disks(self) -> DiskSet:
        """The disks that the sounds go on.

        Raises
        ------
        ConfigError, SignalError
            If they do not fit, or have a length that the machine plays badly.
        """


@dataclass
class DiskSet:
    """The disks of one call.

    Attributes
    ----------
    title : str
        Heading of the patch sheets.
    allocations : sequence of Allocation
        The sounds of each disk; known before any of them is generated.
    pack : callable
        Packs one disk, given its allocation and all sounds; raises SignalError if they do not fit.
    layout : str
        Name of the layout in export.json.
    template : bytes or None
        The user's disk image, of which everything but the packed banks is kept.
    has_previews : bool
        Whether each disk gets a WAV preview.
    sheet_folders : tuple of str
        The folders that get a patch sheet if disk images are written there.
    """

    title: str
    allocations: Sequence[Allocation]
    pack: Callable[[Allocation, Mapping[Place, Sound]], Disk]
    layout: str
    template: bytes | None = None
    has_previews: bool = False
    sheet_folders: tuple[str, ...] = (HERE, STICK)
    _packed: list[Disk] = field(default_factory=list)
    _previews: list[File] = field(default_factory=list)
    _sheets: dict[str, bytes] = field(default_factory=dict)

    def packed(self, sounds: Mapping[Place, Sound]) -> list[Disk]:
        """Return the packed disks; the first call packs them."""
        if not self._packed:
            self._packed = [self.pack(allocation, sounds) for allocation in self.allocations]
        return self._packed

    @property
    def notes(self) -> list[str]:
        """What the user should know of the disks that are packed."""
        return [f"{packed.stem}, {note}" for packed in self._packed for note in packed.notes]

    def preview_names(self) -> list[str]:
        """Return the names of the files that `previews` returns."""
        return [f"{allocation.stem}-preview.wav" for allocation in self.allocations] if self.has_previews else []

    def previews(self, sounds: Mapping[Place, Sound]) -> list[File]:
        """Return the WAV previews of the disks, if they are wanted; see `preview.preview`."""
        if self.has_previews and not self._previews:
            about = {"about": "how the disk will sound"}
            heard = map(preview.preview, self.packed(sounds))
            self._previews = [
                File(name, content, about=about) for name, content in zip(self.preview_names(), heard, strict=True)
            ]
        return self._previews

    def sheet_names(self, folder: str) -> list[str]:
        """Return the names of the files that `sheets` yields."""
        if folder not in self.sheet_folders:
            return []
        return [f"{folder}{self.allocations[0].stem}-sheet.{kind}" for kind in ("html", "txt")]

    def sheets(self, folder: str, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the patch sheet of all disks, as HTML and as text, for one folder."""
        if not self._sheets:
            boots = self.template is not None and disk.boots(self.template)
            tables = [self._table(packed, sounds) for packed in self.packed(sounds)]
            self._sheets = {
                "html": patch_sheet.page(self.title, tables, boots=boots),
                "txt": patch_sheet.text(self.title, tables, boots=boots),
            }
        for name in self.sheet_names(folder):
            yield File(name, self._sheets[name.rpartition(".")[2]], about={"about": "patch sheet"})

    def _table(self, packed: Disk, sounds: Mapping[Place, Sound]) -> patch_sheet.Table:
        """List everything that a disk holds, in the order of the disk: new sounds, and those that were on it."""
        lines = [
            patch_sheet.Line(
                item,
                None if item.place is None else sounds.get(item.place),
                heard_at=preview.start(i) if self.has_previews else None,
            )
            for i, item in enumerate(packed.placed)
        ]
        if self.template is not None:
            kept = packing.describe_kept(self.template, packed.banks)
            lines += [patch_sheet.Line(item) for items in kept.values() for item in items]
        lines.sort(key=lambda line: (SOUNDS.index(line.item.bank), line.item.number))
        return patch_sheet.Table(packed.stem, lines, packed.notes)
