"""Variations in the latent space of a run are addresses in it, which other commands make again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import synth, wavfile
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.folders.outputs.favourites import Favourites
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pipeline.vary import vary
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.varying import VaryConfig
from tests.support.drums import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal


@pytest.fixture
def run(workplace: Path) -> Path:
    return workplace / "runs" / "tiny"


def written(folder: Path, signal: Signal) -> Path:
    path = folder / "mine.wav"
    path.write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    return path


@pytest.fixture
def config(run: Path, tmp_path: Path) -> VaryConfig:
    return VaryConfig(written(tmp_path, synth.loops()[5].signal), run=str(run), count=3, length="256")


def test_a_report_and_export_json_say_what_was_made(config: VaryConfig, run: Path, tmp_path: Path) -> None:
    report = vary(config, tmp_path / "export")

    assert report.names == [f"mine-var-{seed:02}.wav" for seed in range(3)]
    assert report.run == run
    assert report.distance is not None
    assert 0 < report.distance < 0.5
    assert report.novelty is not None
    assert report.novelty > max(0.02, report.distance)
    digest = files.sha256(runs.find_checkpoint(run, "best"))
    for about in exports.load(tmp_path / "export").files.values():
        assert (about["method"], about["run"], about["checkpoint_sha256"]) == ("run", "tiny", digest)
        assert about["address"].z is not None
    assert vary(config, tmp_path / "export").unchanged


def test_export_makes_them_again_from_their_addresses(config: VaryConfig, run: Path, tmp_path: Path) -> None:
    vary(config, tmp_path / "export")
    held = exports.load(tmp_path / "export").files
    liked = tmp_path / "liked.json"
    favourites.save(liked, Favourites([about["address"] for about in held.values()]))

    export(ExportConfig(run=str(run), favourites=liked, to=("wav",), length="256"), tmp_path / "again")

    assert sorted(path.name for path in (tmp_path / "again").glob("*.wav")) == sorted(held)
    for name in held:
        one, other = (soundfile.read(tmp_path / folder / name)[0] for folder in ("export", "again"))
        assert np.array_equal(one, other)


def test_without_an_amount_all_are_the_nearest_sound_and_more_leads_farther(config: VaryConfig, tmp_path: Path) -> None:
    def mean(amount: float) -> float:
        asked = dataclasses.replace(config, amount=amount, count=12, seed=0)
        vary(asked, tmp_path / f"by {amount}")
        found = [about["novelty"] for about in exports.load(tmp_path / f"by {amount}").files.values()]
        return float(np.mean(found))

    far = [mean(amount) for amount in (0, 0.3, 1)]

    assert far[0] == pytest.approx(vary(dataclasses.replace(config, amount=0), tmp_path / "none").distance, abs=1e-5)
    assert far == sorted(far)


def test_one_shots_are_found_in_a_run_of_one_shots(trained_oneshots: Path, tmp_path: Path) -> None:
    sound = written(tmp_path, drums(1, 0)[0])

    report = vary(VaryConfig(sound, run=str(trained_oneshots), count=2), tmp_path / "export")

    assert (report.kind, report.sounds) == ("oneshot", 2)
    assert report.distance is not None


def test_a_run_of_one_shots_as_they_were_is_refused(old_oneshots: Path, tmp_path: Path) -> None:
    sound = written(tmp_path, drums(1, 0)[0])

    with pytest.raises(ConfigError, match=r"one-shots as they were before 0\.4\.0: train again, or leave --run out"):
        vary(VaryConfig(sound, run=str(old_oneshots)), tmp_path / "export")


def test_a_sound_of_another_kind_is_refused(config: VaryConfig, run: Path, tmp_path: Path) -> None:
    drum = dataclasses.replace(config, sound=written(tmp_path, drums(1, 0)[0]))

    with pytest.raises(ConfigError, match=r"mine\.wav is a one-shot, and .*tiny makes loops: choose another"):
        vary(drum, tmp_path / "export")
    with pytest.raises(FolderError, match="nobody is not a run"):
        vary(dataclasses.replace(config, run="nobody"), tmp_path / "export")
    with pytest.raises(ConfigError, match="--run makes variations in its own way: leave out --method singan, or --run"):
        dataclasses.replace(config, method="singan")
    with pytest.raises(ConfigError, match="--checkpoint and --model are of a run"):
        VaryConfig(Path("mine.wav"), checkpoint="last")
    assert not (tmp_path / "export").exists()
