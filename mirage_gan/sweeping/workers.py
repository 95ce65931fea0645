"""The worker processes of a sweep on this machine: they are started, monitored, and replaced if killed."""

from __future__ import annotations

import multiprocessing
import socket
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import optuna
import torch

from mirage_gan.base import interrupts
from mirage_gan.base.errors import MirageGanError, TrainingError
from mirage_gan.folders import run_log
from mirage_gan.settings.fields import in_words
from mirage_gan.sweeping import optuna_study, trials
from mirage_gan.sweeping.storage import storage_errors

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from mirage_gan.base.progress import Progress
    from mirage_gan.sweeping.optuna_study import Sweep

    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection as Connection
    else:
        from multiprocessing.connection import Connection


_POLL_SECONDS: Final = 0.5


_LOSSES: Final = 100  # killed workers after which the sweep ends, because something is wrong with the machine


@dataclass(frozen=True)
class _Worker:
    """A worker process, its name in the trials, and a pipe that receives the error it ended with."""

    name: str
    process: BaseProcess
    pipe: Connection


class WorkerPool:
    """The worker processes of this machine; `lost` is the number of those that were killed."""

    def __init__(self, shared: Sweep, study: optuna.Study, progress: Progress) -> None:
        self.lost = 0
        self._shared = shared
        self._study = study
        self._progress = progress
        self._context = multiprocessing.get_context("spawn")  # a forked process cannot use CUDA
        self._workers: dict[int, _Worker] = {}

    def work(self, caught: list[int]) -> None:
        """Keep `--workers` processes running until all runs are done or a signal is caught."""
        try:
            left = optuna_study.total(self._shared) - optuna_study.done(self._study)
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
            if (
                sys.platform != "win32" or not caught
            ):  # there, Ctrl-C has reached them, and this would not let them save
                for worker in self._workers.values():
                    worker.process.terminate()
            for worker in self._workers.values():
                worker.process.join()
                optuna_study.give_up_worker(self._study, worker.name)  # so that a resume need not wait

    def _start(self, place: int) -> None:
        name = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(self._shared, name, place, theirs))
        with interrupts.withheld():
            process.start()
        theirs.close()
        self._workers[place] = _Worker(name, process, ours)

    def _replace(self, place: int, worker: _Worker) -> None:
        """Replace a worker that was killed; raise the error of one that failed; leave one that is done."""
        code = worker.process.exitcode or 0
        if code > 0:
            raise _reason(worker.pipe)
        if code == 0:
            return
        self.lost += 1
        if self.lost > _LOSSES:
            raise TrainingError(f"{self.lost} workers were killed: look for a lack of memory, or use fewer --workers")
        optuna_study.give_up_worker(self._study, worker.name)
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
    """Run a worker process."""
    with interrupts.deferred() as caught:  # as `sweep` does
        parent = multiprocessing.parent_process()
        if torch.cuda.is_available():
            torch.cuda.set_device(place % torch.cuda.device_count())
        torch.set_num_threads(max(1, torch.get_num_threads() // shared.config.workers))
        try:
            with storage_errors(shared.url, is_named=shared.config.storage is not None):
                trials.work(shared, name, lambda: not caught and (parent is None or parent.is_alive()))
        except (MirageGanError, KeyboardInterrupt) as error:
            kind = "interrupt" if isinstance(error, KeyboardInterrupt) else "error"
            with suppress(OSError):  # the parent process has ended
                pipe.send((kind, str(error)))
            raise SystemExit(1) from None


def _tell(shared: Sweep, study: optuna.Study, progress: Progress) -> None:
    """Report how many runs are done, and the step and score of those that are running."""
    at_work = []
    for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        lines = []
        if optuna_study.RUN in trial.user_attrs:
            with suppress(MirageGanError):  # a damaged log, which the worker reports
                lines = run_log.load(shared.runs / trial.user_attrs[optuna_study.RUN])
        at = f"step {lines[-1]['step']}, score {lines[-1]['score']:.2f}" if lines else "starting"
        at_work.append(f", {in_words(trial.user_attrs.get(optuna_study.SETTINGS, {}))}: {at}")
    progress.update(optuna_study.done(study), optuna_study.total(shared), f"runs{';'.join(at_work)}")
