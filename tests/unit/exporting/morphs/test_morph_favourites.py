"""A morph through favourites passes sounds of every kind of address, in the order of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import favourites
from mirage_gan.folders.outputs.favourites import Favourites
from mirage_gan.models.addresses import Address
from mirage_gan.settings.morphing import MorphConfig
from tests.support.addresses import a_latent
from tests.support.answers import error_of
from tests.support.morphs import make
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli

KINDS = [Address(17, name="Glass Bell"), Address(3), Address(17, 0.2, 3, name="Soft Bell"), Address(z=a_latent())]


def liked(folder: Path, *addresses: Address, **about: Any) -> Path:
    favourites.save(folder / "liked.json", Favourites(list(addresses), **about))
    return folder / "liked.json"


def through(run: Path, path: Path, *to: str) -> MorphConfig:
    return MorphConfig(str(run), favourites=path, to=to, frames=3)


def test_favourites_of_seeds_make_the_same_bytes_as_the_seeds(trained: Path, tmp_path: Path) -> None:
    path = liked(tmp_path, Address(17, name="Glass Bell"), Address(3))

    report = morph(through(trained, path, "wavetable", "pcm"), tmp_path / "liked")
    make(trained, tmp_path / "seeds", "wavetable", "pcm", seeds=(17, 3), frames=3)

    assert report.files == ["tiny-morph-000017-000003-wavetable.wav", "tiny-morph-000017-000003.pcm"]
    for name in report.files:
        assert (tmp_path / "liked" / name).read_bytes() == (tmp_path / "seeds" / name).read_bytes()


@pytest.mark.parametrize("form", ["pcm", "wav", "disk", "hfe", "gotek", "wavetable"])
def test_a_path_leads_through_all_kinds_of_sounds_into_every_format(trained: Path, tmp_path: Path, form: str) -> None:
    report = morph(through(trained, liked(tmp_path, *KINDS), form), tmp_path / "out")

    assert report.routes == ["17 3 17~0.2#3 " + str(KINDS[3])]
    assert all((tmp_path / "out" / name).is_file() for name in report.files)


def test_a_sound_that_gets_another_name_keeps_its_morph(trained: Path, tmp_path: Path) -> None:
    first = morph(through(trained, liked(tmp_path, *KINDS), "wavetable", "disk"), tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    renamed = liked(tmp_path, Address(17, name="Other"), *KINDS[1:])

    assert morph(through(trained, renamed, "wavetable", "disk"), tmp_path / "out") == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_another_checkpoint_or_run_is_said(trained: Path, tmp_path: Path) -> None:
    said = Recorder()
    other = files.sha256(runs.checkpoint_path(trained, "last"))
    path = liked(tmp_path, Address(3), Address(17), run="other", checkpoint_sha256=other)

    morph(through(trained, path, "wavetable"), tmp_path / "out", said)

    assert said.said == [
        f"the sounds of {path} were chosen from another run, other",
        f"the sounds of {path} were chosen from another checkpoint: they changed since",
    ]


def test_favourites_find_the_run_that_they_were_chosen_from(cli: Cli, workplace: Path) -> None:
    liked(workplace, Address(3), Address(17), run="tiny")

    result = cli("morph", "--favourites", "liked.json", "--to", "wavetable", "--frames", 2, "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["chosen_as"] == "its sounds are the favourites in liked.json"


@pytest.mark.parametrize("only", [(Address(3),), (Address(3), Address(3, name="Bell"))])
def test_one_sound_is_no_path(trained: Path, tmp_path: Path, only: tuple[Address, ...]) -> None:
    path = liked(tmp_path, *only)

    with pytest.raises(ConfigError) as caught:
        morph(through(trained, path, "pcm"), tmp_path / "out")

    assert str(caught.value) == f"{path} holds one sound, and a morph leads from one to another: add one"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--seed", 3, "--seed", 17), "--favourites names the sounds, and --seed does: leave one out"),
        (("--pairs", 2), "--favourites names the sounds, and --pairs does: leave one out"),
        ((), "gone.json is missing"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(cli: Cli, workplace: Path, options: tuple[object, ...], says: str) -> None:
    assert error_of(cli("morph", "--favourites", "gone.json", *options)) == says
    assert not (workplace / "export").exists()
