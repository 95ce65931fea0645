"""Names of files say which sound or disk it is, suit every file system, and are never given twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.naming import WAVSYN, DiskNumbers, collection_stem, sound_stems
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.addresses import a_latent, addresses, of_seeds

if TYPE_CHECKING:
    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.models.addresses import Mix

Z: Final = Address(z=a_latent())
KINDS: Final = [Address(17), Address(17, 0.2, 3), Z]


def stems(*places: Address, run: str = "run", version: int = 1, **settings: Any) -> list[str]:
    """Return the stems of sounds, in their order."""
    found = sound_stems(places, run, ExportConfig(**settings), version)
    assert list(found) == list(places)
    return list(found.values())


# --- sounds


@pytest.mark.parametrize(
    ("mixes", "name"),
    [
        (((("bass", 1.0),), (("bass", 1.0),)), "run-seed000000-bass"),
        (((("bass", 1.0),), (("pad", 1.0),)), "run-seed000000"),
        (((), ()), "run-seed000000"),
    ],
)
def test_a_file_of_all_sounds_is_called_after_the_first_and_its_class_if_all_are_of_it(
    mixes: tuple[Mix, ...], name: str
) -> None:
    addresses = [Address(seed, mix=mix) for seed, mix in enumerate(mixes)]
    assert collection_stem(addresses, "run", ExportConfig()) == name


def test_a_sound_is_called_after_its_run_and_its_address_or_by_its_own_name() -> None:
    assert stems(*KINDS) == ["run-seed000017", "run-seed000017-near0.2-03", f"run-{Z}"]
    assert stems(Address(17, name="Glass Bell"), Address(3)) == ["Glass Bell", "run-seed000003"]


def test_a_prefix_takes_the_place_of_the_run() -> None:
    assert stems(*KINDS, prefix="Set 1") == ["Set 1-seed000017", "Set 1-seed000017-near0.2-03", f"Set 1-{Z}"]
    assert stems(Address(17, name="Bell"), Address(3), prefix="Set 1") == ["Set 1-Bell", "Set 1-seed000003"]
    assert stems(Address(17, name="Bell"), Address(3), prefix="") == ["Bell", "seed000003"]


def test_a_ranked_sound_is_called_by_its_rank_too() -> None:
    assert stems(Address(9), Address(2), rank="novelty") == ["run-rank001-seed000009", "run-rank002-seed000002"]


def test_a_version_ends_every_name() -> None:
    assert stems(Address(17), Address(3, name="Bell"), version=3) == ["run-seed000017-3", "Bell-3"]


@pytest.mark.parametrize("name", ["Bell", "bell", "BELL", " Bell ", "Bell.", "Bell..."])
def test_two_equal_names_are_refused(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stems(Address(3, name="Bell"), Address(17, name=name))

    assert str(caught.value) == f"two sounds would be called {name.strip(' .')!r}: give each a name of its own"


@pytest.mark.parametrize("pair", [("a/b", "a:b"), ("...", "sound"), ("x" * 200, "x" * 201), ("Straße", "STRASSE")])
def test_two_names_that_become_equal_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"^two sounds would be called '.*': give each a name of its own$"):
        stems(*(Address(seed, name=name) for seed, name in enumerate(pair)))


def test_a_name_that_is_the_file_of_another_sound_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"^two sounds would be called 'run-seed000003': give each a name of its own$"
    ):
        stems(Address(3), Address(17, name="run-seed000003"))


ODD_RUNS = [
    "a:b",
    'quo"te',
    "back\\slash",
    "CON",
    "nul.old",
    "trailing. ",
    "..",
    "Übung 1",
    "🥁",
    "line\nbreak",
    "x" * 240,
]


@pytest.mark.parametrize("run", ODD_RUNS, ids=lambda run: ascii(run)[:20])
@pytest.mark.parametrize("how", ["run", "prefix"])
def test_a_run_or_a_prefix_of_any_name_gives_names_that_all_systems_allow(run: str, how: str) -> None:
    places = [*of_seeds(range(48)), *KINDS[1:]]
    found = stems(*places, run=run) if how == "run" else stems(*places, prefix=run)

    assert len({stem.casefold() for stem in found}) == len(places)
    for stem, place in zip(found, places, strict=True):
        assert stem.endswith(f"-{place.stem}")
        assert stem.startswith(files.allowed_name(stem))  # which shortens a name, and here replaces nothing
        assert len(f"{stem}-99-wavetable.wav".encode()) <= 255


@given(places=st.lists(addresses(st.text()), min_size=1, max_size=6, unique=True), prefix=st.none() | st.text())
def test_no_two_sounds_ever_share_a_name(places: list[Address], prefix: str | None) -> None:
    try:
        found = stems(*places, prefix=prefix)
    except ConfigError as error:
        assert str(error).startswith("two sounds would be called ")  # noqa: PT017 - only one of both is wanted
        return
    assert len({stem.casefold() for stem in found}) == len(places)


# --- disks

MADE: Final = {"run": "tiny", "settings": {"bits": 16}}
OTHER: Final = {"run": "tiny", "settings": {"bits": 24}}


def disks(*names: str, made: dict[str, Any] = MADE) -> Entries:
    """Return the entries of disks, and of the files beside them; those of format 1 do not say their stem."""
    found: Entries = {name: dict(made) for name in names}
    for name, entry in found.items():
        if not re.search("sheet|preview", name):
            entry["sounds"] = []
            if "seed" not in name:
                entry["stem"] = re.sub(r"(-[LU][123])?\.\w+$", "", name.rpartition("/")[2])
    return found


def test_disks_are_numbered_from_one() -> None:
    assert DiskNumbers({}, MADE).stems([""] * 3) == ["MIR01", "MIR02", "MIR03"]
    assert DiskNumbers({}, MADE).stems([""] * 0) == []
    assert DiskNumbers({}, MADE).stems([WAVSYN] * 2) == ["MIR01-wavsyn", "MIR02-wavsyn"]


def test_disks_are_numbered_on() -> None:
    known = disks("MIR01.img", "gotek/MIR04.img", "MIR02-wavsyn.raw", "MIR03-L1.syx", made=OTHER)

    assert DiskNumbers(known, MADE).stems([""] * 2) == ["MIR05", "MIR06"]
    assert DiskNumbers(known, MADE).stems([WAVSYN] * 1) == ["MIR05-wavsyn"]


def test_more_than_99_disks_are_numbered_on() -> None:
    known = disks(*(f"MIR{number:02}.img" for number in range(1, 102)))

    assert DiskNumbers(known, MADE).stems([""] * 101)[-3:] == ["MIR99", "MIR100", "MIR101"]
    assert DiskNumbers(known, OTHER).stems([""] * 2) == ["MIR102", "MIR103"]


@pytest.mark.parametrize("ending", [".img", ".edm", ".hfe", "-L1.syx"])
def test_the_same_call_finds_its_disks_whatever_format_it_made(ending: str) -> None:
    known = disks("MIR01.img", made=OTHER) | disks(f"MIR02{ending}", f"MIR03{ending}", "MIR02-sheet.txt")

    assert DiskNumbers(known, MADE).stems([""] * 2) == ["MIR02", "MIR03"]


def test_a_file_for_wavsyn_is_no_disk_and_a_disk_is_no_file_for_wavsyn() -> None:
    known = disks("MIR01.img", "MIR02.img", "MIR01-wavsyn.raw")

    assert DiskNumbers(known, MADE).stems([""] * 2) == ["MIR01", "MIR02"]
    assert DiskNumbers(known, MADE).stems([WAVSYN] * 1) == ["MIR01-wavsyn"]


@pytest.mark.parametrize("stem", ["tiny-play-seed000000", "my.run-split8-seed000012", "MIR-single-seed000003"])
def test_disks_of_before_0_5_0_keep_their_names(stem: str) -> None:
    known = disks(f"{stem}.img", f"gotek/{stem}.img", f"{stem}-sheet.txt", "tiny-wavsyn-seed000000.raw")

    assert DiskNumbers(known, MADE).stems([""] * 1) == [stem]
    assert DiskNumbers(known, MADE).stems([WAVSYN] * 1) == ["tiny-wavsyn-seed000000"]
    assert DiskNumbers(known, OTHER).stems([""] * 1) == ["MIR01"]


def test_a_prefix_has_numbers_of_its_own() -> None:
    known = disks("MIR01.img", "MIR02.img", "LIVE01.img", made=OTHER)

    assert DiskNumbers(known, MADE, "LIVE").stems([""] * 2) == ["LIVE02", "LIVE03"]
    assert DiskNumbers(known, MADE, "live").stems([""] * 1) == ["live02"]  # Windows does not tell them apart
    assert DiskNumbers(known, MADE, "A:B/C").stems([""] * 1) == ["A_B_C01"]
    assert DiskNumbers(known, MADE, "(a+").stems([""]) == ["(a+01"]


def test_the_same_call_with_another_prefix_makes_disks_of_that_name() -> None:
    known = disks("MIR01.img", "tiny-play-seed000000.img")

    assert DiskNumbers(known, MADE, "LIVE").stems([""] * 1) == ["LIVE01"]
    known |= disks("LIVE01.img")
    assert DiskNumbers(known, MADE, "LIVE").stems([""] * 1) == ["LIVE01"]
    assert DiskNumbers(disks("LIVE01.img"), MADE).stems([""] * 1) == ["MIR01"]


@pytest.mark.parametrize("prefix", ODD_RUNS, ids=lambda run: ascii(run)[:20])
def test_a_prefix_of_any_name_finds_its_disks_again(prefix: str) -> None:
    (stem,) = DiskNumbers({}, MADE, prefix).stems([""] * 1)

    assert stem.startswith(files.allowed_name(stem))
    assert stem.endswith("01")
    assert DiskNumbers(disks(f"{stem}.img"), MADE, prefix).stems([""] * 1) == [stem]
    assert DiskNumbers(disks(f"{stem}.img", made=OTHER), MADE, prefix).stems([""] * 1) != [stem]
