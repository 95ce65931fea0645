"""Training on a GPU: in any precision, replayed or not, it is the training of the CPU.

`python -m pytest tests/gpu`, with `--noconftest` where little but PyTorch is installed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mirage_gan.base import memory
from mirage_gan.base.errors import OutOfMemoryError
from mirage_gan.models.networks import Spec
from mirage_gan.settings.choices import SYMMETRIES
from mirage_gan.training.step.cuda_graph import WARM_UP
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import Stats, Trainer
from mirage_gan.waves.examples import Examples

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA GPU")

POINTS = 64
WAVE = Spec("wave", "", POINTS, 8)
DRAW = Spec("dcgan", "draw", POINTS, 8, spectrum=True)
PAINT = Spec("dcgan", "paint", POINTS, 8)
OF_CLASSES = Spec("wave", "", POINTS, 8, conditional="projection", classes=4)
PATCH = Spec("dcgan", "draw", POINTS, 8, spectrum=True, discriminator="patch")
PYRAMID = Spec("pyramid", "", POINTS, 8)
LSTM = Spec("lstm", "", POINTS, 8)
EACH = pytest.mark.parametrize(
    "spec",
    [WAVE, DRAW, PAINT, OF_CLASSES, PATCH, PYRAMID, LSTM],
    ids=lambda spec: f"{spec.model}{spec.generator}{spec.classes or ''}{spec.discriminator}",
)
BF16 = torch.bfloat16


def waves() -> Tensor:
    """Loops of three harmonics each."""
    level = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    phase = torch.arange(POINTS) * (2 * torch.pi / POINTS)
    loops = level @ torch.sin(phase * torch.arange(1, 4)[:, None])
    return loops / loops.abs().amax(1, keepdim=True)


def trainer(
    spec: Spec,
    device: str = "cuda",
    *,
    precision: torch.dtype = torch.float32,
    graph: bool = False,
    k_step: int = 1,
    loss: str = "rpgan",
    augment: tuple[str, ...] = (),
) -> Trainer:
    rates = StepSettings(3e-4, 3e-4, 16, k_step, loss, 0, augment=augment, blend=20 if spec.classes else 0)
    examples = Examples(waves().to(device), (torch.arange(40) % 4).to(device))
    return Trainer(spec, rates, examples, precision=precision, graph=graph)


def losses(made: Trainer, steps: int) -> Tensor:
    """Train, and return the losses of every step, shape (steps, 2)."""
    read: list[Stats] = []
    for _ in range(steps):
        made.advance()
        read.append(made.read_stats())
    return torch.tensor([[stats.loss_g, stats.loss_d] for stats in read])


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare single precision with single precision: TF32 has 10 bits."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@EACH
def test_a_gpu_trains_as_the_cpu_does(spec: Spec) -> None:
    torch.testing.assert_close(losses(trainer(spec), 10), losses(trainer(spec, "cpu"), 10), rtol=1e-3, atol=1e-4)


@EACH
@pytest.mark.parametrize(("precision", "tolerance"), [(torch.float32, 1e-4), (BF16, 2e-2)], ids=["fp32", "bf16"])
def test_replayed_steps_have_the_losses_of_computed_ones(spec: Spec, precision: torch.dtype, tolerance: float) -> None:
    replayed, computed = (trainer(spec, precision=precision, graph=graph) for graph in (True, False))

    torch.testing.assert_close(losses(replayed, 50), losses(computed, 50), rtol=tolerance, atol=0)
    assert replayed.graph_problem == ""


@pytest.mark.parametrize(
    "how",
    [
        {"k_step": 3},
        {"loss": "bce"},
        {"loss": "hinge"},
        {"loss": "wgan-gp"},
        {"loss": "ebgan"},
        {"augment": SYMMETRIES},
    ],
    ids=str,
)
def test_whatever_a_step_does_can_be_replayed(how: dict[str, Any]) -> None:
    spec = replace(WAVE, energy=how.get("loss") == "ebgan")
    replayed, computed = trainer(spec, graph=True, **how), trainer(spec, **how)

    torch.testing.assert_close(losses(replayed, 30), losses(computed, 30), rtol=1e-3, atol=1e-5)
    assert replayed.graph_problem == ""


@EACH
def test_bf16_learns_as_fp32_does(spec: Spec) -> None:
    found = losses(trainer(spec, precision=BF16), 20)

    torch.testing.assert_close(found, losses(trainer(spec), 20), rtol=0.1, atol=0.02)


@EACH
def test_a_state_goes_on_after_it_was_restored(spec: Spec) -> None:
    unbroken = trainer(spec, graph=True)
    losses(unbroken, WARM_UP + 4)
    kept = {name: tensor.clone() for name, tensor in unbroken.state().items()}
    expected = losses(unbroken, 8)

    fresh = trainer(spec, graph=True)
    fresh.restore(kept, WARM_UP + 4)
    torch.testing.assert_close(losses(fresh, 8), expected, rtol=1e-3, atol=1e-5)

    unbroken.restore(kept, WARM_UP + 4)  # over what was recorded
    torch.testing.assert_close(losses(unbroken, 8), expected, rtol=1e-3, atol=1e-5)


@EACH
@pytest.mark.parametrize("graph", [True, False])
def test_nobody_waits_for_the_gpu_within_a_step(spec: Spec, *, graph: bool) -> None:
    made = trainer(spec, precision=BF16, graph=graph)
    for _ in range(2 * WARM_UP):  # every kind of step was recorded
        made.advance()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(8):
            made.advance()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    made.check_finite()


@EACH
def test_a_checkpoint_of_the_gpu_goes_on_on_the_cpu(spec: Spec) -> None:
    made = trainer(spec, precision=BF16, graph=True)
    losses(made, WARM_UP + 5)
    other = trainer(spec, "cpu")
    other.restore({name: tensor.cpu() for name, tensor in made.state().items()}, made.step)

    assert torch.isfinite(losses(other, 4)).all()


def test_memory_of_the_gpu_that_runs_out_is_named_as_such() -> None:
    with pytest.raises(OutOfMemoryError) as caught, memory.explained("take less"):
        torch.empty(2**42, device="cuda")

    assert str(caught.value) == "the GPU has too little memory for this: take less"
