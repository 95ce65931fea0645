from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from mirage_gan.models import families, networks
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.training.step.batches import Batches
from mirage_gan.training.step.flat_parameters import FlatParameters
from mirage_gan.training.step.optimizer import BETAS
from mirage_gan.training.step.trainer import PENALTY_EVERY, Trainer
from mirage_gan.waves.examples import Examples
from tests.bench import figures, laps, plain, train_speed, tutorial_loop
from tests.bench.figures import Figure
from tests.bench.laps import EACH_STEP, TEXTBOOK, TEXTBOOKS, Case, Remote, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

CPU = torch.device("cpu")
CASES = [Case("wave", 64, 4, 4), Case("wave", 128, 4, 4), Case("dcgan", 64, 4, 4)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_plain_networks_compute_what_ours_do(case: Case) -> None:
    ours, theirs = families.build(case.spec, 1), plain.build(case.spec, 1)
    z = torch.randn(5, networks.LATENT, generator=torch.Generator().manual_seed(0))
    waves = laps.harmonics(5, case.points)

    with torch.no_grad():
        made = ours.generator.waves(Condition(z))
        torch.testing.assert_close(theirs.generator.waves(Condition(z)), made, rtol=0, atol=1e-5)
        for seen in (ours.present(waves), ours.generator(Condition(z))):
            torch.testing.assert_close(theirs.discriminator(seen), ours.discriminator(seen), rtol=0, atol=1e-5)


def test_plain_networks_are_of_the_defaults_only() -> None:
    spec = networks.Spec(model="dcgan", generator="paint", points=64, width=4)

    with pytest.raises(ValueError, match="default settings"):
        plain.build(spec, 0)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_textbook_step_has_our_losses_and_gradients(case: Case) -> None:
    # so slow that it does not matter where rounding turns the sign of a gradient next to nothing, and so Adam's step
    rates = replace(case.step_settings(), lr=1e-7, lr_d=1e-7)
    waves = laps.harmonics(2 * case.batch_size, case.points)
    ours, theirs = Trainer(case.spec, rates, Examples(waves)), plain.build(case.spec, rates.seed)
    defaults = families.variant_of(case.spec)
    adam_d = torch.optim.Adam(theirs.discriminator.parameters(), lr=rates.lr_d, betas=BETAS)
    adam_g = torch.optim.Adam(theirs.generator.parameters(), lr=defaults.lr_multiplier * rates.lr, betas=BETAS)
    order = Batches(np.arange(len(waves)), rates.batch_size, rates.seed)

    for step in range(2):  # with penalties, and without
        real = theirs.present(waves[order[step]])
        fake = theirs.generator(Condition(latents(rates.batch_size, rates.seed, Stream.LATENT, step)))
        weight = defaults.gamma / 2 * PENALTY_EVERY if step == 0 else 0.0
        loss_d = tutorial_loop.train_discriminator(theirs.discriminator, adam_d, real, fake, weight)
        # before the generator's step adds to them
        gradients = {f"discriminator.{name}": p.grad.clone() for name, p in named(theirs.discriminator)}
        loss_g = tutorial_loop.train_generator(theirs.discriminator, adam_g, real, fake)
        gradients |= {f"generator.{name}": p.grad for name, p in named(theirs.generator)}
        ours.advance()
        stats, last = ours.read_stats(), last_gradients(ours)

        assert loss_d.item() == pytest.approx(stats.loss_d, abs=1e-4)
        assert loss_g.item() == pytest.approx(stats.loss_g, abs=1e-4)
        for name, gradient in gradients.items():
            worst = (last[name].reshape(gradient.shape) - gradient).abs().max()
            assert worst <= 1e-3 * gradient.abs().max() + 1e-6, f"step {step}, {name}"


def last_gradients(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Return the gradients of the last step, which Adam keeps because its first beta is 0."""
    made, state = families.build(trainer.spec, 0), trainer.state()
    found = {}
    for part, network in (("generator", made.generator), ("discriminator", made.discriminator)):
        flat = FlatParameters(network)
        with torch.no_grad():
            flat.values.copy_(state[f"{part}#exp_avg"])
        found.update({f"{part}.{name}": parameter.detach() for name, parameter in network.named_parameters()})
    return found


def named(network: nn.Module) -> list[tuple[str, Any]]:
    """Return the parameters that have a gradient."""
    return [(name, p) for name, p in network.named_parameters() if p.grad is not None]


def test_the_textbook_trains_for_ever_on_whole_batches() -> None:
    case = CASES[0]
    networks_ = plain.build(case.spec, 0)
    before = networks_.generator.waves(Condition(torch.ones(1, networks.LATENT))).detach()
    loop = tutorial_loop.train(
        networks_,
        families.variant_of(case.spec),
        case.step_settings(),
        laps.harmonics(2 * case.batch_size + 1, case.points),
        CPU,
    )

    found = [next(loop) for _ in range(5)]

    assert all(math.isfinite(losses.loss_d + losses.loss_g) for losses in found)
    assert not torch.equal(networks_.generator.waves(Condition(torch.ones(1, networks.LATENT))), before)


def test_the_average_follows_by_its_decay() -> None:
    average, new = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    expected = 0.75 * average.weight + 0.25 * new.weight

    tutorial_loop.follow(average, new, 0.75)

    torch.testing.assert_close(average.weight, expected)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_more_penalties_and_passes_are_more_operations(case: Case) -> None:
    counted = {side: laps.count(side, case) for side in (*laps.ours("cpu"), *TEXTBOOKS)}

    assert 0.6 * counted[TEXTBOOK] < counted["float32"] < counted[TEXTBOOK] < counted[EACH_STEP]


def test_operations_are_those_of_arithmetic() -> None:
    """A linear layer of 3 x 5 on 2 waves: 2 * 3 * 5 * 2."""
    with laps.counting() as counter:
        torch.nn.Linear(3, 5)(torch.ones(2, 3))

    assert counter.get_total_flops() == 60


def test_a_lap_is_whole_cycles_of_steps_with_penalties_and_without() -> None:
    runner = Runner(CPU)
    runner.prepare("float32", CASES[0], 0.0)

    lap = runner.lap(0.05)

    assert lap.steps % PENALTY_EVERY == 0
    assert lap.steps > 0
    assert lap.seconds >= 0.05
    assert lap.peak_mb > 10


def test_the_steady_part_trains_by_the_defaults() -> None:
    about = Runner(CPU).prepare_defaults(0.0)

    assert about["steps"] == 150_000
    assert (about["model"], about["points"], about["batch_size"]) == ("wave", 256, 32)


def test_harmonics_are_loops_of_full_scale() -> None:
    waves = laps.harmonics(20, 64)

    assert waves.shape == (20, 64)
    torch.testing.assert_close(waves.abs().amax(1), torch.ones(20))
    assert waves.mean(1).abs().max() < 1e-5


def test_a_time_that_is_shorter_is_faster() -> None:
    assert Figure("a", "s", 2.0, "b", 6.0).times == 3
    assert Figure("a", "files/s", 2.0, "b", 6.0).times == pytest.approx(1 / 3)
    assert Figure("a", "s", 2.0).cells() == ("a", "2.00 s", "", "", "", "")


class Local:
    """In place of `Remote`, in this process."""

    def __init__(self, _device: str) -> None:
        self.runner = Runner(CPU)

    def ask(self, method: str, *arguments: object) -> object:
        return getattr(self.runner, method)(*arguments)

    def close(self) -> None:
        """Leave nothing behind, as there is nothing."""


CALL = ["--device", "cpu", "--warm-up", "0", "--parts", "training"]


def test_the_training_bench_prints_and_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_speed, "Remote", Local)
    call = [*CALL, "--seconds", "0.2", "--rounds", "2", "--case", "dcgan:32:4:4", "--hardware", "2 cores"]

    train_speed.main([*call, "--out", str(tmp_path)])

    printed = capsys.readouterr().out
    (page,) = tmp_path.glob("????-??-??-train-speed-cpu.md")
    assert page.read_text() == printed.removesuffix("\n")
    kept = json.loads(page.with_suffix(".json").read_text())
    assert kept["hardware"] == "2 cores"
    assert [figure["beside"] for figure in kept["figures"]] == [TEXTBOOK, EACH_STEP]
    for figure in kept["figures"]:
        assert figure["times"] == pytest.approx(figure["ours"] / figure["theirs"])
        assert min(*figure["tflops"], *figure["peak_mb"]) > 0
    rows = [line for line in printed.splitlines() if line.startswith("|")]
    assert rows[0] == f"| {' | '.join(figures.HEADER)} |"
    assert len(rows) == 4


def test_a_case_that_fails_is_named_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_side: str, case: Case) -> float:
        if case.width == 5:
            raise RuntimeError("out of memory")
        return 1.0

    monkeypatch.setattr(train_speed, "Remote", Local)
    monkeypatch.setattr(laps, "count", fail)
    call = [*CALL, "--seconds", "0", "--rounds", "1", "--case", "wave:64:5:2", "--case", "wave:64:2:2"]

    with pytest.raises(SystemExit, match="width 5, batch 2: out of memory"):
        train_speed.main([*call, "--out", str(tmp_path)])

    assert "width 2, batch 2, float32 | " in capsys.readouterr().out
    (kept,) = tmp_path.glob("*.json")
    assert json.loads(kept.read_text())["failed"] == ["`wave`, 64 points, width 5, batch 2: out of memory"]


def test_another_process_does_what_it_is_asked_and_says_what_went_wrong() -> None:
    remote = Remote("cpu")
    try:
        assert remote.ask("lap", 0.0).steps == PENALTY_EVERY
        with pytest.raises(RuntimeError):
            remote.ask("prepare", "float32", Case("wave", 64, 0, 4), 0.0)
        assert remote.ask("count", "float32", CASES[0]) > 0
    finally:
        remote.close()


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(SystemExit):
        train_speed.parse(["--parts", "parts"])


def test_training_is_measured_where_little_is_installed() -> None:
    script = (
        "import sys, torch; missing = ('rich', 'soundfile', 'safetensors', 'optuna', 'pytest', 'hypothesis')\n"
        "sys.modules.update(dict.fromkeys(missing))\n"
        "from tests.bench.train_speed import main\n"
        "from tests.bench.laps import Runner\n"
        "runner = Runner(torch.device('cpu')); runner.prepare_defaults(0); print(runner.lap(0.01).steps)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
