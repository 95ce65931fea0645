"""Exactly the sounds that were named are exported, under their names, and the same command finds them again."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import mirage_gan
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import latent
from tests.support.addresses import a_latent
from tests.support.answers import error_of
from tests.support.disk_exports import disks_of
from tests.support.exports import asked, contents, entries, named
from tests.support.likeness import nearest
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli, Describe

LIKED: Final = [
    Address(17, name="Glass Bell"),
    Address(3),
    Address(17, 0.2, 3, name="Soft: Bell"),
    Address(z=a_latent(), name="Übung"),
]


def write_favourites(path: Path, liked: list[Address], **about: Any) -> Path:
    path.write_text(json.dumps({"format": 1, "favourites": list(map(as_json, liked)), **about}), encoding="utf-8")
    return path


def addresses_of(out: Path) -> dict[str, dict[str, Any]]:
    return {name: entry["address"] for name, entry in entries(out).items()}


# --- which sounds


def test_several_seeds_name_exactly_those_sounds(trained: Path, tmp_path: Path) -> None:
    report = export(named(trained, seed=(17, 3, 40)), tmp_path / "out")

    assert (report.sounds, report.files) == (3, 3)
    assert sorted(contents(tmp_path / "out")) == [f"tiny-seed{seed:06}.pcm" for seed in (3, 17, 40)]


def test_one_seed_starts_as_many_as_are_counted(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, seed=(17,), count=3), tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == [f"tiny-seed{seed:06}.pcm" for seed in (17, 18, 19)]


def test_a_list_of_seeds_names_exactly_those_sounds_each_once(trained: Path, tmp_path: Path) -> None:
    report = export(named(trained, seeds="17,3, 40-42,41,3"), tmp_path / "out")

    assert report.sounds == 5
    assert sorted(contents(tmp_path / "out")) == [f"tiny-seed{seed:06}.pcm" for seed in (3, 17, 40, 41, 42)]


@pytest.mark.parametrize("content", [b"3,17\n40-41\n", b"3 17\r\n40 41", "\ufeff3,17,40-41".encode()])
def test_a_list_of_seeds_may_be_in_a_file(trained: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "liked seeds.txt").write_bytes(content)

    export(named(trained, seeds=f"@{tmp_path / 'liked seeds.txt'}"), tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == [f"tiny-seed{seed:06}.pcm" for seed in (3, 17, 40, 41)]


def test_the_same_sound_is_the_same_bytes_by_seed_by_list_and_by_favourites(trained: Path, tmp_path: Path) -> None:
    liked = write_favourites(tmp_path / "liked.json", [Address(17), Address(3)])
    z = write_favourites(tmp_path / "z.json", [Address(z=tuple(latent(17)[0].tolist()))])
    ways = {
        "one": asked(trained, seed=(17,), count=1),
        "many": asked(trained, seed=(10,), count=12),
        "seeds": named(trained, seed=(3, 17)),
        "list": named(trained, seeds="40,17,5"),
        "favourites": named(trained, favourites=liked),
        "a name": asked(trained, seed=(17,), count=None, sound_name=("tiny-seed000017",)),
    }
    for way, config in ways.items():
        export(config, tmp_path / way)
    export(named(trained, favourites=z), tmp_path / "z")

    (sound,) = contents(tmp_path / "one").values()
    assert {contents(tmp_path / way)["tiny-seed000017.pcm"] for way in ways} == {sound}
    assert list(contents(tmp_path / "z").values()) == [sound]


# --- neighbours


def test_neighbours_resemble_their_seed_more_the_smaller_the_spread(trained: Path) -> None:
    library = mirage_gan.load(trained)
    spreads = (0.02, 0.1, 0.2, 0.4, 0.7, 1.0)
    likeness = dict.fromkeys(spreads, 0.0)
    for seed in range(12):
        (own,) = library.generate([seed])
        for spread in spreads:
            near = library.generate([Address(seed, spread, number) for number in range(1, 9)])
            likeness[spread] += float(nearest(near, own[None])[1].mean()) / 12

    assert sorted(spreads, key=lambda spread: -likeness[spread]) == list(spreads)
    assert likeness[0.02] > 0.99
    strangers = library.generate(range(100, 112))
    of_strangers = np.mean([nearest(strangers, library.generate([seed]))[1].mean() for seed in range(12)])
    assert likeness[1.0] == pytest.approx(float(of_strangers), abs=0.05)


def test_neighbours_are_named_after_their_seed_and_are_the_same_whatever_the_count(
    trained: Path, tmp_path: Path
) -> None:
    export(asked(trained, near=17, spread=0.3, count=2), tmp_path / "two")
    export(asked(trained, near=17, spread=0.3, count=6), tmp_path / "six")

    assert sorted(contents(tmp_path / "two")) == ["tiny-seed000017-near0.3-01.pcm", "tiny-seed000017-near0.3-02.pcm"]
    assert contents(tmp_path / "two").items() <= contents(tmp_path / "six").items()
    assert len(set(contents(tmp_path / "six").values())) == 6
    entry = entries(tmp_path / "six")["tiny-seed000017-near0.3-05.pcm"]
    assert entry["address"] == {"seed": 17, "spread": 0.3, "number": 5}
    assert entry["latent"] == pytest.approx(latent(Address(17, 0.3, 5))[0].tolist(), abs=1e-6)


def test_neighbours_may_be_ranked(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, near=17, spread=0.9, rank="novelty", count=3), tmp_path / "out")

    found = sorted(entries(tmp_path / "out").values(), key=lambda entry: int(entry["rank"]))
    assert {entry["address"]["seed"] for entry in found} == {17}
    assert len({entry["address"]["number"] for entry in found}) == 3
    assert [entry["novelty"] for entry in found] == sorted((entry["novelty"] for entry in found), reverse=True)


# --- names


def test_names_are_those_of_the_first_sounds_and_of_their_files(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, seed=(17,), count=3, to=("pcm", "wav"), sound_name=("Glass Bell", "A/B")), tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == [
        "A_B.pcm", "A_B.wav", "Glass Bell.pcm", "Glass Bell.wav", "tiny-seed000019.pcm", "tiny-seed000019.wav",
    ]  # fmt: skip
    assert addresses_of(tmp_path / "out")["A_B.pcm"] == {"seed": 18, "name": "A/B"}


def test_as_many_sounds_come_as_names_if_nobody_counts(trained: Path, tmp_path: Path) -> None:
    export(named(trained, near=17, sound_name=("Bell", "Organ")), tmp_path / "out")

    assert sorted(contents(tmp_path / "out")) == ["Bell.pcm", "Organ.pcm"]


def test_a_named_sound_is_the_same_bytes_as_without_its_name(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, seed=(17,), count=1), tmp_path / "plain")
    export(asked(trained, seed=(17,), count=1, sound_name=("Bell",)), tmp_path / "named")

    assert list(contents(tmp_path / "named").values()) == list(contents(tmp_path / "plain").values())


def test_more_names_than_sounds_are_refused(trained: Path, tmp_path: Path) -> None:
    for config in (asked(trained, count=2), named(trained, seeds="3,17,3")):
        with pytest.raises(ConfigError, match=r"^3 names are given with --sound-name, and 2 sounds$"):
            export(dataclasses.replace(config, sound_name=("a", "b", "c")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_equal_names_are_refused(trained: Path, tmp_path: Path) -> None:
    liked = write_favourites(tmp_path / "liked.json", [Address(3, name="Bell"), Address(17, name="bell")])
    for config in (named(trained, favourites=liked), named(trained, sound_name=("Bell", "bell"))):
        with pytest.raises(ConfigError, match=r"^two sounds would be called 'bell': give each a name of its own$"):
            export(config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- favourites


def test_favourites_keep_their_order_and_names_from_a_later_checkpoint_and_it_says_so(
    trained: Path, tmp_path: Path
) -> None:
    first, last = (runs.checkpoint_path(trained, name) for name in ("best", "last"))
    assert first.read_bytes() != last.read_bytes()
    liked = write_favourites(tmp_path / "liked.json", LIKED, run="tiny", checkpoint_sha256=files.sha256(first))
    said, warned = Recorder(), Recorder()

    export(named(trained, favourites=liked, to=("pcm", "disk"), layout="split8"), tmp_path / "out", said)
    export(named(trained, favourites=liked, to=("pcm", "disk"), layout="split8", checkpoint="last"),
           tmp_path / "later", warned)  # fmt: skip

    assert said.said == []
    assert warned.said == [f"the sounds of {liked} were chosen from another checkpoint: they changed since"]
    for out in ("out", "later"):
        held = [item["address"] for item in disks_of(tmp_path / out)["MIR01.img"]["sounds"]]
        assert held == list(map(as_json, LIKED))
        assert sorted(contents(tmp_path / out).keys() - {"MIR01.img", "MIR01-sheet.html", "MIR01-sheet.txt"}) == [
            "Glass Bell.pcm", "Soft_ Bell.pcm", "tiny-seed000003.pcm", "Übung.pcm",
        ]  # fmt: skip
    assert (tmp_path / "out" / "Glass Bell.pcm").read_bytes() != (tmp_path / "later" / "Glass Bell.pcm").read_bytes()


@pytest.mark.parametrize("form", ["wav", "npy", "csv", "png", "hfe", "gotek", "wavsyn", "syx"])
def test_favourites_go_into_every_format(trained: Path, tmp_path: Path, form: str) -> None:
    liked = write_favourites(tmp_path / "liked.json", LIKED)

    report = export(named(trained, favourites=liked, to=(form,)), tmp_path / "out")

    assert report.sounds == 4
    assert export(named(trained, favourites=liked, to=(form,)), tmp_path / "out").unchanged


def test_favourites_find_the_run_that_they_were_chosen_from(cli: Cli, workplace: Path) -> None:
    (workplace / "runs" / "tiny").rename(workplace / "runs" / "first")
    assert (
        cli("train", "--model", "wave", "--width", "4", "--steps", "2", "--device", "cpu", "--run", "newest").exit_code
        == 0
    )
    write_favourites(workplace / "liked.json", [Address(3)], run="first")

    assert json.loads(cli("export", "--favourites", "liked.json", "--json").stdout)["run"] == "runs/first"
    named_run = cli("export", "newest", "--favourites", "liked.json", "--json")
    assert json.loads(named_run.stdout)["run"] == "runs/newest"
    assert "the sounds of liked.json were chosen from another run, first" in named_run.stderr


@pytest.mark.parametrize("run", ["gone", "../tiny", "", "a\0b", "\ud800"], ids=lambda run: ascii(run)[:9])
def test_favourites_of_a_run_that_is_gone_are_made_from_the_newest_and_it_says_so(
    cli: Cli, workplace: Path, run: str
) -> None:
    write_favourites(workplace / "liked.json", [Address(3)], run=run)

    result = cli("export", "--favourites", "liked.json", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["run"] == "runs/tiny"
    assert "were chosen from another run, " in result.stderr


# --- the second time


@pytest.mark.parametrize(
    "way",
    [
        {"seed": (17, 3)},
        {"seed": (17,), "count": 2},
        {"seeds": "17,3,40-42"},
        {"seeds": "@seeds.txt"},
        {"near": 17, "count": 3},
        {"near": 17, "spread": 0.9, "rank": "novelty", "count": 2},
        {"rank": "novelty", "count": 2, "sound_name": ("Bell",)},
        {"sound_name": ("Bell", "Organ")},
        {"seeds": "3,17", "prefix": "Set"},
        {"favourites": "liked.json"},
        {"favourites": "liked.json", "prefix": "Set"},
    ],
    ids=str,
)
def test_the_same_command_twice_finds_its_files(
    trained: Path, tmp_path: Path, describe: Describe, monkeypatch: pytest.MonkeyPatch, way: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds.txt").write_text("3\n17\n")
    liked = write_favourites(tmp_path / "liked.json", LIKED)
    config = named(
        trained, to=("pcm", "disk", "wavsyn"), **{**way, **({"favourites": liked} if "favourites" in way else {})}
    )
    first = export(config, tmp_path / "out")
    before = describe(tmp_path / "out")

    again = export(config, tmp_path / "out")

    assert not first.unchanged
    assert again == dataclasses.replace(first, unchanged=True)
    assert describe(tmp_path / "out") == before


# pairs of settings that ask for as many sounds, but for other ones
OTHER_SOUNDS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({"seeds": "3,17"}, {"seeds": "3,18"}),
    ({"seeds": "3,17"}, {"seeds": "17,3"}),
    ({"near": 3, "count": 2}, {"near": 4, "count": 2}),
    ({"near": 3, "count": 2}, {"near": 3, "spread": 0.5, "count": 2}),
    *(
        ({"near": 3, "spread": 0.9, "count": 2, **choice}, {"near": 4, "spread": 0.9, "count": 2, **choice})
        for choice in ({"rank": "novelty"}, {"distinct": True}, {"min_novelty": 0.01})
    ),
    ({"count": 2}, {"count": 2, "sound_name": ("Bell",)}),
    *(
        ({"count": 2, **choice, "sound_name": ("Bell",)}, {"count": 2, **choice, "sound_name": ("Organ",)})
        for choice in ({}, {"rank": "novelty"})
    ),
]


@pytest.mark.parametrize(("first", "second"), OTHER_SOUNDS, ids=str)
def test_a_disk_of_other_sounds_is_never_taken_for_the_one_that_is_there(
    trained: Path, tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    one, other = (named(trained, to=("disk",), **settings) for settings in (first, second))

    assert export(one, tmp_path / "out").disks == ["MIR01.img"]
    assert export(other, tmp_path / "out").disks == ["MIR02.img"]
    assert export(one, tmp_path / "out").unchanged
    assert export(other, tmp_path / "out").unchanged
    held = [[item["address"] for item in disks_of(tmp_path / "out")[f"MIR0{i}.img"]["sounds"]] for i in (1, 2)]
    assert held[0] != held[1]


# --- what goes wrong


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--seeds", "5-3"), "--seeds names '5-3', which ends before it begins"),
        (("--seeds", "3,x"), "--seeds names 'x'; give seeds from 0 to 2147483647, such as 3,17,40-44"),
        (("--seeds", "2147483648"), "--seeds names '2147483648'; give seeds from 0 to 2147483647, such as 3,17,40-44"),
        (("--seeds", "0-1000000"), "--seeds names more than 1,000,000 sounds: export them in several parts"),
        (("--seeds", ","), "--seeds names no seed; give some, such as 3,17,40-44"),
        (("--seeds", "@missing.txt"), "--seeds @missing.txt: there is no file missing.txt"),
        (("--seeds", "@"), "--seeds @: there is no file "),
        (("--seeds", "@empty.txt"), "empty.txt: names no seed; give some, such as 3,17,40-44"),
        (("--seeds", "@backwards.txt"), "backwards.txt: names '5-3', which ends before it begins"),
        (("--seeds", "@binary.pcm"), "--seeds @binary.pcm: the file is not text; write seeds into it, such as 3,17"),
        (("--seeds", "@wavs"), "wavs: Is a directory; choose another place"),
        (("--seeds", "3", "--near", "4"), "--seeds and --near both say which sounds: leave one out"),
        (
            ("--seed", "3", "--seed", "4", "--count", "2"),
            "--seed names the sounds, and --count says how many: leave --count out",
        ),
        (("--seed", "-1"), "--seed is -1; it must be 0 to 2,147,483,647"),
        (("--seed", "3", "--seed", "2147483648"), "--seed is 2147483648; it must be 0 to 2,147,483,647"),
        (("--near", "2147483648"), "--near is 2147483648; it must be 0 to 2,147,483,647"),
        (("--near", "3", "--spread", "0"), "--spread is 0.0; it must be 0.001 to 1"),
        (("--near", "3", "--spread", "nan"), "--spread is nan; it must be 0.001 to 1"),
        (("--count", "1000001"), "--count is 1000001; it must be 1 to 1,000,000"),
        (("--sound-name", "a", "--sound-name", "A"), "two sounds would be called 'A': give each a name of its own"),
        (
            ("--sound-name", "a", "--sound-name", "b", "--count", "1"),
            "2 names are given with --sound-name, and 1 sounds",
        ),
        (("--favourites", "missing.json"), "missing.json is missing"),
        (("--favourites", "binary.pcm"), "binary.pcm is not valid JSON: it was cut short or edited; make it again"),
        (("--favourites", "wavs"), "wavs: Is a directory; choose another place"),
        (
            ("--favourites", "short.json"),
            (
                "short.json was damaged or edited: its favourites[0].z: Expected array of length >= 64; "
                "correct it, or make it again"
            ),
        ),
        (
            ("--favourites", "none.json"),
            "none.json holds no favourites: add some, or name sounds in another way, as with --seeds",
        ),
        (("--favourites", "nan.json"), "nan.json is not valid JSON: it was cut short or edited; make it again"),
        (
            ("--favourites", "typo.json"),
            (
                "typo.json was damaged or edited: its favourites[0]: Object contains unknown field nmae; "
                "correct it, or make it again"
            ),
        ),
        (
            ("--favourites", "good.json", "--rank", "novelty"),
            (
                "--favourites names the sounds: leave out --rank, --min-novelty, --distinct and "
                "--nearest-class, which choose among sounds"
            ),
        ),
        (
            ("--favourites", "good.json", "--sound-name", "a"),
            "--favourites names its sounds in the file: leave --sound-name out",
        ),
        (("--nearest-class", "organ"), "--nearest-class organ: no training sound is of it; there are bass, lead"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("there", [False, True], ids=["a new folder", "an old folder"])
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    cli: Cli, workplace: Path, describe: Describe, options: tuple[str, ...], says: str, there: bool
) -> None:
    (workplace / "empty.txt").write_text("\n")
    (workplace / "backwards.txt").write_text("1\n5-3\n")
    (workplace / "binary.pcm").write_bytes(bytes(range(256)))
    for name, text in {
        "short": '{"format": 1, "favourites": [{"z": [' + ",".join(["1.5"] * 63) + "]}]}",
        "none": '{"format": 1, "favourites": []}',
        "nan": '{"format": 1, "favourites": [{"z": [' + ",".join(["NaN"] * 64) + "]}]}",
        "typo": '{"format": 1, "favourites": [{"seed": 3, "nmae": "Bell"}]}',
        "good": '{"format": 1, "favourites": [{"seed": 3}]}',
    }.items():
        (workplace / f"{name}.json").write_text(text)
    if there:
        assert cli("export", "--count", "1").exit_code == 0
    before = describe(workplace)

    assert error_of(cli("export", "tiny", *options)) == says
    assert describe(workplace) == before
