"""Checks of a run: figures, previews and a best checkpoint, and whoever watches may stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile
from PIL import Image

from mirage_gan.base import files
from mirage_gan.folders import run_log, runs
from mirage_gan.models import checkpoint
from mirage_gan.pages import preview
from mirage_gan.pages.preview import Shown
from mirage_gan.training.train import train
from tests.support.trainings import assert_same, logged, tiny

if TYPE_CHECKING:
    from pathlib import Path


# what a run holds


def test_each_check_is_logged_with_all_its_figures(unbroken: Path) -> None:
    lines = run_log.load(unbroken)

    assert [line["step"] for line in lines] == [10, 20, 30, 40]
    for line in lines:
        assert np.isfinite(list(line.values())).all()
        assert all(0 <= line[key] <= 1 for key in ("belief_real", "belief_fake", "coverage", "recall", "precision"))


def test_previews_can_be_seen_and_heard(unbroken: Path) -> None:
    for step in (10, 20, 30, 40):
        with Image.open(unbroken / runs.PREVIEWS / f"step-{step:07}.png") as picture:
            picture.load()
            assert picture.mode == "L"
            assert picture.width * picture.height >= 64 * 64 * 2 * 64  # 64 loops, each above its spectrum
            assert np.ptp(np.asarray(picture)) == 255
        sound, rate_hz = soundfile.read(unbroken / runs.PREVIEWS / f"step-{step:07}.wav")
        assert rate_hz == 29412
        assert len(sound) > 16 * 64
        assert 0.3 < np.abs(sound).max() <= 1


def test_previews_show_the_same_latents_every_time(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    again = train(tiny(dataset, tmp_path / "again", steps=10)).run

    for suffix in ("png", "wav"):
        name = f"step-0000010.{suffix}"
        assert (again / runs.PREVIEWS / name).read_bytes() == (unbroken / runs.PREVIEWS / name).read_bytes()


def test_previews_show_the_sounds_that_export_makes_of_the_first_seeds(unbroken: Path) -> None:
    sampler, state = runs.load_sampler(runs.checkpoint_path(unbroken, "last"))
    about = runs.load_config(unbroken).data

    shown = Shown.of(sampler.generate(range(64)), about.representation, about.source_samples, about.rate_hz)

    for suffix, content in zip((".png", ".wav"), preview.preview(shown), strict=True):
        assert runs.preview_path(unbroken, state.step, suffix).read_bytes() == content


def test_the_best_checkpoint_is_the_best_one_logged(unbroken: Path) -> None:
    lines = run_log.load(unbroken)
    tensors, about = checkpoint.load(runs.checkpoint_path(unbroken, "best"))
    scores = {line["step"]: line["score"] for line in lines}

    assert about["step"] == max(scores, key=lambda step: scores[step])  # the first of equals
    assert any(not name.startswith(runs.AVERAGE) for name in tensors)  # enough to go back to


# being watched


def test_whoever_watches_is_told_the_share_and_the_score_at_each_check(dataset: Path, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []

    def watch(share: float, score: float) -> bool:
        told.append((share, score))
        return True

    report = train(tiny(dataset, tmp_path / "run"), watch=watch)

    lines = run_log.load(report.run)
    assert [share for share, _ in told] == [0.25, 0.5, 0.75, 1.0]
    assert [score for _, score in told] == [line["score"] for line in lines]


def test_whoever_watches_can_stop_a_run_which_is_saved(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    report = train(tiny(dataset, tmp_path / "run"), watch=lambda share, _: share < 0.5)

    assert (report.step, report.finished) == (20, False)
    assert files.load_json(report.run / runs.REPORT)["step"] == 20
    assert checkpoint.load(runs.checkpoint_path(report.run, "last"))[1]["step"] == 20
    assert train(tiny(dataset, tmp_path / "run")).resumed_from == 20
    assert_same(tmp_path / "run", unbroken)
    assert logged(tmp_path / "run") == [10, 20, 30, 40]
