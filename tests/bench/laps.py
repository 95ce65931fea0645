"""Repeated short trainings of a side: our trainer in one precision, or a textbook loop.

Each side has a process of its own, so that the sides share no global switch, cache or memory.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from mirage_gan.folders import datasets, manifest
from mirage_gan.folders.datasets import Counts, DatasetMarker
from mirage_gan.folders.manifest import Entry
from mirage_gan.models import families
from mirage_gan.models.networks import Spec
from mirage_gan.settings.tables.families import FAMILIES
from mirage_gan.settings.training import DEFAULT_LR, TrainConfig
from mirage_gan.training import plan
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import PENALTY_EVERY, Trainer
from mirage_gan.waves.examples import Examples
from tests.bench import plain, tutorial_loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from torch import Tensor

    from mirage_gan.base.arrays import Waves

TEXTBOOK: Final = "textbook, same penalties"
EACH_STEP: Final = "textbook, penalties every step"
TEXTBOOKS: Final = {TEXTBOOK: PENALTY_EVERY, EACH_STEP: 1}  # steps from one gradient penalty to the next

WAVES: Final = 2048  # in the training set: 16 batches of 128 an epoch
BITMAPS: Final = 186  # as many as the article's author had
SLOW_LR: Final = "4e-6"
# Batch size while operations are counted. Their number is proportional to the batch size, and a single wave is not
# split among threads, of which the counter would see only one.
COUNTED: Final = 1
_WARM_UP_STEPS = 24  # the least on CUDA, where the first steps are recorded as a CUDA graph
_CHUNK_SECONDS = 0.1  # between two readings of the clock, each of which waits for the device


@dataclass(frozen=True)
class Case:
    """The networks and the batch size of one measurement."""

    model: str
    points: int
    width: int
    batch_size: int

    @property
    def spec(self) -> Spec:
        """The specification of the networks."""
        generator = "draw" if self.model == "dcgan" else ""
        variant = FAMILIES[self.model].variants[generator]
        stride = variant.strides.get(self.points, 2)
        return Spec(self.model, generator, self.points, self.width, spectrum=variant.spectrum, stride=stride)

    def step_settings(self, batch_size: int | None = None) -> StepSettings:
        """Return the defaults of `mirage-gan train`, but without balancing of look-alikes, which a textbook lacks."""
        lr = DEFAULT_LR
        return StepSettings(lr, lr, batch_size or self.batch_size, k_step=1, loss="rpgan", seed=0, balance=False)


@dataclass(frozen=True)
class Lap:
    """The steps of one turn, and what they took."""

    steps: int
    seconds: float
    peak_mb: float  # in MiB: on CUDA, allocated by PyTorch on the device; else of the process


class Runner:
    """Trains one side and measures it, in a process of its own."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._step: Callable[[], object] = lambda: None
        self._chunk = PENALTY_EVERY

    def prepare(self, side: str, case: Case, warm_up: float) -> str:
        """Build and warm up a side; return why it is slower than it could be, or an empty text."""
        self._forget()
        self._step = step_of(side, case.spec, case.step_settings(), harmonics(WAVES, case.points), self._device)
        return self._warm_up(warm_up)

    def prepare_defaults(self, warm_up: float) -> dict[str, Any]:
        """Build and warm up what `mirage-gan train --lr 4e-6` does with `BITMAPS` waves; return its settings."""
        self._forget()
        with tempfile.TemporaryDirectory(prefix="mirage-gan-laps-") as folder:
            write_dataset(Path(folder), harmonics(BITMAPS, 256).numpy())
            made = plan.resolve(TrainConfig(dataset=Path(folder), lr=float(SLOW_LR), device=self._device.type))
        precision = ours(self._device.type)[0]
        waves = harmonics(BITMAPS, made.spec.points).to(self._device)
        self._step = make_trainer(made.spec, made.step_settings, waves, precision).advance
        problem = self._warm_up(warm_up)
        rates = {
            "steps": made.steps,
            "batch_size": made.step_settings.batch_size,
            "precision": precision,
            "problem": problem,
        }
        return {**rates, **made.spec.as_json()}

    def lap(self, seconds: float) -> Lap:
        """Train for at least `seconds`, in whole cycles of `PENALTY_EVERY` steps."""
        steps = 0
        self._wait()
        start = now = time.perf_counter()
        while not steps or now - start < seconds:
            before = now
            for _ in range(self._chunk):
                self._step()
            self._wait()
            now = time.perf_counter()
            steps += self._chunk
            if now - before < _CHUNK_SECONDS / 2:
                self._chunk *= 2
        return Lap(steps, now - start, self._peak_mb())

    def count(self, side: str, case: Case) -> float:
        """Return the floating-point operations per wave, as the function `count` does."""
        return count(side, case)

    def _warm_up(self, seconds: float) -> str:
        steps = self.lap(seconds).steps
        while self._device.type == "cuda" and steps < _WARM_UP_STEPS:
            steps += self.lap(0).steps
        trainer = getattr(self._step, "__self__", None)  # our step is a method of a `Trainer`
        return trainer.graph_problem if isinstance(trainer, Trainer) else ""

    def _forget(self) -> None:
        self._step, self._chunk = lambda: None, PENALTY_EVERY
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def _peak_mb(self) -> float:
        return torch.cuda.max_memory_allocated() / 2**20 if self._device.type == "cuda" else peak_mb()


class Remote:
    """A `Runner` in another process, until it is closed."""

    def __init__(self, device: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, device))
        self._process.start()
        theirs.close()  # so that `recv` raises EOFError when the process ends

    def ask(self, method: str, *arguments: object) -> Any:
        """Call a method of the `Runner` and return its result; raises RuntimeError if it failed there."""
        self._connection.send((method, arguments))
        try:
            result = self._connection.recv()
        except EOFError:
            raise RuntimeError(f"the process that was to {method} ended") from None
        if isinstance(result, RuntimeError):
            raise result
        return result

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join()


def serve(connection: Connection, device: str) -> None:
    """Call the methods that the other end asks for, until the connection is closed."""
    runner = Runner(torch.device(device))
    with contextlib.suppress(EOFError):
        while True:
            method, arguments = connection.recv()
            try:
                result = getattr(runner, method)(*arguments)
            except RuntimeError as error:  # such as too little memory; other cases may fit
                result = RuntimeError(str(error).splitlines()[0])
            connection.send(result)


def ours(device: str) -> tuple[str, ...]:
    """Return the precisions in which our trainer is measured, the fastest first."""
    return ("bfloat16", "float32") if device == "cuda" else ("float32",)


def step_of(side: str, spec: Spec, rates: StepSettings, waves: Tensor, device: torch.device) -> Callable[[], object]:
    """Return a function that does one step of a side; `waves` is float32, shape (waves, points)."""
    if side in TEXTBOOKS:
        loop = tutorial_loop.train(
            plain.build(spec, rates.seed), families.variant_of(spec), rates, waves, device, TEXTBOOKS[side]
        )
        return lambda: next(loop)
    return make_trainer(spec, rates, waves.to(device), side).advance


def make_trainer(spec: Spec, rates: StepSettings, waves: Tensor, precision: str) -> Trainer:
    """Make our trainer, with everything that makes it fast on the device of `waves`."""
    if waves.device.type == "cuda":
        return Trainer(spec, rates, Examples(waves), precision=getattr(torch, precision), graph=True)
    return Trainer(spec, rates, Examples(waves))


def count(side: str, case: Case) -> float:
    """Return the floating-point operations of a training step per wave: forward, backward and penalties.

    PyTorch's own counter counts the multiplications and additions of convolutions and matrix products, over a whole
    cycle of `PENALTY_EVERY` steps. It runs on the CPU, because it sees nothing of a replayed CUDA graph. Fourier
    transforms, drawings, nonlinearities and optimizers are not counted.
    """
    waves = harmonics(PENALTY_EVERY * COUNTED, case.points)
    step = step_of(side, case.spec, case.step_settings(COUNTED), waves, torch.device("cpu"))
    with counting() as counter:
        for _ in range(PENALTY_EVERY):
            step()
    return float(counter.get_total_flops()) / PENALTY_EVERY / COUNTED


def counting() -> FlopCounterMode:
    """Return PyTorch's counter of floating-point operations, which counts those in its `with` block."""
    counter = FlopCounterMode(display=False)
    # The module of an operation does not matter, and the hooks that track it fail when penalties compute gradients.
    counter.mod_tracker = _Everywhere()  # type: ignore[assignment]
    return counter


class _Everywhere(contextlib.nullcontext[None]):
    """Replaces the counter's tracker of modules: every operation is of the same one."""

    parents: Final = frozenset({"Global"})


def harmonics(count: int, points: int) -> Tensor:
    """Return loops of random harmonics, the same at every call: float32, shape (count, points), peaks of 1."""
    random = np.random.default_rng(0)
    numbers = np.arange(1, points // 4)
    levels = random.normal(size=(count, len(numbers))) * numbers ** -random.uniform(0.5, 2, (count, 1))
    spectra = np.zeros((count, points // 2 + 1), np.complex128)
    spectra[:, 1 : len(numbers) + 1] = levels * np.exp(2j * np.pi * random.random((count, 1)))
    waves = np.fft.irfft(spectra, points, axis=1)
    return torch.from_numpy(np.asarray(waves / np.abs(waves).max(1, keepdims=True), np.float32))


def write_dataset(folder: Path, waves: Waves) -> None:
    """Write what `train` needs of a dataset; all loops (float32, shape (waves, points)) are in the training split."""
    points = waves.shape[1]
    entries = [
        Entry(
            id=f"{i:05}",
            source=f"{i}.wav",
            sha256="",
            content="",
            category="",
            kind="loop",
            rate_hz=44_100,
            samples=points,
            pitch_hz=None,
            split="train",
        )
        for i in range(len(waves))
    ]
    about = DatasetMarker(
        settings={},
        inputs="",
        version="",
        kind="loop",
        points=points,
        source_samples=points,
        counts=Counts(len(waves), len(waves), 0, len(waves), len(waves), 0, 0),
        notes=[],
    )
    (folder / datasets.WAVES).write_bytes(datasets.encode_array(waves))
    (folder / datasets.MANIFEST).write_bytes(manifest.encode_entries(entries))
    datasets.save_marker(folder, about)


def peak_mb() -> float:
    """Return the peak memory of this process in MiB, as Linux reports it.

    The peak of `getrusage` would start at what the parent process held when this one was started.
    """
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
