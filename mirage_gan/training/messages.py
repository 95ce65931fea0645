"""The messages of a training for its user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.base.progress import time_left
from mirage_gan.judging.scoring import COMPARED
from mirage_gan.models import families
from mirage_gan.models.classes import FEW
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.tables.families import AUTO
from mirage_gan.settings.training import DEFAULT_LR, MAX_STEPS, MIN_STEPS
from mirage_gan.settings.wording import WORDS
from mirage_gan.training.step import process_group
from mirage_gan.training.step.trainer import MOST_BALANCED
from mirage_gan.waves.spectrogram import ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.training.budget import Budget
    from mirage_gan.training.plan import TrainingPlan
    from mirage_gan.training.step.trainer import Stats

_LONG_HOURS: Final = 1.0  # above this, a time limit or a higher rate is suggested


def subject(plan: TrainingPlan) -> str:
    """Return what is trained on which device and waves, as part of a line."""
    where = {"cpu": "the CPU", "cuda": "the GPU", "mps": "the Apple GPU"}[plan.device.type]
    where += ", in bf16" if plan.precision == torch.bfloat16 else ""
    processes = process_group.world_size()
    where += f", {processes} processes" if processes > 1 else ""
    model = f"{plan.spec.model} ({plan.spec.generator})" if plan.spec.generator else plan.spec.model
    shown_as = plan.train.representation
    what = "waves" if shown_as.is_line else "whole sounds" if shown_as.is_sound else KINDS_IN_WORDS[shown_as.kind]
    what = f"{what} of {shown_as.count(plan.spec.points)}"
    waves = f"{len(plan.train)} {what}, {len(plan.holdout)} held out"
    return f"{model} of width {plan.spec.width} on {where}, {waves}"


def beginning(plan: TrainingPlan, run: Path, resumed_from: int | None) -> list[str]:
    """Return lines on the model, the device, the data and the length of a training that begins or resumes."""
    train, holdout = len(plan.train), len(plan.holdout)
    lines = [f"{subject(plan)}; run {run}"]
    if plan.config.model == AUTO:
        kind = KINDS_IN_WORDS[plan.about["kind"]]
        best = f": of the models, it scored best for {kind} where that was measured, which is on CPUs"
        is_measured = plan.train.representation.is_sound
        lines.append(f"--model auto is {plan.spec.model}{best if is_measured else f', for {kind}'}")
    if plan.step_settings.balance and train > MOST_BALANCED:
        lines.append(
            f"--balance is off: to find those alike among more than {MOST_BALANCED:,} waves would take too long"
        )
    compared = {name: min(count, COMPARED[name]) for name, count in (("train", train), ("holdout", holdout))}
    if (compared["train"], compared["holdout"]) != (train, holdout):
        lines.append(
            f"checks compare with {compared['train']:,} of the waves and {compared['holdout']:,} of those held out, "
            "drawn at random and always the same"
        )
    if resumed_from is not None:
        lines.append(f"going on from step {resumed_from}")
    elif plan.start is not None:
        lines.append(f"begins with the weights of {plan.start.name}, at its best checkpoint")
    if plan.spec.classes:
        lines += _on_classes(plan)
    if plan.steps is not None:
        travel, lr = families.variant_of(plan.spec).travel, plan.step_settings.lr
        rule = f" ({travel:g} / lr {lr:g}, within {MIN_STEPS:,} and {MAX_STEPS:,})"
        if plan.config.epochs:
            rule = f" ({plan.config.epochs:,} epochs)"
        lines.append(f"{plan.steps:,} steps{'' if plan.config.steps else rule}")
    else:
        lines.append(f"for {plan.config.max_minutes:g} minutes")
    return lines


def _on_classes(plan: TrainingPlan) -> list[str]:
    """Return lines on the classes that are learned."""
    blend = plan.step_settings.blend
    over = f", blended in over the first {blend:,} steps" if blend else ""
    lines = [f"{plan.spec.classes} classes{over}"]
    if small := [f"{name} ({count})" for name, count in plan.about["classes"] if count < FEW]:
        things = WORDS[plan.about["kind"]].many
        lines.append(f"of fewer than {FEW} {things}, a class is hardly learned: {', '.join(small)}")
    return lines


def smaller(plan: TrainingPlan) -> str:
    """Return what to make smaller if the training needs more memory than there is."""
    now = {"batch-size": plan.step_settings.batch_size, "width": plan.spec.width}
    points = f"or preprocess with fewer --points (now {plan.spec.points})"
    if not plan.train.representation.is_sound:
        points = f"or smaller {KINDS_IN_WORDS[plan.about['kind']]}"
    elif not plan.train.representation.is_line:
        points = f"or preprocess with fewer --frames (now {plan.spec.points // ROWS})"
    elif "size" in families.variant_of(plan.spec).options:
        points = f"or a smaller --size (now {plan.spec.points})"
    return f"choose a smaller {' or '.join(f'--{name} (now {value})' for name, value in now.items())}, {points}"


def duration(steps: int, steps_a_second: float, *, limited: bool) -> list[str]:
    """Return lines on how long `steps` steps take, with a remedy if that is long and no time limit is set."""
    hours = steps / steps_a_second / 3600
    about = f"{hours:.1f} hours" if hours > 1 else f"{60 * hours:.0f} minutes"
    lines = [f"{steps_a_second:.1f} steps a second: the steps take about {about}"]
    if hours > _LONG_HOURS and not limited:
        lines.append(
            "--max-minutes 30 ends it sooner, to go on later by the same command; and a higher rate such as "
            f"--lr {DEFAULT_LR:g} needs fewer steps"
        )
    return lines


def used(budget: Budget, step: int, steps_a_second: float | None) -> str:
    """Return how much of the time is used and how much is left, as part of a line on the progress.

    Parameters
    ----------
    budget : Budget
    step : int
    steps_a_second : float, optional
        None while the speed is not known yet: then only a time limit says what is left.
    """
    of_time = (
        f", {100 * budget.share_of_time:.0f} % of {budget.minutes:g} minutes" if budget.minutes is not None else ""
    )
    left = budget.left(step, steps_a_second)
    return of_time + ("" if left is None else f", {time_left(left)}")


def balance(kind: str) -> str:
    """Return what the shares mean that `so_far` tells of a kind of data."""
    return (
        f"taken for real: the share of your {WORDS[kind].many}, and of its own, that the discriminator believes in; at "
        "50% and 50% it cannot tell them apart, at 100% and 0% the generator cannot keep up: then lower --lr-d"
    )


def so_far(found: Mapping[str, float], stats: Stats, kind: str, *, held_out: bool) -> str:
    """Return what the latest check found of a kind of data, as the rest of a line on the progress."""
    judges = "held-out" if held_out else "training"
    return (
        f", covers {found['coverage']:.0%} of the {judges} {WORDS[kind].many} so far; taken for real: "
        f"{stats.belief_real:.0%} of yours, {stats.belief_fake:.0%} of its own"
    )


def verdict(judgment: Judgment, trend: str) -> str:
    """Return the verdict on the best checkpoint, and the trend of the scores, as one line."""
    return f"{judgment.verdict} (the best checkpoint is of step {judgment.step:,}; {trend})"
