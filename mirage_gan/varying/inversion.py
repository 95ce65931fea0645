"""The inversion of a generator: the latent whose sound is nearest to a given one, by gradient descent.

The error of a loop is one minus its correlation with the wanted one, maximized over all shifts and both polarities,
because a loop is the same sound wherever it begins. That of a picture is the mean squared difference of its cells.
Descent finds the nearest valley only, so it begins at several latents, the best of many random ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.models.addresses import Address
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import unit_rms
from mirage_gan.models.sampling import one_thread
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.sampling import Sampler

_TRIED: Final = 512  # random latents
_TOGETHER: Final = 32  # of them in a batch
_STARTS: Final = 8  # the best of them, from which descent begins
_STEPS: Final = 150
_RATE: Final = 0.05  # of Adam; a latent's values have a variance of 1


def invert(sampler: Sampler, wave: Waves, progress: Progress = SILENT) -> Address:
    """Return the address whose sound is nearest to a wave, of all that are found from several starts.

    Of a generator that knows classes, each start is of one, and stays of it.

    Parameters
    ----------
    sampler : Sampler
    wave : float32, shape (points,)
        Normalized; in the representation, and of the points, that the sampler makes.

    Returns
    -------
    Address
        A latent of unit RMS, and its class if there are any. The same wave gives the same address.
    """
    wanted = torch.from_numpy(wave.copy())[None]
    error = _line_errors if representation.named(sampler.spec.representation).is_line else _picture_errors
    with one_thread():  # the order of sums, and so the latent, would depend on the number of threads
        names = sampler.classes.names
        labels = torch.arange(_TRIED) % len(names) if names else None
        tried = Condition(unit_rms(latents(_TRIED, 0, Stream.INVERSION, 0)), labels)
        with torch.no_grad():
            parts = (tried[at] for at in torch.arange(_TRIED).split(_TOGETHER))
            errors = torch.cat([error(sampler.with_gradients(part), wanted) for part in parts])
        z, start = _descend(sampler, tried[errors.argsort()[:_STARTS]], wanted, error, progress)
        label = None if start.label is None else int(start.label)
        return Address(z=z, mix=() if label is None else ((names[label], 1.0),))


def _descend(
    sampler: Sampler, starts: Condition, wanted: Tensor, error: Callable[[Tensor, Tensor], Tensor], progress: Progress
) -> tuple[tuple[float, ...], Condition]:
    """Follow the gradient from each start; return the latent with the least error on the way, and its start."""
    z = starts.z.clone().requires_grad_()
    adam = torch.optim.Adam([z], lr=_RATE)
    found, start, least = starts.z[0], 0, torch.inf
    for step in range(_STEPS):
        progress.update(step, _STEPS, "searching the latent space")
        errors = error(sampler.with_gradients(replace(starts, z=z)), wanted)
        nearest = int(errors.argmin())
        if errors[nearest].item() < least:
            least, found, start = errors[nearest].item(), z[nearest].detach().clone(), nearest
        adam.zero_grad()
        errors.sum().backward()
        adam.step()
        with torch.no_grad():
            z.copy_(unit_rms(z))
    progress.update(_STEPS, _STEPS, "searching the latent space")
    return tuple(found.tolist()), starts[torch.tensor(start)]


def _line_errors(waves: Tensor, wanted: Tensor) -> Tensor:
    """Return one minus the correlations: (batch, points), (1, points) -> (batch,)."""
    made, own = (_unit(each - each.mean(1, keepdim=True)) for each in (waves, wanted))
    cross = torch.fft.rfft(made) * torch.fft.rfft(own).conj()
    correlations: Tensor = torch.fft.irfft(cross, waves.shape[1]).abs().amax(1)
    return 1 - correlations


def _unit(waves: Tensor) -> Tensor:
    return torch.nn.functional.normalize(waves, dim=1)


def _picture_errors(waves: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared differences: (batch, points), (1, points) -> (batch,)."""
    return (waves - wanted).square().mean(1)
