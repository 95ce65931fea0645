"""A pool of worker processes that returns results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mirage_gan.base import interrupts
from mirage_gan.base.errors import MirageGanError, WorkerError

if TYPE_CHECKING:
    import sys
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.process import BaseProcess

    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection as Connection
    else:
        from multiprocessing.connection import Connection

_AHEAD: Final = 4  # packs of tasks per worker that are underway or wait for earlier results to be consumed
_THREADS: Final = 2  # of this process, if `map` runs tasks in threads

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """A pool of worker processes, which start when there is work for them and stop at the end of the `with` block.

    Processes are spawned, so that all systems behave alike: functions must be defined at module level, and tasks and
    results must be picklable. With one worker, or one pack of tasks, the work is done in this process. Ctrl-C reaches
    this process alone, and when it ends, even if it is killed, the workers end too.

    Parameters
    ----------
    workers : int
        Number of processes.
    set_up : callable, optional
        Function that each worker process calls once, before its first task, with the number of workers.
    """

    def __init__(self, workers: int, set_up: Callable[[int], None] | None = None) -> None:
        self._size = workers
        self._set_up = set_up
        self._context = multiprocessing.get_context("spawn")  # fork copies locks, not the threads that hold them
        self._workers: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> Workers:
        """Return the pool; processes start when there is work for them."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the processes."""
        self.stop()

    def stop(self) -> None:
        """Terminate the processes, even in the middle of a task."""
        for process in self._workers.values():
            process.terminate()
        for pipe, process in self._workers.items():
            pipe.close()
            process.join()
        self._workers.clear()

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, together: int = 1, threads: bool = False
    ) -> Iterator[Result]:
        """Yield the result of each task, in the order of the tasks.

        Only a few tasks are underway at a time, so neither tasks nor results fill the memory. After an error the pool
        must not be used again.

        Parameters
        ----------
        together : int
            Number of tasks in a pack, which is sent to a worker at once; short tasks run faster in larger packs.
        threads : bool
            Whether a pool of one worker runs the tasks in two threads; this helps with functions that release the GIL.

        Raises
        ------
        MirageGanError, OSError
            If a task raises it.
        WorkerError
            If a worker was killed, or crashed because a task raised another exception.
        """
        if self._size > 1:
            return self._share_out(function, tasks, together)
        return _in_threads(function, tasks) if threads else map(function, tasks)

    def _share_out(self, function: Callable[[Task], Result], tasks: Iterable[Task], together: int) -> Iterator[Result]:
        packs = _packs(tasks, together)
        first = list(islice(packs, 2))
        if len(first) < 2:  # starting a process takes longer than one pack of tasks
            yield from (function(task) for pack in first for task in pack)
            return
        numbered = enumerate(chain(first, packs))
        at_work: dict[Connection, int] = {}
        done: dict[int, list[Result]] = {}
        taken = 0
        while True:
            while len(at_work) < self._size and len(at_work) + len(done) < _AHEAD * self._size:
                number, pack = next(numbered, (None, []))
                if number is None:
                    break
                at_work[self._give((function, pack), at_work)] = number
            if taken in done:
                yield from done.pop(taken)
                taken += 1
                continue
            if not at_work:
                return
            ready = wait(list(at_work))
            for pipe in [pipe for pipe in at_work if pipe in ready]:
                done[at_work.pop(pipe)] = self._receive(pipe)

    def _give(self, work: tuple[Any, list[Any]], busy: dict[Connection, int]) -> Connection:
        """Send work to an idle worker, or to a new one, and return its pipe."""
        pipe = next((pipe for pipe in self._workers if pipe not in busy), None) or self._start()
        with suppress(OSError):  # the worker has ended; `_receive` reports why
            pipe.send(work)
        return pipe

    def _start(self) -> Connection:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._set_up, self._size), daemon=True)
        with interrupts.withheld():
            process.start()
            self._workers[ours] = process
        theirs.close()
        return ours

    def _receive(self, pipe: Connection) -> list[Any]:
        try:
            answer = pipe.recv()
        except (EOFError, OSError):
            raise self._loss(pipe) from None
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def _loss(self, pipe: Connection) -> WorkerError:
        process = self._workers[pipe]
        process.join()
        if (code := process.exitcode or 0) >= 0:
            return WorkerError("a worker process crashed; its message is above")
        return WorkerError(
            f"a worker was killed (signal {-code}), perhaps for lack of memory, and nothing was written: use fewer "
            "--workers, or close other programs"
        )


def _in_threads(function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(function, task))
                if len(waiting) > _AHEAD * _THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _packs(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    iterator = iter(tasks)
    while pack := list(islice(iterator, size)):
        yield pack


def _work(pipe: Connection, set_up: Callable[[int], None] | None, workers: int) -> None:
    """Run a worker process: answer one pack of tasks after another."""
    interrupts.leave_to_parent()
    if set_up is not None:
        set_up(workers)
    with suppress(EOFError, OSError):  # the pipe is closed: the pool has stopped, or its process has ended
        while True:
            function, pack = pipe.recv()
            pipe.send(_answer(function, pack))


def _answer(function: Callable[[Any], Any], pack: list[Any]) -> list[Any] | Exception:
    try:
        return [function(task) for task in pack]
    except (MirageGanError, OSError) as error:
        return error
