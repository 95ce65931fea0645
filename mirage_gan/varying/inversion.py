"""The inversion of a generator: the latent whose sound is nearest to a given one, by gradient descent.

The error is measured as sounds are judged. That of a loop is one minus its correlation with the wanted one, maximized
over all shifts and both polarities, because a loop is the same sound wherever it begins, and some of the difference of
its harmonics' levels. That of a picture is the squared distance of its features, and a little of the difference of its
cells, in which the features are blind. Descent finds the nearest valley only, so it begins at several latents, the best
of many random ones, and goes on from the best of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import torch
from torch import Tensor

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.oneshots import figures
from mirage_gan.models.addresses import Address
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import unit_rms
from mirage_gan.models.sampling import one_thread
from mirage_gan.waves import representation, spectrum
from mirage_gan.waves.spectrogram import BANDS, ROWS

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.sampling import Sampler

Error: TypeAlias = Callable[[Tensor], Tensor]
"""Of waves, (batch, points) -> (batch,)."""


@dataclass(frozen=True)
class _Search:
    """How much is tried: random latents, and the descent from the best ones, then from the best of these."""

    tried: int
    legs: tuple[tuple[int, int], ...]  # steps, and from how many latents


# A loop has many valleys, and each costs little; pictures of whole sounds are found as well from few starts.
_OF_LINES: Final = _Search(2048, ((100, 32), (200, 8)))
_OF_PICTURES: Final = _Search(512, ((150, 8),))
_TOGETHER: Final = 32  # latents in a batch
_RATE: Final = 0.1  # of Adam at first, and 0 at the end; a latent's values have a variance of 1
_HARMONICS: Final = 0.1  # weight of the levels of harmonics beside the correlation
_CELLS: Final = 0.01  # weight of the cells beside the features


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
    is_line = representation.named(sampler.spec.representation).is_line
    search, error = (_OF_LINES, _line_error(wanted)) if is_line else (_OF_PICTURES, _picture_error(wanted))
    with one_thread():  # the order of sums, and so the latent, would depend on the number of threads
        names = sampler.classes.names
        labels = torch.arange(search.tried) % len(names) if names else None
        tried = Condition(unit_rms(latents(search.tried, 0, Stream.INVERSION, 0)), labels)
        found = _descend(sampler, tried, search.legs, error, progress)
    mix = () if found.label is None else ((names[int(found.label)], 1.0),)
    return Address(z=tuple(found.z[0].tolist()), mix=mix)


def _descend(
    sampler: Sampler, tried: Condition, legs: tuple[tuple[int, int], ...], error: Error, progress: Progress
) -> Condition:
    """Follow the gradient from the best latents, of which fewer and fewer are left; return the best, a batch of one."""
    total, done = sum(steps for steps, _ in legs), 0
    for steps, count in legs:
        start = tried[_errors(sampler, tried, error).argsort()[:count]]
        z = start.z.clone().requires_grad_()
        adam = torch.optim.Adam([z], betas=(0.9, 0.99))
        for step in range(done, done + steps):
            progress.update(step, total, "searching the latent space")
            adam.param_groups[0]["lr"] = _RATE * (1 + math.cos(math.pi * step / total)) / 2
            adam.zero_grad()
            error(sampler.with_gradients(replace(start, z=z))).sum().backward()
            adam.step()
            with torch.no_grad():
                z.copy_(unit_rms(z))
        tried = replace(start, z=z.detach())
        done += steps
    progress.update(total, total, "searching the latent space")
    return tried[_errors(sampler, tried, error).argmin()[None]]


def _errors(sampler: Sampler, tried: Condition, error: Error) -> Tensor:
    """Return the errors of latents, (batch,)."""
    with torch.no_grad():
        parts = (tried[at] for at in torch.arange(len(tried.z)).split(_TOGETHER))
        return torch.cat([error(sampler.with_gradients(part)) for part in parts])


def _line_error(wanted: Tensor) -> Error:
    """Return the error of loops, (batch, points) -> (batch,), beside a wanted one, (1, points)."""
    own, own_levels = torch.fft.rfft(_unit(wanted)).conj(), spectrum.levels(wanted)

    def error(waves: Tensor) -> Tensor:
        correlations = torch.fft.irfft(torch.fft.rfft(_unit(waves)) * own, waves.shape[1]).abs().amax(1)
        levels = (spectrum.levels(waves) - own_levels).square().mean(1)
        errors: Tensor = 1 - correlations + _HARMONICS * levels
        return errors

    return error


def _unit(waves: Tensor) -> Tensor:
    return torch.nn.functional.normalize(waves - waves.mean(1, keepdim=True), dim=1)


def _picture_error(wanted: Tensor) -> Error:
    """Return the error of pictures, (batch, points) -> (batch,), beside a wanted one, (1, points)."""
    frames = wanted.shape[1] // ROWS
    of_bands, of_frames, of_levels = (torch.from_numpy(each).float() for each in figures.bases(frames))

    def error(pictures: Tensor) -> Tensor:
        change = (pictures - wanted).unflatten(1, (ROWS, frames)) / 2  # in shares of the range
        corners, curves = of_bands @ change[:, :BANDS] @ of_frames.T, change[:, BANDS] @ of_levels.T
        features = corners.square().sum((1, 2)) + curves.square().sum(1)
        errors: Tensor = features + _CELLS * change.square().mean((1, 2))
        return errors

    return error
