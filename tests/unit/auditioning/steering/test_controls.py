"""The controls know where the page's sounds lie, to the last bit, and need a network."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.auditioning.steering import controls, directions
from mirage_gan.folders import runs
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import latent
from mirage_gan.waves.representation import of_kind

if TYPE_CHECKING:
    from pathlib import Path

LOOP = of_kind("loop")


def test_the_page_has_the_latents_of_its_sounds_bit_for_bit(trained: Path) -> None:
    sampler, _ = runs.load_sampler(runs.find_checkpoint(trained, "best"))
    z = tuple(map(float, np.random.default_rng(0).normal(size=64).astype(np.float32)))
    addresses = [Address(3), Address(3, 0.2, 1, name="Bell"), Address(z=z)]

    added = controls.add({"network": {"latent": 64}, "network_missing": ""}, sampler, LOOP, addresses)

    held = np.frombuffer(base64.b64decode(added["latents"]), "<f4").reshape(-1, 64)
    assert [row.tobytes() for row in held] == [latent(address).numpy().tobytes() for address in addresses]
    assert added["network"]["latent"] == 64
    assert added["network"]["directions"] == [each.as_json() for each in directions.find(sampler, LOOP)]
    assert added["network_missing"] == ""


def test_without_a_network_nothing_is_added(trained: Path) -> None:
    sampler, _ = runs.load_sampler(runs.find_checkpoint(trained, "best"))
    without = {"network": None, "network_missing": "It has none."}

    assert controls.add(without, sampler, LOOP, [Address(3)]) == {**without, "latents": ""}
