"""Steps of training on whole sounds: real ones are varied, the penalty falls, and a stop in between changes nothing."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mirage_gan.models.networks import Spec
from mirage_gan.settings.choices import ONE_SHOT, OWN_SYMMETRIES
from mirage_gan.settings.tables.families import FAMILIES
from mirage_gan.training.step.picture_augment import PictureAugmentation
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import PENALTY_EVERY, Trainer
from mirage_gan.waves import spectrogram
from mirage_gan.waves.examples import Examples
from mirage_gan.waves.spectrogram import ROWS
from tests.support.drums import FRAMES, drums

POINTS = ROWS * FRAMES
SOUNDS = 12
PICTURES = torch.from_numpy(spectrogram.picture(drums(SOUNDS, 0), FRAMES)).flatten(1)
WHOLE = Spec("oneshot", "", POINTS, 4, representation="spectrogram")
PAINT = Spec("dcgan", "paint", POINTS, 2, representation="spectrogram")
AUGMENT = OWN_SYMMETRIES[ONE_SHOT]
LOOPS = [Spec("wave", "", 64, 4), Spec("dcgan", "draw", 64, 2, spectrum=True), Spec("dcgan", "paint", 64, 2)]


def make_trainer(spec: Spec = WHOLE, *, batch_size: int = 4, lr: float = 3e-4, **more: Any) -> Trainer:
    kept = {"k_step": 1, "loss": "rpgan", "seed": 0, **more}
    examples = PICTURES if spec.points == POINTS else torch.sin(torch.arange(64.0) * 2 * torch.pi / 64).repeat(4, 1)
    return Trainer(spec, StepSettings(lr, lr, batch_size, **kept), Examples(examples))


def advance(made: Trainer, steps: int) -> None:
    for _ in range(steps):
        made.advance()


def copied(made: Trainer) -> dict[str, Tensor]:
    """Keep a state as it is now: training goes on in the tensors themselves."""
    return {name: tensor.clone() for name, tensor in made.state().items()}


def differing(a: dict[str, Tensor], b: dict[str, Tensor]) -> list[str]:
    assert sorted(a) == sorted(b)
    return [name for name in a if not torch.equal(a[name], b[name])]


def gamma_of(made: Trainer) -> float:
    """Return the weight of the penalties in the last step."""
    return float(made._penalty_weight) / PENALTY_EVERY * 2


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        (WHOLE, {}),
        (WHOLE, {"loss": "bce", "k_step": 3, "batch_size": 1}),
        (WHOLE, {"batch_size": SOUNDS + 4}),
        (WHOLE, {"augment": AUGMENT, "k_step": 2}),
        (replace(WHOLE, packing=2, minibatch_std=True), {"augment": AUGMENT[:2], "batch_size": 8}),
        (replace(WHOLE, packing=4, activation="tanh"), {"loss": "wgan-gp", "batch_size": 8}),
        (PAINT, {"batch_size": 2}),
    ],
)
def test_nine_steps_are_five_and_four_more_bit_for_bit(spec: Spec, settings: dict[str, Any]) -> None:
    unbroken, first, second = (make_trainer(spec, **settings) for _ in range(3))
    advance(unbroken, 9)
    advance(first, 5)
    kept = copied(first)
    advance(first, 1)  # what is done after a checkpoint is lost, and does not leak into it

    second.restore(kept, 5)
    advance(second, 4)

    assert second.step == unbroken.step == 9
    assert differing(second.state(), unbroken.state()) == []


@pytest.mark.parametrize("batch_size", [1, 8])
def test_every_weight_moves(batch_size: int) -> None:
    made = make_trainer(batch_size=batch_size, loss="bce")
    before = copied(made)
    advance(made, 2)

    after = made.state()
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    assert all(bool(torch.isfinite(value).all()) for value in after.values())


@pytest.mark.parametrize("gamma", [None, 0.2])
def test_the_penalty_falls_to_a_third_over_the_default_training(gamma: float | None) -> None:
    made = make_trainer(gamma=gamma)
    last = round(FAMILIES["oneshot"].variants[""].travel / 3e-4)
    assert last == 6_000

    weights = []
    for step in (0, last // 4, last // 2, last, last + 1, 10 * last):
        made.step = step
        made.advance()
        weights.append(gamma_of(made))

    assert weights == pytest.approx([(gamma or 1.0) * factor for factor in (3, 2.5, 2, 1, 1, 1)])


def test_at_half_the_rate_the_penalty_falls_over_twice_the_steps() -> None:
    made = make_trainer(lr=1.5e-4)
    made.step = 6_000
    made.advance()

    assert gamma_of(made) == pytest.approx(2)


@pytest.mark.parametrize("spec", [*LOOPS, PAINT], ids=lambda spec: f"{spec.model}-{spec.generator}-{spec.points}")
def test_the_penalty_of_other_families_stays(spec: Spec) -> None:
    made = make_trainer(spec, batch_size=2)
    gamma = FAMILIES[spec.model].variants[spec.generator].gamma

    for step in (0, 1_000, 100_000):
        made.step = step
        made.advance()
        assert gamma_of(made) == pytest.approx(gamma)


def test_a_step_is_penalized_by_the_weight_of_that_step(monkeypatch: pytest.MonkeyPatch) -> None:
    falling = make_trainer()
    family = FAMILIES["oneshot"]
    steady = replace(family, variants={"": replace(family.variants[""], gamma_at_first=1.0)})
    monkeypatch.setitem(FAMILIES, "oneshot", steady)
    still = make_trainer(gamma=3.0)

    advance(falling, PENALTY_EVERY)
    advance(still, PENALTY_EVERY)
    assert differing(falling.state(), still.state()) == []

    falling.advance()  # the second penalty is less than three times the weight
    still.advance()
    assert any(name.startswith("discriminator") for name in differing(falling.state(), still.state()))


@pytest.mark.parametrize(("spec", "varies"), [(WHOLE, True), (PAINT, False)])
def test_real_sounds_are_varied_and_generated_ones_are_not(
    monkeypatch: pytest.MonkeyPatch, spec: Spec, *, varies: bool
) -> None:
    seen: list[tuple[Tensor, Tensor]] = []

    def noted(_: PictureAugmentation, pictures: Tensor, chances: Tensor) -> Tensor:
        seen.append((pictures, chances))
        return pictures

    monkeypatch.setattr(PictureAugmentation, "vary", noted)
    made = make_trainer(spec, batch_size=2, k_step=2)
    advance(made, 2)

    assert len(seen) == (4 if varies else 0)  # once a discriminator step
    for pictures, chances in seen:
        assert all(any(torch.equal(picture, real) for real in PICTURES) for picture in pictures)
        assert chances.shape == (2,)
    assert len({float(chances[0]) for _, chances in seen}) == len(seen)


def test_the_variation_changes_what_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    varied = make_trainer()
    advance(varied, 2)
    monkeypatch.setattr(PictureAugmentation, "vary", lambda _, pictures, __: pictures)
    plain = make_trainer()
    advance(plain, 2)

    assert "discriminator.shrink.0.weight" in differing(varied.state(), plain.state())


def test_both_sides_are_augmented_and_each_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, float]] = []

    def noted(_: PictureAugmentation, pictures: Tensor, chances: Tensor) -> Tensor:
        assert pictures.shape == (4, POINTS)
        assert chances.shape == (2, 2, 4)
        seen.append((pictures.requires_grad, float(chances.sum())))
        return pictures

    monkeypatch.setattr(PictureAugmentation, "augment", noted)
    made, plain = make_trainer(augment=("tilt", "shift"), k_step=2), make_trainer(k_step=2)
    made.advance()
    plain.advance()
    assert astuple(made.read_stats()) == pytest.approx(astuple(plain.read_stats()), rel=1e-4)  # nothing else differs
    made.advance()

    # real and generated, twice a step; the generator learns from the last ones, through their augmentation
    assert [learns for learns, _ in seen] == 2 * [False, False, False, True]
    assert len({chance for _, chance in seen}) == 8


@pytest.mark.parametrize("name", AUGMENT)
def test_each_augmentation_changes_what_is_learned(name: str) -> None:
    made, plain = make_trainer(augment=(name,), batch_size=8), make_trainer(batch_size=8)
    advance(made, 2)
    advance(plain, 2)

    changed = differing(made.state(), plain.state())
    assert {"generator.start.weight", "discriminator.shrink.0.weight"} <= set(changed)


def test_sounds_that_are_alike_are_shown_as_often_as_one() -> None:
    several = torch.cat([PICTURES, PICTURES[:1].repeat(6, 1)])
    rates = StepSettings(3e-4, 3e-4, SOUNDS, 1, "rpgan", 0)
    balanced, plain = (Trainer(WHOLE, replace(rates, balance=balance), Examples(several)) for balance in (True, False))

    alike = {0, *range(SOUNDS, SOUNDS + 6)}
    shown = [balanced._batches[i].tolist() for i in range(60)]
    assert all(len(alike.intersection(batch)) == 1 for batch in shown)
    assert {number for batch in shown for number in batch} == set(range(SOUNDS + 6))
    assert sum(number in alike for i in range(3) for number in plain._batches[i].tolist()) == 2 * len(alike)  # 2 epochs


def test_bf16_learns_about_the_same_and_keeps_its_weights_in_fp32() -> None:
    rates = StepSettings(3e-4, 3e-4, 8, 1, "rpgan", 0, augment=AUGMENT)
    half, full = (Trainer(WHOLE, rates, Examples(PICTURES), precision=kind) for kind in (torch.bfloat16, torch.float32))
    advance(half, 4)
    advance(full, 4)

    assert {tensor.dtype for tensor in half.state().values()} == {torch.float32}
    for ours, theirs in zip(astuple(half.read_stats()), astuple(full.read_stats()), strict=True):
        assert ours == pytest.approx(theirs, rel=0.05, abs=0.02)
