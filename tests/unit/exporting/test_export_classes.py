"""Exports of runs that know classes: a name names one sound, and what does not apply is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import rendering
from mirage_gan.exporting.export import export
from mirage_gan.exporting.order import make_sound
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports
from mirage_gan.mirage import pcm
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.addresses import a_latent
from tests.support.exports import asked, contents, entries, named

if TYPE_CHECKING:
    from pathlib import Path

PULSE, SINE = (("pulse", 1.0),), (("sine", 1.0),)


def bytes_of(run: Path, out: Path, **settings: Any) -> dict[str, bytes]:
    export(named(run, **settings), out)
    return contents(out)


def test_all_sounds_are_of_the_class_that_is_asked_for(conditional: Path, tmp_path: Path) -> None:
    export(asked(conditional, class_="sine"), tmp_path / "out")

    assert list(entries(tmp_path / "out")) == [f"classes-seed{seed:06}-sine.pcm" for seed in range(4)]
    assert [entry["address"] for entry in entries(tmp_path / "out").values()] == [
        {"seed": seed, "class": "sine"} for seed in range(4)
    ]
    nearest = Counter(entry["nearest"][:4] for entry in entries(tmp_path / "out").values())
    assert nearest["sine"] >= 3


def test_without_a_class_each_seed_draws_its_own_and_is_the_sound_of_that_name(
    conditional: Path, tmp_path: Path
) -> None:
    export(asked(conditional, count=8), tmp_path / "drawn")

    drawn = contents(tmp_path / "drawn")
    classes = runs.load_data(conditional).classes
    assert sorted(drawn) == sorted(f"classes-seed{seed:06}-{classes.draw(seed)}.pcm" for seed in range(8))
    for seed in range(8):
        one = bytes_of(conditional, tmp_path / "one", seeds=str(seed), class_=classes.draw(seed))
        assert one.items() <= {**drawn, **one}.items()
    assert contents(tmp_path / "one") == drawn


def test_the_same_seed_is_another_sound_in_another_class(conditional: Path, tmp_path: Path) -> None:
    sounds = {name: bytes_of(conditional, tmp_path / name, seeds="5", class_=name) for name in ("pulse", "sine")}

    assert len(set(map(frozenset, (each.values() for each in sounds.values())))) == 2


def test_a_mix_is_named_by_its_shares_and_found_again_by_export_json(conditional: Path, tmp_path: Path) -> None:
    export(asked(conditional, count=2, class_mix="pulse:0.75,sine:0.25"), tmp_path / "out")

    known = exports.load(tmp_path / "out")
    assert list(known.files) == [f"classes-seed{seed:06}-pulse0.75-sine0.25.pcm" for seed in range(2)]
    found = [entry["address"] for entry in known.files.values()]
    assert found == [Address(seed, mix=(("pulse", 0.75), ("sine", 0.25))) for seed in range(2)]
    assert export(asked(conditional, count=2, class_mix="pulse:0.75,sine:0.25"), tmp_path / "out").unchanged


def test_a_mix_of_one_class_alone_is_that_class(conditional: Path) -> None:
    sampler, _ = runs.load_sampler(runs.checkpoint_path(conditional, "best"))

    whole, mixed, pulse = sampler.generate(
        [Address(3, mix=SINE), Address(3, mix=(("sine", 0.5), ("pulse", 0.5))), Address(3, mix=PULSE)]
    )
    assert np.array_equal(whole, sampler.generate([Address(3, mix=(("sine", 1.0),))])[0])
    assert not np.array_equal(mixed, whole)
    assert not np.array_equal(mixed, pulse)


def test_favourites_keep_their_classes_and_others_take_the_one_asked_for(conditional: Path, tmp_path: Path) -> None:
    liked = [{"seed": 3, "class": "sine"}, {"seed": 4}, {"seed": 5, "mix": {"sine": 0.5, "pulse": 0.5}}]
    (tmp_path / "liked.json").write_text(json.dumps({"format": 1, "favourites": liked}), encoding="utf-8")

    export(named(conditional, favourites=tmp_path / "liked.json", class_="pulse"), tmp_path / "out")

    assert [entry["address"] for entry in entries(tmp_path / "out").values()] == [
        {"seed": 3, "class": "sine"}, {"seed": 4, "class": "pulse"}, liked[2]
    ]  # fmt: skip


def test_a_latent_of_a_mix_is_exported_as_the_sound_of_that_mix(conditional: Path, tmp_path: Path) -> None:
    z, mix = a_latent(), (("sine", 0.95), ("pulse", 0.05))
    liked = {"format": 1, "favourites": [{"z": list(z), "mix": dict(mix)}]}
    (tmp_path / "liked.json").write_text(json.dumps(liked), encoding="utf-8")

    made = bytes_of(conditional, tmp_path / "out", favourites=tmp_path / "liked.json")

    (path,) = made
    wave = sampled(conditional, Address(z=z, mix=mix))
    assert Address(z=z, mix=mix).stem in path
    assert made[path] == wave
    assert made[path] != sampled(conditional, Address(z=z, mix=SINE))


def sampled(run: Path, address: Address) -> bytes:
    """Return the samples of an address, made without an export."""
    config = ExportConfig(run=str(run))
    shape = rendering.choose_shape(config, runs.load_config(run))
    waves = runs.load_sampler(runs.checkpoint_path(run, "best"))[0].generate([address])
    return pcm.encode(make_sound(shape, shape.representation.normalize(waves)[0]).signal).tobytes()


def test_disks_of_another_class_are_other_disks(conditional: Path, tmp_path: Path) -> None:
    for name in ("sine", "pulse"):
        export(asked(conditional, to=("disk",), count=4, class_=name), tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").glob("*.img")) == ["MIR01.img", "MIR02.img"]
    assert export(asked(conditional, to=("disk",), count=4, class_="sine"), tmp_path / "out").unchanged


def test_a_ranking_takes_sounds_of_the_class_alone(conditional: Path, tmp_path: Path) -> None:
    export(asked(conditional, count=2, rank="quality", class_="pulse"), tmp_path / "out")

    assert {entry["address"]["class"] for entry in entries(tmp_path / "out").values()} == {"pulse"}


def test_what_does_not_apply_is_refused_by_name_and_nothing_is_written(
    conditional: Path, trained: Path, tmp_path: Path
) -> None:
    refused = {
        "class lead: this run has no such class; there are pulse, sine": asked(conditional, class_="lead"),
        "class sine: this run has no classes; train one with --conditional": asked(trained, class_="sine"),
        "class pad: this run has no classes": asked(trained, class_mix="pad:0.5,sine:0.5"),
    }
    for message, config in refused.items():
        with pytest.raises(ConfigError, match=message):
            export(config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_latent_among_the_favourites_needs_a_class(conditional: Path, tmp_path: Path) -> None:
    liked = {"format": 1, "favourites": [{"z": list(a_latent()), "name": "Bell"}]}
    (tmp_path / "liked.json").write_text(json.dumps(liked), encoding="utf-8")

    with pytest.raises(ConfigError, match="Bell is a latent that says no class, and this run has some: add --class"):
        export(named(conditional, favourites=tmp_path / "liked.json"), tmp_path / "out")
    assert bytes_of(conditional, tmp_path / "out", favourites=tmp_path / "liked.json", class_="sine").keys() == {
        "Bell.pcm"
    }
