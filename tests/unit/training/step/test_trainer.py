"""One step of training after another, and that stopping in between changes nothing."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.models.architectures.wave import WaveDiscriminator
from mirage_gan.models.networks import Spec
from mirage_gan.settings.choices import LOOP, OWN_SYMMETRIES
from mirage_gan.settings.tables.families import FAMILIES
from mirage_gan.training.step import losses, process_group, trainer
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.step.trainer import PENALTY_EVERY, Trainer
from mirage_gan.waves.examples import Examples

SYMMETRIES = OWN_SYMMETRIES[LOOP]
POINTS = 64
WAVES = 12
WAVE = Spec("wave", "", POINTS, 4)
DRAW = Spec("dcgan", "draw", POINTS, 2, spectrum=True)
PAINT = Spec("dcgan", "paint", POINTS, 2)
PATCH = Spec("dcgan", "draw", POINTS, 2, spectrum=True, discriminator="patch")
PYRAMID = Spec("pyramid", "", POINTS, 4)
LSTM = Spec("lstm", "", POINTS, 2)
ENERGIES = [replace(spec, energy=True) for spec in (WAVE, DRAW, PAINT, LSTM)]


def waves() -> Tensor:
    """Loops of three harmonics each."""
    level = torch.randn(WAVES, 3, generator=torch.Generator().manual_seed(0))
    phase = torch.arange(POINTS) * (2 * torch.pi / POINTS)
    loops = level @ torch.sin(phase * torch.arange(1, 4)[:, None])  # (waves, points)
    return loops / loops.abs().amax(1, keepdim=True)


def make_trainer(
    spec: Spec = WAVE,
    *,
    lr: float = 3e-4,
    lr_d: float | None = None,
    batch_size: int = 4,
    k_step: int = 1,
    loss: str = "rpgan",
    seed: int = 0,
    **more: Any,
) -> Trainer:
    return Trainer(
        spec, StepSettings(lr, lr if lr_d is None else lr_d, batch_size, k_step, loss, seed, **more), Examples(waves())
    )


def advance(made: Trainer, steps: int) -> None:
    for _ in range(steps):
        made.advance()


def copied(made: Trainer) -> dict[str, Tensor]:
    """Keep a state as it is now: training goes on in the tensors themselves."""
    return {name: tensor.clone() for name, tensor in made.state().items()}


def assert_same(a: dict[str, Tensor], b: dict[str, Tensor]) -> None:
    assert sorted(a) == sorted(b)
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


@pytest.mark.parametrize(
    ("spec", "loss", "k_step", "batch_size"),
    [
        (WAVE, "rpgan", 1, 8),
        (WAVE, "rpgan", 3, 1),
        (WAVE, "rpgan", 1, WAVES + 8),
        (WAVE, "bce", 3, 8),
        (DRAW, "rpgan", 1, 8),
        (DRAW, "bce", 3, 1),
        (DRAW, "rpgan", 1, WAVES + 8),
        (PAINT, "rpgan", 3, 8),
        (PAINT, "bce", 1, 1),
        (PAINT, "rpgan", 1, WAVES + 8),
        (PATCH, "rpgan", 2, 8),
        (PYRAMID, "rpgan", 2, 8),
        (replace(PYRAMID, generator="paint"), "hinge", 1, 1),
        (LSTM, "rpgan", 2, 8),
        *((spec, "ebgan", 1, 8) for spec in ENERGIES),
    ],
)
def test_twelve_steps_are_six_and_six_more_bit_for_bit(spec: Spec, loss: str, k_step: int, batch_size: int) -> None:
    unbroken = make_trainer(spec, loss=loss, k_step=k_step, batch_size=batch_size)
    advance(unbroken, 12)

    first = make_trainer(spec, loss=loss, k_step=k_step, batch_size=batch_size)
    advance(first, 6)
    kept = copied(first)
    advance(first, 3)  # what is done after a checkpoint is lost, and does not leak into it
    second = make_trainer(spec, loss=loss, k_step=k_step, batch_size=batch_size)
    second.restore(kept, 6)
    advance(second, 6)

    assert second.step == unbroken.step == 12
    assert_same(second.state(), unbroken.state())


def test_a_state_can_be_restored_over_a_later_one() -> None:
    made = make_trainer()
    advance(made, 6)
    kept = copied(made)
    advance(made, 5)
    later = copied(made)

    made.restore(kept, 6)
    advance(made, 5)

    assert_same(made.state(), later)


def test_restoring_takes_copies() -> None:
    made, other = make_trainer(), make_trainer()
    advance(made, 4)
    kept = copied(made)
    expected = copied(made)

    other.restore(kept, 4)
    advance(other, 2)

    assert_same(kept, expected)


def test_a_state_before_the_first_step_can_be_restored() -> None:
    unbroken, second = make_trainer(), make_trainer(seed=0)
    second.restore(copied(make_trainer()), 0)

    advance(unbroken, 3)
    advance(second, 3)

    assert_same(second.state(), unbroken.state())


def test_another_network_s_optimizer_is_refused_in_one_line() -> None:
    first = make_trainer()
    advance(first, 1)
    state = first.state()
    state["generator#exp_avg"] = state["generator#exp_avg"][:-16]

    with pytest.raises(FormatError, match="its optimizer of the generator is not this network's"):
        make_trainer().restore(state, 1)


def test_another_network_s_state_is_refused_in_one_line() -> None:
    wide = make_trainer(Spec("wave", "", POINTS, 8))
    advance(wide, 1)

    with pytest.raises(FormatError, match="its weights are not this network's") as error:
        make_trainer().restore(wide.state(), 1)
    assert "\n" not in str(error.value)
    with pytest.raises(FormatError, match="its weights are not this network's"):
        make_trainer(PAINT).restore(wide.state(), 1)


def test_a_step_depends_on_the_seed_and_on_nothing_hidden() -> None:
    first, second, other = make_trainer(seed=3), make_trainer(seed=3), make_trainer(seed=4)
    advance(first, 5)
    torch.manual_seed(99)
    torch.rand(7)
    advance(second, 5)
    advance(other, 5)

    assert_same(first.state(), second.state())
    assert not torch.equal(first.state()["generator.start.weight"], other.state()["generator.start.weight"])


def test_training_does_not_disturb_the_randomness_of_others() -> None:
    before = torch.get_rng_state()

    advance(make_trainer(), 2)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("spec", [WAVE, DRAW, PAINT, PATCH, PYRAMID, LSTM])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_every_weight_moves(spec: Spec, batch_size: int) -> None:
    # relativistic pairs say nothing of the last bias, so the textbook's loss is what moves all
    made = make_trainer(spec, batch_size=batch_size, loss="bce")
    before = copied(made)
    advance(made, 2)

    after = made.state()
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    assert all(bool(torch.isfinite(value).all()) for value in after.values())


def test_each_network_has_its_own_rate() -> None:
    still = make_trainer(lr=1e-9, lr_d=1e-3, loss="bce")
    before = copied(still)
    advance(still, 3)
    after = still.state()

    moved = {name: float((after[name] - before[name]).abs().max()) for name in before}
    assert max(value for name, value in moved.items() if name.startswith("generator.")) < 1e-7
    assert min(value for name, value in moved.items() if name.startswith("discriminator.")) > 1e-4


@pytest.mark.parametrize(("half_life", "decay"), [(None, 0.5 ** (1 / 350)), (1.0, 0.5), (0.25, 1 / 16), (0.0, 0.0)])
def test_the_average_follows_the_generator_quickly_at_first_and_slowly_later(
    half_life: float | None, decay: float
) -> None:
    made = make_trainer(ema_half_life=half_life)
    name = "finish.weight"
    average = copied(made)[f"average.{name}"]
    for step in range(12):
        made.advance()
        now = min(decay, (1 + step) / (10 + step))
        average = now * average + (1 - now) * made.state()[f"generator.{name}"]
        torch.testing.assert_close(made.state()[f"average.{name}"], average)


def test_a_model_has_a_half_life_of_its_own_and_the_user_s_comes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given, other = make_trainer(ema_half_life=1.0), make_trainer()
    wave = FAMILIES["wave"]
    own = replace(wave, variants={"": replace(wave.variants[""], ema_half_life=1.0)})
    monkeypatch.setitem(FAMILIES, "wave", own)
    models, users = make_trainer(), make_trainer(ema_half_life=350.0)
    for made in (given, other, models, users):
        advance(made, 12)

    assert_same(models.state(), given.state())
    assert_same(users.state(), other.state())
    assert not torch.equal(models.state()["average.finish.weight"], users.state()["average.finish.weight"])


@pytest.mark.parametrize(
    ("spec", "augment", "batch_size", "k_step"),
    [
        (WAVE, SYMMETRIES, 4, 2),
        (WAVE, ("rotate",), WAVES + 8, 1),
        (DRAW, SYMMETRIES, 4, 1),
        (replace(WAVE, packing=4, minibatch_std=True, activation="tanh"), SYMMETRIES, 16, 1),
        (replace(DRAW, packing=2, activation="sigmoid"), (), 4, 2),
        (replace(PAINT, packing=2, minibatch_std=True), (), 8, 1),
    ],
)
def test_what_is_added_to_a_step_goes_on_bit_for_bit_too(
    spec: Spec, augment: tuple[str, ...], batch_size: int, k_step: int
) -> None:
    def make() -> Trainer:
        return make_trainer(spec, augment=augment, batch_size=batch_size, k_step=k_step, ema_half_life=3.0)

    unbroken, first, second = make(), make(), make()
    advance(unbroken, 8)
    advance(first, 3)
    second.restore(copied(first), 3)
    advance(second, 5)

    assert_same(second.state(), unbroken.state())


@pytest.mark.parametrize("spec", [WAVE, DRAW])
def test_both_sides_are_augmented_and_each_in_its_own_way(monkeypatch: pytest.MonkeyPatch, spec: Spec) -> None:
    seen: list[tuple[bool, float]] = []

    def noted(shown: Tensor, symmetries: tuple[str, ...], chances: Tensor) -> Tensor:
        assert shown.shape == (4, POINTS)  # waves, not what the discriminator sees
        assert symmetries == ("rotate", "gain")
        assert chances.shape == (2, 2, 4)
        seen.append((shown.requires_grad, float(chances.sum())))
        return shown

    monkeypatch.setattr(trainer, "augment", noted)
    made, plain = make_trainer(spec, augment=("rotate", "gain"), k_step=2), make_trainer(spec, k_step=2)
    advance(made, 2)
    advance(plain, 2)

    # real and generated, twice a step; the generator learns from the last ones, through their augmentation
    assert [learns for learns, _ in seen] == 2 * [False, False, False, True]
    assert len({chance for _, chance in seen}) == 8
    assert_same(made.state(), plain.state())  # nothing else is different


@pytest.mark.parametrize("name", SYMMETRIES)
def test_each_symmetry_changes_what_is_learned(name: str) -> None:
    made, plain = make_trainer(augment=(name,), batch_size=8), make_trainer(batch_size=8)
    advance(made, 2)
    advance(plain, 2)

    for part in ("generator", "discriminator"):
        assert not torch.equal(made.state()[f"{part}.start.weight"], plain.state()[f"{part}.start.weight"])


def test_waves_that_are_alike_are_shown_as_often_as_one() -> None:
    # a wave among 9 variants of another: one of both in every batch of 2
    rates = StepSettings(3e-4, 3e-4, 2, 1, "rpgan", 0)
    variants = torch.cat([waves()[:1].roll(shift, 1) for shift in range(9)] + [waves()[1:2]])
    balanced, plain = (Trainer(WAVE, replace(rates, balance=balance), Examples(variants)) for balance in (True, False))

    shown = [balanced._batches[i].tolist() for i in range(100)]
    assert all(batch.count(9) == 1 for batch in shown)
    assert {number for batch in shown for number in batch} == set(range(10))
    assert sum(plain._batches[i].tolist().count(9) for i in range(5)) == 1  # once an epoch


@pytest.mark.parametrize("loss", losses.LOSSES)
@pytest.mark.parametrize(
    ("spec", "packing", "std"),
    [
        *((WAVE, packing, std) for packing in (1, 2, 4) for std in (False, True)),
        *((spec, packing, packing == 2) for spec in (DRAW, PAINT, PATCH, PYRAMID, LSTM) for packing in (2, 4)),
    ],
)
def test_every_loss_trains_packs_and_groups(spec: Spec, packing: int, std: bool, loss: str) -> None:
    made = make_trainer(replace(spec, packing=packing, minibatch_std=std), loss=loss, batch_size=4 * packing)
    before = copied(made)
    advance(made, 2)  # with and without a penalty
    stats = made.read_stats()

    assert 0 <= stats.belief_real <= 1
    assert 0 <= stats.belief_fake <= 1
    after = made.state()
    assert all(bool(value.isfinite().all()) for value in after.values())
    for part in ("generator", "discriminator"):
        assert any(not torch.equal(before[name], after[name]) for name in before if name.startswith(part))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("loss", losses.LOSSES)
def test_every_loss_trains_a_bounded_judgment(activation: str, loss: str) -> None:
    made = make_trainer(replace(WAVE, activation=activation), loss=loss)
    advance(made, 2)
    made.read_stats()

    assert all(bool(value.isfinite().all()) for value in made.state().values())


@pytest.mark.parametrize(("k_step", "loss"), [(1, "rpgan"), (3, "rpgan"), (1, "bce")])
def test_penalties_come_on_every_fourth_discriminator_step_only(
    monkeypatch: pytest.MonkeyPatch, k_step: int, loss: str
) -> None:
    made = make_trainer(k_step=k_step, loss=loss)
    at: list[int] = []
    count = 0
    penalty, step_d = losses.gradient_penalty, made._train_discriminator

    def noted(logits: Tensor, seen: Tensor) -> Tensor:
        at.append(count)
        return penalty(logits, seen)

    def counted(shown: trainer._Shown, mix: Tensor, *, penalize: bool) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        nonlocal count
        result = step_d(shown, mix, penalize=penalize)
        count += 1
        return result

    monkeypatch.setattr(trainer, "gradient_penalty", noted)
    monkeypatch.setattr(made, "_train_discriminator", counted)
    advance(made, 9)

    assert count == 9 * k_step
    assert at == ([] if loss == "bce" else list(range(0, 9 * k_step, PENALTY_EVERY)))
    assert PENALTY_EVERY == 4


def test_stats_are_means_since_the_last_reading() -> None:
    made, single = make_trainer(), make_trainer()
    advance(made, 3)
    mean = made.read_stats()
    each = []
    for _ in range(3):
        single.advance()
        each.append(single.read_stats())

    for name in ("loss_g", "loss_d", "belief_real", "belief_fake"):
        assert getattr(mean, name) == pytest.approx(sum(getattr(stats, name) for stats in each) / 3, rel=1e-4)
    assert 0 <= mean.belief_fake <= 1
    assert 0 <= mean.belief_real <= 1


def test_recent_stats_leave_those_of_a_check_as_they_are() -> None:
    made, other = make_trainer(), make_trainer()
    advance(made, 2)
    first = made.read_recent()
    advance(made, 3)
    second = made.read_recent()
    whole = made.read_stats()
    made.advance()
    third = made.read_recent()  # since the check
    advance(other, 2)
    assert astuple(first) == pytest.approx(astuple(other.read_stats()), rel=1e-4)
    advance(other, 3)
    assert astuple(second) == pytest.approx(astuple(other.read_stats()), rel=1e-4)
    other.advance()
    assert astuple(third) == pytest.approx(astuple(other.read_stats()), rel=1e-4)

    assert astuple(whole) == pytest.approx(
        [(2 * a + 3 * b) / 5 for a, b in zip(astuple(first), astuple(second), strict=True)], rel=1e-4
    )


def test_beliefs_begin_near_balance() -> None:
    made = make_trainer()
    made.advance()
    stats = made.read_stats()

    assert stats.belief_real == pytest.approx(0.5, abs=0.1)
    assert stats.belief_fake == pytest.approx(0.5, abs=0.1)


def test_a_rate_that_is_absurdly_high_ends_with_the_step_and_the_remedy() -> None:
    made = make_trainer(lr=1e30)
    advance(made, 8)

    with pytest.raises(TrainingError, match=r"training broke down at step [1-8]: .* rate 1e\+30 .*; try --lr 3e\+29$"):
        made.check_finite()


def test_the_first_bad_step_is_named_however_late_it_is_noticed() -> None:
    made = make_trainer()
    advance(made, 5)
    made.check_finite()
    with torch.no_grad():
        next(made.generator.parameters()).fill_(torch.nan)
    advance(made, 4)

    with pytest.raises(
        TrainingError, match=r"broke down at step 6: .* 0\.0003 is too high for this data; try --lr 7e-05"
    ):
        made.read_stats()


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_a_weight_that_is_no_number_is_noticed_before_any_loss_is(part: str) -> None:
    made = make_trainer()
    advance(made, 2)
    with torch.no_grad():
        made.state()[f"{part}.start.bias"][0] = torch.inf

    with pytest.raises(TrainingError, match="broke down at step 2"):
        made.check_finite()


@pytest.mark.parametrize("spec", [WAVE, DRAW, PAINT, PYRAMID, LSTM])
def test_a_gradient_moves_its_weights_however_it_is_laid_out(monkeypatch: pytest.MonkeyPatch, spec: Spec) -> None:
    # fused Adam goes through memory; sums over processes come back as flat memory, weights have their channels last
    made, other = make_trainer(spec), make_trainer(spec)
    advance(made, 3)
    monkeypatch.setattr(process_group, "all_reduce_mean", lambda tensors: [tensor.contiguous() for tensor in tensors])
    advance(other, 3)

    assert_same(made.state(), other.state())


@pytest.mark.parametrize("spec", [WAVE, DRAW, PAINT, PATCH, PYRAMID, LSTM])
@pytest.mark.parametrize("loss", ["rpgan", "wgan-gp"])
def test_bf16_learns_about_the_same_and_keeps_its_weights_in_fp32(spec: Spec, loss: str) -> None:
    rates = StepSettings(3e-4, 3e-4, 8, 1, loss, 0)
    half, full = (Trainer(spec, rates, Examples(waves()), precision=kind) for kind in (torch.bfloat16, torch.float32))
    advance(half, 8)
    advance(full, 8)

    assert {tensor.dtype for tensor in half.state().values()} == {torch.float32}
    for ours, theirs in zip(astuple(half.read_stats()), astuple(full.read_stats()), strict=True):
        assert ours == pytest.approx(theirs, rel=0.05, abs=0.02)


def test_penalties_stay_in_fp32_in_any_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Trainer(WAVE, StepSettings(3e-4, 3e-4, 8, 1, "rpgan", 0), Examples(waves()), precision=torch.bfloat16)
    kinds: list[tuple[bool, torch.dtype]] = []
    assert isinstance(made._discriminator, WaveDiscriminator)
    made._discriminator.mix.register_forward_hook(
        lambda _, seen, found: kinds.append((seen[0].requires_grad and found.requires_grad, found.dtype))
    )
    made.advance()  # with penalties
    first = kinds[0][1]
    kinds.clear()
    made.advance()  # without

    assert first == torch.float32
    assert {kind for _, kind in kinds} == {torch.bfloat16}
