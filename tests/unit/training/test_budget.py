"""How long a run is trained: steps from the rate, minutes from the user."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.folders import runs
from mirage_gan.training import budget, plan
from mirage_gan.training import train as stage
from mirage_gan.training.budget import Budget
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import Impatient, Recorder, assert_same, logged, tiny

if TYPE_CHECKING:
    from pathlib import Path


# how long


@pytest.mark.parametrize(
    ("lr", "steps"),
    [(4e-6, 150_000), (1e-6, 200_000), (1e-9, 200_000), (5e-5, 12_000), (3e-4, 2_000), (7e-5, 8_571), (1.0, 2_000)],
)
def test_steps_follow_from_the_rate(dataset: Path, tmp_path: Path, lr: float, steps: int) -> None:
    heard = Recorder()
    report = train(tiny(dataset, tmp_path / "run", lr=lr, steps=None, max_minutes=0), heard)

    assert report.steps == steps
    assert f"{steps:,} steps (0.6 / lr {lr:g}, within 2,000 and 200,000)" in heard.said


def test_without_a_rate_the_default_one_decides(dataset: Path, tmp_path: Path, clock: None) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run", steps=None), Impatient(3))

    assert files.load_json(tmp_path / "run" / runs.MARKER)["steps"] == 2_000


def test_a_time_limit_alone_is_trained_for(dataset: Path, tmp_path: Path, clock: None) -> None:
    heard = Recorder()
    report = train(tiny(dataset, tmp_path / "run", steps=None, max_minutes=0.75), heard)

    assert (report.step, report.steps, report.finished) == (45, None, False)
    assert "for 0.75 minutes" in heard.said
    assert logged(report.run) == [10, 20, 30, 40, 45]
    assert runs.checkpoint_path(report.run, "last").is_file()


@pytest.mark.parametrize(("minutes", "step"), [(0.25, 15), (2.0, 40)])
def test_a_time_limit_and_steps_end_it_whichever_comes_first(
    dataset: Path, tmp_path: Path, clock: None, minutes: float, step: int
) -> None:
    report = train(tiny(dataset, tmp_path / "run", max_minutes=minutes))

    assert report.step == step
    assert report.finished == (step == 40)


def test_no_time_at_all_ends_at_once_and_cleanly(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    report = train(tiny(dataset, tmp_path / "run", max_minutes=0))

    assert (report.step, report.best_step, report.verdict) == (0, None, "not scored yet")
    assert train(tiny(dataset, tmp_path / "run")).finished
    assert_same(tmp_path / "run", unbroken)


def test_a_recipe_s_time_limit_counts_earlier_calls(dataset: Path, tmp_path: Path, clock: None) -> None:
    config = tiny(dataset, tmp_path / "run", max_minutes=0.25)
    train(config, minutes_in_all=True)

    assert train(config, minutes_in_all=True).step == 15
    assert train(dataclasses.replace(config, max_minutes=0.5), minutes_in_all=True).step == 30
    assert train(config).step == 40  # a command's own limit begins anew


def test_a_short_time_limit_is_used_up_too(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # steps of 7 ms: what is kept of the time must not be rounded away, or a recipe would never be done
    now = [0.0]
    advance = Trainer.advance

    def step(self: Trainer) -> None:
        advance(self)
        now[0] += 0.007

    monkeypatch.setattr(Trainer, "advance", step)
    for module in (stage, budget):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    config = tiny(dataset, tmp_path / "run", max_minutes=0.0007)  # 42 ms
    done = train(config, minutes_in_all=True).step

    assert train(config, minutes_in_all=True).step == done


def test_a_run_of_hours_is_announced_with_a_way_out(dataset: Path, tmp_path: Path, clock: None) -> None:
    heard = Impatient(31)
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run", lr=4e-6, steps=None), heard)

    said = "\n".join(heard.said)
    assert "41.7 hours" in said  # 150,000 steps of a second
    assert "--max-minutes 30" in said
    assert "--lr 0.0003" in said


# being watched


def test_where_time_is_the_limit_the_share_is_of_the_time(dataset: Path, tmp_path: Path, clock: None) -> None:
    shares: list[float] = []

    def watch(share: float, _score: float) -> bool:
        shares.append(share)
        return True

    config = tiny(dataset, tmp_path / "run", steps=0, max_minutes=0.5)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(12), minutes_in_all=True, watch=watch)
    report = train(config, minutes_in_all=True, watch=watch)

    assert (report.step, report.steps) == (30, None)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])  # of the time in all


# what is left


def test_what_is_left_is_what_ends_first(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: now[0]))
    made = plan.resolve(tiny(dataset, None, steps=400, max_minutes=2))
    limited = Budget(made, 30.0, minutes_in_all=True)
    unlimited = Budget(dataclasses.replace(made, config=tiny(dataset, None)), 0.0, minutes_in_all=False)
    now[0] = 30.0

    assert limited.left(100, None) == 60
    assert limited.left(100, 10.0) == 30
    assert limited.left(100, 1.0) == 60
    assert (limited.minutes, limited.share_of_time, limited.share(100)) == (2, 0.5, 0.25)
    assert unlimited.left(100, None) is None
    assert unlimited.left(100, 10.0) == 30
    assert unlimited.minutes is None
