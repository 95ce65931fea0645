"""The files of an export that hold many sounds: disks and what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.exporting.disks import encoding, instructions, packing, patch_sheet, preview, wavsyn_audio
from mirage_gan.exporting.disks.allocation import allocate
from mirage_gan.mirage.formats import disk, sysex
from mirage_gan.mirage.spec import SOUNDS
from mirage_gan.settings.choices import IMAGE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirage_gan.base.arrays import Waves
    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.settings.exporting import ExportConfig

GOTEK: Final = "gotek"  # folder for the stick
DRIVE_CONFIG: Final = "IMG.CFG"


@dataclass(frozen=True)
class File:
    """One file to write."""

    name: str  # relative to the export folder
    content: bytes
    about: dict[str, Any]  # what export.json says of it


@dataclass(frozen=True)
class Bundle:
    """What one call of `export` writes beside files of single sounds; nothing, where no such format is asked for."""

    config: ExportConfig
    shape: SoundShape
    name: str  # of the run
    template: bytes | None
    seeds: Sequence[int]

    @property
    def forms(self) -> tuple[str, ...]:
        """The formats that put banks on disks; all but Wavsyn's."""
        return tuple(form for form in self.config.disk_formats if form != "wavsyn")

    @cached_property
    def allocations(self) -> list[Allocation]:
        """The disks to make; raises ConfigError if the sounds are too many for one's own disk."""
        if self.config.disk_formats:
            packing.check_loop_length(self.shape)
        if not self.forms:
            return []
        one_disk = self.template is not None
        return allocate(self.seeds, self.config.layout, self.config.banks, self.name, one_disk=one_disk)

    def names(self) -> list[str]:
        """Return the names of all files, in the order they are made."""
        found = []
        for allocation in self.allocations:
            found += [_in_folder(form, name) for form in self.forms for name in encoding.names(allocation, form)]
            found += [f"{allocation.stem}-syx.txt"] * ("syx" in self.forms)
            found += [f"{allocation.stem}-preview.wav"] * self.config.preview
        for form in self._sheet_places():
            found += [_in_folder(form, f"{self.allocations[0].stem}-sheet.{kind}") for kind in ("html", "txt")]
        if GOTEK in self.forms:
            found.append(f"{GOTEK}/{DRIVE_CONFIG}")
        for stem, _ in self._wavsyn():
            found += [f"{stem}.raw", f"{stem}.txt"]
        return found

    def files(self, waves: Mapping[int, Waves]) -> Iterator[File]:
        """Make all files from the waves of the seeds.

        Raises
        ------
        SignalError
            If sounds do not fit, or are not of a length that the machine plays well.
        """
        disks = []
        for allocation in self.allocations:
            packed = packing.build_disk(allocation, waves, self.shape, self.config.layout)
            disks.append(packed)
            yield from self._disk_files(packed)
        for form in self._sheet_places():
            title = f"{self.name}: {len(disks)} Mirage disk{'s' * (len(disks) > 1)}"
            stem = f"{disks[0].stem}-sheet"
            boots = self.template is not None and disk.boots(self.template)
            page, text = patch_sheet.page(title, disks, boots=boots), patch_sheet.text(title, disks, boots=boots)
            yield File(_in_folder(form, f"{stem}.html"), page, {"about": "patch sheet"})
            yield File(_in_folder(form, f"{stem}.txt"), text, {"about": "patch sheet"})
        if GOTEK in self.forms:
            yield File(f"{GOTEK}/{DRIVE_CONFIG}", instructions.drive_config(), {"about": "what FlashFloppy must know"})
        for stem, seeds in self._wavsyn():
            layout = self.config.layout
            content = wavsyn_audio.build_wavsyn(seeds, waves, self.shape, layout)
            yield File(
                f"{stem}.raw", content, {"about": "audio of a disk, for Wavsyn", "sounds": _listed(seeds, layout)}
            )
            note = instructions.wavsyn_note(f"{stem}.raw", seeds, self.shape, layout)
            yield File(f"{stem}.txt", note, {"about": "how to use it"})

    def _disk_files(self, packed: Disk) -> Iterator[File]:
        placed = [item.as_json() for item in packed.placed]
        for form in self.forms:
            made = encoding.encode(packed, form, self.template)
            for name, content in made.items():
                mine = [item for item in placed if form != "syx" or name.endswith(f"-{item['bank']}.syx")]
                yield File(
                    _in_folder(form, name),
                    content,
                    {"about": form, "layout": self.config.layout, "worst_cents": packed.worst_cents, "sounds": mine},
                )
            if form == "syx":
                times = {name: round(sysex.seconds(content), 1) for name, content in made.items()}
                yield File(
                    f"{packed.stem}-syx.txt", instructions.sysex_note(packed.stem, times), {"about": "how to send it"}
                )
        if self.config.preview:
            yield File(f"{packed.stem}-preview.wav", preview.preview(packed), {"about": "how the disk will sound"})

    def _sheet_places(self) -> list[str]:
        """Return one format for each folder that gets a patch sheet."""
        forms = [form for form in self.forms if form in IMAGE_FORMATS]
        return list({form == GOTEK: form for form in forms}.values())

    def _wavsyn(self) -> list[tuple[str, tuple[int, ...]]]:
        if "wavsyn" not in self.config.disk_formats:
            return []
        return wavsyn_audio.allocate_wavsyn(self.seeds, self.config.layout, self.name)


def _in_folder(form: str, name: str) -> str:
    return f"{GOTEK}/{name}" if form == GOTEK else name


def _listed(seeds: tuple[int, ...], layout: str) -> list[dict[str, Any]]:
    blocks = wavsyn_audio.wavsyn_blocks(layout)
    return [{"bank": SOUNDS[i // blocks], "wavesample": i % blocks + 1, "seed": seed} for i, seed in enumerate(seeds)]
