"""Networks as the audition page runs them, and what Python makes of the same latents with the same rounded weights."""

from __future__ import annotations

import base64
import copy
import itertools
import json
import re
from importlib.resources import files
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from mirage_gan.audio.measuring import spectrum
from mirage_gan.auditioning import network
from mirage_gan.exporting.order import make_sound
from mirage_gan.mirage import pcm
from mirage_gan.models import families
from mirage_gan.models.addresses import Address
from mirage_gan.models.classes import Classes
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.sampling import Sampler
from mirage_gan.pages import audition_page

if TYPE_CHECKING:
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.addresses import Mix
    from mirage_gan.models.networks import Spec


def harness(network: dict[str, Any]) -> bytes:
    """Return a page that has a network, and `makeGenerator`, which runs it, under the policy of the audition page.

    Its script is another one than that of the policy, so this is allowed by a rule of its own.
    """
    folder = files("mirage_gan.pages") / "templates" / "audition"
    sources = {
        entry.name.removesuffix(".js"): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".js")
    }
    script = audition_page.bundle("generator", sources)
    policy = re.sub(r"script-src '[^']+'", "script-src 'unsafe-inline'", audition_page.csp(live=False))
    return (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<link rel="icon" href="data:,"><script type="application/json" id="network">{json.dumps(network)}</script>'
        f'<script type="module">{script}\nObject.assign(globalThis, {{ makeGenerator, Program }});'
        'globalThis.network = JSON.parse(document.getElementById("network").textContent);</script>'
    ).encode()


def rounded(sampler: Sampler) -> Sampler:
    """Return a sampler whose weights are those that the page has."""
    generator = copy.deepcopy(sampler._generator)
    generator.load_state_dict({name: weight.half().float() for name, weight in generator.state_dict().items()})
    return Sampler(sampler.spec, generator, sampler.classes)


def untrained(spec: Spec, seed: int = 0) -> Sampler:
    """Return a network that was not trained; the classes that it knows are called a, b and so on."""
    names = tuple(ascii_lowercase[: spec.classes])
    return Sampler(spec, families.build(spec, seed).generator, Classes(names, tuple(range(10, 10 + len(names)))))


def case(sampler: Sampler, shape: SoundShape, address: Address) -> dict[str, Any]:
    """Return what Python makes of a latent, and of classes, with the weights that a sampler has."""
    raw = sampler.generate([address])
    signal = make_sound(shape, shape.representation.normalize(raw)[0]).signal
    return {
        "place": {"latent": address.z, "mix": dict(address.mix)},
        "wave": raw[0].tolist(),
        "samples": base64.b64encode(pcm.encode(signal).tobytes()).decode(),
        "center": spectrum.center_hz(signal, 1),
        "noisiness": spectrum.noisiness(signal),
    }


def fixture(sampler: Sampler, shape: SoundShape, count: int) -> dict[str, Any]:
    """Return a network as the page has it, and what it is to make of latents, of each class in turn and of a mix."""
    found = network.embed(sampler, shape)
    assert found["network"] is not None, found["network_missing"]
    alike = rounded(sampler)
    names = sampler.classes.names
    mixes: list[Mix] = [((name, 1.0),) for name in names] or [()]
    if len(names) > 1:
        mixes.append(((names[1], 0.75), (names[0], 0.25)))
    some = zip(latents(count, 0, Stream.SCORE, 0), itertools.cycle(mixes), strict=False)
    addresses = [Address(z=tuple(z.tolist()), mix=mix) for z, mix in some]
    return {"network": found["network"], "cases": [case(alike, shape, address) for address in addresses]}
