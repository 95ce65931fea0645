"""The settings of `demo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.fields import Checked, setting

# Each kind has a folder of its own, so that both demos can be run one after the other.
FOLDERS: Final = {LOOP: "mirage-demo", ONE_SHOT: "mirage-demo-oneshot"}


@dataclass(frozen=True)
class DemoConfig(Checked):
    """What the demo learns and makes."""

    kind: str = setting(
        LOOP,
        help="Kind of sound. loop: single cycles, and disks of timbres; oneshot: percussion, and a kit on a disk.",
        choices=tuple(FOLDERS),
    )

    @property
    def folder(self) -> str:
        """The folder to write, unless the user names one."""
        return FOLDERS[self.kind]
