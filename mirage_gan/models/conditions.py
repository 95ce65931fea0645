"""What a generator makes a sound of, and what a discriminator is shown beside a sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Condition:
    """What a generator makes waves of.

    Attributes
    ----------
    z : float tensor, shape (batch, LATENT)
        Latents.
    label : int64 tensor, shape (batch,), or None
        The class of each wave that is wanted; None where the run knows no classes.
    """

    z: Tensor
    label: Tensor | None = None

    def __len__(self) -> int:
        """How many waves it asks for."""
        return len(self.z)

    def to(self, device: Any) -> Condition:
        """Bring it to a device."""
        return Condition(self.z.to(device), None if self.label is None else self.label.to(device))


def cat_labels(labels: Sequence[Tensor | None]) -> Tensor | None:
    """Join the labels of batches that follow each other; None where there are none."""
    known = [label for label in labels if label is not None]
    return torch.cat(known) if known else None
