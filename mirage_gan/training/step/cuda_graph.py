"""Capture and replay of training steps as CUDA graphs: one launch instead of a thousand kernel launches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirage_gan.training.step.batches import StepInputs

    Work = Callable[[Sequence[StepInputs], tuple[bool, ...]], None]

# Warm-up steps before the first capture: libraries choose their kernels and optimizers create their state. They are
# enough for every kind of step, with and without penalties, to have run at least once.
WARM_UP: Final = 11


class Replay:
    """Runs the work of a step; after the warm-up, by replaying a CUDA graph. Each kind of step has its own graph.

    A graph reads and writes the same memory at every replay. So the random inputs of a step are copied into the tensors
    that the capture used, and every other tensor that the work reads or writes must stay at its address.
    """

    def __init__(self, work: Work) -> None:
        self.problem = ""  # why the capture failed; empty if it did not
        self._work = work
        self._done = 0
        self._inputs: Sequence[StepInputs] = ()
        self._graphs: dict[tuple[bool, ...], torch.cuda.CUDAGraph] = {}
        self._stream = torch.cuda.Stream()

    def __call__(self, inputs: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        """Run one step; a `kind` says which of its discriminator steps have penalties."""
        if self.problem:
            self._work(inputs, kind)
        elif self._done < WARM_UP:
            self._warm_up(inputs, kind)
        else:
            self._replay(inputs, kind)

    def _warm_up(self, inputs: Sequence[StepInputs], kind: tuple[bool, ...]) -> None:
        """Run a step on a side stream, as a capture does."""
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
                # a failed capture has computed nothing, so the step still has to be run
                self.problem = str(error).splitlines()[0]
                self._graphs.clear()
                self._work(inputs, kind)
                return
            self._graphs[kind] = graph
        self._graphs[kind].replay()
