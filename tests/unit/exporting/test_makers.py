"""Every format goes through one interface: what it announces is what it makes, and a new one is a row and a maker."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import makers
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.exporting.sounds.sound_files import SoundFiles
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports
from mirage_gan.mirage import pcm
from mirage_gan.mirage.formats import hfe
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.settings.tables import formats
from mirage_gan.settings.tables.formats import FORMATS, MORPH, Format
from mirage_gan.waves import representation
from tests.support.addresses import of_seeds
from tests.support.packed import sound_of

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.addresses import Place

PERIOD = 256


def order_of(form: str, layout: str = "play", count: int = 10, **settings: object) -> ExportOrder:
    of_disks = layout if form in formats.knowing("layout") else None
    config = dataclasses.replace(ExportConfig(to=(form,), count=count, layout=of_disks), **settings)  # type: ignore[arg-type]
    shape = SoundShape(representation.of_kind(LOOP), PERIOD, 1, "periodic")
    return ExportOrder(config, shape, "run", None, of_seeds(range(count)), DiskNumbers({}, {}))


def made(order: ExportOrder, form: str) -> list[makers.File]:
    random = np.random.default_rng(0)
    waves = random.uniform(-1, 1, (len(order.addresses), 64)).astype(np.float32)
    sounds: dict[Place, makers.Sound] = {
        address: sound_of(wave, order.shape) for address, wave in zip(order.addresses, waves, strict=True)
    }
    return list(makers.make_maker(form, order).files(sounds))


@pytest.mark.parametrize("form", formats.exported())
@pytest.mark.parametrize("layout", ["play", "split8", "single"])
def test_a_format_makes_the_files_that_it_announced(form: str, layout: str) -> None:
    order = order_of(form, layout, preview=form in formats.knowing("preview"))
    announced = makers.make_maker(form, order).names()

    found = [file.name for file in made(order, form)]

    assert sorted(found) == sorted(announced)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("form", formats.exported())
def test_only_a_format_of_single_sounds_says_which_sound_a_file_holds(form: str) -> None:
    order = order_of(form)

    places = [file.place for file in made(order, form)]

    each = len(places) // len(order.addresses)
    own = [address for address in order.addresses for _ in range(each)]
    assert places == ([None] * len(places) if LOOP in FORMATS[form].holds_many else own)


def test_edm_is_the_same_bytes_under_another_name() -> None:
    images = {file.name: file.content for file in made(order_of("disk"), "disk")}
    others = {file.name: file.content for file in made(order_of("edm"), "edm")}

    assert others["MIR01.edm"] == images["MIR01.img"]


def test_hfe_holds_the_same_disk() -> None:
    images = {file.name: file.content for file in made(order_of("disk"), "disk")}
    tracks = {file.name: file.content for file in made(order_of("hfe"), "hfe")}["MIR01.hfe"]

    assert tracks.startswith(b"HXCPICFE")
    assert hfe.parse(tracks) == images["MIR01.img"]


def test_a_sound_is_rendered_once_however_many_formats_ask_for_it() -> None:
    asked: list[None] = []

    def render() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        asked.append(None)
        return np.zeros(4, np.float32)

    shown_as = representation.of_kind(LOOP)
    sound = makers.Sound(shown_as, True, None, render=render, cycles=lambda _: np.zeros((1, 4), np.float32))

    assert sound.signal is sound.signal
    assert len(asked) == 1


# --- a new format is a maker and a row


class Backwards(SoundFiles):
    ending = ".backwards"

    def encode(self, sound: makers.Sound) -> bytes:
        return pcm.encode(sound.signal[::-1]).tobytes()


BACKWARDS = Format("samples from the last to the first", (LOOP, ONE_SHOT, MORPH), f"{__name__}:Backwards")


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "backwards", BACKWARDS)


@pytest.mark.usefixtures("backwards")
def test_a_new_format_is_exported_listed_and_found_unchanged(trained: Path, tmp_path: Path) -> None:
    config = ExportConfig(run=str(trained), to=("pcm", "backwards"), count=3)

    first = export(config, tmp_path / "out")
    second = export(config, tmp_path / "out")

    assert (first.files, first.unchanged, second.unchanged) == (6, False, True)
    listed = exports.load(tmp_path / "out").files
    for seed in range(3):
        name = f"{trained.name}-seed{seed:06}"
        assert {f"{name}.pcm", f"{name}.backwards"} <= set(listed)
        plain, turned = ((tmp_path / "out" / f"{name}.{form}").read_bytes() for form in config.to)
        assert turned == plain[::-1]


@pytest.mark.usefixtures("backwards")
def test_a_new_format_that_takes_a_morph_is_offered_by_morph(trained: Path, tmp_path: Path) -> None:
    report = morph(MorphConfig(run=str(trained), seed=(1, 2), to=("pcm", "backwards")), tmp_path / "out")

    turned, plain = (tmp_path / "out" / name for name in report.files)
    assert turned.suffix == ".backwards"
    assert turned.read_bytes() == plain.read_bytes()[::-1]


def test_a_format_that_is_no_row_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"--to is backwards; choose from pcm, wav, .*syx"):
        ExportConfig(to=("backwards",))


def test_a_format_refuses_a_kind_of_sound_that_it_does_not_take(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "hit", dataclasses.replace(FORMATS["pcm"], kinds=(ONE_SHOT,)))
    assert runs.load_config(trained).data.kind == "loop"

    with pytest.raises(
        ConfigError, match=f"--to hit is for one-shots, and {trained.name} makes loops: choose --to pcm, wav"
    ):
        export(ExportConfig(run=str(trained), to=("hit",)), tmp_path / "out")

    assert not (tmp_path / "out").exists()
