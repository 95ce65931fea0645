"""What is said of any sound, whatever file holds it: its kind, its pitch, how well its loop closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import reading
from mirage_gan.audio.measuring import pitch
from mirage_gan.base.errors import MirageGanError

if TYPE_CHECKING:
    from mirage_gan.inspecting.report import InspectReport

_CLICK: Final = 1.5  # a step at the loop point clicks if it is over this many times the largest step inside


def add(found: InspectReport, sound: reading.Sound) -> None:
    """Add to a report the kind of a sound, its pitch, and how well its loop closes."""
    try:
        signal = reading.normalize(sound)
    except MirageGanError as error:
        found.problems.append(str(error))
        return
    if pitch.is_loop(signal, sound.rate_hz):
        found.facts["kind"] = "loop (one period)"
        found.facts["pitch in Hz"] = round(sound.rate_hz / len(signal), 3)
        steps = np.abs(np.diff(signal))
        seam = abs(float(signal[0] - signal[-1]))
        found.facts["step at the loop point, to the largest inside"] = round(seam / float(steps.max()), 3)
        if seam > _CLICK * float(steps.max()):
            found.problems.append("it clicks: the jump from its end to its start is much larger than any jump inside")
    elif heard := pitch.measure(signal, sound.rate_hz):
        found.facts |= {
            "kind": "pitched sound",
            "pitch in Hz": round(heard.hz, 2),
            "clarity": round(heard.clarity, 3),
        }
    else:
        found.facts["kind"] = "one-shot, no steady pitch"
