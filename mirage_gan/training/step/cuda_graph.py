"""The work of a training step on CUDA, recorded once and replayed: a thousand kernels, one launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirage_gan.training.step.batches import StepInputs

    Work = Callable[[Sequence[StepInputs], tuple[bool, ...]], None]

# Steps before the first recording, in which libraries choose their kernels and optimizers make their state. More than
# any loss has kinds of steps, so that every kind was done.
WARM_UP: Final = 11


class Replay:
    """Does a step's work, and after some warm-up steps by replaying a recording of it, one of every kind of step.

    A recording reads and writes the same memory each time. So what is random in a step is copied to where the
    recording reads it, and all else that the work reads or writes has to stay where it is.
    """

    def __init__(self, work: Work) -> None:
        self.problem = ""  # why nothing is replayed
        self._work = work
        self._done = 0
        self._inputs: Sequence[StepInputs] = ()
        self._graphs: dict[tuple[bool, ...], torch.cuda.CUDAGraph] = {}
        self._stream = torch.cuda.Stream()

    def __call__(self, inputs: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        """Do the work of a step of some kind."""
        if self.problem:
            self._work(inputs, kind)
        elif self._done < WARM_UP:
            self._warm_up(inputs, kind)
        else:
            self._replay(inputs, kind)

    def _warm_up(self, inputs: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        """Do the work beside the stream of all else, as a recording does."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            self._work(inputs, kind)
        torch.cuda.current_stream().wait_stream(self._stream)
        self._done += 1
        self._inputs = inputs

    def _replay(self, inputs: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        for kept, new in zip(self._inputs, inputs, strict=True):
            for target, source in zip(kept.tensors(), new.tensors(), strict=True):
                target.copy_(source)
        if kind not in self._graphs:
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(graph, stream=self._stream):
                    self._work(self._inputs, kind)
            except RuntimeError as error:
                # what cannot be recorded was not done either
                self.problem = str(error).splitlines()[0]
                self._graphs.clear()
                self._work(inputs, kind)
                return
            self._graphs[kind] = graph
        self._graphs[kind].replay()
