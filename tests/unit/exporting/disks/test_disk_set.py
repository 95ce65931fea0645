"""What lies in an export folder that holds disks: every file that was asked for, listed, and nobody's work lost."""

from __future__ import annotations

import configparser
import contextlib
import dataclasses
import errno
import hashlib
import itertools
import re
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, MirageGanError, SignalError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.zip_file import ZIP
from mirage_gan.folders.exports import MARKER
from mirage_gan.mirage.formats import hfe
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.exporting import ExportConfig
from tests.support import floppy, machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    Describe = Callable[[Path], dict[str, tuple[str, int]]]
    Refuse = Callable[..., AbstractContextManager[list[str]]]

DISK_FORMATS = ("disk", "edm", "hfe", "gotek", "wavsyn", "syx")


def asked(run: Path, **changes: Any) -> ExportConfig:
    return dataclasses.replace(ExportConfig(run=str(run), to=("disk",), count=5), **changes)


def disks_of(out: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = files.load_json(out / MARKER, version=1)["disks"]
    return found


def refusal(config: ExportConfig, out: Path) -> str | None:
    """Export; return what is said where that is refused."""
    try:
        export(config, out)
    except MirageGanError as error:
        return str(error)
    return None


def names_in(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make tones whose first harmonic is the strongest."""

    def generate(_: Sampler, seeds: range) -> NDArray[np.float32]:
        phase = 2 * np.pi * np.arange(64) / 64
        rows = [np.sin(phase) + 0.3 * np.sin((2 + seed % 5) * phase + seed) for seed in seeds]
        return np.asarray(rows, np.float32)

    monkeypatch.setattr(Sampler, "generate", generate)


# --- every file, and what export.json says


def test_every_format_gets_its_files(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    report = export(asked(trained, to=("pcm", *DISK_FORMATS), count=13, preview=True), out)

    stems = ("tiny-play-seed000000", "tiny-play-seed000012")
    images = {f"{folder}{stem}.{kind}" for stem in stems for folder, kind in (("", "img"), ("", "edm"), ("", "hfe"))}
    images |= {f"gotek/{stem}.img" for stem in stems}
    sheets = {f"{folder}{stems[0]}-sheet.{kind}" for folder in ("", "gotek/") for kind in ("html", "txt")}
    dumps = {f"{stems[0]}-{name}.syx" for name in floppy.SOUNDS} | {f"{stems[1]}-{half}1.syx" for half in "LU"}
    others = {f"{stem}{end}" for stem in stems for end in ("-syx.txt", "-preview.wav")}
    wavsyn = {"tiny-wavsyn-seed000000.raw", "tiny-wavsyn-seed000000.txt"}
    disks = images | sheets | dumps | others | wavsyn | {"gotek/IMG.CFG"}
    sounds = {f"tiny-seed{seed:06}.pcm" for seed in range(13)}

    assert names_in(out) == disks | sounds | {MARKER}
    assert set(disks_of(out)) == disks
    assert (report.files, report.sounds, report.unchanged) == (len(disks | sounds), 13, False)
    assert set(report.disks) == images | dumps | {"tiny-wavsyn-seed000000.raw"}
    for name, about in disks_of(out).items():
        assert about["sha256"] == hashlib.sha256((out / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("form", DISK_FORMATS)
def test_each_format_alone_brings_its_own_files_only(trained: Path, tmp_path: Path, form: str) -> None:
    export(asked(trained, to=(form,), count=1), tmp_path / "export")

    stem, sheet = "tiny-play-seed000000", {"-sheet.html", "-sheet.txt"}
    wanted = {
        "disk": {f"{stem}{end}" for end in (".img", *sheet)},
        "edm": {f"{stem}{end}" for end in (".edm", *sheet)},
        "hfe": {f"{stem}{end}" for end in (".hfe", *sheet)},
        "gotek": {f"gotek/{stem}{end}" for end in (".img", *sheet)} | {"gotek/IMG.CFG"},
        "wavsyn": {"tiny-wavsyn-seed000000.raw", "tiny-wavsyn-seed000000.txt"},
        "syx": {f"{stem}{end}" for end in ("-L1.syx", "-U1.syx", "-syx.txt")},
    }
    assert names_in(tmp_path / "export") == wanted[form] | {MARKER}


def test_all_images_hold_the_same_disk(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("disk", "edm", "hfe", "gotek")), tmp_path)

    image = (tmp_path / "tiny-play-seed000000.img").read_bytes()
    assert len(image) == floppy.BYTES
    assert (tmp_path / "tiny-play-seed000000.edm").read_bytes() == image
    assert (tmp_path / "gotek" / "tiny-play-seed000000.img").read_bytes() == image
    assert hfe.parse((tmp_path / "tiny-play-seed000000.hfe").read_bytes()) == image


def test_a_sound_on_a_disk_has_the_bytes_of_its_pcm_file(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "disk"), layout="split8", count=11), tmp_path)

    image = (tmp_path / "tiny-split8-seed000000.img").read_bytes()
    for seed in range(11):
        name, number = ("L1", seed) if seed < 8 else ("U1", seed - 8)
        page = floppy.waves(image, name)[number].loop_start
        samples = (tmp_path / f"tiny-seed{seed:06}.pcm").read_bytes()
        assert floppy.memory(image, name)[256 * page : 256 * (page + 1)] == samples


@pytest.mark.parametrize("pages", [1, 2, 4])
@pytest.mark.parametrize("layout", ["play", "split8", "single"])
def test_export_json_says_of_every_sound_what_the_disk_says(
    trained: Path, tmp_path: Path, layout: str, pages: int
) -> None:
    export(asked(trained, to=("pcm", "disk"), layout=layout, pages=pages, count=6), tmp_path)

    image = (tmp_path / f"tiny-{layout}-seed000000.img").read_bytes()
    about = disks_of(tmp_path)[f"tiny-{layout}-seed000000.img"]
    sounds = files.load_json(tmp_path / MARKER)["files"]
    places = [(item["bank"], item["wavesample"]) for item in about["sounds"]]
    heard = {
        (name, number + 1)
        for name in floppy.present(image)
        for program in range(4)
        for number in floppy.claims(image, name, program).values()
    }
    assert sorted(places) == sorted(heard)
    for item in about["sounds"]:
        name, number = item["bank"], item["wavesample"] - 1
        wave = floppy.waves(image, name)[number]
        claims = [floppy.claims(image, name, program) for program in range(4)]
        assert item["programs"] == [p + 1 for p in range(4) if number in claims[p].values()]
        keys = [key for key, other in claims[item["programs"][0] - 1].items() if other == number]
        assert item["keys"] == [keys[0] + 1, keys[-1] + 1]  # as the machine counts them: from 1
        assert item["pages"] == f"{wave.start:02X}-{wave.end:02X}"
        assert item["loop"] == f"{wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}"
        assert item["tuning"] == f"{wave.coarse}/{wave.fine:02X}"
        worst = max(abs(floppy.cents_off(key, wave, name)) for key in keys)
        assert item["worst_cents"] == round(worst, 2)
        single = sounds[f"tiny-seed{item['seed']:06}.pcm"]
        assert {key: item[key] for key in ("latent", "nearest", "novelty", "faults")} == {
            key: single[key] for key in ("latent", "nearest", "novelty", "faults")
        }
    assert about["worst_cents"] == max(item["worst_cents"] for item in about["sounds"]) < 6
    assert about["run"] == "tiny"
    assert len(about["checkpoint_sha256"]) == 64


def test_the_report_states_the_worst_case_of_all_disks(trained: Path, tmp_path: Path) -> None:
    report = export(asked(trained, layout="split8", into="L1", count=20), tmp_path)

    assert len(report.disks) == 3
    assert report.worst_cents == max(disks_of(tmp_path)[name]["worst_cents"] for name in report.disks)


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


def test_adding_keeps_the_disks_and_the_files_for_the_stick_that_were_there(
    trained: Path, tmp_path: Path, describe: Describe
) -> None:
    out = tmp_path / "export"
    export(asked(trained, to=("pcm", "disk", "gotek", "wavsyn"), count=3), out)
    (out / "gotek" / "old favourite.img").write_bytes(b"mine")
    before = {name: about for name, about in describe(out).items() if about[0] != "folder"}

    export(asked(trained, to=("disk", "gotek", "syx"), count=3, seed=50, layout="single"), out)

    after = describe(out)
    shared = {MARKER, "gotek/IMG.CFG"}
    assert {name: after[name] for name in before if name not in shared} == {
        name: about for name, about in before.items() if name not in shared
    }
    assert after["gotek/IMG.CFG"][0] == before["gotek/IMG.CFG"][0]
    assert {"tiny-single-seed000050.img", "gotek/tiny-single-seed000050.img"} <= set(after)
    assert set(disks_of(out)) == {name for name in names_in(out) if not name.endswith(".pcm")} - {
        MARKER,
        "gotek/old favourite.img",
    }


# --- the second time


def test_typed_twice_nothing_is_done_the_second_time(trained: Path, tmp_path: Path, describe: Describe) -> None:
    config = asked(trained, to=("pcm", *DISK_FORMATS), preview=True, zip=True)
    first = export(config, tmp_path)
    before = describe(tmp_path)

    again = export(config, tmp_path)

    assert not first.unchanged
    assert again == dataclasses.replace(first, unchanged=True)
    assert describe(tmp_path) == before


@pytest.mark.parametrize(
    "change", [{"layout": "single"}, {"into": "L2,U2"}, {"count": 6}, {"seed": 1}, {"pages": 2}, {"interp": "linear"}]
)
def test_other_settings_make_other_disks(trained: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    export(asked(trained), tmp_path)
    before = {path.read_bytes() for path in tmp_path.glob("*.img")}

    report = export(asked(trained, **change), tmp_path)

    assert not report.unchanged
    assert {(tmp_path / name).read_bytes() for name in report.disks}.isdisjoint(before)
    assert export(asked(trained, **change), tmp_path).unchanged


def test_another_layout_makes_another_file_for_wavsyn_under_the_same_name(trained: Path, tmp_path: Path) -> None:
    (name,) = export(asked(trained, to=("wavsyn",)), tmp_path).disks
    before = (tmp_path / name).read_bytes()

    report = export(asked(trained, to=("wavsyn",), layout="single"), tmp_path)

    assert (report.disks, report.unchanged) == ([name], False)
    assert (tmp_path / name).read_bytes() != before


def test_a_file_that_was_lost_is_made_again(trained: Path, tmp_path: Path) -> None:
    config = asked(trained, to=("disk", "gotek"))
    report = export(config, tmp_path)
    wanted = {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)}

    for name in (*report.disks, "gotek/IMG.CFG", "tiny-play-seed000000-sheet.html"):
        (tmp_path / name).unlink()
        assert not export(config, tmp_path).unchanged
        assert {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)} == wanted


def test_a_disk_of_another_checkpoint_is_made_again(trained: Path, tmp_path: Path) -> None:
    export(asked(trained), tmp_path / "export")
    shutil.copytree(trained, tmp_path / trained.name)
    shutil.copy(
        trained / "checkpoints" / "last.safetensors", tmp_path / trained.name / "checkpoints" / "best.safetensors"
    )
    if files.sha256(trained / "checkpoints" / "last.safetensors") == files.sha256(
        trained / "checkpoints" / "best.safetensors"
    ):
        pytest.skip("the last checkpoint is the best one")
    assert not export(asked(tmp_path / trained.name), tmp_path / "export").unchanged


def test_a_zip_holds_the_disks_too(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "disk", "gotek"), zip=True), tmp_path)

    with zipfile.ZipFile(tmp_path / ZIP) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path) - {ZIP}}


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

    for change in ({}, {"count": 6}, {"pages": 2}):
        message = f"^{re.escape(str(out / name))} was changed since it was exported: --force replaces it, or choose "
        with pytest.raises(FolderError, match=message + "another --out$"):
            export(asked(trained, to=(form,), **change), out)
        assert describe(tmp_path) == before

    assert not export(asked(trained, to=(form,), force=True), out).unchanged
    assert (out / name).read_bytes() == ours


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("disk", "tiny-play-seed000000.img"),
        ("disk", "tiny-play-seed000000-sheet.txt"),
        ("gotek", "gotek/IMG.CFG"),
        ("syx", "tiny-play-seed000000-L1.syx"),
        ("wavsyn", "tiny-wavsyn-seed000000.raw"),
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
    (tmp_path / "tiny-play-seed000000.img").write_bytes(b"changed")

    export(asked(trained, count=1, seed=1), tmp_path)

    assert (tmp_path / "tiny-play-seed000000.img").read_bytes() == b"changed"


def test_a_folder_of_somebody_elses_under_the_name_of_a_disk_is_never_removed(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm",)), tmp_path / "export")
    theirs = tmp_path / "export" / "tiny-play-seed000000.img" / "thesis.txt"
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
    about["disks"]["tiny-play-seed000000.img"] = damage
    (tmp_path / MARKER).write_bytes(files.encode_json(about))

    assert str(tmp_path) in (refusal(asked(trained, count=1), tmp_path) or str(tmp_path))


@pytest.mark.parametrize("sounds", [[{}], 3, [None], [{"seed": 0}]])
def test_a_list_whose_sounds_were_damaged_is_an_error_that_the_user_can_mend_or_none(
    trained: Path, tmp_path: Path, sounds: object
) -> None:
    export(asked(trained, count=1), tmp_path)
    about = files.load_json(tmp_path / MARKER)
    about["disks"]["tiny-play-seed000000.img"]["sounds"] = sounds
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


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"length": "16369"},
            SignalError,
            r"^L1: 4 samples of up to 16,369 bytes do not fit .*: 16,368 bytes each would",
        ),
        ({"length": "8177", "layout": "split8"}, SignalError, r"^L1: 8 samples .*: 8,176 bytes each would"),
        (
            {"to": ("wavsyn",), "length": "16385"},
            SignalError,
            r"too long for Wavsyn's blocks of 16,384: choose --length 16384",
        ),
    ],
)
def test_sounds_that_are_too_long_leave_the_folder_as_it_was(
    trained_oneshots: Path, tmp_path: Path, change: dict[str, Any], error: type[MirageGanError], message: str,
    describe: Describe,
) -> None:  # fmt: skip
    export(asked(trained_oneshots), tmp_path / "export")
    before = describe(tmp_path)
    for target in ("export", "new"):
        with pytest.raises(error, match=message):
            export(asked(trained_oneshots, **{"count": 12, **change}), tmp_path / target)
        assert describe(tmp_path) == before


@pytest.mark.parametrize(("length", "layout"), [("16368", "play"), ("8176", "split8"), ("65520", "single")])
def test_the_remedies_for_sounds_that_are_too_long_work(
    trained_oneshots: Path, tmp_path: Path, length: str, layout: str
) -> None:
    report = export(asked(trained_oneshots, length=length, layout=layout, count=9), tmp_path)
    for name in report.disks:
        image = (tmp_path / name).read_bytes()
        for bank in floppy.present(image):
            assert floppy.waves(image, bank)[0].loop_on == 0
            end = 256 * (floppy.waves(image, bank)[0].end + 1)
            assert floppy.memory(image, bank)[end - 16 : end] == bytes(16)


def test_where_each_sound_has_a_half_to_itself_no_other_layout_is_offered(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    said = refusal(asked(trained_oneshots, length="65535", layout="single"), tmp_path / "export")
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
        ({"into": "L4"}, r"^--into names 'L4'; the sounds of a disk are L1, U1, L2, U2, L3, U3$"),
        ({"into": "L1,"}, r"^--into names ''; "),
        ({"into": "L1,X9"}, r"^--into names 'X9'; "),
        ({"layout": "split4"}, r"^--layout is split4; it is one of play, split8, single$"),
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
    made = (tmp_path / "export" / "tiny-play-seed000000.img").read_bytes()
    assert made[floppy.DIRECTORY] == b"\x16" * 512


@pytest.mark.parametrize("kind", ["edm", "hfe"])
def test_a_template_may_be_an_edm_or_hfe_file(trained: Path, tmp_path: Path, template: Path, kind: str) -> None:
    other = tmp_path / f"mine.{kind}"
    other.write_bytes(hfe.build(template.read_bytes()) if kind == "hfe" else template.read_bytes())
    held = other.read_bytes()

    for number, path in enumerate((template, other)):
        export(asked(trained, template=path, into="L3", count=4), tmp_path / f"{number}")

    name = "tiny-play-seed000000.img"
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
    assert (tmp_path / "export" / "tiny-play-seed000000.img").read_bytes()[0] == 1


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
    with pytest.raises(ConfigError, match=rf"^--count {room + 1} is too many .*: choose --count {room}, or "):
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
        (lambda whole: hfe.build(whole)[:-60_000], r"HFE file cut short: track 7\d"),
        (lambda whole: hfe.build(whole)[:20], r"HFE file cut short"),
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
    message = rf"^--template is a disk image; choose --to disk, edm, hfe, gotek, not {wrong}$"
    with pytest.raises(ConfigError, match=message):
        ExportConfig(to=to, template=tmp_path / "mine.img")


# --- Wavsyn

SETTINGS = re.compile(
    r"wavesample (\d): start \[60\] (..), end \[61\] (..), loop \[65\] (on|off)"
    r"(?:, pages \[62, 63\] (..) to (..), fine \[64\] (..))?, tuning \[67, 68\] (\d) / (..)"
)


def settings_of(note: str) -> dict[str, list[floppy.Wave]]:
    """Read the settings of a note, a list for each half; what it does not say is as on a fresh wavesample."""
    found: dict[str, list[floppy.Wave]] = {}
    for half, part in zip("LU", note.split("upper half"), strict=True):
        found[half] = []
        for number, start, end, switch, first, last, fine, coarse, fine_tune in SETTINGS.findall(part):
            assert int(number) == len(found[half]) + 1
            pages = [int(page, 16) for page in (start, end, first or "FE", last or "FE", fine or "FF")]
            tuning = [int(coarse), int(fine_tune, 16)]
            found[half].append(floppy.Wave._make([int(switch == "on"), *tuning, 63, 0, 198, 60, *pages, 0]))
    return found


def play_block(file: bytes, bank: int, wave: floppy.Wave, word: int, ticks: int) -> NDArray[np.int64]:
    """Play a wavesample of a bank of Wavsyn's file with the settings of the note."""
    loop = (wave.loop_start, wave.loop_end, wave.loop_fine) if wave.loop_on else None
    memory = file[65_536 * bank : 65_536 * (bank + 1)]
    chain = machine.tables(wave.start, wave.end, loop)
    return np.array(machine.play(memory, chain, word, ticks, looped=bool(wave.loop_on)))


@pytest.mark.parametrize("pages", [1, 2, 4])
@pytest.mark.parametrize(("layout", "blocks"), [("play", 4), ("single", 1)])
@pytest.mark.usefixtures("tones")
def test_the_settings_of_wavsyns_note_fit_its_audio(
    trained: Path, tmp_path: Path, pages: int, layout: str, blocks: int
) -> None:
    count = 6 * blocks
    export(asked(trained, to=("wavsyn",), count=count, pages=pages, layout=layout), tmp_path)

    file = (tmp_path / "tiny-wavsyn-seed000000.raw").read_bytes()
    note = (tmp_path / "tiny-wavsyn-seed000000.txt").read_text()
    assert len(file) == 393_216
    assert 0 not in file
    settings = settings_of(note)
    assert [len(part) for part in settings.values()] == [blocks, blocks]
    for bank, name in enumerate(floppy.SOUNDS):
        for number, wave in enumerate(settings[name[0]]):
            size = 256 // blocks  # pages of a block, of Wavsyn's template
            assert (wave.start, wave.end) == (size * number, size * number + size - 1)
            assert wave.start <= wave.loop_start <= wave.loop_end < wave.end
            assert (wave.loop_on, wave.loop_fine) == (1, 0xFF)
            assert wave.loop_start % wave.loop_pages == 0
            keys = range(31) if name[0] == "L" else range(31, 61)
            assert max(abs(floppy.cents_off(key, wave, name)) for key in keys) < 6
            samples = 256 * wave.loop_pages
            heard = play_block(file, bank, wave, 512, 3 * samples)
            once = heard[:samples]
            assert np.array_equal(heard, np.tile(once, 3))
            spectrum = np.abs(np.fft.rfft(once - once.mean()))
            assert np.argmax(spectrum) == 1  # one cycle, no more
            inside = np.abs(np.diff(once)).max()
            assert abs(int(once[0]) - int(once[-1])) <= inside + 1  # the join is a step like others


def test_wavsyns_note_lists_every_sound_where_it_is(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "wavsyn"), count=10), tmp_path)

    file = (tmp_path / "tiny-wavsyn-seed000000.raw").read_bytes()
    note = (tmp_path / "tiny-wavsyn-seed000000.txt").read_text()
    rows = [line.split() for line in note.splitlines() if re.match(r"[LU][123]\s", line)]
    assert [int(seed) for _, _, seed in rows] == list(range(10))
    for bank, number, seed in rows:
        at = 65_536 * floppy.SOUNDS.index(bank) + 16_384 * (int(number) - 1)
        assert file[at : at + 256] == (tmp_path / f"tiny-seed{int(seed):06}.pcm").read_bytes()
    listed = disks_of(tmp_path)["tiny-wavsyn-seed000000.raw"]["sounds"]
    assert [[item["bank"], str(item["wavesample"]), str(item["seed"])] for item in listed] == rows


def test_wavsyns_note_tells_what_is_left_to_the_user(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wavsyn",)), tmp_path)
    note = (tmp_path / "tiny-wavsyn-seed000000.txt").read_text()
    assert "393,216 bytes" in note
    assert "template" in note
    assert "keep the loops on" in note


def test_wavsyns_note_of_one_shots_does_not_ask_for_loops(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("wavsyn",), count=5), tmp_path)
    note = (tmp_path / "shots-wavsyn-seed000000.txt").read_text()
    switches = {wave.loop_on for half in settings_of(note).values() for wave in half}
    assert switches == {1} or "keep the loops on" not in note


def test_with_the_settings_of_wavsyns_note_a_one_shot_is_not_followed_by_its_neighbor(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    export(asked(trained_oneshots, to=("wavsyn",), count=4), tmp_path)
    file = (tmp_path / "shots-wavsyn-seed000000.raw").read_bytes()
    note = (tmp_path / "shots-wavsyn-seed000000.txt").read_text()
    if re.search(r"plays? on|runs? on|runs? into", note):  # there is no marker that it could keep
        return
    for wave in settings_of(note)["L"]:
        heard = play_block(file, 0, wave, 512, 2 * 16_384)
        assert set(heard[3_072:].tolist()) == {0x80}


# --- System Exclusive


def messages_of(file: bytes) -> list[bytes]:
    assert file[0] == 0xF0
    assert file[-1] == 0xF7
    parts = [part + b"\xf7" for part in file.split(b"\xf7")[:-1]]
    for part in parts:
        assert part.startswith(b"\xf0\x0f\x01")
        assert max(part[1:-1]) < 0x80
    return [part[3:-1] for part in parts]


def from_nybbles(nybbles: bytes) -> bytes:
    assert len(nybbles) % 2 == 0
    assert max(nybbles) < 16
    return bytes(low + 16 * high for low, high in zip(nybbles[::2], nybbles[1::2], strict=True))


@pytest.mark.parametrize("name", ["L1", "U1", "L2", "U2"])
@pytest.mark.parametrize(("layout", "voices"), [("play", 4), ("split8", 8), ("single", 1)])
def test_dumps_switch_loops_off_then_send_each_sound_and_switch_them_on(
    trained: Path, tmp_path: Path, name: str, layout: str, voices: int
) -> None:
    count = {"play": 12, "split8": 48, "single": 6}[layout]
    export(asked(trained, to=("disk", "syx"), count=count, layout=layout), tmp_path)

    stem = f"tiny-{layout}-seed000000"
    image = (tmp_path / f"{stem}.img").read_bytes()
    first, *inner, last = messages_of((tmp_path / f"{stem}-{name}.syx").read_bytes())
    program_dump = {"L": 0x05, "U": 0x15}[name[0]]
    assert (first[0], last[0]) == (program_dump, program_dump)
    off, on = from_nybbles(first[1:]), from_nybbles(last[1:])
    assert (len(off), len(on)) == (625, 625)
    assert on == floppy.parameters(image, name)
    assert [off[1 + 24 * k + 8] for k in range(8)] == [0] * 8
    assert all(off[1 + 24 * k + 9 : 1 + 24 * k + 20] == on[1 + 24 * k + 9 : 1 + 24 * k + 20] for k in range(8))
    assert off[481:] == on[481:]
    assert len(inner) == 2 * voices
    memory = floppy.memory(image, name)
    for number, (keys, dump) in enumerate(zip(inner[::2], inner[1::2], strict=True)):
        # LOAD's neighbors under MASOS: 14 or 15 and a digit select an upper or a lower wavesample
        assert keys == bytes([0x01, {"L": 0x15, "U": 0x14}[name[0]], number + 1, 0x7F])
        assert dump[0] == 0x06
        (pages,), samples = from_nybbles(dump[1:3]), from_nybbles(dump[3:-1])
        wave = floppy.waves(image, name)[number]
        assert pages == wave.end - wave.start + 1
        assert samples == memory[256 * wave.start : 256 * (wave.end + 1)]
        assert dump[-1] == sum(dump[1:-1]) % 128


def test_export_json_says_of_each_file_of_dumps_what_is_in_it(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("syx",), count=6), tmp_path)
    listed = {name: about["sounds"] for name, about in disks_of(tmp_path).items() if name.endswith(".syx")}
    assert {name: [(item["bank"], item["seed"]) for item in sounds] for name, sounds in listed.items()} == {
        f"tiny-play-seed000000-{half}{n}.syx": [(f"{half}{n}", seed) for seed in seeds]
        for half in "LU"
        for n, seeds in ((1, range(4)), (2, range(4, 6)))
    }


def test_the_note_on_dumps_states_their_limits_and_how_long_they_take(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("syx",)), tmp_path)
    note = (tmp_path / "tiny-play-seed000000-syx.txt").read_text()
    for limit in ("MASOS", "91", "OS 3.2 ignores", "selected", "only while its loop is off", "255 pages", "42 seconds"):
        assert limit in note
    for name in ("L1", "U1", "L2", "U2"):
        said = re.search(rf"-{name}\.syx: ([\d.]+) s", note)
        assert said is not None
        size = (tmp_path / f"tiny-play-seed000000-{name}.syx").stat().st_size
        assert abs(float(said[1]) - 10 * size / 31_250) < 0.06


def test_255_pages_go_into_a_dump_and_of_more_it_says_what_would(trained_oneshots: Path, tmp_path: Path) -> None:
    config = asked(trained_oneshots, to=("syx",), layout="single", count=1)
    with pytest.raises(MirageGanError, match=r"255 pages.*--length \d+$") as caught:
        export(dataclasses.replace(config, length="65520"), tmp_path / "export")
    assert not (tmp_path / "export").exists()

    length = str(caught.value).split()[-1]
    export(dataclasses.replace(config, length=length), tmp_path / "export")
    _, _, dump, _ = messages_of((tmp_path / "export" / "shots-single-seed000000-L1.syx").read_bytes())
    assert from_nybbles(dump[1:3]) == b"\xff"


# --- preview


@pytest.mark.usefixtures("tones")
def test_a_preview_plays_every_sound_of_its_disk_in_turn(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, layout="split8", count=50, preview=True), tmp_path)

    previews = sorted(path.name for path in tmp_path.glob("*-preview.wav"))
    assert previews == ["tiny-split8-seed000000-preview.wav", "tiny-split8-seed000048-preview.wav"]
    for name in previews:
        sounds = disks_of(tmp_path)[name.replace("-preview.wav", ".img")]["sounds"]
        signal, rate = soundfile.read(tmp_path / name)
        notes = signal.reshape(len(sounds), -1)
        assert rate == 29_412
        for note, item in zip(notes, sounds, strict=True):
            spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note))))
            hz = np.argmax(spectrum) * rate / len(note)
            low, high = (floppy.key_hz(key - 1) for key in item["keys"])
            assert low * 0.97 < hz < high * 1.03
