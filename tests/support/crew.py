"""Processes that train one run together as under torchrun, but are started without it, and their jobs in tests."""

from __future__ import annotations

import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from mirage_gan.base.errors import ConfigError, MirageGanError
from mirage_gan.models.networks import Spec
from mirage_gan.settings.choices import LOOP, OWN_SYMMETRIES
from mirage_gan.training.step import leader, process_group
from mirage_gan.training.step.leader import Leader
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.waves.examples import Examples
from tests.support import forked

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from torch import Tensor

PATIENCE: Final = 120.0  # seconds to wait for processes; on an idle machine, they take about two
STEPS: Final = 50
HALF: Final = 25
LOST: Final = 9  # exit code of a process that dies without a message

WAVE = Spec("wave", "", 64, 4)
DRAW = Spec("dcgan", "draw", 64, 2)
# At higher learning rates, rounding differences grow tenfold in a few steps, with any number of processes.
RATES = StepSettings(1e-5, 1e-5, 8, 1, "rpgan", 0)
CASES: Final = {
    "wave": (WAVE, RATES),
    "draw": (DRAW, RATES),
    "draw, packed": (replace(DRAW, packing=2), replace(RATES, loss="hinge")),
    "wave, augmented": (
        replace(WAVE, packing=2, minibatch_std=True),
        replace(RATES, batch_size=16, k_step=2, augment=OWN_SYMMETRIES[LOOP]),
    ),
    "wave, wgan-gp": (WAVE, replace(RATES, loss="wgan-gp")),
    "wave, classes": (replace(WAVE, conditional="projection", classes=3), replace(RATES, blend=HALF)),
}


def start(count: int, job: Callable[[Path], None], place: Path) -> list[BaseProcess]:
    """Start the `count` processes of one group, each of which calls `job(place)`."""
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = forked.forking() if forks else multiprocessing.get_context("spawn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes: list[BaseProcess] = [
        context.Process(target=_work, args=(job, place, rank, count, port)) for rank in range(count)
    ]
    for process in processes:
        process.start()
    return processes


def finish(processes: list[BaseProcess]) -> list[int | None]:
    """Wait for processes and return their exit codes; None for one that had to be killed."""
    for process in processes:
        process.join(PATIENCE)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    return codes


def run(count: int, job: Callable[[Path], None], place: Path) -> list[int | None]:
    """Run a job in `count` processes, and return their exit codes as `finish` does."""
    return finish(start(count, job, place))


def error(place: Path, rank: int) -> str:
    """Return the error message of a process; empty if it had none."""
    path = place / f"error{rank}"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _work(job: Callable[[Path], None], place: Path, rank: int, count: int, port: int) -> None:
    about = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in about.items()})
    torch.set_num_threads(1)
    try:
        job(place)
    except MirageGanError as end:
        (place / f"error{rank}").write_text(f"{type(end).__name__}: {end}", encoding="utf-8")


def examples() -> Examples[Tensor]:
    """Return the training set."""
    return Examples(waves(), torch.arange(12) % 3)


def waves() -> Tensor:
    """Return twelve loops of three harmonics each: float32, shape (12, 64), peaks of 1."""
    level = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    phase = torch.arange(64) * (2 * torch.pi / 64)
    loops = level @ torch.sin(phase * torch.arange(1, 4)[:, None])  # (waves, points)
    return loops / loops.abs().amax(1, keepdim=True)


def losses(made: Trainer, steps: int) -> Tensor:
    """Train, and return the losses of generator and discriminator: float64, shape (steps, 2)."""
    found = []
    for _ in range(steps):
        made.advance()
        stats = made.read_stats()
        found.append((stats.loss_g, stats.loss_d))
    return torch.tensor(found, dtype=torch.float64)


def copied(made: Trainer) -> dict[str, Tensor]:
    """Return a copy of the current state of a trainer."""
    return {name: tensor.clone() for name, tensor in made.state().items()}


def _load(_points: int, _device: str) -> Examples[Tensor]:
    return examples()


def all_cases(place: Path) -> None:
    """Train all cases, and save the losses, the state in the middle of the first case, and the final states and the
    remaining threads of each process."""
    made: list[Trainer] = []

    class Noted(Trainer):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            made.append(self)

    with process_group.joined() as rank:
        if rank:
            setattr(leader, "Trainer", Noted)  # noqa: B010 - it is not that module's own
            leader.follow_leader(_load)
        else:
            found = {}
            for name, (spec, rates) in CASES.items():
                made.append(Leader(spec, rates, examples()))
                first = losses(made[-1], HALF)
                if len(made) == 1:
                    torch.save(copied(made[0]), place / "half.pt")
                found[name] = torch.cat([first, losses(made[-1], STEPS - HALF)])
            torch.save(found, place / "losses.pt")
        torch.save([copied(trainer) for trainer in made], place / f"states{rank}.pt")
    names = [path.read_text(encoding="utf-8").strip() for path in Path("/proc/self/task").glob("*/comm")]
    (place / f"threads{rank}").write_text("\n".join(names), encoding="utf-8")


def second_half(place: Path) -> None:
    """Resume the first case from its middle, and save the losses and the final state."""
    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(_load)
            return
        made = Leader(*CASES["wave"], examples())
        made.restore(torch.load(place / "half.pt"), HALF)
        count = process_group.world_size()
        torch.save(losses(made, STEPS - HALF), place / f"losses{count}.pt")
        torch.save(copied(made), place / f"state{count}.pt")


def other_waves(_place: Path) -> None:
    """Give the followers another dataset than the leader."""
    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(lambda _points, _device: Examples(waves() / 2))
        else:
            losses(Leader(WAVE, RATES, examples()), STEPS)


def refused(_place: Path) -> None:
    """Raise an error in the leader before training begins."""
    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(_load)
        else:
            raise ConfigError("nothing goes")


def lost_follower(_place: Path) -> None:
    """Kill the last process in the middle of a step."""
    with process_group.joined() as rank:
        if rank:
            if rank == process_group.world_size() - 1:
                _break("_train_generator", lambda: os._exit(LOST))
            leader.follow_leader(_load)
        else:
            losses(Leader(WAVE, replace(RATES, batch_size=3), examples()), STEPS)


def lost_leader(_place: Path) -> None:
    """Kill the leader in the middle of a step."""
    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(_load)
        else:
            _break("_train_generator", lambda: os._exit(LOST))
            losses(Leader(WAVE, replace(RATES, batch_size=3), examples()), STEPS)


def broken_leader(_place: Path) -> None:
    """Raise an unexpected error in the leader in the middle of a step."""

    def fail() -> None:
        raise ZeroDivisionError

    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(_load)
        else:
            _break("_train_generator", fail)
            losses(Leader(WAVE, RATES, examples()), STEPS)


def interrupted_leader(_place: Path) -> None:
    """Interrupt the leader while it broadcasts an order."""

    def interrupt(*_args: Any) -> None:
        raise KeyboardInterrupt

    with process_group.joined() as rank:
        if rank:
            leader.follow_leader(_load)
        else:
            setattr(torch.distributed, "broadcast_object_list", interrupt)  # noqa: B010 - its type is another
            Leader(*CASES["wave"], examples())


def _break(name: str, action: Callable[[], None]) -> None:
    """Wrap a method of `Trainer` so that it calls `action` first in the third step."""
    original = getattr(Trainer, name)

    def broken(made: Trainer, *args: Any) -> Any:
        if made.step == 2:
            action()
        return original(made, *args)

    setattr(Trainer, name, broken)
