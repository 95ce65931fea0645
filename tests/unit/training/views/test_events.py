"""What TensorBoard reads is what the log and the previews hold, once each, whatever stopped the training."""

from __future__ import annotations

import io
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from mirage_gan.base.errors import ConfigError
from mirage_gan.folders import run_log, runs
from mirage_gan.training import plan
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from mirage_gan.training.views import events
from tests.support.trainings import Impatient, Killed, interrupt, killing, poison, tiny

if TYPE_CHECKING:
    from pathlib import Path

installed = pytest.mark.skipif(find_spec("tensorboard") is None, reason="tensorboard is not installed")
SIZES = {"scalars": 0, "images": 0, "audio": 0}  # all that there are


def read(run: Path) -> Any:
    """Read the events of a run as TensorBoard does."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415 - an extra

    found = EventAccumulator(str(run / runs.EVENTS), size_guidance=SIZES)
    found.Reload()
    return found


def steps(run: Path) -> dict[str, list[int]]:
    """Return the steps of the score, the pictures and the sounds."""
    found = read(run)
    kinds = {"score": found.Scalars("checks/score"), "images": found.Images("seeds 0 to 63")}
    return {
        name: [each.step for each in kind] for name, kind in {**kinds, "audio": found.Audio("seeds 0 to 15")}.items()
    }


def at(*wanted: int) -> dict[str, list[int]]:
    return {name: list(wanted) for name in ("score", "images", "audio")}


@installed
def test_tensorboard_reads_the_figures_the_pictures_and_the_sounds_of_each_check(dataset: Path, tmp_path: Path) -> None:
    run = train(tiny(dataset, tmp_path / "run", tensorboard=True)).run
    found, log = read(run), run_log.load(run)

    assert steps(run) == at(10, 20, 30, 40)
    figures = {name for name, value in log[0].items() if isinstance(value, float) and name != "seconds"}
    tags = {tag.partition("/")[2]: tag for tag in found.Tags()["scalars"]}
    assert figures <= set(tags)
    for name in figures:
        values = {each.step: each.value for each in found.Scalars(tags[name])}
        assert [values[line["step"]] for line in log] == pytest.approx([line[name] for line in log])
    assert {tags[name].partition("/")[0] for name in ("loss_d", "belief_real")} == {"training"}
    times = [each.wall_time for each in found.Scalars("checks/score")]
    assert np.diff(times) == pytest.approx(np.diff([line["seconds"] for line in log]), abs=1e-3)


@installed
def test_pictures_and_sounds_are_the_bytes_of_the_previews(dataset: Path, tmp_path: Path) -> None:
    run = train(tiny(dataset, tmp_path / "run", steps=10, tensorboard=True)).run
    (image,), (audio,) = read(run).Images("seeds 0 to 63"), read(run).Audio("seeds 0 to 15")

    assert image.encoded_image_string == runs.preview_path(run, 10, ".png").read_bytes()
    assert (image.width, image.height) == Image.open(io.BytesIO(image.encoded_image_string)).size
    assert audio.encoded_audio_string == runs.preview_path(run, 10, ".wav").read_bytes()
    assert (audio.content_type, audio.sample_rate) == ("audio/wav", 29_412)
    assert audio.length_frames == len(audio.encoded_audio_string) - 44


@installed
def test_a_training_that_was_killed_goes_on_without_gaps_and_without_steps_that_occur_twice(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run", tensorboard=True)
    with killing(monkeypatch) as kill:
        interrupt(kill, Trainer, "advance", Killed, 25)
        train(config)
    (torn,) = (tmp_path / "run" / runs.EVENTS).iterdir()
    torn.write_bytes(torn.read_bytes()[:-100])

    is_open = read(tmp_path / "run")

    train(config)

    assert steps(tmp_path / "run") == at(10, 20, 30, 40)
    # a TensorBoard that was open all the time forgets what was written anew
    assert [each.step for each in is_open.Reload().Scalars("checks/score")] == [10, 20, 30, 40]
    train(config)  # it is finished; files that were emptied do not pile up
    assert sum(path.stat().st_size > 0 for path in (tmp_path / "run" / runs.EVENTS).iterdir()) == 1
    assert len(list((tmp_path / "run" / runs.EVENTS).iterdir())) == 2
    assert steps(tmp_path / "run") == at(10, 20, 30, 40)


@installed
def test_a_run_that_goes_back_forgets_the_events_after_that(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, 35)
    run = train(tiny(dataset, tmp_path / "run", tensorboard=True)).run

    logged = [line["step"] for line in run_log.load(run)]
    assert logged[-1] == 40
    assert steps(run) == at(*logged)


@installed
def test_a_run_that_was_trained_without_events_gets_them_later(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(unbroken, run)
    runs.preview_path(run, 20, ".png").unlink()

    assert train(tiny(dataset, run, tensorboard=True)).resumed_from == 40

    assert steps(run) == {**at(10, 20, 30, 40), "images": [10, 30, 40]}


@installed
def test_lines_of_progress_are_points_of_the_curves_of_the_training(dataset: Path, tmp_path: Path, clock: None) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run", tensorboard=True), Impatient(18))
    found = read(tmp_path / "run")

    assert [each.step for each in found.Scalars("training/loss_g")] == [
        line["step"] for line in run_log.RunLog(tmp_path / "run").rows
    ]
    assert len(found.Scalars("training/loss_g")) > len(found.Scalars("checks/score")) == 1


def test_events_are_no_part_of_what_a_run_is(dataset: Path, unbroken: Path) -> None:
    with_events, without = (plan.resolve(tiny(dataset, None, tensorboard=wanted)) for wanted in (True, False))
    assert (with_events.name, with_events.identity) == (without.name, without.identity)
    assert not (unbroken / runs.EVENTS).exists()


def test_without_tensorboard_one_line_says_what_to_install_before_anything_is_written(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError) as caught:
        train(tiny(dataset, tmp_path / "run", tensorboard=True))

    assert str(caught.value) == (
        "--tensorboard needs a package that is not installed: pip install 'mirage-gan[tensorboard]', or leave the "
        "option out"
    )
    assert not (tmp_path / "run").exists()
