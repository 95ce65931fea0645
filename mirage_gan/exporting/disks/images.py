"""The formats of disk images, for floppies and floppy emulators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.exporting.disks import instructions
from mirage_gan.exporting.disks.disk_set import HERE, STICK
from mirage_gan.exporting.makers import File
from mirage_gan.mirage.formats import disk, hfe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.disks.disk_set import DiskOrder
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

DRIVE_CONFIG: Final = "IMG.CFG"


def build_image(packed: Disk, template: bytes | None = None) -> bytes:
    """Build a disk image: a new one, or a copy of `template` in which the packed banks are replaced."""
    return disk.build(packed.banks) if template is None else disk.replace(template, packed.banks)


class Img:
    """Makes one raw image per disk, with previews and patch sheets."""

    about = "disk"  # its name in export.json
    ending = ".img"
    folder = HERE

    def __init__(self, order: DiskOrder) -> None:
        self.disks = order.disks

    def names(self) -> list[str]:
        """Return the names of the images, of the previews, and of the patch sheets."""
        images = [f"{self.folder}{allocation.stem}{self.ending}" for allocation in self.disks.allocations]
        return [*images, *self.disks.preview_names(), *self.disks.sheet_names(self.folder)]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the images, the previews, and the patch sheets."""
        for packed in self.disks.packed(sounds):
            about = {
                "about": self.about,
                "stem": packed.stem,
                "layout": self.disks.layout,
                "worst_cents": packed.worst_cents,
                "sounds": [item.as_json() for item in packed.placed],
            }
            image = self.encode(build_image(packed, self.disks.template))
            yield File(f"{self.folder}{packed.stem}{self.ending}", image, about=about)
        yield from self.disks.previews(sounds)
        yield from self.disks.sheets(self.folder, sounds)

    def encode(self, image: bytes) -> bytes:
        """Convert a raw image to this format."""
        return image


class Edm(Img):
    """The same raw image, with the file ending that some Mirage editors expect."""

    about = "edm"
    ending = ".edm"


class Hfe(Img):
    """HFE images: tracks as the MFM bit stream that HxC floppy emulators play back."""

    about = "hfe"
    ending = ".hfe"

    def encode(self, image: bytes) -> bytes:
        """Encode the tracks of a raw image as MFM."""
        return hfe.build(image)


class Gotek(Img):
    """A folder for the USB stick of a Gotek drive: images, sheets, and the configuration for FlashFloppy."""

    about = "gotek"
    folder = STICK

    def names(self) -> list[str]:
        """Return the names of the images, previews and sheets, and of the drive's configuration."""
        return [*super().names(), self.folder + DRIVE_CONFIG]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the images, the previews, the sheets, and the drive's configuration."""
        yield from super().files(sounds)
        about = {"about": "what FlashFloppy must know"}
        yield File(self.folder + DRIVE_CONFIG, instructions.drive_config(), about=about)
