"""A run's network in the audition page, so that the page itself makes new sounds, each the one that an export makes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.auditioning.collection import tunings
from mirage_gan.models.networks import LATENT
from mirage_gan.models.tracing.program import UntraceableError

if TYPE_CHECKING:
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.sampling import Sampler


LATER: Final = {"network": None, "network_missing": "New sounds come with the first checkpoint."}


def embed(sampler: Sampler, shape: SoundShape) -> dict[str, Any]:
    """Return the network as plain JSON values: `network`, or None and in `network_missing` one sentence why.

    Parameters
    ----------
    sampler : Sampler
        The network.
    shape : SoundShape
        What its waves become.
    """
    try:
        program = sampler.trace(shape.representation, shape.period, shape.interp)
    except UntraceableError as error:
        return {"network": None, "network_missing": f"This page makes no new sounds by itself, because {error}."}
    network = {
        "latent": LATENT,
        "classes": sampler.classes.as_pairs(),
        "program": program.as_json(),
        "weights": base64.b64encode(program.weights).decode(),
        "sound": {"rate_hz": shape.rate_hz, "hz": shape.pitch_hz, "tuning": tunings(shape)},
        "directions": [],
    }
    return {"network": network, "network_missing": ""}
