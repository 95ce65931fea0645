"""Replaying steps: what is replayed, and with which numbers. CUDA itself is played by stand-ins; see `tests/gpu`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.training.step.batches import StepInputs
from mirage_gan.training.step.cuda_graph import WARM_UP, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Machine:
    """Notes what is done: while it records nothing is, as on CUDA; a replay does what was recorded."""

    def __init__(self, *, can_record: bool = True) -> None:
        self.can_record = can_record
        self.done: list[tuple[list[int], tuple[bool, ...]]] = []
        self.recordings = 0
        self.recording: Graph | None = None

    def work(self, draws: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        if self.recording is not None:
            if not self.can_record:
                raise RuntimeError("operation not permitted when stream is capturing\nand more lines")
            self.recording.recorded = (draws, kind)
            return
        self.done.append(([int(draw.rows) for draw in draws], kind))


class Graph:
    """Stands in for torch.cuda.CUDAGraph."""

    machine: Machine
    recorded: tuple[Sequence[StepInputs], tuple[bool, ...]] | None = None

    def replay(self) -> None:
        assert self.recorded is not None
        self.machine.work(*self.recorded)


class Stream:
    """Stands in for torch.cuda.Stream."""

    def wait_stream(self, other: Stream) -> None:
        assert isinstance(other, Stream)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()

    @contextmanager
    def graph(recorded: Graph, stream: Stream) -> Iterator[None]:
        recorded.machine = made
        made.recording = recorded
        made.recordings += 1
        try:
            yield
        finally:
            made.recording = None

    @contextmanager
    def on(stream: Stream) -> Iterator[None]:
        yield

    for name, stand_in in {"Stream": Stream, "current_stream": Stream, "CUDAGraph": Graph, "stream": on}.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    return made


def draw(number: int) -> StepInputs:
    return StepInputs(torch.tensor(number), torch.randn(2, 3), torch.rand(2, 0, 2, 2), torch.rand(2), torch.rand(2))


def kind_of(step: int) -> tuple[bool, ...]:
    return (step % 4 == 0, False)


def test_every_step_is_done_once_with_its_own_numbers(machine: Machine) -> None:
    replay = Replay(machine.work)
    for step in range(30):
        replay([draw(2 * step), draw(2 * step + 1)], kind_of(step))

    assert machine.done == [([2 * step, 2 * step + 1], kind_of(step)) for step in range(30)]
    assert machine.recordings == 2  # of each kind of step
    assert replay.problem == ""


def test_nothing_is_recorded_before_every_kind_of_step_was_done(machine: Machine) -> None:
    replay = Replay(machine.work)
    for step in range(WARM_UP):
        replay([draw(step)], kind_of(step))

    assert machine.recordings == 0
    assert WARM_UP > 8


def test_what_cannot_be_recorded_is_computed_and_the_reason_is_one_line(machine: Machine) -> None:
    machine.can_record = False
    replay = Replay(machine.work)
    for step in range(30):
        replay([draw(step)], kind_of(step))

    assert machine.done == [([step], kind_of(step)) for step in range(30)]
    assert replay.problem == "operation not permitted when stream is capturing"
    assert machine.recordings == 1
