"""Generate waves from seeds and addresses with a trained generator."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.models.addresses import Address
from mirage_gan.models.classes import NO_CLASSES, Classes
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.tracing.trace import trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.networks import Generator, Spec
    from mirage_gan.models.tracing.program import Program
    from mirage_gan.waves.representation import Representation


class Sampler:
    """A generator in inference mode.

    Attributes
    ----------
    spec : Spec
    classes : Classes
        What the generator knows of classes; none if it knows none.
    """

    def __init__(self, spec: Spec, generator: Generator, classes: Classes = NO_CLASSES) -> None:
        self.spec = spec
        self.classes = classes
        self._generator = generator.requires_grad_(requires_grad=False).eval()

    @classmethod
    def from_weights(cls, spec: Spec, weights: dict[str, Tensor], classes: Classes = NO_CLASSES) -> Sampler:
        """Build the generator that `spec` describes on the CPU, and load its weights.

        Raises
        ------
        FormatError
            If the weights do not fit the generator.
        """
        generator = build(spec, seed=0).generator
        try:
            generator.load_state_dict(weights)
        except RuntimeError as error:
            raise FormatError(f"its weights are not this network's: {str(error).splitlines()[0]}") from None
        return cls(spec, generator, classes)

    def generate(self, places: Iterable[int | Address]) -> Waves:
        """Generate one wave for each place in the latent space.

        Parameters
        ----------
        places : iterable of int or Address
            Seeds, 0 or more, or addresses. One that says no class has that which its seed draws, see `Classes.draw`.

        Returns
        -------
        float32, shape (places, points)
            Waves, -1 to 1, not normalized. Each is computed in a batch of one, because rounding depends on the batch
            size: so a seed gives the same wave, bit for bit, whatever the other seeds are.

        Raises
        ------
        ConfigError
            If an address says a class that the generator does not know.
        TrainingError
            If the generator's output is not finite.
        """
        with one_thread():
            waves = [self.from_condition(condition_of(place, self.classes)) for place in places]
        return np.concatenate(waves) if waves else np.zeros((0, self.spec.points), np.float32)

    def from_condition(self, condition: Condition) -> Waves:
        """Generate one wave for each latent: float32, shape (batch, points), -1 to 1. Raises as `generate` does."""
        with torch.inference_mode():
            device = next(self._generator.parameters()).device
            waves: Waves = self._generator.waves(condition.to(device)).cpu().numpy()
        if not np.isfinite(waves).all():
            raise TrainingError("the generator's output is not finite: choose another checkpoint, or train again")
        return waves

    def with_gradients(self, condition: Condition) -> Tensor:
        """Generate waves, float32, shape (batch, points), as a function of the latents that has gradients."""
        return self._generator.waves(condition)

    def outputs(self, seeds: Iterable[int]) -> Tensor:
        """Return the discriminator's input for each seed: a float32 tensor on the CPU, shape (seeds, channels, ...)."""
        with torch.inference_mode():
            return torch.cat([self._generator(condition_of(seed, self.classes)).cpu() for seed in seeds])

    def trace(self, shown_as: Representation, samples: int, interp: str) -> Program:
        """Return the generator as a program that makes samples of a latent and classes; see `tracing.trace.trace`."""
        return trace(self._generator, shown_as, samples, interp, len(self.classes))


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit PyTorch to one thread: for a batch of one, synchronizing threads costs more than it saves."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def condition_of(place: int | Address, classes: Classes = NO_CLASSES) -> Condition:
    """Return the generator's input for the sound of a seed or an address, a batch of one.

    Raises
    ------
    ConfigError
        If the address says a class that is none of `classes`.
    """
    address = classes.settle(place)
    return Condition(latent(address), classes.shares(address))


def latent(place: int | Address) -> Tensor:
    """Return the latent of the sound of a seed or an address: float32, shape (1, LATENT).

    A neighbour's is a mix of its seed's latent and of another one.
    """
    address = Address(place) if isinstance(place, int) else place
    if address.z is not None:
        return torch.tensor([address.z], dtype=torch.float32)
    seed = address.seed or 0
    own = latents(1, seed, Stream.SOUND, 0)
    if not address.number:
        return own
    return mix(own, latents(1, seed, Stream.NEAR, address.number), address.spread)


def neighbour(of: Address, spread: float, seed: int) -> Address:
    """Return a neighbour of the same class: one of many, by seed, as far away as a seed's neighbours of that spread."""
    mixed = mix(latent(of), latents(1, seed, Stream.NEAR, 0), spread)
    return Address(z=tuple(mixed[0].tolist()), mix=of.mix)


def mix(own: Tensor, other: Tensor, spread: float) -> Tensor:
    """Return a mix of latents, (1, LATENT), in which both keep the sum of their variances at 1."""
    return math.sqrt(1 - spread**2) * own + spread * other
