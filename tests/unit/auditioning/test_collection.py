"""What the page shows is what an export makes, with figures that are true."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.auditioning.collection import Collection, collect
from mirage_gan.base.progress import SILENT
from mirage_gan.exporting import rendering
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.mirage import pcm, tuning
from mirage_gan.mirage.spec import HEADER_RATE_HZ, LOWER, RATE_HZ
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.exports import asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ADDRESSES = [Address(0), Address(3, 0.2, 1), Address(7, name="Glass Bell")]


def collected(run: Path, addresses: Sequence[Address] = ADDRESSES, **settings: object) -> Collection:
    shape = rendering.choose_shape(ExportConfig(run=str(run), **settings), runs.load_config(run))  # type: ignore[arg-type]
    sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"))
    return collect(addresses, sampler, runs.load_data(run), shape, SILENT)


def samples_of(held: Collection, at: Sequence[int]) -> bytes:
    return held.samples[at[0] : at[0] + at[1]]


@pytest.fixture(scope="module")
def loops(trained: Path) -> Collection:
    return collected(trained)


@pytest.fixture(scope="module")
def drums(trained_oneshots: Path) -> Collection:
    return collected(trained_oneshots)


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots", "old_oneshots"])
def test_the_samples_are_those_of_an_export(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    run = request.getfixturevalue(kind)
    held = collected(run, [Address(seed) for seed in range(3)])
    export(asked(run, count=3, to=("pcm",)), tmp_path / "export")
    written = [path.read_bytes() for path in sorted((tmp_path / "export").glob("*.pcm"))]
    assert [samples_of(held, sound["at"]) for sound in held.sounds] == written


def test_each_sound_says_its_address_and_what_people_call_it(loops: Collection) -> None:
    assert [sound["address"] for sound in loops.sounds] == [
        {"seed": 0},
        {"seed": 3, "spread": 0.2, "number": 1},
        {"seed": 7},
    ]
    assert [sound["label"] for sound in loops.sounds] == ["0", "3~0.2#1", "Glass Bell"]


def test_training_sounds_are_the_waves_of_the_run(loops: Collection, trained: Path) -> None:
    data = runs.load_data(trained)
    assert sorted(known["id"] for known in loops.known) == sorted(data.train_ids)
    shape = rendering.choose_shape(ExportConfig(run=str(trained)), runs.load_config(trained))
    for known in loops.known[:5]:
        wave = data.train.waves[data.train_ids.index(known["id"])]
        assert samples_of(loops, known["at"]) == pcm.encode(shape.render(wave, shape.period)).tobytes()


@pytest.mark.parametrize("kind", ["loops", "drums"])
def test_the_nearest_sound_and_its_distance_are_told(kind: str, request: pytest.FixtureRequest) -> None:
    held = request.getfixturevalue(kind)
    for sound in held.sounds:
        assert 0 <= sound["nearest"] < len(held.known)
        assert 0 <= sound["novelty"] <= 1
        assert sound["likeness"] == "a copy" or sound["likeness"].startswith(f"{sound['distance']:.1f} times")


def test_a_copy_is_called_one(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = runs.load_data(trained).train.waves[:1]
    monkeypatch.setattr("mirage_gan.models.sampling.Sampler.generate", lambda *_: np.repeat(wave, 3, axis=0))
    held = collected(trained)
    assert {sound["likeness"] for sound in held.sounds} == {"a copy"}
    assert held.known[held.sounds[0]["nearest"]]["id"] == runs.load_data(trained).train_ids[0]
    assert held.sounds[0]["map"] == pytest.approx(held.known[held.sounds[0]["nearest"]]["map"], abs=0.1)


def test_a_run_without_its_sounds_shows_none_and_says_nothing_of_novelty(trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    runs.leave_sources_out(run)
    held = collected(run)
    assert held.known == []
    assert [(sound["nearest"], sound["novelty"], sound["distance"], sound["likeness"]) for sound in held.sounds] == [
        (None, None, None, "")
    ] * 3


def test_a_loop_is_described_as_it_plays(loops: Collection) -> None:
    for sound in loops.sounds:
        length = sound["at"][1]
        assert sound["hz"] == pytest.approx(RATE_HZ / length, rel=1e-4)
        assert sound["seconds"] == pytest.approx(length / HEADER_RATE_HZ, abs=1e-4)
        assert sound["brightness"] >= 0.99 * sound["hz"]
        assert 0 <= sound["noisiness"] <= 1


def test_disks_tune_a_loop_so(loops: Collection) -> None:
    for sound in loops.sounds:
        coarse, fine = sound["tuning"]["lower"]
        word = tuning.frequency_word(57, coarse, fine, LOWER)
        assert word / 512 * RATE_HZ / sound["at"][1] == pytest.approx(220, rel=0.004)


def test_features_and_places_are_numbers_for_every_sound(drums: Collection) -> None:
    assert {len(sound["features"]) for sound in drums.sounds} == {12}
    for sound in [*drums.sounds, *drums.known]:
        assert len(sound["map"]) == 2
        assert all(0 <= value <= 1 for value in sound["map"])


def test_the_classes_of_a_run_are_told(trained: Path) -> None:
    data = runs.load_data(trained)
    held = collected(trained)
    classes = dict(zip(data.train_ids, data.train_classes or [], strict=True))
    assert all(known["class"] == classes[known["id"]] for known in held.known)
    assert all(sound["class"] == held.known[sound["nearest"]]["class"] for sound in held.sounds)


def test_only_some_training_sounds_are_shown_beside_those_that_are_near(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mirage_gan.auditioning.collection._KNOWN_LOOPS", 2)
    held = collected(trained)
    near = {sound["nearest"] for sound in held.sounds}
    assert len(near) < len(held.known) <= len(near) + 2
    assert near == set(range(len(near)))


def test_of_whole_training_sounds_those_alone_are_shown_that_are_near(drums: Collection) -> None:
    assert {sound["nearest"] for sound in drums.sounds} == set(range(len(drums.known)))
