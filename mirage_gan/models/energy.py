"""The head of a discriminator that is an auto-encoder: what it reconstructs badly is not real (energy-based GAN).

Source: J. Zhao et al. 2016, arXiv:1609.03126. The encoder is the body of the discriminator with a narrow layer on top,
and the decoder is of the family. The energy of a wave is the mean squared error of its reconstruction; the logit is
minus the energy, so that real waves have the higher logits, as with all other losses. The paper's pulling-away term,
against collapse, is left out: the sounds of `wave` spread as real ones do without it.
"""

from __future__ import annotations

from typing import Final

from torch import Tensor, nn

from mirage_gan.models.networks import SLOPE

CODE: Final = 32  # values of the narrow layer: what does not fit through it has to be known of all real waves
HIDDEN: Final = 8  # units of the hidden layer of a `decoder`, in multiples of the width


class EnergyHead(nn.Module):
    """The narrow layer, the decoder, and the comparison with what the discriminator was shown.

    Parameters
    ----------
    features : int
        Values that the body of the discriminator finds in a pack of waves.
    decoder : nn.Module
        (packs, CODE) -> the reconstruction, shape (packs, ...).
    scale : float
        Multiplier of the error, which brings the energies of waves at random over the margin of `training.step.losses`.
    """

    def __init__(self, features: int, decoder: nn.Module, scale: float = 1.0) -> None:
        super().__init__()
        self.encode = nn.Linear(features, CODE)
        self.decode = decoder
        self._scale = scale

    def forward(self, found: Tensor, shown: Tensor) -> Tensor:
        """Return minus the energies: the features of packs and what they were found in -> (packs,)."""
        error = self.decode(self.encode(found.flatten(1))) - shown
        logits: Tensor = -self._scale * error.float().flatten(1).square().mean(1)
        return logits


def decoder(values: int, width: int) -> nn.Module:
    """Return a decoder of two layers: (packs, CODE) -> (packs, values)."""
    return nn.Sequential(nn.Linear(CODE, HIDDEN * width), nn.LeakyReLU(SLOPE), nn.Linear(HIDDEN * width, values))
