"""Files get names that nothing else has: what was made in another way keeps its own, and the same finds its own."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirage_gan.exporting.export import export
from mirage_gan.exporting.file_plan import with_free_names
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.addresses import of_seeds
from tests.support.exports import asked, contents, entries, named
from tests.support.packed import loop_of
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.exports import Entries

MADE: Final = {"run": "run", "settings": {"bits": 16}}
OTHER: Final = {"run": "run", "settings": {"bits": 24}}


def order(*places: Address, to: tuple[str, ...] = ("pcm",)) -> ExportOrder:
    return ExportOrder(ExportConfig(to=to), loop_of(1), "run", None, places, DiskNumbers({}, {}))


def names(known: Entries, out: Path, *places: Address, made: dict[str, Any] = MADE, **more: Any) -> list[str]:
    numbered, makers = with_free_names(order(*places, **more), out, known, made)
    assert [name for name, _ in makers.owners] == makers.sound_names
    assert {address for _, address in makers.owners} == set(places)
    assert list(numbered.stems) == list(places)
    return makers.sound_names


def listed(*seeds: int, made: dict[str, Any] = MADE, end: str = "") -> Entries:
    return {f"run-seed{seed:06}{end}.pcm": {**made, "address": Address(seed)} for seed in seeds}


def test_names_that_nothing_has_are_given(tmp_path: Path) -> None:
    assert names({}, tmp_path, *of_seeds([3, 4])) == ["run-seed000003.pcm", "run-seed000004.pcm"]


def test_the_same_sounds_made_in_the_same_way_get_their_names_again(tmp_path: Path) -> None:
    assert names(listed(3), tmp_path, *of_seeds([3, 4])) == ["run-seed000003.pcm", "run-seed000004.pcm"]


def test_if_one_name_is_taken_all_are_numbered_alike(tmp_path: Path) -> None:
    known = listed(4, made=OTHER)

    assert names(known, tmp_path, *of_seeds([3, 4])) == ["run-seed000003-2.pcm", "run-seed000004-2.pcm"]
    assert names(known, tmp_path, *of_seeds([3])) == ["run-seed000003.pcm"]
    known |= listed(3, made={}, end="-2")
    assert names(known, tmp_path, *of_seeds([3, 4])) == ["run-seed000003-3.pcm", "run-seed000004-3.pcm"]


def test_a_number_is_found_again(tmp_path: Path) -> None:
    known = listed(3, 4, made=OTHER) | listed(3, end="-2")

    assert names(known, tmp_path, *of_seeds([3])) == ["run-seed000003-2.pcm"]
    assert names(known, tmp_path, *of_seeds([3]), made=OTHER) == ["run-seed000003.pcm"]


def test_another_sound_under_the_same_name_keeps_it(tmp_path: Path) -> None:
    known = {"Bell.pcm": {**MADE, "address": Address(3, name="Bell")}}

    assert names(known, tmp_path, Address(17, name="Bell")) == ["Bell-2.pcm"]
    assert names(known, tmp_path, Address(3, name="Bell")) == ["Bell.pcm"]


def test_a_file_that_is_not_ours_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "run-seed000003.wav").write_bytes(b"mine")

    assert names({}, tmp_path, Address(3)) == ["run-seed000003.pcm"]
    assert names({}, tmp_path, Address(3), to=("pcm", "wav")) == ["run-seed000003-2.pcm", "run-seed000003-2.wav"]


# --- in an export folder


def change(kind: str, trained: Path) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "bit depth": {"bits": 24},
        "length": {"length": "512"},
        "interpolation": {"interp": "cubic"},
        "checkpoint": {"checkpoint": str(trained / "checkpoints" / "last.safetensors")},
    }
    return changes[kind]


@pytest.mark.parametrize("kind", ["bit depth", "length", "interpolation", "checkpoint"])
@pytest.mark.parametrize(
    "way", [{"seeds": "3,17"}, {"near": 17, "count": 2}, {"sound_name": ("Bell", "Organ")}], ids=str
)
def test_another_bit_depth_or_length_or_checkpoint_gets_another_name_and_the_first_stays(
    trained: Path, tmp_path: Path, kind: str, way: dict[str, Any]
) -> None:
    first = named(trained, to=("wav",), **way)
    second = dataclasses.replace(first, **change(kind, trained))
    export(first, tmp_path / "out")
    before, index = contents(tmp_path / "out"), entries(tmp_path / "out")
    said = Recorder()

    report = export(second, tmp_path / "out", said)

    assert not report.unchanged
    assert said.said == ["names end in -2, because sounds made in another way have those without it"]
    after = contents(tmp_path / "out")
    assert before.items() <= after.items()
    assert index.items() <= entries(tmp_path / "out").items()
    assert after.keys() - before.keys() == {name.replace(".wav", "-2.wav") for name in before}
    assert all(after[name.replace(".wav", "-2.wav")] != content for name, content in before.items())
    assert export(first, tmp_path / "out").unchanged
    assert export(second, tmp_path / "out").unchanged


@pytest.mark.parametrize("kind", ["length", "interpolation", "checkpoint"])
def test_a_disk_of_another_length_or_checkpoint_gets_the_next_number_and_the_first_stays(
    trained: Path, tmp_path: Path, kind: str
) -> None:
    first = asked(trained, to=("disk",))
    second = dataclasses.replace(first, **change(kind, trained))
    export(first, tmp_path / "out")
    before = contents(tmp_path / "out")

    assert export(second, tmp_path / "out").disks == ["MIR02.img"]

    assert before.items() <= contents(tmp_path / "out").items()
    assert contents(tmp_path / "out")["MIR02.img"] != before["MIR01.img"]
    assert export(first, tmp_path / "out").unchanged
    assert export(second, tmp_path / "out").unchanged


def test_another_run_of_the_same_name_replaces_nothing(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=1), tmp_path / "out")
    before = contents(tmp_path / "out")

    export(asked(trained, count=1, checkpoint="last"), tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == ["tiny-seed000000-2.pcm", "tiny-seed000000.pcm"]
    assert before.items() <= contents(tmp_path / "out").items()


def test_a_sound_of_another_format_beside_a_file_of_somebody_elses_is_not_lost(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=1), tmp_path / "out")
    theirs = tmp_path / "out" / "tiny-seed000000.wav"
    theirs.write_bytes(b"theirs")

    report = export(asked(trained, count=1, to=("wav",), force=True), tmp_path / "out")

    assert report.files == 1
    assert theirs.read_bytes() == b"theirs"
    assert (tmp_path / "out" / "tiny-seed000000-2.wav").read_bytes().startswith(b"RIFF")


def test_disks_are_numbered_on_by_calls_in_any_format(trained: Path, tmp_path: Path) -> None:
    for number, (form, seed) in enumerate(
        [("disk", 0), ("hfe", 100), ("gotek", 200), ("syx", 300), ("wavsyn", 400)], 1
    ):
        report = export(asked(trained, seed=(seed,), to=(form,), count=2), tmp_path / "out")
        assert all(f"MIR{number:02}" in name for name in report.disks)
    report = export(asked(trained, to=("edm",), count=13), tmp_path / "out")
    assert report.disks == ["MIR06.edm", "MIR07.edm"]


def test_the_same_call_finds_its_disks_in_another_format_too(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("hfe",), seed=(9,)), tmp_path / "out")
    for form in ("disk", "hfe", "syx", "gotek", "edm"):
        for preview in (False, True):
            report = export(asked(trained, to=(form,), count=13, preview=preview), tmp_path / "out")
            assert {name.rpartition("/")[2][:5] for name in report.disks} == {"MIR02", "MIR03"}
    export(asked(trained, to=("disk",), seed=(77,)), tmp_path / "out")
    assert export(asked(trained, to=("edm",), count=13), tmp_path / "out").unchanged


def test_a_prefix_names_sounds_and_disks(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=2, to=("pcm", "disk")), tmp_path / "out")
    before = contents(tmp_path / "out")

    report = export(asked(trained, count=2, to=("pcm", "disk"), prefix="Live: A"), tmp_path / "out")

    assert not report.unchanged
    assert before.items() <= contents(tmp_path / "out").items()
    sounds = {f"Live_ A-seed{seed:06}.pcm" for seed in range(2)}
    disk = {f"Live_ A01{ending}" for ending in (".img", "-sheet.html", "-sheet.txt")}
    assert contents(tmp_path / "out").keys() - before.keys() == sounds | disk


ODD = ["a:b", 'quo"te', "back\\slash", "CON", "trailing. ", "Übung 1", "🥁", "line\nbreak", "-dash", "x" * 240]


@pytest.mark.parametrize("name", ODD, ids=lambda name: ascii(name)[:12])
def test_a_run_of_any_name_is_exported_and_found_again(trained: Path, tmp_path: Path, name: str) -> None:
    run = tmp_path / "runs" / name
    run.parent.mkdir()
    try:
        run.symlink_to(trained, target_is_directory=True)
    except OSError:
        pytest.skip("this system holds no such name")
    config = named(run, to=("pcm", "wav", "disk", "wavsyn"), count=12)

    report = export(config, tmp_path / "out")

    assert (report.sounds, len(list((tmp_path / "out").glob("*.pcm")))) == (12, 12)
    assert all(not set(path.name) & set('<>:"/\\|?*\n') for path in (tmp_path / "out").iterdir())
    assert export(config, tmp_path / "out").unchanged
