"""Main directions of a latent space, each named by what one hears when a sound is moved along it.

They are the principal components of the traits of generated sounds, turned so that each is as near to one trait as it
can be, and regressed onto the latents of these sounds. So "longer" is what makes sounds longer, whatever else long
sounds have in common. What each does is tried: sounds are moved along it, and where its trait hardly changes, it is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.auditioning.steering import traits
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.auditioning.steering.traits import Trait
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.waves.representation import Representation

MOST: Final = 6
_SOUNDS: Final = 300  # seeds from 0 on
_MOVED: Final = 24  # of these, by which directions are tried
_RIDGE: Final = 0.1  # of the sum of squares of a latent's number: sounds are few, and traits no linear function of it
_LEAST: Final = 0.5  # standard deviations of a trait by which it changes from end to end; less is not heard
_CONSTANT: Final = 1e-6  # standard deviation of a trait that no sound has more of than others
_ALIKE: Final = 0.9  # cosine of two directions that are one


@dataclass(frozen=True)
class Direction:
    """A way through the latent space.

    Attributes
    ----------
    trait : Trait
        What one hears of it; there is more of it at its end.
    vector : float32, shape (latent,)
        Of length 1.
    reach : float
        How far a sound is moved along it either way, before its latent is scaled to the length of before.
    """

    trait: Trait
    vector: NDArray[np.float32]
    reach: float

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        vector = [float(value) for value in self.vector]
        return {"name": self.trait.more, "opposite": self.trait.less, "vector": vector, "reach": self.reach}


def find(sampler: Sampler, representation: Representation) -> list[Direction]:
    """Find the main directions of a network's latent space, `MOST` or fewer, in the order of `traits.of`.

    Raises
    ------
    TrainingError
        If the network's output is not finite.
    """
    latents = np.concatenate([latent(seed).numpy() for seed in range(_SOUNDS)])  # (sounds, latent)
    measured = traits.measure(representation.normalize(sampler.generate(range(_SOUNDS))), representation)
    spread = measured.std(axis=0)
    spread = np.where(spread > _CONSTANT, spread, np.inf)
    reach = float(np.sqrt(latents.shape[1]))  # the length of a latent: an eighth of a turn
    vectors = _regress(latents, (measured - measured.mean(axis=0)) / spread)
    found: list[Direction] = []
    for i, (trait, vector) in enumerate(zip(traits.of(representation), vectors, strict=True)):
        low, high = (_measure_moved(sampler, representation, latents[:_MOVED], way * reach * vector) for way in (-1, 1))
        is_heard = (high - low)[:, i].mean() >= _LEAST * spread[i]
        if is_heard and all(abs(float(vector @ other.vector)) < _ALIKE for other in found):
            found.append(Direction(trait, vector, reach))
    return found[:MOST]


def _regress(latents: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return a vector of length 1 in the latent space for each trait of scores, (sounds, traits)."""
    components, _, turned = np.linalg.svd(scores, full_matrices=False)
    z = np.asarray(latents, np.float64)
    squares = z.T @ z + _RIDGE * len(z) * np.eye(z.shape[1])
    slopes = np.linalg.solve(squares, z.T @ (components @ turned)).T  # (traits, latent)
    return np.asarray(slopes / np.linalg.norm(slopes, axis=1, keepdims=True), np.float32)


def _measure_moved(
    sampler: Sampler, representation: Representation, latents: NDArray[np.float32], by: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the traits of sounds whose latents are moved and then scaled to their length before.

    The latents, (sounds, latent), are those of seeds from 0 on, whose classes the sounds keep.
    """
    ahead = latents + by
    ahead *= np.linalg.norm(latents, axis=1, keepdims=True) / np.linalg.norm(ahead, axis=1, keepdims=True)
    mixes = (sampler.classes.settle(seed).mix for seed in range(len(ahead)))
    sounds = sampler.generate([Address(z=tuple(map(float, z)), mix=mix) for z, mix in zip(ahead, mixes, strict=True)])
    return traits.measure(representation.normalize(sounds), representation)
