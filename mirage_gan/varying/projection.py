"""Variations of a sound in the latent space of a generator: around the place whose sound is nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mirage_gan.judging import likeness
from mirage_gan.models import sampling
from mirage_gan.varying import goal

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.likeness import Known
    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.waves.representation import Representation

_STRANGERS: Final = 1.0  # the spread at which a neighbour has nothing in common with its origin


@dataclass(frozen=True)
class Projection:
    """The place of a sound in the latent space of a generator.

    Attributes
    ----------
    sampler : Sampler
    representation : Representation
        That of the sound, which the sampler makes.
    wave : float32, shape (points,)
        The sound, normalized.
    address : Address
        Where `inversion.invert` found the nearest sound.
    """

    sampler: Sampler
    representation: Representation
    wave: Waves
    address: Address

    @cached_property
    def distance(self) -> float:
        """The novelty of the nearest sound beside the sound itself: 0 if the generator can make it."""
        return goal.novelty(self.make(self.address), self._source)

    @property
    def is_near(self) -> bool:
        """Whether the nearest sound is no farther away than variations go: else the generator knows no such sound."""
        return self.distance <= goal.novelty_of(1, self.representation)

    def make(self, address: Address) -> Waves:
        """Generate the sound of an address: float32, shape (points,), normalized."""
        made: Waves = self.representation.normalize(self.sampler.generate([address]))[0]
        return made

    def vary(self, amount: float, seed: int) -> Address:
        """Return the address of one variation; an amount of 0 gives the nearest sound.

        It is the nearest neighbour, in the direction of the seed, that is as novel as the amount says beside the sound
        and the nearest sound both.

        Parameters
        ----------
        amount : float
            0 to 1.
        seed : int
            0 or more.
        """
        if not amount:
            return self.address
        least = goal.novelty_of(amount, self.representation)

        def is_far(address: Address) -> bool:
            made = self.make(address)
            # each alone, because the novelty of whole sounds is relative to how near the known ones are to each other
            return min(goal.novelty(made, known) for known in (self._source, self._nearest)) >= least

        return goal.weakest(lambda spread: sampling.neighbour(self.address, spread, seed), is_far, _STRANGERS)

    @cached_property
    def _source(self) -> Known:
        return likeness.of(self.representation).known(self.wave[None])

    @cached_property
    def _nearest(self) -> Known:
        return likeness.of(self.representation).known(self.make(self.address)[None])
