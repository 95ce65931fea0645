"""Images of disks: for a Gotek, and as a copy of one's own disk."""

from __future__ import annotations

import configparser
import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import ConfigError, FolderError, MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.mirage.formats import hfe
from mirage_gan.settings.exporting import ExportConfig
from tests.support import floppy
from tests.support.disk_exports import asked, disks_of, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.fixtures import Describe


# --- Gotek


def test_the_gotek_folder_tells_flashfloppy_the_geometry(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("gotek",), count=14), tmp_path)

    config = configparser.ConfigParser()
    config.read_string((tmp_path / "gotek" / "IMG.CFG").read_text("ascii"))
    assert config.sections() == [f"::{floppy.BYTES}"]  # any image of this size
    about = config[f"::{floppy.BYTES}"]
    sizes = [int(size) for size in about["bps"].split(",")]
    assert (int(about["cyls"]), int(about["heads"]), int(about["secs"])) == (80, 1, 6)
    assert sizes == [1024, 1024, 1024, 1024, 1024, 512]
    assert (int(about["id"]), int(about["rate"])) == (0, 250)
    assert int(about["cyls"]) * sum(sizes) == floppy.BYTES
    for image in (tmp_path / "gotek").glob("*.img"):
        assert image.stat().st_size == floppy.BYTES


# --- a copy of one's own disk


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A disk full of somebody's work, the operating system and sequences included."""
    path = tmp_path / "mine.img"
    path.write_bytes(np.random.default_rng(5).integers(0, 256, floppy.BYTES, np.uint8).tobytes())
    return path


@pytest.mark.parametrize("form", ["disk", "edm", "hfe", "gotek"])
def test_a_template_is_kept_but_for_the_sounds_that_were_named(
    trained: Path, tmp_path: Path, template: Path, form: str, describe: Describe
) -> None:
    before = describe(tmp_path)
    (name,) = export(asked(trained, to=(form,), template=template, into="L1,U2"), tmp_path / "export").disks

    assert describe(tmp_path)["mine.img"] == before["mine.img"]
    made = (tmp_path / "export" / name).read_bytes()
    if form == "hfe":
        made = hfe.parse(made)
    ours = np.zeros(floppy.BYTES, bool)
    ours[floppy.DIRECTORY] = True
    for bank in ("L1", "U2"):
        for sector in floppy.sectors(bank):
            ours[sector] = True
    old, new = np.frombuffer(template.read_bytes(), np.uint8), np.frombuffer(made, np.uint8)
    assert np.array_equal(old[~ours], new[~ours])
    assert not np.array_equal(old[ours], new[ours])
    assert made[floppy.DIRECTORY][-1] & 0x12 == 0x12
    placed = disks_of(tmp_path / "export")[name]["sounds"]
    assert {item["bank"] for item in placed} == {"L1", "U2"}


def test_a_directory_that_names_the_sounds_already_is_kept_too(trained: Path, tmp_path: Path) -> None:
    content = bytearray(np.random.default_rng(6).integers(0, 256, floppy.BYTES, np.uint8).tobytes())
    content[floppy.DIRECTORY] = b"\x16" * 512
    (tmp_path / "mine.img").write_bytes(content)
    export(asked(trained, template=tmp_path / "mine.img", into="L1,U2"), tmp_path / "export")
    made = (tmp_path / "export" / "MIR01.img").read_bytes()
    assert made[floppy.DIRECTORY] == b"\x16" * 512


@pytest.mark.parametrize("kind", ["edm", "hfe"])
def test_a_template_may_be_an_edm_or_hfe_file(trained: Path, tmp_path: Path, template: Path, kind: str) -> None:
    other = tmp_path / f"mine.{kind}"
    other.write_bytes(hfe.build(template.read_bytes()) if kind == "hfe" else template.read_bytes())
    held = other.read_bytes()

    for number, path in enumerate((template, other)):
        export(asked(trained, template=path, into="L3", count=4), tmp_path / f"{number}")

    name = "MIR01.img"
    assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()
    assert other.read_bytes() == held


def test_another_template_makes_another_disk_and_the_same_one_nothing(
    trained: Path, tmp_path: Path, template: Path, describe: Describe
) -> None:
    config = asked(trained, template=template, into="L1", count=4)
    export(config, tmp_path / "export")
    before = describe(tmp_path)
    assert export(config, tmp_path / "export").unchanged
    assert describe(tmp_path) == before

    template.write_bytes(b"\x01" + template.read_bytes()[1:])
    assert not export(config, tmp_path / "export").unchanged
    assert (tmp_path / "export" / "MIR02.img").read_bytes()[0] == 1


def test_a_template_in_the_export_folder_is_not_modified_either(
    trained: Path, tmp_path: Path, describe: Describe
) -> None:
    (name,) = export(asked(trained, into="L1", count=4), tmp_path).disks
    before = describe(tmp_path)[name]

    said = refusal(asked(trained, template=tmp_path / name, into="U2", count=4), tmp_path)

    assert describe(tmp_path)[name] == before
    assert said is None or name in said


@pytest.mark.parametrize(
    ("into", "layout", "room"), [("L1,U2", "play", 8), ("L1,U1", "play", 4), ("U3", "split8", 8), ("L1", "single", 1)]
)
def test_too_many_sounds_for_a_template_are_refused_before_anything_is_made(
    trained: Path, tmp_path: Path, template: Path, into: str, layout: str, room: int
) -> None:
    config = asked(trained, template=template, into=into, layout=layout)
    with pytest.raises(ConfigError, match=rf"^{room + 1} sounds are too many .*: choose --count {room}, or "):
        export(dataclasses.replace(config, count=room + 1), tmp_path / "export")
    assert not (tmp_path / "export").exists()
    assert len(export(dataclasses.replace(config, count=room), tmp_path / "export").disks) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda whole: whole[:-1], r"450,560 bytes, this has 450,559: cut short"),
        (lambda _: b"", r"450,560 bytes, this has 0: cut short"),
        (lambda whole: whole + b"\0", r"450,560 bytes, this has 450,561: too long"),
        (lambda _: bytes(737_280), r"450,560 bytes, this has 737,280: too long, or another disk's"),
        (lambda whole: hfe.build(whole)[:-60_000], r"HFE file is cut short: track 7\d"),
        (lambda whole: hfe.build(whole)[:20], r"HFE file is cut short"),
    ],
)
def test_a_template_that_is_no_whole_disk_is_refused_by_name(
    trained: Path, tmp_path: Path, template: Path, change: Callable[[bytes], bytes], message: str
) -> None:
    template.write_bytes(change(template.read_bytes()))
    held = template.read_bytes()
    with pytest.raises(MirageGanError, match=rf"^{re.escape(str(template))}: .*{message}"):
        export(asked(trained, template=template), tmp_path / "export")
    assert not (tmp_path / "export").exists()
    assert template.read_bytes() == held


def test_a_template_that_is_not_there_is_refused_by_name(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=rf"^{re.escape(str(tmp_path / 'none.img'))}: no such disk image"):
        export(asked(trained, template=tmp_path / "none.img"), tmp_path / "export")
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize("to", [("pcm",), ("wav", "npy")])
def test_a_template_is_for_disks(to: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--template is for disks: choose --to disk, or leave it out$"):
        ExportConfig(to=to, template=tmp_path / "mine.img")


@pytest.mark.parametrize(
    ("to", "wrong"), [(("syx",), "syx"), (("wavsyn",), "wavsyn"), (("disk", "syx"), "syx"), (("syx", "disk"), "syx")]
)
def test_a_format_that_takes_no_template_is_named(to: tuple[str, ...], wrong: str, tmp_path: Path) -> None:
    message = rf"^--template needs a format of disk images: choose --to disk, edm, hfe or gotek, not {wrong}$"
    with pytest.raises(ConfigError, match=message):
        ExportConfig(to=to, template=tmp_path / "mine.img")
