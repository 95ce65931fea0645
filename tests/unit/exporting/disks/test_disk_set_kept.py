"""Disks in an export folder: nobody's work is lost, and nothing is half made."""

from __future__ import annotations

import contextlib
import errno
import itertools
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.folders.outputs.exports import MARKER
from tests.support.disk_exports import asked, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Describe, Refuse


# --- disks that are somebody's


@pytest.mark.parametrize("form", ["disk", "edm", "hfe", "gotek"])
def test_a_disk_that_its_user_changed_is_kept_unless_forced(
    trained: Path, tmp_path: Path, form: str, describe: Describe
) -> None:
    out = tmp_path / "export"
    (name,) = export(asked(trained, to=(form,)), out).disks
    ours = (out / name).read_bytes()
    saved = ours[:-1] + b"\x5a"  # a sound, saved from the machine
    (out / name).write_bytes(saved)
    before = describe(tmp_path)

    message = f"^{re.escape(str(out / name))} was changed since it was exported: --force replaces it, or choose "
    with pytest.raises(FolderError, match=message + "another --out$"):
        export(asked(trained, to=(form,)), out)
    assert describe(tmp_path) == before

    for number, change in ((2, {"count": 6}), (3, {"pages": 2})):  # these are other disks, and make no use of its name
        assert export(asked(trained, to=(form,), **change), out).disks == [name.replace("01", f"{number:02}")]
        assert (out / name).read_bytes() == saved

    assert not export(asked(trained, to=(form,), force=True), out).unchanged
    assert (out / name).read_bytes() == ours


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("disk", "MIR01.img"),
        ("disk", "MIR01-sheet.txt"),
        ("gotek", "gotek/IMG.CFG"),
        ("syx", "MIR01-L1.syx"),
        ("wavsyn", "MIR01-wavsyn.raw"),
    ],
)
def test_a_file_of_somebody_elses_under_the_name_of_one_of_ours_is_kept_unless_forced(
    trained: Path, tmp_path: Path, form: str, name: str, describe: Describe
) -> None:
    out = tmp_path / "export"
    export(asked(trained, to=("pcm",)), out)
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_bytes(b"theirs")
    before = describe(tmp_path)

    with pytest.raises(FolderError, match=re.escape(str(out / name)) + ".*--force"):
        export(asked(trained, to=(form,)), out)
    assert describe(tmp_path) == before

    export(asked(trained, to=(form,), force=True), out)
    assert (out / name).read_bytes() != b"theirs"


def test_a_disk_elsewhere_in_the_folder_does_not_matter(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=1), tmp_path)
    (tmp_path / "MIR01.img").write_bytes(b"changed")

    export(asked(trained, count=1, seed=(1,)), tmp_path)

    assert (tmp_path / "MIR01.img").read_bytes() == b"changed"


def test_a_folder_of_somebody_elses_under_the_name_of_a_disk_is_never_removed(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm",)), tmp_path / "export")
    theirs = tmp_path / "export" / "MIR01.img" / "thesis.txt"
    theirs.parent.mkdir()
    theirs.write_text("years of work")

    for force in (False, True):
        with contextlib.suppress(MirageGanError, OSError):
            export(asked(trained, force=force), tmp_path / "export")
        assert theirs.read_text() == "years of work"


@pytest.mark.parametrize("damage", [{}, None, [], 5, {"sha256": 5}])
def test_a_list_whose_entry_was_damaged_is_an_error_that_the_user_can_mend_or_none(
    trained: Path, tmp_path: Path, damage: object
) -> None:
    export(asked(trained, count=1), tmp_path)
    about = files.load_json(tmp_path / MARKER)
    about["disks"]["MIR01.img"] = damage
    (tmp_path / MARKER).write_bytes(files.encode_json(about))

    assert str(tmp_path) in (refusal(asked(trained, count=1), tmp_path) or str(tmp_path))


@pytest.mark.parametrize("sounds", [[{}], 3, [None], [{"address": {"seed": 0}}], [{"seed": 0}]])
def test_a_list_whose_sounds_were_damaged_is_an_error_that_the_user_can_mend_or_none(
    trained: Path, tmp_path: Path, sounds: object
) -> None:
    export(asked(trained, count=1), tmp_path)
    about = files.load_json(tmp_path / MARKER)
    about["disks"]["MIR01.img"]["sounds"] = sounds
    (tmp_path / MARKER).write_bytes(files.encode_json(about))

    assert str(tmp_path) in (refusal(asked(trained, count=1), tmp_path) or str(tmp_path))


def test_a_list_whose_file_was_damaged_is_an_error_that_the_user_can_mend_or_none(
    trained: Path, tmp_path: Path
) -> None:
    export(asked(trained, to=("pcm",), count=1), tmp_path)
    about = files.load_json(tmp_path / MARKER)
    about["files"]["tiny-seed000000.pcm"] = None
    (tmp_path / MARKER).write_bytes(files.encode_json(about))

    said = refusal(asked(trained, to=("pcm",), count=1), tmp_path)
    assert str(tmp_path) in (said or str(tmp_path))


# --- nothing half made


@pytest.mark.parametrize("old", [True, False], ids=["over old disks", "as a new folder"])
def test_a_disk_that_is_full_at_any_step_leaves_the_old_disks(
    trained: Path, tmp_path: Path, old: bool, refuse_step: Refuse, describe: Describe
) -> None:
    out, kept = tmp_path / "place" / "export", tmp_path / "kept"
    out.parent.mkdir()
    if old:  # of other settings, so that there is something to do
        export(asked(trained, to=("disk", "gotek"), count=2, interp="cubic"), out)
        (out / "gotek" / "theirs.img").write_bytes(b"theirs")
    shutil.copytree(out.parent, kept)
    before = {name: digest for name, (digest, _) in describe(out.parent).items()}
    config = asked(trained, to=("disk", "gotek", "wavsyn"), count=1)

    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            try:
                export(config, out)
                failed = False
            except OSError:
                failed = True
        if step >= len(steps):
            break
        if not failed:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(out.parent)
            shutil.copytree(kept, out.parent)
            continue
        found = {name: digest for name, (digest, _) in describe(out.parent).items()}
        assert found == before, f"after a refused {steps[step]}, the last of {steps}"
    assert step > 15
    assert not failed
    assert export(config, out).unchanged
