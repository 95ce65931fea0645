"""What a sweep tries: every combination of a grid, or what a sampler may choose from."""

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
    """Return the settings of every run of a grid, those alone that vary or were given."""
    given = {name: among for name in SWEPT if (among := distinct_values(config, name))}
    return [dict(zip(given, chosen, strict=True)) for chosen in itertools.product(*given.values())]


def distinct_values(config: SweepConfig, name: str) -> list[Any]:
    """Return the values of a setting, each once."""
    values = getattr(config, name)
    if name == "augment":  # the same symmetries, however they are written
        values = [",".join(TrainConfig(augment=value).symmetries) or "none" for value in values]
    return list(dict.fromkeys(values))


def run_config(config: SweepConfig, settings: dict[str, Any]) -> TrainConfig:
    """Return the training that one run of a sweep is.

    Raises
    ------
    ConfigError
        If the settings do not go with each other.
    """
    limit: dict[str, Any] = {"steps": 0, "max_minutes": config.minutes_per_run}
    if config.steps:
        limit = {"steps": config.steps}
    shared = {name: getattr(config, name) for name in ("dataset", "model", "generator", "size", "device")}
    return TrainConfig(**shared, **settings, **limit)


def run_name(config: SweepConfig, planned: plan.TrainingPlan) -> str:
    """Return the name of a run; one of another time is another run, as one of other steps is."""
    return planned.name if config.steps else f"{planned.name}-{config.minutes_per_run:g}min"


def is_endless(config: SweepConfig) -> bool:
    """Tell whether a sampler can propose something new at any time."""
    return any(isinstance(among, optuna.distributions.FloatDistribution) for among in _ranges(config).values())


def suggest(trial: Trial, config: SweepConfig) -> dict[str, Any]:
    """Return the settings of a trial: those that were queued with it, or what the sampler chooses."""
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
    """Return what a sampler may choose from: the range that several learning rates span, the values of all else."""
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
