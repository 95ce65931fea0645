"""`sweep`: settings to compare -> a run for each combination, ranked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files, interrupts, transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import runs, sweeps
from mirage_gan.settings import fields
from mirage_gan.settings.fields import as_json, in_words
from mirage_gan.settings.sweeping import SWEPT
from mirage_gan.settings.tables import families
from mirage_gan.sweeping import comparison, optuna_study, search_space, workers
from mirage_gan.sweeping.optuna_study import Sweep
from mirage_gan.sweeping.storage import sqlite_address, storage_errors, without_password
from mirage_gan.training import plan

if TYPE_CHECKING:
    from pathlib import Path

    import optuna
    from optuna.trial import FrozenTrial

    from mirage_gan.settings.sweeping import SweepConfig

# Settings that do not identify a sweep: a command that differs only in these resumes or joins it.
_NOT_IDENTITY: Final = ("dataset", "name", "device", "workers", "storage", "heartbeat", "prune", "trials")


@dataclass(frozen=True)
class SweepReport:
    """The result of a sweep."""

    sweep: Path
    page: Path
    runs: list[dict[str, Any]]  # best first: run, settings, state, score, verdict, why, figures, and more
    lost: int  # number of workers that were killed and replaced


def sweep(
    config: SweepConfig,
    progress: Progress = SILENT,
    root: Path = runs.RUNS,
    folder: Path = sweeps.SWEEPS,
) -> SweepReport:
    """Train a run for each combination of settings, with the same budget, and rank them.

    The same command resumes a sweep that was stopped or killed, and joins one that is running on another machine if
    both name the same `storage` and share the folders. A killed worker is replaced, and its run resumes from the last
    checkpoint. A complete run is not trained again.

    Parameters
    ----------
    root, folder : Path
        The folder of runs, and that of sweeps whose name is not a path.

    Raises
    ------
    ConfigError
        If settings contradict each other, or do not suit the dataset or this machine.
    FolderError, FormatError
        If the dataset is missing, damaged or of a newer version, or another sweep has the name.
    TrainingError
        If a worker breaks down, or too many are killed.
    """
    first = _resolve_all(config)[0]
    identity = _identity(config, first)
    name = config.name or _default_name(first, identity)
    out = sweeps.locate(name, folder)
    _check_folder(out, identity)
    out.mkdir(parents=True, exist_ok=True)
    url = config.storage or sqlite_address(out / sweeps.DATABASE)
    shared = Sweep(config, name, url, root)
    with storage_errors(url, is_named=config.storage is not None):
        study = optuna_study.open_study(shared)
        # an interrupt in the middle of a query could be swallowed by the database library's clean-up
        with interrupts.deferred() as caught:
            _check_study(study, shared, identity)
            optuna_study.queue(study, shared)
            _save(out, config, identity, [])
            _announce(shared, first, progress)
            crew = workers.WorkerPool(shared, study, progress)
            crew.work(caught)
            ranked = _rank(study)
        if caught:
            raise KeyboardInterrupt
    _save(out, config, identity, ranked)
    comparison.save(out, ranked, root, families.own(config.model))
    return SweepReport(sweep=out, page=out / sweeps.PAGE, runs=ranked, lost=crew.lost)


def _resolve_all(config: SweepConfig) -> list[plan.TrainingPlan]:
    """Plan every combination, so that invalid ones raise an error before the first run starts."""
    return [plan.resolve(search_space.run_config(config, settings)) for settings in search_space.combinations(config)]


def _check_study(study: optuna.Study, shared: Sweep, identity: dict[str, Any]) -> None:
    """Raise FolderError if the study of this name belongs to another sweep; mark a new study as this sweep's."""
    if study.user_attrs.setdefault("identity", identity) != identity:
        where = without_password(shared.url)
        raise FolderError(f"{where} has a sweep {shared.name} of other settings: choose another --name")
    study.set_user_attr("identity", identity)


def _identity(config: SweepConfig, first: plan.TrainingPlan) -> dict[str, Any]:
    """Return everything that determines the runs: settings, values, model and data."""
    settings = {key: value for key, value in as_json(config).items() if key not in _NOT_IDENTITY}
    values = {name: search_space.distinct_values(config, name) for name in SWEPT}
    settings = fields.identity(config, {**settings, **values})
    return {**settings, "model": first.spec.model, "data": first.identity["data"]}


def _default_name(first: plan.TrainingPlan, identity: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{files.safe_name(first.config.dataset.resolve().name)}-{digest[:8]}"


def _check_folder(out: Path, identity: dict[str, Any]) -> None:
    if (out / sweeps.MARKER).is_file():
        known = sweeps.load(out).settings
        differing = [key for key in {**known, **identity} if known.get(key) != identity.get(key)]
        if differing:
            key = differing[0]
            raise FolderError(
                f"{out} is a sweep with another {key}, {known.get(key)} (now {identity.get(key)}): use its settings, "
                "or choose another --name"
            )
    else:
        transactions.check_target(out, sweeps.DATABASE, "--name")


def _announce(shared: Sweep, first: plan.TrainingPlan, progress: Progress) -> None:
    config = shared.config
    count = optuna_study.total(shared)
    budget = f"{config.steps:,} steps" if config.steps else f"{config.minutes_per_run:g} minutes"
    progress.say(f"sweep {shared.name}: {count} runs of {first.spec.model}, {budget} each, {config.workers} at a time")
    if not config.steps:
        minutes = count * config.minutes_per_run / config.workers
        progress.say(f"about {f'{minutes:.0f} minutes' if minutes < 120 else f'{minutes / 60:.1f} hours'} in all")


def _rank(study: optuna.Study) -> list[dict[str, Any]]:
    """Return a row for each run: the best score first, runs without a score last."""
    rows = [_row(trial) for trial in optuna_study.results(study)]
    return sorted(rows, key=lambda row: (row["score"] is None, -(row["score"] or 0.0), in_words(row["settings"])))


def _row(trial: FrozenTrial) -> dict[str, Any]:
    states = {"COMPLETE": "done", "PRUNED": "stopped early", "FAIL": "lost"}
    return {
        "run": trial.user_attrs[optuna_study.RUN],
        "settings": trial.user_attrs[optuna_study.SETTINGS],
        "state": states.get(trial.state.name, "not done"),
        "score": None,
        **trial.user_attrs.get(optuna_study.RESULT, {}),
    }


def _save(out: Path, config: SweepConfig, identity: dict[str, Any], ranked: list[dict[str, Any]]) -> None:
    with sweeps.turn(out):
        if ranked or not (out / sweeps.MARKER).is_file():
            sweeps.save(out, identity, config.dataset.as_posix(), ranked)
