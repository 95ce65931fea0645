"""The recurrent model: latents -> a loop, frame by frame, by an LSTM; another one, in both directions, judges it.

After C-RNN-GAN (O. Mogren 2016, arXiv:1611.09904) and RCGAN (C. Esteban et al. 2017, arXiv:1706.02633), which make
sequences of new noise at every frame. Here the sequence is the frames of one period, and what is told at every frame is
the same latent, because a sound has one address, and the phase. A frame follows from the state alone, and not from the
frame before.

The LSTM is written in plain operations: the kernels for whole sequences, of cuDNN on GPUs and of oneDNN on CPUs, have
no second derivative, which the R1 and R2 penalties need. On CUDA its many small kernels are recorded as a graph, as a
step of any model is, so that launching them costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

from mirage_gan.models.energy import decoder, make_head
from mirage_gan.models.networks import Generator, LatentInput, Networks, Spec, pack_channels

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

FRAMES: Final = 16  # of a loop
UNITS: Final = 4  # values of a state, in multiples of the width
QUIET: Final = 1e-4  # below this peak, a wave is not made louder


class LSTM(nn.Module):
    """Layers of long short-term memory with forget gates (S. Hochreiter and J. Schmidhuber 1997), side by side.

    Parameters
    ----------
    layers : int
        Layers that see different sequences, at once.
    inputs, units : int
        Values of a frame, and of a state.
    """

    def __init__(self, layers: int, inputs: int, units: int) -> None:
        super().__init__()
        reach = units**-0.5
        self.look = nn.Parameter(torch.empty(layers, inputs, 4 * units).uniform_(-reach, reach))
        self.recall = nn.Parameter(torch.empty(layers, units, 4 * units).uniform_(-reach, reach))
        self.bias = nn.Parameter(torch.zeros(layers, 1, 4 * units))
        with torch.no_grad():  # it remembers at first: R. Jozefowicz et al. 2015, section 2.2
            self.bias[..., units : 2 * units] = 1

    def forward(self, frames: Tensor) -> Tensor:
        """Return the states after each frame: (layers, frames, batch, inputs) -> (layers, frames, batch, units)."""
        units = self.recall.shape[1]
        seen = (torch.matmul(frames, self.look[:, None]) + self.bias[:, None]).unbind(1)  # of all frames at once
        gates = seen[0]  # the state before the first frame is zero
        memory = torch.zeros((), device=frames.device)
        states: list[Tensor] = []
        for following in (*seen[1:], None):
            enter, forget, leave = gates[..., : 3 * units].sigmoid().chunk(3, -1)
            memory = forget * memory + enter * gates[..., 3 * units :].tanh()
            states.append(leave * memory.tanh())
            if following is not None:
                gates = torch.baddbmm(following, states[-1], self.recall)
        return torch.stack(states, 1)


class FrameGenerator(Generator):
    """An LSTM that is told the latent and the phase at every frame, and a linear layer from its states to points."""

    _places: Tensor

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        units = UNITS * spec.width
        self.input = LatentInput(spec.classes)
        self.remember = LSTM(1, self.input.features + 2, units)
        self.points = nn.Linear(units, spec.points // FRAMES)
        phase = 2 * torch.pi * torch.arange(FRAMES) / FRAMES
        self.register_buffer("_places", torch.stack([phase.sin(), phase.cos()], 1)[:, None], persistent=False)

    def forward(self, condition: Condition) -> Tensor:
        """Generate the discriminator's input: float32, shape (batch, 1, points)."""
        return present(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Generate loops without DC: float32, shape (batch, points), peak 1."""
        told = self.input(condition).expand(FRAMES, -1, -1)  # (FRAMES, batch, features)
        told = torch.cat([told, self._places.expand(-1, told.shape[1], -1)], 2)
        waves = self.points(self.remember(told[None])[0]).transpose(0, 1).flatten(1).float()
        waves = waves - waves.mean(1, keepdim=True)
        loops: Tensor = waves / (waves.abs().amax(1, keepdim=True) + QUIET)
        return loops


def present(waves: Tensor) -> Tensor:
    """Show waves as they are: (batch, points) -> (batch, 1, points)."""
    return waves[:, None]


class FrameDiscriminator(nn.Module):
    """An LSTM in either direction, and a head that sees the states after all frames.

    The first frame is shown again after the last one, so that the place where the loop closes is judged too.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        units, frame = UNITS * spec.width, spec.packing * spec.points // FRAMES
        self.remember = LSTM(2, frame, units)  # from the first frame to the last, and back
        features = 2 * (FRAMES + 1) * units
        self.judge = make_head(features, spec, lambda: decoder(spec.packing * spec.points, spec.width))
        self._packing = spec.packing

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of float tensors that `present` made: (batch, 1, points) -> (batch / packing,)."""
        packs = pack_channels(x, self._packing)  # (packs, packing, points)
        frames = packs.unflatten(2, (FRAMES, -1)).permute(2, 0, 1, 3).flatten(2)  # (FRAMES, packs, values)
        frames = torch.cat([frames, frames[:1]])
        states = self.remember(torch.stack([frames, frames.flip(0)]))
        found = states.movedim(2, 0)  # (packs, 2, FRAMES + 1, units)
        logits: Tensor = self.judge(found, labels, packs)
        return logits


def build(spec: Spec) -> Networks:
    """Build the recurrent networks."""
    return Networks(FrameGenerator(spec), FrameDiscriminator(spec), present)
