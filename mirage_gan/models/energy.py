"""The head of a discriminator that is an auto-encoder: what it reconstructs badly is not real (energy-based GAN).

Source: J. Zhao et al. 2016, arXiv:1609.03126. The encoder is the body of the discriminator with a narrow layer on top,
and the decoder is of the family. The energy of a wave is the mean squared error of its reconstruction; the logit is
minus the energy, so that real waves have the higher logits, as with all other losses. The paper's pulling-away term,
against collapse, is left out: the sounds of `wave` spread as real ones do without it.

Drawings of lines are compared at several resolutions. At the finest alone, a line that is reconstructed a pixel beside
the right place is as wrong as none: so the auto-encoder soon knows that most of a drawing is blank, and for long no
more. Energies then tell little but how much ink there is, and the generator collapses to the drawing that is nearest to
the mean of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models.networks import SLOPE, DiscriminatorHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.models.networks import Spec

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
    halvings : int
        Resolutions of pictures at which they are compared, too, each of half as many rows and columns as the one
        before. An error of lines has about half the mean square there, and so each counts twice as much.
    """

    def __init__(self, features: int, decoder: nn.Module, scale: float = 1.0, halvings: int = 0) -> None:
        super().__init__()
        self.encode = nn.Linear(features, CODE)
        self.decode = decoder
        self._scale, self._halvings = scale, halvings

    def forward(self, found: Tensor, _labels: None, shown: Tensor) -> Tensor:
        """Return minus the energies: the features of packs and what they were found in -> (packs,)."""
        rebuilt = self.decode(self.encode(found.flatten(1)))
        error = (rebuilt - shown.reshape(rebuilt.shape)).float()
        energies = error.flatten(1).square().mean(1)
        for halving in range(1, self._halvings + 1):
            error = F.avg_pool2d(error, 2)
            energies = energies + 2**halving * error.flatten(1).square().mean(1)
        logits: Tensor = -self._scale * energies
        return logits


def make_head(
    features: int, spec: Spec, make_decoder: Callable[[], nn.Module], scale: float = 1.0, halvings: int = 0
) -> nn.Module:
    """Return the head that a spec asks for, `EnergyHead` or `DiscriminatorHead`; both take features, labels and packs.

    `make_decoder`, `scale` and `halvings` are for an `EnergyHead` alone.
    """
    if spec.energy:
        return EnergyHead(features, make_decoder(), scale, halvings)
    return DiscriminatorHead(features, spec)


def decoder(values: int, width: int) -> nn.Module:
    """Return a decoder of two layers: (packs, CODE) -> (packs, values)."""
    return nn.Sequential(nn.Linear(CODE, HIDDEN * width), nn.LeakyReLU(SLOPE), nn.Linear(HIDDEN * width, values))
