"""Networks as the audition page runs them, and what Python makes of the same latents with the same rounded weights."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

from mirage_gan.auditioning import network
from mirage_gan.exporting.order import make_sound
from mirage_gan.mirage import pcm
from mirage_gan.models import families
from mirage_gan.models.addresses import Address
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.sampling import Sampler

if TYPE_CHECKING:
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.networks import Spec


def rounded(sampler: Sampler) -> Sampler:
    """Return a sampler whose weights are those that the page has."""
    generator = copy.deepcopy(sampler._generator)
    generator.load_state_dict({name: weight.half().float() for name, weight in generator.state_dict().items()})
    return Sampler(sampler.spec, generator)


def untrained(spec: Spec, seed: int = 0) -> Sampler:
    """Return a network that was not trained."""
    return Sampler(spec, families.build(spec, seed).generator)


def case(sampler: Sampler, shape: SoundShape, z: list[float]) -> dict[str, Any]:
    """Return what Python makes of a latent, with the weights that a sampler has."""
    raw = sampler.generate([Address(z=tuple(z))])
    samples = pcm.encode(make_sound(shape, shape.representation.normalize(raw)[0]).signal)
    return {"z": z, "wave": raw[0].tolist(), "samples": base64.b64encode(samples.tobytes()).decode()}


def fixture(sampler: Sampler, shape: SoundShape, count: int) -> dict[str, Any]:
    """Return a network as the page has it, and what it is to make of some latents."""
    found = network.embed(sampler, shape)
    assert found["network"] is not None, found["network_missing"]
    alike = rounded(sampler)
    some = latents(count, 0, Stream.SCORE, 0)
    return {"network": found["network"], "cases": [case(alike, shape, z.tolist()) for z in some]}
