"""Run a generator once, and write down each operation of PyTorch that depends on the latent, as a program.

Whatever does not depend on the latent is a constant of the program: the weights, and what is computed of them alone. So
no family declares its layers twice, and a network of the user's own is recorded as ours are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mirage_gan.models.conditions import Condition
from mirage_gan.models.networks import LATENT
from mirage_gan.models.tracing.program import GIVEN_SLOT, Program, UntraceableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from mirage_gan.models.networks import Generator

    Handler: TypeAlias = Callable[..., "Value"]


@dataclass(frozen=True)
class Value:
    """A tensor that depends on the latent, as a view of an array of the program.

    Attributes
    ----------
    slot : int
        The array.
    view : int64 tensor
        Has the shape of the tensor, and tells for each of its elements which number of the array it is. It is a strided
        view of a range, so that PyTorch itself computes what slices and permutations do.
    is_complex : bool
        Whether the array holds pairs of a real and an imaginary part, which are counted as one number then.
    """

    slot: int
    view: Tensor
    is_complex: bool = False


class Recorder(TorchDispatchMode):
    """While it is active, operations on known tensors are added to a program."""

    def __init__(self, given: Tensor, handlers: Mapping[Any, Handler]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.program = Program(given.numel())
        self._handlers = handlers
        self._known: dict[
            int, tuple[Tensor, Value | None]
        ] = {}  # by identity; the tensors are kept so that it stays theirs
        self._learn(given, fresh(GIVEN_SLOT, given.shape))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep PyTorch from importing its compiler, which takes seconds; nothing is compiled here."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation of PyTorch, and record it if it depends on the latent."""
        found = func(*args, **(kwargs or {}))
        if not any(self.depends(arg) for arg in _flat(args)):
            return found
        handler = self._handlers.get(func)
        if handler is None:
            raise UntraceableError(f"its network uses {func}, which no program has")
        value = handler(self, found, *args, **(kwargs or {}))
        if found is args[0]:
            self._forget_views(found)
        self._learn(found, value)
        return found

    def depends(self, thing: Any) -> bool:
        """Tell whether something is a tensor that depends on the latent."""
        return isinstance(thing, Tensor) and id(thing) in self._known

    def value(self, tensor: Tensor) -> Value:
        """Return a tensor as a value of the program; a constant becomes one."""
        if self.depends(tensor):
            known = self._known[id(tensor)][1]
            if known is None:
                raise UntraceableError("its network reads numbers of which another part was changed in place")
            return known
        if tensor.is_complex():
            raise UntraceableError("its network has complex weights")
        slot = self.program.add("constant", [], tensor.numel(), weights=self.program.keep(tensor))
        return fresh(slot, tensor.shape)

    def array(self, value: Value) -> int:
        """Return the number of an array that holds a value's elements in their order."""
        slot, view = value.slot, value.view if value.view.dim() else value.view[None]
        if view.is_contiguous() and view.numel() * (1 + value.is_complex) == self.program.size_of(slot):
            return slot
        if value.is_complex:
            raise UntraceableError("its network rearranges complex numbers")
        return self.program.add(
            "strided",
            [slot],
            view.numel(),
            shape=list(view.shape),
            strides=list(view.stride()),
            first=view.storage_offset(),
        )

    def _learn(self, tensor: Tensor, value: Value) -> None:
        self._known[id(tensor)] = (tensor, value)

    def _forget_views(self, tensor: Tensor) -> None:
        """Forget what other tensors were that share the numbers of one that is changed in place."""
        storage = tensor.untyped_storage().data_ptr()
        for number, (other, _) in self._known.items():
            if other.untyped_storage().data_ptr() == storage:
                self._known[number] = (other, None)


def fresh(slot: int, shape: Sequence[int], *, is_complex: bool = False) -> Value:
    """Return all of an array as a value of a shape."""
    return Value(slot, torch.arange(math.prod(shape)).view(tuple(shape)), is_complex)


def record(generator: Generator, handlers: Mapping[Any, Handler], classes: int = 0) -> Program:
    """Return a generator as the program of its wave for one latent and, if it knows classes, the share of each.

    Raises
    ------
    UntraceableError
        If it has an operation that is not in `handlers`, or that is used in a way that no program can express.
    """
    given = torch.linspace(-1, 1, LATENT + classes)[None]
    with torch.no_grad():
        recorder = Recorder(given, handlers)
        with recorder:
            wave = generator.waves(Condition(given[:, :LATENT], given[:, LATENT:]) if classes else Condition(given))
    if not recorder.depends(wave):
        raise UntraceableError("its waves do not depend on the latent")
    recorder.program.wave = recorder.array(recorder.value(wave))
    recorder.program.prune()
    return recorder.program


def _flat(args: Any) -> list[Any]:
    """Return arguments and the elements of those that are lists."""
    return [part for arg in args for part in (arg if isinstance(arg, (list, tuple)) else [arg])]
