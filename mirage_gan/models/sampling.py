"""Waves from seeds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.latents import Stream, latents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.networks import Generator, Spec


class Sampler:
    """A generator, ready to be asked for waves."""

    def __init__(self, spec: Spec, generator: Generator) -> None:
        self.spec = spec
        self._generator = generator.requires_grad_(requires_grad=False).eval()

    @classmethod
    def from_weights(cls, spec: Spec, weights: dict[str, Tensor]) -> Sampler:
        """Make the generator that `spec` describes, with these weights, on the CPU.

        Raises
        ------
        FormatError
            If the weights are another network's.
        """
        generator = build(spec, seed=0).generator
        try:
            generator.load_state_dict(weights)
        except RuntimeError as error:
            raise FormatError(f"its weights are not this network's: {str(error).splitlines()[0]}") from None
        return cls(spec, generator)

    def generate(self, seeds: Iterable[int], label: int | None = None) -> Waves:
        """Make one wave a seed.

        Parameters
        ----------
        seeds : iterable of int
            0 or more.
        label : int, optional
            The class of all of them, where the run knows classes.

        Returns
        -------
        float32, shape (seeds, points)
            -1 to 1, as the generator made them: not normalized. A seed gives the same wave, bit for bit, whatever it is
            generated together with, because each is computed by itself: sums in a batch are rounded otherwise.

        Raises
        ------
        TrainingError
            If the network's output is not finite.
        """
        with _one_thread():
            waves = [self.from_condition(condition_of(seed, label)) for seed in seeds]
        return np.concatenate(waves) if waves else np.zeros((0, self.spec.points), np.float32)

    def from_condition(self, condition: Condition) -> Waves:
        """Make one wave a latent; raises as `generate` does."""
        with torch.inference_mode():
            device = next(self._generator.parameters()).device
            waves: Waves = self._generator.waves(condition.to(device)).cpu().numpy()
        if not np.isfinite(waves).all():
            raise TrainingError("the generator's output is not finite: choose another checkpoint, or train again")
        return waves

    def outputs(self, seeds: Iterable[int]) -> Tensor:
        """Make what the discriminator would see of each seed, shape (seeds, 1, ...), on the CPU."""
        with torch.inference_mode():
            return torch.cat([self._generator(condition_of(seed)).cpu() for seed in seeds])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one core: a single wave is too small to share, and cores that wait for each other are slow."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def condition_of(seed: int, label: int | None = None) -> Condition:
    """Return what one sound is made of."""
    return Condition(latent(seed), None if label is None else torch.tensor([label]))


def latent(seed: int) -> Tensor:
    """Return the latent of a sound, shape (1, LATENT)."""
    return latents(1, seed, Stream.SOUND, 0)
