"""What the controls of new sounds need besides the network: directions for sliders, and where the page's sounds lie."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from mirage_gan.auditioning.steering import directions
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.waves.representation import Representation


def add(
    embedded: Mapping[str, Any], sampler: Sampler, representation: Representation, addresses: Iterable[Address]
) -> dict[str, Any]:
    """Add to a page's network its directions, and to the page the latents of its sounds.

    Parameters
    ----------
    embedded : mapping
        From `network.embed`. Without a network, there is nothing to steer.
    addresses : iterable of Address
        Of the page's sounds, in their order.

    Returns
    -------
    dict
        The same, with `directions` in `network`, and `latents`: little-endian float32 in base64, one after the other.

    Raises
    ------
    TrainingError
        If the network's output is not finite.
    """
    network = embedded["network"]
    if network is None:
        return {**embedded, "latents": ""}
    found = [direction.as_json() for direction in directions.find(sampler, representation)]
    latents = b"".join(latent(address).numpy().astype("<f4").tobytes() for address in addresses)
    return {
        **embedded,
        "network": {**network, "directions": found},
        "latents": base64.b64encode(latents).decode(),
    }
