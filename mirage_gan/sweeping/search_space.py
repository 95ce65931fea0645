"""The search space of a sweep: every combination of a grid, or the distributions of a sampler."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import optuna

from mirage_gan.settings.sweeping import SWEPT, SweepConfig
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from optuna.trial import Trial

    from mirage_gan.training import plan


def combinations(config: SweepConfig) -> list[dict[str, Any]]:
    """Return the settings of every run of a grid: only those for which the user gave values."""
    given = {name: among for name in SWEPT if (among := distinct_values(config, name))}
    return [dict(zip(given, chosen, strict=True)) for chosen in itertools.product(*given.values())]


def distinct_values(config: SweepConfig, name: str) -> list[Any]:
    """Return the values of a setting without duplicates."""
    values = getattr(config, name)
    if name == "augment":  # the same augmentations may be written in several ways
        values = [",".join(TrainConfig(augment=value).symmetries) or "none" for value in values]
    return list(dict.fromkeys(values))


def run_config(config: SweepConfig, settings: dict[str, Any]) -> TrainConfig:
    """Return the training configuration of one run of a sweep.

    Raises
    ------
    ConfigError
        If the settings contradict each other.
    """
    limit: dict[str, Any] = {"steps": 0, "max_minutes": config.minutes_per_run}
    if config.steps:
        limit = {"steps": config.steps}
    shared = {name: getattr(config, name) for name in ("dataset", "model", "generator", "size", "device")}
    return TrainConfig(**shared, **settings, **limit)


def run_name(config: SweepConfig, planned: plan.TrainingPlan) -> str:
    """Return the name of a run; it contains the time limit, so that runs of different lengths are different runs."""
    return planned.name if config.steps else f"{planned.name}-{config.minutes_per_run:g}min"


def is_endless(config: SweepConfig) -> bool:
    """Return whether the search space is continuous, so that a sampler never runs out of new settings."""
    return any(isinstance(among, optuna.distributions.FloatDistribution) for among in _ranges(config).values())


def suggest(trial: Trial, config: SweepConfig) -> dict[str, Any]:
    """Return the settings of a trial: those that it was queued with, or else the sampler's suggestion."""
    chosen: dict[str, Any] = {}
    for name, among in _ranges(config).items():
        if isinstance(among, optuna.distributions.FloatDistribution):
            chosen[name] = trial.suggest_float(name, among.low, among.high, log=among.log)
        else:
            chosen[name] = trial.suggest_categorical(name, among.choices)
    return chosen


def _ranges(
    config: SweepConfig,
) -> dict[str, optuna.distributions.FloatDistribution | optuna.distributions.CategoricalDistribution]:
    """Return the distribution of each setting: log-uniform between the given learning rates, else categorical."""
    found: dict[str, optuna.distributions.FloatDistribution | optuna.distributions.CategoricalDistribution] = {}
    for name in SWEPT:
        values = distinct_values(config, name)
        if not values:
            continue
        if name in ("lr", "lr_d") and min(values) < max(values):
            found[name] = optuna.distributions.FloatDistribution(min(values), max(values), log=True)
        else:
            found[name] = optuna.distributions.CategoricalDistribution(values)
    return found
