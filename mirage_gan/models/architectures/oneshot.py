"""The 2-D model of whole sounds: latents -> pictures of levels over bands and frames, see `waves.spectrogram`.

Generator and discriminator are a DCGAN without normalization (A. Radford et al. 2015, arXiv:1511.06434). The level of
the waveform, a row of the picture, is to both a second channel that is the same in all bands, so that an attack is told
apart to 2 ms where the bands' window of 35 ms smears it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Convolution
from mirage_gan.models.networks import (
    SLOPE,
    DiscriminatorHead,
    Generator,
    LatentInput,
    Networks,
    Spec,
    activate,
    pack_channels,
)
from mirage_gan.waves.spectrogram import BANDS, ROWS

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

HALVINGS: Final = 4  # from a picture to the coarsest feature map, in rows and columns
# Channels in multiples of a quarter of the width: of the generator after each doubling of rows and columns, coarsest
# first, and of the discriminator after each halving.
GENERATOR_WIDTHS: Final = (16, 12, 7, 4, 1)
DISCRIMINATOR_WIDTHS: Final = (3, 6, 12, 16)
CHANNELS: Final = 2  # of a picture as the networks see it: the bands, and the level of the waveform


class PictureGenerator(Generator):
    """A linear layer to a few coarse cells, then stages that double rows and columns; the last by sub-pixels.

    Sub-pixel convolution: W. Shi et al. 2016, arXiv:1609.05158. It makes the finest feature map, the most expensive
    one, of a convolution at half its size.
    """

    def __init__(self, frames: int, width: int, classes: int = 0) -> None:
        super().__init__()
        channels = _channels(GENERATOR_WIDTHS, width)
        self._coarse = (BANDS >> HALVINGS, frames >> HALVINGS)  # rows, columns
        self.input = LatentInput(classes)
        self.start = nn.Linear(self.input.features, channels[0] * self._coarse[0] * self._coarse[1])
        self.grow = nn.ModuleList(
            _initialized(Convolution(before, after, (3, 3), padding=(1, 1)))
            for before, after in itertools.pairwise(channels[:-1])
        )
        self.refine = _initialized(Convolution(channels[-2], 4 * channels[-1], (3, 3), padding=(1, 1)))
        self.finish = _initialized(Convolution(channels[-1], CHANNELS, (3, 3), padding=(1, 1)), _GENTLE)

    def forward(self, condition: Condition) -> Tensor:
        """Generate the discriminator's input: float, shape (batch, CHANNELS, BANDS, frames), see `present`."""
        x = self.start(self.input(condition)).unflatten(1, (-1, *self._coarse))  # (batch, channels, rows, columns)
        x = activate(x.contiguous(memory_format=torch.channels_last))
        for grow in self.grow:
            x = activate(grow(F.interpolate(x, scale_factor=2)))  # twice the rows and columns
        x = self.finish(activate(F.pixel_shuffle(self.refine(x), 2))).float()
        levels = x[:, 1:].mean(2, keepdim=True).expand(-1, -1, BANDS, -1)
        return torch.cat([x[:, :1], levels], 1).tanh()

    def waves(self, condition: Condition) -> Tensor:
        """Generate pictures in one line: float32, shape (batch, ROWS * frames), -1 to 1."""
        shown = self(condition)
        return torch.cat([shown[:, 0], shown[:, 1, :1]], 1).flatten(1)


def present(pictures: Tensor) -> Tensor:
    """Show pictures: (batch, ROWS * frames) -> (batch, CHANNELS, BANDS, frames), the level repeated for all bands."""
    rows = pictures.unflatten(1, (ROWS, -1))
    return torch.stack([rows[:, :BANDS], rows[:, BANDS:].expand(-1, BANDS, -1)], 1)


class PictureDiscriminator(nn.Module):
    """Strided convolutions, each of which halves rows and columns, beside layers with views of their own, and a head.

    Two more channels say where a cell is: what is right in a low band or at the attack is wrong elsewhere. The views
    are the spectrum (means and maxima over frames), the envelope (those over bands, and the level), and the first
    frames. They made generated drums more varied, and let them die away as real ones do.
    """

    _places: Tensor

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        frames = spec.points // ROWS
        channels = [CHANNELS * spec.packing + 2, *_channels(DISCRIMINATOR_WIDTHS, spec.width)]
        self.shrink = nn.ModuleList(
            _initialized(Convolution(before, after, (4, 4), (2, 2), (1, 1)))
            for before, after in itertools.pairwise(channels)
        )
        hidden = 2 * spec.width
        self.views = nn.ModuleList(
            nn.Sequential(
                nn.Linear(spec.packing * seen, hidden),
                nn.LeakyReLU(SLOPE),
                nn.Linear(hidden, hidden),
                nn.LeakyReLU(SLOPE),
            )
            for seen in (4 * BANDS, 3 * frames, frames // 8 * ROWS)
        )
        cells = channels[-1] * (BANDS >> HALVINGS) * (frames >> HALVINGS)
        self.judge = DiscriminatorHead(cells + len(self.views) * hidden, spec)
        self._packing = spec.packing
        rows, columns = torch.linspace(-1, 1, BANDS), torch.linspace(-1, 1, frames)
        places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]  # (1, 2, BANDS, frames)
        self.register_buffer("_places", places, persistent=False)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of float pictures: (batch, CHANNELS, BANDS, frames) -> (batch / packing,)."""
        seen = [pack_channels(view, self._packing) for view in _views(pictures)]
        x = pack_channels(pictures, self._packing)
        x = torch.cat([x, self._places.expand(len(x), -1, -1, -1).to(x.dtype)], 1)
        x = x.contiguous(memory_format=torch.channels_last)
        for shrink in self.shrink:
            x = activate(shrink(x))  # half the rows and columns
        found = [layers(view) for layers, view in zip(self.views, seen, strict=True)]
        logits: Tensor = self.judge(torch.cat([x.flatten(1), *found], 1), labels)
        return logits


def _views(pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return spectra, (batch, 4 * BANDS), envelopes, (batch, 3 * frames), and the first eighth of the frames."""
    bands, levels = pictures[:, 0], pictures[:, 1, 0]  # (batch, BANDS, frames), (batch, frames)
    frames = bands.shape[2]
    early, late = bands[:, :, : frames // 4], bands[:, :, frames // 2 :]
    spectra = torch.cat([bands.mean(2), bands.amax(2), early.mean(2), late.mean(2)], 1)
    envelopes = torch.cat([bands.mean(1), bands.amax(1), levels], 1)
    first = torch.cat([bands[:, :, : frames // 8].flatten(1), levels[:, : frames // 8]], 1)
    return spectra, envelopes, first


def _channels(multiples: tuple[int, ...], width: int) -> list[int]:
    """Return the channels of layers that are as wide as multiples of a quarter of the width; at least 1 each."""
    return [max(1, multiple * width // 4) for multiple in multiples]


_GENTLE: Final = 0.3  # gain of the last layer: with a gain of 1, tanh would begin saturated


def _initialized(convolution: Convolution, gain: float = 1.0) -> Convolution:
    """Initialize a layer without normalization, so that the scale of what follows is kept.

    Source: K. He et al. 2015, arXiv:1502.01852, equation 15, for the leaky ReLU.
    """
    nn.init.kaiming_normal_(convolution.weight, SLOPE)
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    with torch.no_grad():
        convolution.weight.mul_(gain)
    return convolution


def build(spec: Spec) -> Networks:
    """Build the networks of whole sounds; `spec.points` is ROWS times the frames, a multiple of 16."""
    generator = PictureGenerator(spec.points // ROWS, spec.width, spec.classes)
    return Networks(generator, PictureDiscriminator(spec), present)
