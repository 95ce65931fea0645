"""A dataset -> a run."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from mirage_gan import files
from mirage_gan.errors import FolderError, FormatError, TrainingError
from mirage_gan.gan import checkpoint, metrics
from mirage_gan.gan.data import Stream, latents
from mirage_gan.gan.sample import Sampler
from mirage_gan.gan.train import Trainer
from mirage_gan.progress import SILENT, Progress
from mirage_gan.stages import interrupts, preview, runs
from mirage_gan.stages.plan import DEFAULT_LR, MAX_STEPS, MIN_STEPS, Plan, make

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.arrays import Waves
    from mirage_gan.config import TrainConfig

SCORED: Final = 200
DEAD_AFTER: Final = 1_000  # no network is called dead before this step: at 4e-6 they start slowly
_CHECKPOINT_SECONDS = 20.0
_ETA_AFTER = 30  # steps, after which the speed is known
_LONG_HOURS = 1.0


@dataclass(frozen=True)
class TrainReport:
    """How a training ended."""

    run: Path
    model: str
    device: str
    step: int
    steps: int | None
    resumed_from: int | None
    seconds: float  # of training, in all calls
    best_step: int | None
    best: dict[str, float]
    verdict: str
    finished: bool


def train(
    config: TrainConfig, progress: Progress = SILENT, root: Path = runs.RUNS, *, minutes_in_all: bool = False
) -> TrainReport:
    """Train on a dataset, or go on with the run that the same settings began.

    A run's folder is complete at any moment: killed, it goes on from the last checkpoint to the same weights (bit for
    bit on a CPU) as a run that was never stopped. On KeyboardInterrupt it is saved first.

    Parameters
    ----------
    root : Path
        Where runs without a path of their own are kept.
    minutes_in_all : bool
        Whether `config.max_minutes` counts the time of earlier calls too.

    Raises
    ------
    ConfigError
        If settings do not go with each other, the dataset, or this machine.
    FolderError, FormatError
        If the dataset or the run is missing, damaged, newer, or another run's.
    TrainingError
        If a loss is no number, or the output is dead; the run keeps its last good checkpoint.
    """
    plan = make(config)
    run = runs.locate(config.run, root) if config.run else root / plan.name
    _open(run, plan)
    session = _Session(run, plan, progress)
    return session.go(session.seconds_before if minutes_in_all else 0.0)


def _open(run: Path, plan: Plan) -> None:
    """Make the run's folder, or check that it is the same run."""
    identity = plan.identity
    if not (run / runs.MARKER).is_file():
        with files.replacing(run, runs.MARKER, "--run") as new:
            (new / runs.CHECKPOINTS).mkdir()
            (new / runs.PREVIEWS).mkdir()
            (new / runs.DATA).write_bytes(runs.encode_data(plan.data))
            config = {
                "format": runs.FORMAT,
                "identity": identity,
                "settings": plan.settings,
                "spec": plan.spec.as_json(),
                "steps": plan.steps,
                "data": {**plan.about, "train": len(plan.data.train), "holdout": len(plan.data.holdout)},
            }
            (new / runs.MARKER).write_bytes(files.encode_json(config))
        return
    known = runs.load_config(run)["identity"]
    differing = [key for key in identity if known.get(key) != identity[key]]
    if differing:
        was = ", ".join(f"{key} {_short(known.get(key))} (now {_short(identity[key])})" for key in differing)
        raise FolderError(f"{run} was trained with another {was}: use those settings, or choose another --run")
    try:
        runs.load_data(run)
    except (FolderError, FormatError):  # the waves are the same, the settings say so
        files.write_bytes(run / runs.DATA, runs.encode_data(plan.data))


def _short(value: object) -> str:
    return str(value)[:12]


class _Session:
    """One invocation's part of a run."""

    def __init__(self, run: Path, plan: Plan, progress: Progress) -> None:
        self.run = run
        self.plan = plan
        self.progress = progress
        self.trainer = Trainer(plan.spec, plan.rates, torch.from_numpy(plan.data.train).to(plan.device))
        self.best: dict[str, float] = {}
        self.dead_checks = 0
        self.seconds_before = 0.0  # of training in earlier calls
        self._start = time.monotonic()
        self.resumed_from = self._resume()
        lines = self._log_lines()
        self.scores = [line["coverage"] + line["recall"] for line in lines]
        self.checked = lines[-1]["step"] if lines else 0  # the step that was last scored

    def go(self, used_seconds: float) -> TrainReport:
        """Train until the steps are done or the time is up, of which some may have been used before."""
        plan, trainer = self.plan, self.trainer
        self._announce()
        self._start = saved = time.monotonic()
        first = trainer.step
        limit = None if plan.config.max_minutes is None else self._start + 60 * plan.config.max_minutes - used_seconds
        with interrupts.deferred() as caught:
            try:
                while self._goes_on(limit) and not caught:
                    trainer.advance()
                    now = time.monotonic()
                    if trainer.step % plan.every == 0:
                        self._check()
                    elif trainer.step % 25 == 0:
                        trainer.check_finite()
                    if now - saved > _CHECKPOINT_SECONDS:
                        self._save()
                        saved = time.monotonic()
                    self._tell(first, now - self._start, limit)
            except KeyboardInterrupt:  # of somebody who calls this from a thread
                caught.append(signal.SIGINT)
            if caught:
                self._save()
                self.progress.say(f"saved at step {trainer.step} in {self.run}")
                raise KeyboardInterrupt
        if trainer.step > self.checked:
            self._check()
        if trainer.step > first:
            self._save()
        return self._report()

    def _goes_on(self, limit: float | None) -> bool:
        steps = self.plan.steps
        return (steps is None or self.trainer.step < steps) and (limit is None or time.monotonic() < limit)

    def _announce(self) -> None:
        plan, data = self.plan, self.plan.data
        where = {"cpu": "the CPU", "cuda": "the GPU", "mps": "the Apple GPU"}[plan.device.type]
        kind = f"{plan.spec.model} ({plan.spec.generator})" if plan.spec.generator else plan.spec.model
        self.progress.say(
            f"{kind} of width {plan.spec.width} on {where}, {len(data.train)} waves of {plan.spec.points} points, "
            f"{len(data.holdout)} held out; run {self.run}"
        )
        if self.resumed_from is not None:
            self.progress.say(f"going on from step {self.resumed_from}")
        if plan.steps is not None:
            chosen = (
                "" if plan.config.steps else f" (0.6 / lr {plan.rates.lr:g}, within {MIN_STEPS:,} and {MAX_STEPS:,})"
            )
            self.progress.say(f"{plan.steps:,} steps{chosen}")
        else:
            self.progress.say(f"for {plan.config.max_minutes:g} minutes")

    def _tell(self, first: int, seconds: float, limit: float | None) -> None:
        """Report the state of the progress, and once the time that it will take."""
        done, steps = self.trainer.step - first, self.plan.steps
        rate = done / max(seconds, 1e-9)
        images = f"{rate * self.plan.rates.batch_size:,.0f} images/s"
        self.progress.update(self.trainer.step, steps, f"{images}{self._beliefs}")
        if done == _ETA_AFTER and steps is not None:
            hours = (steps - self.trainer.step) / rate / 3600
            self.progress.say(f"{rate:.1f} steps a second: the steps take about {_duration(hours)}")
            if hours > _LONG_HOURS and limit is None:
                self.progress.say(
                    f"--max-minutes 30 ends it sooner, to go on later by the same command; and a "
                    f"higher rate such as --lr {DEFAULT_LR:g} needs fewer steps"
                )

    _beliefs = ""

    def _resume(self) -> int | None:
        path = runs.checkpoint_path(self.run, "last")
        if not path.is_file():
            self._rewrite_log(0)
            return None
        tensors, about = checkpoint.load(path, remedy="remove it to begin again")
        try:
            self.trainer.restore(tensors, about["step"])
            self.best, self.dead_checks = about["best"], about["dead_checks"]
            self.seconds_before = about["seconds"]
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from None
        except KeyError as error:
            raise FormatError(f"{path} does not say its {error}; remove it to begin again") from None
        self._rewrite_log(self.trainer.step)
        return self.trainer.step

    def _log_lines(self) -> list[dict[str, Any]]:
        path = self.run / runs.LOG
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                lines.append(json.loads(line))
            except ValueError:
                break  # a kill cut the last line short
        return lines

    def _rewrite_log(self, step: int) -> None:
        """Forget what was logged after the checkpoint: it will be logged again."""
        lines = self._log_lines()
        kept = [line for line in lines if line["step"] <= step]
        if (self.run / runs.LOG).is_file():
            files.write_bytes(self.run / runs.LOG, files.encode_jsonl(kept))

    def _seconds(self) -> float:
        """Return the time that the run has been trained for in all."""
        return self.seconds_before + time.monotonic() - self._start

    def _check(self) -> None:
        """Log, preview and score the current state; keep it if it is the best, stop if it is dead."""
        trainer = self.trainer
        stats = trainer.read_stats()
        self._beliefs = f", D real {stats.belief_real:.2f} fake {stats.belief_fake:.2f}"
        sampler = Sampler(self.plan.spec, trainer.average)
        previews = sampler.from_latents(latents(preview.COUNT, self.plan.rates.seed, Stream.PREVIEW, 0))
        found = self._score(sampler)
        line = {"step": trainer.step, "seconds": round(self._seconds(), 1), **asdict(stats), **asdict(found)}
        with (self.run / runs.LOG).open("ab") as log:
            log.write(files.encode_jsonl([line]))
        preview.save(self.run / runs.PREVIEWS, trainer.step, previews)
        self.scores.append(found.score)
        self.checked = trainer.step
        if not self.best or found.score > self.best["coverage"] + self.best["recall"]:
            self.best = {"step": trainer.step, **asdict(found)}
            average = {k: v for k, v in trainer.state().items() if k.startswith(runs.AVERAGE)}
            self._save_checkpoint("best", average)
        self._stop_if_dead(previews)

    def _score(self, sampler: Sampler) -> metrics.Overlap:
        held = self.plan.data.holdout if len(self.plan.data.holdout) else self.plan.data.train
        scored = sampler.from_latents(latents(SCORED, self.plan.rates.seed, Stream.SCORE, 0))
        return metrics.overlap(scored, held)

    def _stop_if_dead(self, previews: Waves) -> None:
        dead = metrics.is_dead(previews)
        self.dead_checks = self.dead_checks + 1 if dead and self.trainer.step > DEAD_AFTER else 0
        if self.dead_checks >= 2:
            lr = self.plan.rates.lr
            raise TrainingError(
                f"training is dead at step {self.trainer.step}: {dead}. Try another --seed, --lr {lr / 4:.1g}, or more "
                "waves"
            )

    def _save(self) -> None:
        self.trainer.check_finite()
        self._save_checkpoint("last", self.trainer.state())

    def _save_checkpoint(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        about = {
            "step": self.trainer.step,
            "spec": self.plan.spec.as_json(),
            "settings": self.plan.settings,
            "best": self.best,
            "dead_checks": self.dead_checks,
            "seconds": self._seconds(),
        }
        checkpoint.save(runs.checkpoint_path(self.run, name), tensors, about)

    def _report(self) -> TrainReport:
        steps = self.plan.steps
        report = TrainReport(
            run=self.run,
            model=self.plan.spec.model,
            device=self.plan.device.type,
            step=self.trainer.step,
            steps=steps,
            resumed_from=self.resumed_from,
            seconds=round(self._seconds(), 1),
            best_step=int(self.best["step"]) if self.best else None,
            best={key: round(value, 3) for key, value in self.best.items() if key != "step"},
            verdict=self._verdict(),
            finished=steps is not None and self.trainer.step >= steps,
        )
        files.write_bytes(
            self.run / runs.REPORT,
            files.encode_json({**asdict(report), "run": self.run.name, "format": runs.FORMAT}),
        )
        return report

    def _verdict(self) -> str:
        """Say in words how good the best state is and which way the scores go."""
        if not self.best:
            return "not scored yet"
        held = "held-out" if len(self.plan.data.holdout) else "training (none is held out below 10 sounds)"
        good = self.best["coverage"] >= 0.5
        quality = "good" if good else "undertrained: train longer, or with a higher --lr"
        recent, before = self.scores[-3:], self.scores[-6:-3]
        if len(before) < 3:
            trend = "too early to tell a trend"
        else:
            change = float(np.mean(recent) - np.mean(before))
            trend = "improving" if change > 0.03 else "getting worse" if change < -0.1 else "plateau"
        return (
            f"{quality}; best at step {self.best['step']}: it covers {self.best['coverage']:.0%} of the {held} waves, "
            f"precision {self.best['precision']:.0%}, recall {self.best['recall']:.0%}; {trend}"
        )


def _duration(hours: float) -> str:
    return f"{hours:.1f} hours" if hours > 1 else f"{60 * hours:.0f} minutes"
