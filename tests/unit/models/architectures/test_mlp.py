"""The first GAN learns: points on a sine, and pictures of the class that is asked for; untrained, it does neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.models import families
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import Spec
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.waves.data import pixels
from mirage_gan.waves.examples import Examples
from tests.support.idx import signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINE = Spec("mlp", "", points=2, width=32, representation="row", latent=2, dropout=0.3)
SIGNS = Spec("mlp", "", points=64, width=16, representation="pixels", conditional="projection", classes=2)


def settings(**more: object) -> StepSettings:
    return StepSettings(**{"lr": 1e-3, "lr_d": 1e-3, "batch_size": 32, "k_step": 1, "loss": "bce", "seed": 0, **more})  # type: ignore[arg-type]


def curve(count: int) -> NDArray[np.float32]:
    """Points of a sine as `preprocess` scales them."""
    x = np.linspace(-1, 1, count)
    return np.stack([x, np.sin(np.pi * (x + 1))], 1).astype(np.float32)


def median_distance(points: NDArray[np.float32]) -> float:
    """Return the median distance of points to the sine, in the units of x, 0 to 2 pi, and of its height."""
    stretch = np.array([np.pi, 1])
    gaps = (points * stretch)[:, None] - (curve(1000) * stretch)[None]
    return float(np.median(np.sqrt((gaps**2).sum(2).min(1))))


def covered(points: NDArray[np.float32]) -> int:
    """Return in how many of ten parts of x there are points."""
    return int(np.count_nonzero(np.histogram(points[:, 0], 10, (-1, 1))[0]))


def test_points_come_to_lie_on_a_sine() -> None:
    trainer = Trainer(SINE, settings(), Examples(torch.from_numpy(curve(820))))
    z = latents(500, 0, Stream.SCORE, 0)
    untrained = trainer.average.waves(Condition(z)).numpy()
    for _ in range(1_500):
        trainer.advance()
    learned = trainer.average.waves(Condition(z)).numpy()
    assert covered(untrained) <= 2  # it makes points in the middle, which is on the curve
    assert covered(learned) >= 8
    assert median_distance(learned) < 0.1


def test_pictures_are_of_the_class_that_is_asked_for() -> None:
    pictures, labels = signs(400, side=8)
    waves = torch.from_numpy(pixels.of_levels(pictures))
    trainer = Trainer(SIGNS, settings(loss="rpgan"), Examples(waves, torch.from_numpy(labels.astype(np.int64))))
    asked = torch.arange(200) % 2
    condition = Condition(latents(200, 0, Stream.SCORE, 0), asked)
    untrained = recognized(trainer.average.waves(condition).numpy(), asked.numpy())
    for _ in range(400):
        trainer.advance()
    assert untrained < 0.7
    assert recognized(trainer.average.waves(condition).numpy(), asked.numpy()) > 0.9


def recognized(waves: NDArray[np.float32], asked: NDArray[np.int64]) -> float:
    """Return the share of strokes that are upright, 1, or level, 0, as asked: whose rows differ less than columns."""
    drawn = waves.reshape(-1, 8, 8)
    columns, rows = drawn.mean(1).std(1), drawn.mean(2).std(1)
    return float(((rows > columns).astype(int) == asked).mean())


@pytest.mark.parametrize("kind", ["adam", "sgd"])
def test_a_resumed_training_reaches_the_same_weights_with_dropout(kind: str) -> None:
    examples = Examples(torch.from_numpy(curve(100)))
    whole, first, second = (Trainer(SINE, settings(optimizer=kind), examples) for _ in range(3))
    for _ in range(8):
        whole.advance()
    for _ in range(4):
        first.advance()
    second.restore({name: value.clone() for name, value in first.state().items()}, 4)
    torch.rand(3)  # what else draws at random has no say
    for _ in range(4):
        second.advance()
    assert all(torch.equal(value, second.state()[name]) for name, value in whole.state().items())


def test_gradient_descent_is_another_way_to_move() -> None:
    examples = Examples(torch.from_numpy(curve(100)))
    adam, sgd = (Trainer(SINE, settings(optimizer=kind), examples) for kind in ("adam", "sgd"))
    for trainer in (adam, sgd):
        trainer.advance()
    assert not torch.equal(adam.generator.state_dict()["finish.weight"], sgd.generator.state_dict()["finish.weight"])
    assert not any("exp_avg" in name for name in sgd.state())


def test_only_the_first_values_of_a_latent_count() -> None:
    generator = families.build(SINE, 0).generator
    z = latents(4, 0, Stream.SOUND, 0)
    other = z.clone()
    other[:, 2:] = 0
    assert torch.equal(generator.waves(Condition(z)), generator.waves(Condition(other)))
    other[:, 1] += 1
    assert not torch.equal(generator.waves(Condition(z)), generator.waves(Condition(other)))


def test_loops_have_no_dc_and_a_peak_of_1() -> None:
    generator = families.build(Spec("mlp", "", points=64, width=8), 0).generator
    waves = generator.waves(Condition(latents(4, 0, Stream.SOUND, 0)))
    assert waves.mean(1).abs().max() < 1e-6
    assert waves.abs().amax(1).tolist() == pytest.approx([1] * 4, abs=1e-3)
