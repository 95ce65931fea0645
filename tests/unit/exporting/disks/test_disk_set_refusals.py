"""Sounds and settings that do not go together on a disk are refused with the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import ConfigError, MirageGanError, SignalError
from mirage_gan.exporting.export import export
from mirage_gan.settings.exporting import ExportConfig
from tests.support import floppy
from tests.support.disk_exports import asked, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Describe


# --- nothing half made


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"length": "16369", "layout": "play"},
            SignalError,
            r"^L1: 4 samples of up to 16,369 bytes do not fit .*: the longest that fit have 16,368 bytes each",
        ),
        (
            {"length": "8177", "layout": "split8"},
            SignalError,
            r"^L1: 8 samples .*: the longest that fit have 8,176 bytes each",
        ),
        (
            {"to": ("wavsyn",), "length": "16385"},
            SignalError,
            r"too long for Wavsyn's blocks of 16,384: choose --length 16384",
        ),
    ],
)
def test_sounds_that_are_too_long_leave_the_folder_as_it_was(
    old_oneshots: Path, tmp_path: Path, change: dict[str, Any], error: type[MirageGanError], message: str,
    describe: Describe,
) -> None:  # fmt: skip
    export(asked(old_oneshots), tmp_path / "export")
    before = describe(tmp_path)
    for target in ("export", "new"):
        with pytest.raises(error, match=message):
            export(asked(old_oneshots, **{"count": 12, **change}), tmp_path / target)
        assert describe(tmp_path) == before


@pytest.mark.parametrize(("length", "layout"), [("16368", "play"), ("8176", "split8"), ("65520", "single")])
def test_the_remedies_for_sounds_that_are_too_long_work(
    old_oneshots: Path, tmp_path: Path, length: str, layout: str
) -> None:
    report = export(asked(old_oneshots, length=length, layout=layout, count=9), tmp_path)
    for name in report.disks:
        image = (tmp_path / name).read_bytes()
        for bank in floppy.present(image):
            assert floppy.waves(image, bank)[0].loop_on == 0
            end = 256 * (floppy.waves(image, bank)[0].end + 1)
            assert floppy.memory(image, bank)[end - 16 : end] == bytes(16)


def test_where_each_sound_has_a_half_to_itself_no_other_layout_is_offered(old_oneshots: Path, tmp_path: Path) -> None:
    said = refusal(asked(old_oneshots, length="65535", layout="single"), tmp_path / "export")
    assert said is not None
    assert "65,520" in said
    assert "--layout" not in said


def test_loops_of_no_good_length_are_refused_before_anything_is_made(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(SignalError, match=r"^loops of 300 samples: .*choose --pages 1, 2 or 4$"):
        export(asked(trained, length="300"), tmp_path / "export")
    assert not (tmp_path / "export").exists()
    for pages in (1, 2, 4):
        assert export(asked(trained, pages=pages), tmp_path / f"{pages}").disks


# --- settings that do not go together


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"into": "L4"}, r"^--into names 'L4'; choose from the sounds of a disk, L1, U1, L2, U2, L3, U3$"),
        ({"into": "L1,"}, r"^--into names ''; "),
        ({"into": "L1,X9"}, r"^--into names 'X9'; "),
        ({"layout": "split4"}, r"^--layout is split4; choose from play, split8, single, kit$"),
        ({"to": ("wav",), "layout": "kit"}, r"^--layout is for disks: choose --to disk, or leave it out$"),
        ({"to": ("pcm",), "into": "L2"}, r"^--into is for disks: choose --to disk, or leave it out$"),
        ({"to": ("sfz",), "disk_names": True}, r"^--disk-names is for disks: choose --to disk, or leave it out$"),
        ({"to": ("pcm",), "preview": True}, r"^--preview is for disks: choose --to disk, or leave it out$"),
        ({"fill": True, "pages": 4}, r"^--fill repeats a period, and a disk takes one period: leave --fill out$"),
    ],
)
def test_settings_that_make_no_sense_on_a_disk_are_refused_with_the_remedy(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        ExportConfig(**{"to": ("disk",), **settings})


def test_names_of_sounds_may_be_written_small_and_spaced(trained: Path, tmp_path: Path) -> None:
    (name,) = export(asked(trained, into=" u2 , l1"), tmp_path).disks
    assert floppy.present((tmp_path / name).read_bytes()) == ["L1", "U2"]


def test_a_preview_that_cannot_be_made_is_not_passed_over_in_silence(trained: Path, tmp_path: Path) -> None:
    # Wavsyn's files are no disk yet: how they will sound depends on its template
    try:
        config = asked(trained, to=("wavsyn",), preview=True)
    except ConfigError:
        return
    said = refusal(config, tmp_path)
    assert "--preview" in said if said else list(tmp_path.glob("*preview.wav"))


def test_a_choice_of_sounds_that_wavsyn_does_not_keep_to_is_not_passed_over_in_silence(
    trained: Path, tmp_path: Path
) -> None:
    try:
        config = asked(trained, to=("wavsyn",), into="L2", count=1)
    except ConfigError:
        return
    if (said := refusal(config, tmp_path)) is not None:
        assert "--into" in said
        return
    file = (tmp_path / "tiny-wavsyn-seed000000.raw").read_bytes()
    assert set(file[: 2 * 65_536]) == {0x80}
    assert set(file[2 * 65_536 : 3 * 65_536]) != {0x80}
