"""The inputs of a conditional generator: latents and classes. The discriminator is given the classes too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Condition:
    """The input of a generator.

    Attributes
    ----------
    z : float32 tensor, shape (batch, LATENT)
        Latents.
    label : int64 tensor, shape (batch,), or float32 tensor, shape (batch, classes), or None
        The class of each wave to generate, or the shares of all classes in it, which add up to 1; None where the run
        has no classes.
    """

    z: Tensor
    label: Tensor | None = None

    def __len__(self) -> int:
        """Return the batch size."""
        return len(self.z)

    def __getitem__(self, rows: Tensor) -> Condition:
        """Return the conditions of some rows, given by an int64 tensor."""
        return Condition(self.z[rows], None if self.label is None else self.label[rows])

    def to(self, device: Any) -> Condition:
        """Return the same condition on a device."""
        return Condition(self.z.to(device), None if self.label is None else self.label.to(device))


class ClassVectors(nn.Module):
    """A learned vector of each class, which is blended in as a network is trained.

    `share` multiplies the vectors: at 0 the network knows no classes, at 1 it knows them fully. It is a buffer, so that
    a checkpoint holds it and the replay of a CUDA graph reads it. Labels can make a GAN collapse on few samples that it
    learns well without them, and blending them in prevented that for pictures (M. Shahbazi et al. 2022, "Collapse by
    Conditioning", arXiv:2201.06578, section 4). Of sounds, no such gain was measured, see docs/training.md.

    Parameters
    ----------
    classes : int
    features : int
        Values of a vector.
    scale : float
        Standard deviation of the values at first.
    """

    share: Tensor

    def __init__(self, classes: int, features: int, scale: float = 1.0) -> None:
        super().__init__()
        self.vectors = nn.Parameter(scale * torch.randn(classes, features))
        self.register_buffer("share", torch.ones(()))

    def forward(self, label: Tensor) -> Tensor:
        """Return the vectors of labels as `Condition.label` holds them: float32, shape (batch, features)."""
        if label.is_floating_point():
            return self.share * (label @ self.vectors)
        return self.share * F.embedding(label, self.vectors)


def blend_classes(networks: Sequence[nn.Module], share: float) -> None:
    """Set how much of the classes is blended into networks, 0 to 1, without a change of any tensor's address."""
    for network in networks:
        for part in network.modules():
            if isinstance(part, ClassVectors):
                part.share.fill_(share)


def cat_labels(labels: Sequence[Tensor | None]) -> Tensor | None:
    """Concatenate the class labels of several batches, int64, shape (batch,) each; None where there are none."""
    known = [label for label in labels if label is not None]
    return torch.cat(known) if known else None
