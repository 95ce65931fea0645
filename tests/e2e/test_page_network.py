"""The network in the audition page makes what Python makes, in node and in a browser."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.networks import LATENT, Generator, Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.models.tracing.operations import HANDLERS
from mirage_gan.models.tracing.recorder import record
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import FLOOR_DB, ROWS
from mirage_gan.waves.whole_sounds import LONGEST
from tests.e2e.test_javascript import MODULES, NODE, TESTS, needs_node
from tests.support.page_networks import fixture, untrained

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.conditions import Condition

OPERATIONS = next(path for path in MODULES if path.name == "operations.js")
WAVE = Spec("wave", "", points=64, width=4)
DRAW = Spec("dcgan", "draw", points=64, width=4)
LOOPS = {
    "wave": WAVE,
    "wave of 128": Spec("wave", "", points=128, width=3),
    "draw": DRAW,
    "wave of classes": Spec("wave", "", points=64, width=4, conditional="projection", classes=3),
    "draw of a class": Spec("dcgan", "draw", points=64, width=4, conditional="embedding", classes=1),
    "draw with spectrum": Spec("dcgan", "draw", points=64, width=4, spectrum=True),
}


def loop(samples: int) -> SoundShape:
    return SoundShape(representation.named("cycle"), samples, 1, "periodic")


def compared(tmp_path: Path, *fixtures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what node finds of each network: the largest differences, and how many sounds are equal."""
    (tmp_path / "fixtures.json").write_text(json.dumps(fixtures))
    done = subprocess.run(
        [NODE or "", TESTS / "network_against_python.js", tmp_path / "fixtures.json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@needs_node
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_of_the_page_is_pythons_within_one_step(name: str, tmp_path: Path) -> None:
    (found,) = compared(tmp_path, fixture(untrained(LOOPS[name]), loop(256), 100))

    assert found["wave"] < 1e-4
    assert found["samples"] <= 1
    assert found["equal"] >= 90  # the rest are rounded the other way at the middle between two steps
    assert found["center"] < 1e-4
    assert found["noisiness"] < 1e-3


@needs_node
def test_a_loop_has_the_length_of_an_export(tmp_path: Path) -> None:
    shapes = [loop(samples) for samples in (32, 64, 256, 512, 1024)]

    for found in compared(tmp_path, *(fixture(untrained(WAVE), shape, 20) for shape in shapes)):
        assert found["samples"] <= 1


ONESHOT = Spec("oneshot", "", points=ROWS * 32, width=8, representation="spectrogram")
WHOLE = SoundShape(representation.named("spectrogram"), LONGEST, 1, "linear")


@needs_node
def test_a_one_shot_of_the_page_is_pythons(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, fixture(untrained(ONESHOT), WHOLE, 30))

    assert found["wave"] * FLOOR_DB / 2 < 0.01  # decibels
    # Sounds end at the same sample, and both computers round differently in each of 32 iterations.
    assert found["samples"] <= 2
    assert found["center"] < 0.01  # measured with silence after the end, up to a power of two
    assert found["noisiness"] < 0.01


@needs_node
@pytest.mark.parametrize(
    "spec",
    [
        replace(ONESHOT, conditional="projection", classes=2),
        Spec("dcgan", "paint", points=ROWS * 32, width=2, representation="spectrogram"),
    ],
    ids=["of a class", "painted"],
)
def test_a_one_shot_has_pythons_picture(spec: Spec, tmp_path: Path) -> None:
    (found,) = compared(tmp_path, fixture(untrained(spec), WHOLE, 12))

    assert found["wave"] * FLOOR_DB / 2 < 0.01  # decibels; phases that 32 iterations find of some pictures differ more
    assert found["samples"] is not None  # they are equally long


class Everything(Generator):
    """Uses what programs have and our families do not."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Linear(LATENT, 3 * 4 * 6, bias=False)
        self.plane = nn.Conv2d(3, 8, (3, 2), stride=(2, 1), padding=(1, 2), bias=False)
        self.scale = nn.Parameter(torch.linspace(0.5, 1.5, 8)[:, None, None])
        self.grow = nn.Conv2d(8, 8, 3, padding=1)
        self.line = nn.Conv1d(16, 5, 3, padding=1)
        self.shrink = nn.Conv2d(8, 8, (1, 3), stride=(1, 2), padding=(0, 1))
        self.spread = nn.ConvTranspose2d(8, 8, (3, 4), stride=(1, 2), padding=(1, 1), output_padding=(0, 1), bias=False)
        self.finish = nn.Linear(5 * 9, 64)

    def forward(self, condition: Condition) -> Tensor:
        return self.waves(condition)

    def waves(self, condition: Condition) -> Tensor:
        x = F.relu(self.start(condition.z)).unflatten(1, (3, 4, 6))
        x = F.pad(x, (0, 0, 0, 0), value=2.0)
        x = self.scale * self.plane(x.sin() + x.cos().neg())  # (1, 8, 2, 9)
        grown = F.interpolate(x, scale_factor=2)
        x = x + self.grow(grown)[:, :, ::2, 1::2] + F.interpolate(grown, scale_factor=(1, 3))[:, :, 1::2, ::6]
        x = x + self.spread(self.shrink(x))[..., :9]
        lowest, highest = x.amin(), x.amax((1, 2), keepdim=True)
        x = (x - lowest) / (highest.abs() + 0.5).sqrt() + x.sum(-1, keepdim=True).sigmoid()
        x = self.line(x.transpose(1, 2).reshape(1, 16, 9)).relu_()
        x = F.pad(x, (1, 2), value=0.25)[..., 1:-2]
        wave = self.finish(x.flatten(1)) - 0.01 * x.mean()
        spectrum = 2 * torch.fft.rfft(wave) * x[:, :1, :1].square().exp().squeeze(1)
        loops: Tensor = torch.fft.irfft(spectrum).tanh()
        return loops


@needs_node
def test_every_operation_of_programs_is_pytorchs(tmp_path: Path) -> None:
    torch.manual_seed(0)
    (found,) = compared(tmp_path, fixture(Sampler(WAVE, Everything()), loop(64), 20))

    assert found["wave"] < 1e-4
    assert found["samples"] <= 1


def test_every_operation_of_the_page_is_one_that_is_compared() -> None:
    known = set(re.findall(r"^  static \*?(\w+)\(", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE))
    specs = (*LOOPS.values(), ONESHOT)
    networks = [(Everything(), 0), *((untrained(spec)._generator, spec.classes) for spec in specs)]

    used = {about["op"] for network in networks for about in record(network[0], HANDLERS, network[1]).operations}

    assert known - used == {"fillPlanes", "weighed", "within", "sumsOfDoubled"}  # which others are made of
    assert used - known == set()
