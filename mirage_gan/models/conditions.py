"""The inputs of a conditional generator: latents and class labels. The discriminator is given the labels too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Condition:
    """The input of a generator.

    Attributes
    ----------
    z : float32 tensor, shape (batch, LATENT)
        Latents.
    label : int64 tensor, shape (batch,), or None
        The class of each wave to generate; None where the run has no classes.
    """

    z: Tensor
    label: Tensor | None = None

    def __len__(self) -> int:
        """Return the batch size."""
        return len(self.z)

    def to(self, device: Any) -> Condition:
        """Return the same condition on a device."""
        return Condition(self.z.to(device), None if self.label is None else self.label.to(device))


def cat_labels(labels: Sequence[Tensor | None]) -> Tensor | None:
    """Concatenate the class labels of several batches, int64, shape (batch,) each; None where there are none."""
    known = [label for label in labels if label is not None]
    return torch.cat(known) if known else None
