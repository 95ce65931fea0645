"""Turn a trained generator into a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.models.tracing import sounds
from mirage_gan.models.tracing.operations import HANDLERS
from mirage_gan.models.tracing.recorder import record

if TYPE_CHECKING:
    from mirage_gan.models.networks import Generator
    from mirage_gan.models.tracing.program import Program
    from mirage_gan.waves.representation import Representation


def trace(generator: Generator, shown_as: Representation, samples: int, interp: str, classes: int = 0) -> Program:
    """Return the program that makes the samples of a latent, as an export makes them.

    Parameters
    ----------
    generator : Generator
        In inference mode, on the CPU.
    shown_as : Representation
        What the points of its waves are.
    samples : int
        Of a loop; of a whole sound, the most.
    interp : str
        How a loop is interpolated.
    classes : int
        That the generator knows.

    Raises
    ------
    UntraceableError
        If an operation of the generator, or what becomes of its waves, cannot be expressed.
    """
    program = record(generator, HANDLERS, classes)
    program.sound = sounds.describe(shown_as, program.size_of(program.wave), samples, interp)
    return program
