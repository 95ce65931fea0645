"""The buttons of the page make the same bytes as the command line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from mirage_gan.auditioning import workshop
from mirage_gan.auditioning.workshop import ClosedError, Made, Workshop, pinned
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.models.addresses import Address
from tests.support.addresses import a_latent, of_seeds
from tests.support.exports import contents, named
from tests.support.morphs import make as make_morph

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.progress import Progress
    from mirage_gan.exporting.export import ExportReport
    from mirage_gan.settings.exporting import ExportConfig

KINDS = [Address(17, name="Glass Bell"), Address(3), Address(17, 0.2, 3, name="Übung"), Address(z=a_latent())]
HOSTILE = [
    "<script>alert(1)</script>", '"\'`;$(rm -rf .)', "../../../up", "..", "/etc/passwd", "C:\\windows\\x", "\U0001f941",
    "\u202egnp.exe", "x" * 300, "a\0b", "a\nb", "\ud800", "CON", " ", ".hidden", "-rf", "%2e%2e%2f",
]  # fmt: skip


def shop(run: Path, out: Path, checkpoint: str = "best") -> Workshop:
    return Workshop(run, {"ab12": runs.checkpoint_path(run, checkpoint)}, out)


@pytest.mark.parametrize("form", ["disk", "gotek", "wav"])
def test_a_button_makes_the_same_bytes_as_the_command_of_the_same_seeds(
    trained: Path, tmp_path: Path, form: str
) -> None:
    made = shop(trained, tmp_path / "page").make(form, of_seeds([17, 3]))
    export(named(trained, seed=(17, 3), to=(form,)), tmp_path / "command")

    def below(out: Path) -> dict[str, bytes]:
        found = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        del found["export.json"]  # it says how the sounds were asked for
        return found

    assert below(tmp_path / "page") == below(tmp_path / "command")
    assert made.files == sorted(below(tmp_path / "page"))


def test_a_wavetable_leads_through_the_sounds(trained: Path, tmp_path: Path) -> None:
    made = shop(trained, tmp_path / "page").make("wavetable", of_seeds([17, 3, 5]))
    make_morph(trained, tmp_path / "command", "wavetable", seeds=(17, 3, 5))

    assert made == Made(["tiny-morph-000017-000003-000005-wavetable.wav"], [])
    assert contents(tmp_path / "page") == contents(tmp_path / "command")


@pytest.mark.parametrize("form", workshop.OFFERED)
def test_all_kinds_of_addresses_go_into_everything_and_the_second_time_nothing_changes(
    trained: Path, tmp_path: Path, form: str
) -> None:
    maker = shop(trained, tmp_path / "out")
    first = maker.make(form, KINDS)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    assert maker.make(form, KINDS) == first
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert all((tmp_path / "out" / name).is_file() for name in first.files)


def test_one_shots_become_a_kit_and_files(trained_oneshots: Path, tmp_path: Path) -> None:
    maker = shop(trained_oneshots, tmp_path / "out")

    assert "MIR01.img" in maker.make("disk", of_seeds([3, 4])).files
    assert maker.make("wav", of_seeds([3])).files == ["shots-seed000003.wav"]
    with pytest.raises(ConfigError, match="--to wavetable is for a morph of loops, and shots makes one-shots"):
        maker.make("wavetable", of_seeds([3, 4]))


def test_what_an_export_says_is_passed_on(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    maker = shop(trained, tmp_path / "out")
    maker.make("wav", [Address(3, name="Bell")])

    said = maker.make("wav", [Address(4, name="Bell")]).said

    assert said[0] == "names end in -2, because sounds made in another way have those without it"
    assert any("cents" in line for line in said[1:])


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("form", ["wav", "disk"])
def test_no_name_leads_out_of_the_folder(trained: Path, tmp_path: Path, form: str, name: str) -> None:
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)

    made = shop(trained, place / "out").make(form, [Address(3, name=name), Address(4)])

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in place.iterdir()] == ["out"]
    assert sorted([*made.files, "export.json"]) == sorted(path.name for path in (place / "out").iterdir())
    assert not any(set(file) & set('<>:"/\\|?*\0\n') for file in made.files)


@pytest.mark.parametrize(
    ("what", "sounds", "says"),
    [
        ("disk", [], "a disk takes 1 sound or more: star some"),
        ("wavetable", [Address(3)], "a wavetable takes 2 sounds or more: star some"),
        ("wavetable", [Address(3), Address(3, name="Bell")], "a wavetable takes 2 sounds or more: star some"),
        ("pcm", [Address(3)], "there is no button for 'pcm': choose from disk, gotek, wav, wavetable"),
        ("../x", [Address(3)], "there is no button for '../x': choose from disk, gotek, wav, wavetable"),
        ("wav", [Address(3, name="Bell"), Address(4, name="bell")], "two sounds would be called 'bell': give each"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(
    trained: Path, tmp_path: Path, what: str, sounds: list[Address], says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        shop(trained, tmp_path / "out").make(what, sounds)

    assert str(caught.value).startswith(says)
    assert list(tmp_path.iterdir()) == []


def test_files_are_made_of_the_checkpoint_that_is_named_or_of_the_newest(trained: Path, tmp_path: Path) -> None:
    copies = {name: runs.checkpoint_path(trained, name) for name in ("best", "last")}
    wanted = {}
    for name, copy in copies.items():
        Workshop(trained, {name: copy}, tmp_path / name).make("wav", of_seeds([3]))
        wanted[name] = contents(tmp_path / name)
    assert wanted["best"] != wanted["last"]

    for asked, made in (("best", "best"), ("last", "last"), (None, "last")):
        out = tmp_path / f"asked-{asked}"
        Workshop(trained, copies, out).make("wav", of_seeds([3]), asked)
        assert contents(out) == wanted[made]
    with pytest.raises(ConfigError, match="sounds of a checkpoint that is not kept any more: show the new sounds"):
        Workshop(trained, copies, tmp_path / "out").make("wav", of_seeds([3]), "gone")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"meow")

    with pytest.raises(FolderError, match=r"holds files but no export\.json, so it is not ours"):
        shop(trained, tmp_path).make("wav", of_seeds([3]))
    assert [path.name for path in tmp_path.iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize("form", ["wav", "wavetable"])
def test_a_workshop_that_is_closed_breaks_off_and_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    maker = shop(trained, tmp_path / "out")
    maker.make(form, of_seeds([3, 4]))
    before = contents(tmp_path / "out")

    original = runs.load_sampler

    def close_then_load(*args: object) -> object:
        maker.close()  # in the middle of the work
        return original(*args)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(runs, "load_sampler", close_then_load)
    with pytest.raises(ClosedError, match=r"^the server was stopped, and nothing was written: start it again$"):
        maker.make(form, of_seeds([5, 6]))
    monkeypatch.undo()

    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with pytest.raises(ClosedError):
        maker.make(form, of_seeds([3, 4]))


def test_the_checkpoint_of_the_page_is_used_though_training_goes_on(trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "tiny"
    shutil.copytree(trained, run)
    best, last = (runs.checkpoint_path(run, name) for name in ("best", "last"))
    with pinned(best, files.sha256(best)) as copy:
        shutil.copyfile(last, best)
        Workshop(run, {"ab12": copy}, tmp_path / "page").make("wav", of_seeds([3]))

    export(named(trained, seed=(3, 4), to=("wav",)), tmp_path / "command")
    name = "tiny-seed000003.wav"
    assert (tmp_path / "page" / name).read_bytes() == (tmp_path / "command" / name).read_bytes()
    assert not copy.exists()


@pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "gone"])
def test_a_checkpoint_that_was_replaced_before_it_was_copied_is_refused(tmp_path: Path, *, replaced: bool) -> None:
    path = tmp_path / "best.safetensors"
    if replaced:
        path.write_bytes(b"other")

    with pytest.raises(FolderError) as caught, pinned(path, "0" * 64):
        pytest.fail("it was copied")

    assert str(caught.value) == f"{path} was replaced, as by a training, while its sounds were made: start again"


def test_a_run_in_another_folder_is_found(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.parent)
    seen: list[ExportConfig] = []

    def note(config: ExportConfig, out: Path, progress: Progress) -> ExportReport:
        seen.append(config)
        return export(config, out, progress)

    monkeypatch.setattr(workshop, "export", note)
    relative = trained.relative_to(trained.parent)

    Workshop(relative, {"ab12": runs.checkpoint_path(relative, "best")}, tmp_path / "out").make("wav", of_seeds([3]))

    assert seen[0].run == str(trained.resolve())
