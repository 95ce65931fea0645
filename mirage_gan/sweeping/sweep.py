"""Settings to compare -> one run each, ranked."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import socket
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import optuna
import torch

from mirage_gan.base import files, interrupts, transactions
from mirage_gan.base.errors import FolderError, MirageGanError, TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.settings.config import SWEPT
from mirage_gan.settings.fields import as_json, in_words
from mirage_gan.sweeping import comparison, search_space, trials
from mirage_gan.sweeping.trials import Sweep
from mirage_gan.training import plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from optuna.trial import FrozenTrial

    from mirage_gan.settings.config import SweepConfig

_POLL_SECONDS: Final = 0.5
_LOSSES: Final = 100  # workers that were killed, after which something is wrong with the machine
# what may differ between two commands that work on the same sweep
_NOT_IDENTITY: Final = ("dataset", "name", "device", "workers", "storage", "heartbeat", "prune", "trials")


@dataclass(frozen=True)
class SweepReport:
    """Every run, best first."""

    sweep: Path
    page: Path
    runs: list[dict[str, Any]]  # run, settings, state, score, verdict, why, figures, and more
    lost: int  # workers that were killed, and replaced


def sweep(
    config: SweepConfig,
    progress: Progress = SILENT,
    root: Path = runs.RUNS,
    folder: Path = sweeps.SWEEPS,
) -> SweepReport:
    """Train a run for each combination of settings, with the same budget, and rank them.

    The same command goes on with a sweep that was stopped or killed, and joins one that works on another machine, if
    both name the same `storage` and see the same folders. A worker that is killed is replaced, and its run goes on
    from its last checkpoint; a run that is done is not trained again.

    Parameters
    ----------
    root, folder : Path
        Where runs, and sweeps without a path of their own, are kept.

    Raises
    ------
    ConfigError
        If settings do not go with each other, the dataset, or this machine.
    FolderError, FormatError
        If the dataset is missing, damaged or newer, or the name is that of another sweep.
    TrainingError
        If the workers cannot work.
    """
    first, *_ = [
        plan.resolve(search_space.run_config(config, settings)) for settings in search_space.combinations(config)
    ]
    identity = _identity(config, first)
    name = config.name or _default_name(first, identity)
    out = sweeps.locate(name, folder)
    _check_folder(out, identity)
    out.mkdir(parents=True, exist_ok=True)
    url = config.storage or _address(out / sweeps.DATABASE)
    shared = Sweep(config, name, url, root)
    with _storage_errors(url):
        study = trials.open_study(shared)
        # raised in the middle of a query, an interrupt could be lost in the database's own clean-up
        with interrupts.deferred() as caught:
            if study.user_attrs.setdefault("identity", identity) != identity:
                raise FolderError(f"{_shown(url)} has a sweep {name} of other settings: choose another --name")
            study.set_user_attr("identity", identity)
            trials.queue(study, shared)
            _save(out, config, identity, [])
            _announce(shared, first, progress)
            crew = _WorkerPool(shared, study, progress)
            crew.work(caught)
            ranked = _rank(study)
        if caught:
            raise KeyboardInterrupt
    _save(out, config, identity, ranked)
    comparison.save(out, ranked, root)
    return SweepReport(sweep=out, page=out / sweeps.PAGE, runs=ranked, lost=crew.lost)


def _identity(config: SweepConfig, first: plan.TrainingPlan) -> dict[str, Any]:
    """All that decides what the runs are."""
    settings = {key: value for key, value in as_json(config).items() if key not in _NOT_IDENTITY}
    values = {name: search_space.distinct_values(config, name) for name in SWEPT}
    return {**settings, **values, "model": first.spec.model, "data": first.identity["data"]}


def _default_name(first: plan.TrainingPlan, identity: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{files.safe_name(first.config.dataset.resolve().name)}-{digest[:8]}"


def _check_folder(out: Path, identity: dict[str, Any]) -> None:
    if (out / sweeps.MARKER).is_file():
        known = sweeps.load(out)["settings"]
        differing = [key for key in identity if known.get(key) != identity[key]]
        if differing:
            key = differing[0]
            raise FolderError(
                f"{out} is a sweep with another {key}, {known.get(key)} (now {identity[key]}): use its settings, or "
                "choose another --name"
            )
    else:
        transactions.check_target(out, sweeps.DATABASE, "--name")


def _address(database: Path) -> str:
    """Return the address of a database file, whose path may hold what stands for something else in an address."""
    from sqlalchemy import URL  # noqa: PLC0415 - Optuna's own dependency

    address = URL.create("sqlite", database=str(database.resolve())).render_as_string()
    return address.replace("{", "{{").replace("}", "}}")  # Optuna fills in what stands in braces


@contextmanager
def _storage_errors(url: str) -> Iterator[None]:
    """Turn what a database refuses into one line."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - Optuna's own dependency

    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
        # where a driver is missing, Optuna says so, and the cause says which
        reason = error.__cause__ if isinstance(error, ImportError) and error.__cause__ else error
        why = str(reason).splitlines()[0].replace(url, _shown(url))
        raise FolderError(f"--storage {_shown(url)}: {why}; check the address and its driver") from None


def _shown(url: str) -> str:
    """Return the address of a database without the name and password that may stand before it."""
    kind, _, rest = url.partition("://")
    return f"{kind}://{rest.rsplit('@', maxsplit=1)[-1]}" if rest else url


def _announce(shared: Sweep, first: plan.TrainingPlan, progress: Progress) -> None:
    config = shared.config
    count = trials.total(shared)
    budget = f"{config.steps:,} steps" if config.steps else f"{config.minutes_per_run:g} minutes"
    progress.say(f"sweep {shared.name}: {count} runs of {first.spec.model}, {budget} each, {config.workers} at a time")
    if not config.steps:
        minutes = count * config.minutes_per_run / config.workers
        progress.say(f"about {f'{minutes:.0f} minutes' if minutes < 120 else f'{minutes / 60:.1f} hours'} in all")


@dataclass(frozen=True)
class _Worker:
    """A process, the name by which its trials know it, and where it says why it ended."""

    name: str
    process: BaseProcess
    pipe: Connection


class _WorkerPool:
    """The worker processes of this machine."""

    def __init__(self, shared: Sweep, study: optuna.Study, progress: Progress) -> None:
        self.lost = 0
        self._shared = shared
        self._study = study
        self._progress = progress
        self._context = multiprocessing.get_context("spawn")  # a forked process cannot use CUDA
        self._workers: dict[int, _Worker] = {}

    def work(self, caught: list[int]) -> None:
        """Keep as many workers at work as were asked for, until all is done or a signal is caught."""
        try:
            left = trials.total(self._shared) - trials.done(self._study)
            for place in range(min(self._shared.config.workers, left)):
                self._start(place)
            while self._workers and not caught:
                time.sleep(_POLL_SECONDS)
                _tell(self._shared, self._study, self._progress)
                for place, worker in list(self._workers.items()):
                    if not worker.process.is_alive():
                        del self._workers[place]
                        self._replace(place, worker)
        finally:
            for worker in self._workers.values():
                worker.process.terminate()
            for worker in self._workers.values():
                worker.process.join()
                trials.give_up_worker(self._study, worker.name)  # so that the same command need not wait to go on

    def _start(self, place: int) -> None:
        name = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(self._shared, name, place, theirs))
        with interrupts.withheld():
            process.start()
        theirs.close()
        self._workers[place] = _Worker(name, process, ours)

    def _replace(self, place: int, worker: _Worker) -> None:
        """Start another worker in the place of one that was killed; one that is done needs none."""
        code = worker.process.exitcode or 0
        if code > 0:
            raise _reason(worker.pipe)
        if code == 0:
            return
        self.lost += 1
        if self.lost > _LOSSES:
            raise TrainingError(f"{self.lost} workers were killed: look for a lack of memory, or use fewer --workers")
        trials.give_up_worker(self._study, worker.name)
        self._progress.say(f"a worker was killed (signal {-code}); another takes up its run")
        self._start(place)


def _reason(pipe: Connection) -> Exception:
    """Return the error that a worker ended with."""
    try:
        kind, message = pipe.recv()
    except EOFError:
        return TrainingError("a worker broke down; its message is above")
    if kind == "interrupt":
        raise KeyboardInterrupt
    return TrainingError(message)


def _work(shared: Sweep, name: str, place: int, pipe: Connection) -> None:
    """Be a worker process."""
    with interrupts.deferred() as caught:  # as `sweep` does
        parent = multiprocessing.parent_process()
        if torch.cuda.is_available():
            torch.cuda.set_device(place % torch.cuda.device_count())
        torch.set_num_threads(max(1, torch.get_num_threads() // shared.config.workers))
        try:
            with _storage_errors(shared.url):
                trials.work(shared, name, lambda: not caught and (parent is None or parent.is_alive()))
        except (MirageGanError, KeyboardInterrupt) as error:
            kind = "interrupt" if isinstance(error, KeyboardInterrupt) else "error"
            with suppress(OSError):  # nobody listens any more
                pipe.send((kind, str(error)))
            raise SystemExit(1) from None


def _tell(shared: Sweep, study: optuna.Study, progress: Progress) -> None:
    """Say how many runs are done, and how far the others are."""
    at_work = []
    for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        lines = run_log.load(shared.runs / trial.user_attrs[trials.RUN]) if trials.RUN in trial.user_attrs else []
        at = f"step {lines[-1]['step']}, score {lines[-1]['score']:.2f}" if lines else "starting"
        at_work.append(f"{in_words(trial.user_attrs.get(trials.SETTINGS, {}))}: {at}")
    progress.update(trials.done(study), trials.total(shared), "; ".join(at_work))


def _rank(study: optuna.Study) -> list[dict[str, Any]]:
    """Return what is known of each run, the best score first, those without one last."""
    rows = [_row(trial) for trial in trials.results(study)]
    return sorted(rows, key=lambda row: (row["score"] is None, -(row["score"] or 0.0), in_words(row["settings"])))


def _row(trial: FrozenTrial) -> dict[str, Any]:
    states = {"COMPLETE": "done", "PRUNED": "stopped early", "FAIL": "lost"}
    return {
        "run": trial.user_attrs[trials.RUN],
        "settings": trial.user_attrs[trials.SETTINGS],
        "state": states.get(trial.state.name, "not done"),
        "score": None,
        **trial.user_attrs.get(trials.RESULT, {}),
    }


def _save(out: Path, config: SweepConfig, identity: dict[str, Any], ranked: list[dict[str, Any]]) -> None:
    if not ranked and (out / sweeps.MARKER).is_file():
        return
    value = {"format": sweeps.FORMAT, "settings": identity, "dataset": config.dataset.as_posix(), "runs": ranked}
    files.write_bytes(out / sweeps.MARKER, files.encode_json(value))
