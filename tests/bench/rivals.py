"""The rivals of our models: the article's set-up and a textbook DCGAN, both of bitmaps, in plain PyTorch.

Both have batch normalization and a bounded output. Like our models, they are scored in their best state of all checks.
"""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.judging import metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Waves

LATENT: Final = 100
BASE: Final = 4  # rows and columns of the coarsest picture
CHECK_EVERY: Final = 250  # steps, as for our models
CHECKED: Final = 200  # sounds generated at a check


@dataclass(frozen=True)
class Rival:
    """Two networks and how they are trained."""

    generator: nn.Module  # what `start` returns -> pictures, shape (batch, 1, size, size), -1 (ink) to 1 (paper)
    discriminator: nn.Module  # pictures -> logits, shape (batch,)
    start: Callable[[int], Tensor]  # number of pictures -> random input of the generator
    lr: float
    batch_size: int
    betas: tuple[float, float] = (0.9, 0.999)

    def make(self, count: int) -> Tensor:
        """Generate bitmaps on the CPU: float32, shape (count, 1, size, size), 0 is paper, 1 is ink."""
        self.generator.eval()
        with torch.inference_mode():
            parts = [self.generator(self.start(min(100, count - i))).cpu() for i in range(0, count, 100)]
        self.generator.train()
        return (1 - torch.cat(parts)) / 2


def article(pictures: Tensor, lr: float = 4e-6, batch_size: int = 40) -> Rival:
    """Make the article's set-up: an encoder-decoder without a latent vector, whose inputs are training pictures.

    The article names the batch size, the learning rates and the loss. The width and depth of its networks are unknown;
    these go down to an eighth of the picture's size and up again. Adam has PyTorch's defaults. `pictures` is uint8,
    shape (pictures, 1, size, size).
    """
    down, up = (1, 32, 64, 128), (128, 64, 32)
    generator = nn.Sequential(*_halve(down, first_normalized=True), *_double(up), _last(up[-1]))

    def draw_pictures(count: int) -> Tensor:
        return shown(pictures[torch.randint(len(pictures), (count,), device=pictures.device)])

    size = pictures.shape[-1]
    return _on(pictures.device, Rival(generator, discriminator(size, 32), draw_pictures, lr, batch_size))


def textbook(pictures: Tensor, lr: float = 2e-4, batch_size: int = 128) -> Rival:
    """Make a DCGAN as A. Radford et al. 2015 (arXiv:1511.06434, section 4) describe it, with half their width.

    Most implementations have half the width, at most 512 channels. Betas are the paper's 0.5 and Adam's 0.999.
    `pictures` is uint8, shape (pictures, 1, size, size).
    """
    size, device = pictures.shape[-1], pictures.device
    channels = _channels(size, 64)[::-1]
    first = nn.ConvTranspose2d(LATENT, channels[0], BASE, bias=False)
    generator = nn.Sequential(first, nn.BatchNorm2d(channels[0]), nn.ReLU(), *_double(channels), _last(channels[-1]))
    rival = Rival(
        generator,
        discriminator(size, 64),
        lambda count: torch.randn(count, LATENT, 1, 1, device=device),
        lr,
        batch_size,
        betas=(0.5, 0.999),
    )
    for network in (rival.generator, rival.discriminator):
        network.apply(_start_weights)
    return _on(device, rival)


def discriminator(size: int, width: int) -> nn.Module:
    """Make strided convolutions down to 4 x 4, then a logit; the first convolution has no batch normalization."""
    channels = _channels(size, width)
    judge = nn.Conv2d(channels[-1], 1, BASE)
    return nn.Sequential(*_halve((1, *channels), first_normalized=False), judge, nn.Flatten(0))


def train(rival: Rival, pictures: Tensor, seconds: float, waves: Callable[[Tensor], Waves], held_out: Waves) -> int:
    """Train for `seconds`, leave the generator in its best state, and return the number of steps.

    Parameters
    ----------
    pictures : uint8 tensor, shape (pictures, 1, size, size)
        The training set, black on white.
    waves : callable
        Reads bitmaps (1 is ink) as waves.
    held_out : float32, shape (waves, points)
        The reference for coverage and recall. Their sum decides which state is best, as for our models.
    """
    generator, judge = rival.generator, rival.discriminator
    adam_g = torch.optim.Adam(generator.parameters(), rival.lr, betas=rival.betas)
    adam_d = torch.optim.Adam(judge.parameters(), rival.lr, betas=rival.betas)
    best, kept, step, is_over = -1.0, copy.deepcopy(generator.state_dict()), 0, False
    end = time.monotonic() + seconds
    while not is_over:
        real = shown(pictures[torch.randint(len(pictures), (rival.batch_size,), device=pictures.device)])
        fake = generator(rival.start(rival.batch_size))
        loss_d = _bce(judge(real), 1.0) + _bce(judge(fake.detach()), 0.0)
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()
        loss_g = _bce(judge(fake), 1.0)
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        step += 1
        if step % 25 == 0 and not bool(torch.isfinite(loss_g + loss_d)):  # also synchronizes with the device
            break
        is_over = time.monotonic() > end
        if step % CHECK_EVERY == 0 or is_over:
            found = metrics.overlap(waves(rival.make(CHECKED)), held_out)
            score = found.coverage + found.recall
            if score > best:
                best, kept = score, copy.deepcopy(generator.state_dict())
    generator.load_state_dict(kept)
    return step


def shown(pixels: Tensor) -> Tensor:
    """Turn gray levels, uint8, into the input of the networks: float32, -1 to 1, same shape."""
    return pixels.to(torch.float32) / 127.5 - 1


def _bce(logits: Tensor, truth: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


def _channels(size: int, width: int) -> tuple[int, ...]:
    """Return the channels after each halving from `size` to 4, finest first."""
    return tuple(width * min(8, 2**i) for i in range((size // BASE).bit_length() - 1))


def _halve(channels: tuple[int, ...], *, first_normalized: bool) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for i, (before, after) in enumerate(itertools.pairwise(channels)):
        normalized = [nn.BatchNorm2d(after)] if i or first_normalized else []
        layers += [nn.Conv2d(before, after, 4, 2, 1, bias=not normalized), *normalized, nn.LeakyReLU(0.2)]
    return layers


def _double(channels: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(channels):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return layers


def _last(channels: int) -> nn.Module:
    return nn.Sequential(nn.ConvTranspose2d(channels, 1, 4, 2, 1), nn.Tanh())


def _start_weights(layer: nn.Module) -> None:
    """Draw initial weights as the paper does: normal, with a standard deviation of 0.02."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)


def _on(device: torch.device, rival: Rival) -> Rival:
    rival.generator.to(device)
    rival.discriminator.to(device)
    return rival
