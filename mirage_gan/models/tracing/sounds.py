"""How the waves of a representation become the samples of an export, as a program says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirage_gan.audio.measuring import onsets
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.networks import CYCLE
from mirage_gan.models.tracing.program import UntraceableError
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.waves import representation, spectrogram

if TYPE_CHECKING:
    from mirage_gan.waves.representation import Representation

PICTURE: Final = representation.of_kind(ONE_SHOT).name


def describe(shown_as: Representation, points: int, samples: int, interp: str) -> dict[str, Any]:
    """Return what makes samples of a wave, as plain JSON values.

    Parameters
    ----------
    shown_as : Representation
        What the points of the wave are.
    points : int
        Of the wave.
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
    if shown_as.name == PICTURE:
        return {
            "how": "rebuilt",
            "resolved": onsets.RESOLVED,
            "shortest": onsets.SHORTEST,
            "longest": samples,
            "fade": round(onsets.FADE_SECONDS * HEADER_RATE_HZ),
            **spectrogram.rebuilding(points // spectrogram.ROWS),
        }
    raise UntraceableError(f"no program makes sounds of its waves, which are of the kind {shown_as.name}")
