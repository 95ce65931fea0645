"""A painter of piano rolls, whose output is ink or none, learns notes by the gradient that passes straight through."""

from __future__ import annotations

import torch

from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import Spec
from mirage_gan.waves.data import pixels
from mirage_gan.waves.data.rolls import SIDE, Rolls
from tests.support import tunes

STEPS = 150


def test_notes_are_learned_where_the_untrained_network_has_none_right() -> None:
    spec = Spec("dcgan", "paint", SIDE * SIDE, 8, representation=Rolls.name)
    generator = build(spec, seed=0).generator
    real = torch.from_numpy(pixels.of_levels(tunes.pictures()[:2]))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        shown = Condition(torch.randn(2, 64))
    adam = torch.optim.Adam(generator.parameters(), 0.003)
    untrained = overlap(generator.waves(shown), real)

    for _ in range(STEPS):
        adam.zero_grad()
        (generator.waves(shown) - real).square().mean().backward()
        adam.step()

    made = generator.waves(shown)
    assert set(made.detach().unique().tolist()) <= {-1.0, 1.0}  # whole notes, and no gray
    assert untrained < 0.05
    assert overlap(made, real) > 0.8


def overlap(made: torch.Tensor, real: torch.Tensor) -> float:
    """Return the cells that sound in both over those that sound in either."""
    return float(((made > 0) & (real > 0)).sum() / ((made > 0) | (real > 0)).sum())
