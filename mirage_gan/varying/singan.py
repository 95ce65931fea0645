"""A GAN of one sound: at each scale, a generator refines what coarser ones made, and a discriminator judges patches.

From coarse to fine, each pair of networks is trained on the source at its scale alone. The discriminator sees a few
cells at a time, so that a picture is judged by whether its patches are those of the source, wherever they are. The
generator is given the coarser picture with noise, learns to make such patches of it without losing what the noise
changed, and without noise, to make the source.

Sources: T. R. Shaham, T. Dekel and T. Michaeli 2019, "SinGAN: Learning a Generative Model from a Single Natural Image",
sections 3.1 and 3.2; A. Barahona-Rios and T. Collins 2022, "SpecSinGAN: Sound Effect Variation Synthesis Using
Single-Image GANs", for pictures of levels; G. Greshler, T. R. Shaham and T. Michaeli 2021, "Catch-A-Waveform: Learning
to Generate Audio from a Single Short Example", for points. Two things differ. Noise is added to the source, and not
drawn in its place, because a variation is to be near its source. And the loss is a hinge with spectral normalization
(T. Miyato et al. 2018, arXiv:1802.05957), which needs no gradient of a gradient and so takes a fraction of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.models.architectures.convolutions import Circular, Convolution
from mirage_gan.models.networks import SLOPE
from mirage_gan.models.sampling import one_thread
from mirage_gan.varying import patches
from mirage_gan.varying.noise import without_bends
from mirage_gan.varying.patches import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CIRCLE: Final = Grid(coarsest=(1, 32), reach=(0, 0), is_closed=True)
_PICTURE: Final = Grid(coarsest=(16, 8), reach=(0, 0), is_closed=False)
_CHANNELS: Final = 24
_LAYERS: Final = 3  # between the first and the last one
_STEPS: Final = 150  # of training at each scale, at most
_MOST_CELLS: Final = 1_500_000  # of a scale, in all of its steps together: so large pictures get fewer steps
_RATE: Final = 1e-3  # of Adam
_SOURCE: Final = 10.0  # weight of the error of the picture without noise
_CHANGE: Final = 1.0  # weight of what is lost of a change by noise
_FOOLED: Final = 0.1  # weight of the discriminator
_NOISE: Final = 0.5  # standard deviation at a strength of 1, of what it is added to
_QUIET: Final = 1e-6  # a level, so that silence divides nothing by zero


@dataclass(frozen=True)
class SoundGan:
    """The generators of one sound, and the sound at each scale, the coarsest first."""

    generators: list[nn.Module]
    scales: list[NDArray[np.float32]]  # shape (rows, columns)
    noise_levels: list[NDArray[np.float32]]  # the same, standard deviation of the noise at a strength of 1
    grid: Grid

    def make(self, strength: float, seed: int) -> NDArray[np.float32]:
        """Make a picture, float32, shape (rows, columns), with noise of this strength; 0 is as near as they come."""
        random = np.random.default_rng(seed)
        made = self.scales[0]
        with one_thread(), torch.no_grad():
            for number, generator in enumerate(self.generators):
                noisy = self.input(made, number, strength, random)
                made = _picture(_refine(generator, _tensor(noisy)))
        return made

    def input(
        self, made: NDArray[np.float32], number: int, strength: float, random: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return what the generator of a scale is given: what the coarser ones made, with noise."""
        shape = self.scales[number].shape
        noise = random.standard_normal(shape, np.float32)
        if number:
            made = patches.resize(made, shape, self.grid)
        elif self.grid.is_closed:
            noise = without_bends(noise)
        return np.asarray(made + np.float32(strength) * self.noise_levels[number] * noise, np.float32)


def _noise_levels(scales: list[NDArray[np.float32]], grid: Grid) -> list[NDArray[np.float32]]:
    """Return the standard deviation of each scale's noise: as loud as what the coarser scales cannot show.

    So a smooth sound gets no hiss. What is silent stays silent. Source: SinGAN, section 3.2, on the noise of a scale.
    """
    found = []
    for number, scale in enumerate(scales):
        level = np.asarray(np.ones_like(scale) if grid.is_closed else (scale + 1) / 2, np.float32)
        if number:
            loud = _rms(scale - patches.resize(scales[number - 1], scale.shape, grid))
        else:
            loud = _rms(scale) if grid.is_closed else _rms(level)
        found.append(np.asarray(_NOISE * loud * level / max(_rms(level), _QUIET), np.float32))
    return found


def _rms(values: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.square(values).mean()))


def train(source: NDArray[np.float32], progress: Progress = SILENT) -> SoundGan:
    """Train the networks of one sound.

    Parameters
    ----------
    source : float32, shape (rows, columns)
        The levels of a whole sound, -1 to 1, or in one row, the points of a loop.

    Returns
    -------
    SoundGan
        The same source gives the same one.
    """
    grid = _CIRCLE if len(source) == 1 else _PICTURE
    scales = patches.scales(source, grid)
    gan = SoundGan([], scales, _noise_levels(scales, grid), grid)
    with one_thread(), torch.random.fork_rng(devices=[]):  # the order of sums would depend on the number of threads
        torch.manual_seed(0)
        for number in range(len(gan.scales)):
            gan.generators.append(_train_scale(gan, number, progress))
    return gan


def _train_scale(gan: SoundGan, number: int, progress: Progress) -> nn.Module:
    """Train the pair of networks of one scale, after those of the coarser ones."""
    steps = [min(_STEPS, _MOST_CELLS // each.size) for each in gan.scales]
    before, total = sum(steps[:number]), sum(steps)
    scale = gan.scales[number]
    real = _tensor(scale)
    generator, discriminator = (_network(gan.grid, is_judge=is_judge) for is_judge in (False, True))
    optimizers = [torch.optim.Adam(each.parameters(), _RATE, (0.5, 0.99)) for each in (generator, discriminator)]
    coarser = SoundGan(gan.generators, gan.scales[:number], gan.noise_levels, gan.grid)
    random = np.random.default_rng(number)
    exact = _tensor(gan.input(_made(coarser, 0, 0, scale), number, 0, random))
    for step in range(steps[number]):
        progress.update(before + step, total, "training on the sound")
        strength = float(random.uniform())
        made = _made(coarser, strength, int(random.integers(2**31)), scale)
        noisy = _tensor(gan.input(made, number, strength, random))
        fake = _refine(generator, noisy)
        judged = torch.relu(1 - discriminator(real)).mean() + torch.relu(1 + discriminator(fake.detach())).mean()
        _step(optimizers[1], judged)
        loss = (
            _CHANGE * (fake - noisy).square().mean()
            + _SOURCE * (_refine(generator, exact) - real).square().mean()
            - _FOOLED * discriminator(fake).mean()
        )
        _step(optimizers[0], loss)
    progress.update(before + steps[number], total, "training on the sound")
    return generator


def _made(coarser: SoundGan, strength: float, seed: int, scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the coarser scales make; the coarsest begins with the source."""
    return coarser.make(strength, seed) if coarser.scales else scale


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _refine(generator: nn.Module, noisy: Tensor) -> Tensor:
    refined: Tensor = noisy + generator(noisy)
    return refined


def _network(grid: Grid, *, is_judge: bool) -> nn.Sequential:
    """Build a network of equal convolutions: (1, 1, rows, columns) -> the same shape."""

    def convolution(inputs: int, outputs: int) -> Convolution:
        if grid.is_closed:
            return Circular(inputs, outputs, (1, 5))
        return Convolution(inputs, outputs, (3, 3), padding=(1, 1))

    convolutions = [convolution(1, _CHANNELS), *(convolution(_CHANNELS, _CHANNELS) for _ in range(_LAYERS))]
    last = convolution(_CHANNELS, 1)
    if not is_judge:
        nn.init.zeros_(last.weight)  # the generator begins with what it is given
    layers: list[nn.Module] = []
    for each in convolutions:
        layers += [spectral_norm(each) if is_judge else each, nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, spectral_norm(last) if is_judge else last)


def _tensor(picture: NDArray[np.float32]) -> Tensor:
    return torch.tensor(picture)[None, None]


def _picture(tensor: Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor[0, 0].detach().numpy(), np.float32)
