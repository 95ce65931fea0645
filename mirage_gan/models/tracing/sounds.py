"""How the waves of a representation become the samples of an export, as a program says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage_gan.models.networks import CYCLE
from mirage_gan.models.tracing.program import UntraceableError

if TYPE_CHECKING:
    from mirage_gan.waves.representation import Representation


def describe(shown_as: Representation, samples: int, interp: str) -> dict[str, Any]:
    """Return what makes samples of a wave, as plain JSON values.

    Parameters
    ----------
    shown_as : Representation
        What the points of the wave are.
    samples : int
        Of a loop; of a whole sound, the most.
    interp : str
        How a loop is interpolated.

    Raises
    ------
    UntraceableError
        If no program has such a way.
    """
    if shown_as.name == CYCLE and interp == "periodic" and not samples & (samples - 1):
        return {"how": "cycle", "samples": samples}
    raise UntraceableError(f"no program makes sounds of its waves, which are of the kind {shown_as.name}")
