"""A family is a row: those of the package, one that a test adds, and networks in a file of the user's own."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.base.errors import ConfigError, FormatError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders import runs
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.models import checkpoint, families
from mirage_gan.models.networks import LATENT, Generator, Networks, Spec
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.settings.tables.families import FAMILIES, Family, Variant
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.plan import resolve
from mirage_gan.training.train import train

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

EXAMPLE = Path(__file__).parents[3] / "pipelines" / "own_networks.py"


# --- a new family is a module and a row


class Sine(Generator):
    """Loops of one harmonic: the smallest family that learns."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.scale = nn.Linear(LATENT, 2)
        self.register_buffer("phase", 2 * torch.pi * torch.arange(points) / points)

    def waves(self, condition: Condition) -> Tensor:
        level, turn = self.scale(condition.z).chunk(2, dim=1)
        waves: Tensor = torch.sin(self.phase + turn) * level.sigmoid()
        return waves

    def forward(self, condition: Condition) -> Tensor:
        return self.waves(condition)


class Points(nn.Module):
    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.decide = nn.Sequential(nn.Linear(spec.points, spec.width), nn.Tanh(), nn.Linear(spec.width, 1))

    def forward(self, x: Tensor, _labels: Tensor | None = None) -> Tensor:
        logits: Tensor = self.decide(x).squeeze(1)
        return logits


def build(spec: Spec) -> Networks:
    return Networks(Sine(spec.points), Points(spec), present=lambda waves: waves)


@pytest.fixture
def sine(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Family("sines", f"{__name__}:build", kinds=(LOOP,), variants={"": Variant(width=3, options=("augment",))})
    monkeypatch.setitem(FAMILIES, "sine", row)


def settings(dataset: Path, run: Path, model: str, **changes: Any) -> TrainConfig:
    about = {"dataset": dataset, "run": str(run), "model": model, "device": "cpu", "steps": 20, "every": 10}
    return TrainConfig(**{**about, "batch_size": 8, **changes})


@pytest.mark.usefixtures("sine")
def test_a_new_family_is_trained_resumed_judged_and_exported(dataset: Path, tmp_path: Path) -> None:
    config = settings(dataset, tmp_path / "run", "sine", augment="gain")
    before = families.build(Spec("sine", "", 64, 3), config.seed).generator.state_dict()

    train(config)

    weights, about = checkpoint.load(runs.checkpoint_path(tmp_path / "run", "last"), "generator.")
    assert about["spec"]["width"] == 3
    assert all(not torch.equal(weights[name], value) for name, value in before.items() if name != "phase")
    assert train(config).resumed_from == 20
    assert evaluate(EvaluateConfig(run=str(tmp_path / "run"), count=20)).generated == 20
    assert export(ExportConfig(run=str(tmp_path / "run"), count=2), tmp_path / "out").files == 2


@pytest.mark.usefixtures("sine")
def test_a_family_refuses_by_name_the_options_that_it_does_not_take(dataset: Path, tmp_path: Path) -> None:
    for option, value, others in (
        ("packing", 2, "dcgan, wave, oneshot, pyramid, lstm or mlp"),
        ("minibatch_std", True, "dcgan, wave, oneshot, pyramid, lstm or mlp"),
        ("size", 64, "dcgan or pyramid"),
        ("generator", "paint", "dcgan or pyramid"),
        ("discriminator", "patch", "dcgan"),
    ):
        with pytest.raises(ConfigError) as caught:
            resolve(settings(dataset, tmp_path, "sine", **{option: value}))
        name = option.replace("_", "-")
        assert str(caught.value) == f"--{name} is no option of --model sine: leave it out, or choose --model {others}"


@pytest.mark.usefixtures("sine")
def test_a_family_refuses_a_kind_of_sound_that_it_does_not_learn(oneshots: Path, tmp_path: Path) -> None:
    said = r"--model sine learns loops, and .* holds one-shots: choose --model dcgan, oneshot or pyramid"
    with pytest.raises(ConfigError, match=said):
        resolve(settings(oneshots, tmp_path, "sine"))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_says_what_it_is_and_has_sensible_defaults(name: str) -> None:
    family = FAMILIES[name]

    assert 10 < len(family.help) < 110
    for variant in family.variants.values():
        assert variant.width >= 2
        assert min(variant.lr_multiplier, variant.lr_d_multiplier, variant.gamma, variant.ema_half_life) > 0


def test_labels_reach_the_generator_and_the_discriminator(dataset: Path) -> None:
    """Nobody uses labels yet; a family that does finds them where it looks for them."""
    from mirage_gan.training.step.step_settings import StepSettings  # noqa: PLC0415 - of this test alone
    from mirage_gan.training.step.trainer import Trainer  # noqa: PLC0415
    from mirage_gan.waves.examples import Examples  # noqa: PLC0415

    seen: list[tuple[list[int], list[int]]] = []
    of_generator: list[list[int]] = []

    class Told(Sine):
        def waves(self, condition: Condition) -> Tensor:
            assert condition.label is not None
            of_generator.append(condition.label.tolist())
            return super().waves(condition)

    class Asked(Points):
        def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
            assert labels is not None
            assert len(labels) == len(x)
            seen.append((labels.tolist(), x[:, 0].detach().round(decimals=3).tolist()))
            return super().forward(x)

    row = Family("", lambda spec: Networks(Told(spec.points), Asked(spec), present=lambda waves: waves))
    waves = torch.linspace(-1, 1, 12)[:, None].expand(12, 64).contiguous()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "told", row)
        trainer = Trainer(
            Spec("told", "", 64, 4),
            StepSettings(1e-3, 1e-3, 4, 1, "rpgan", 0, balance=False),
            Examples(waves, torch.arange(12)),
        )
        trainer.advance()

    first = {label: round(float(waves[label, 0]), 3) for label in range(12)}
    labels, values = seen[0]
    assert labels[:4] == labels[4:] == of_generator[0]  # real ones, then generated ones of the same classes
    assert values[:4] == pytest.approx([first[label] for label in labels[:4]], abs=1e-3)  # each beside its own wave


# --- networks of one's own


def own(tmp_path: Path, text: str, name: str = "networks") -> str:
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return f"{tmp_path / 'mine.py'}:{name}"


def changed(old: str, new: str) -> str:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


@pytest.fixture(scope="module")
def own_run(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the example, of which everything but the name of the file is an ordinary run's."""
    run = tmp_path_factory.mktemp("own") / "run"
    train(settings(dataset, run, f"{EXAMPLE}:networks", width=4))
    return run


def test_the_example_is_trained_resumed_judged_exported_and_morphed(
    own_run: Path, dataset: Path, tmp_path: Path
) -> None:
    model = f"{EXAMPLE}:networks"

    assert train(settings(dataset, own_run, model, width=4)).resumed_from == 20
    assert evaluate(EvaluateConfig(run=str(own_run), count=20, model=model)).generated == 20
    assert export(ExportConfig(run=str(own_run), count=2, model=model), tmp_path / "out").files == 2
    assert morph(MorphConfig(run=str(own_run), seed=(1, 2), to=("wavetable",), model=model), tmp_path / "out").files


def test_a_file_may_name_a_family_with_defaults_of_its_own(dataset: Path, tmp_path: Path) -> None:
    made = resolve(settings(dataset, tmp_path / "run", f"{EXAMPLE}:FAMILY", lr=1e-3))

    assert (made.spec.width, made.step_settings.lr_d) == (16, 2e-3)
    assert made.name.startswith("dataset-own_networks-")
    with pytest.raises(ConfigError, match=r"--packing is no option of --model .*own_networks.py:FAMILY: leave it out"):
        resolve(settings(dataset, tmp_path / "run", f"{EXAMPLE}:FAMILY", packing=2))


def test_no_code_is_run_on_the_word_of_a_run(own_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        export(ExportConfig(run=str(own_run)), tmp_path / "out")

    assert re.search(r"with somebody's own networks, .*own_networks.py:networks; their code is run only if you name "
                     r"it: add --model .*own_networks.py:networks$", str(caught.value))  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_a_model_is_not_named_for_a_run_of_a_family(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--model x\.py:y: .* is of the model wave; leave --model out"):
        export(ExportConfig(run=str(trained), model="x.py:y"), tmp_path / "out")


def test_other_networks_than_the_run_s_are_refused(own_run: Path, tmp_path: Path) -> None:
    other = own(tmp_path, changed("Additive(spec.points, spec.width)", "Additive(spec.points, spec.width + 1)"))

    with pytest.raises(FormatError, match="its weights are not this network's"):
        export(ExportConfig(run=str(own_run), model=other), tmp_path / "out")


def test_networks_that_do_not_fit_are_refused_in_one_line_where_a_run_is_used_too(
    own_run: Path, tmp_path: Path
) -> None:
    other = own(tmp_path, "def networks(spec):\n    return spec.pints")

    with pytest.raises(
        ConfigError, match=r"^--model .*mine\.py:networks cannot be used: AttributeError: .* \(line 2\)$"
    ):
        export(ExportConfig(run=str(own_run), model=other), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_file_that_was_changed_makes_another_run(dataset: Path, tmp_path: Path) -> None:
    model = own(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    first = resolve(settings(dataset, tmp_path / "run", model))

    own(tmp_path, changed("fall = 1 /", "fall = 2 /"))
    second = resolve(settings(dataset, tmp_path / "run", model))

    assert first.identity["model_sha256"] != second.identity["model_sha256"]
    assert first.name != second.name


WRONG = {
    "missing file": (None, r"--model .*mine\.py:networks: .*mine\.py: No such file or directory"),
    "no Python": ("def (", r"mine\.py cannot be run: SyntaxError: .*"),
    "an error": ("import nothing_like_it", r"mine\.py cannot be run: ModuleNotFoundError: .* \(line 1\)"),
    "no such name": ("x = 1", r"mine\.py has no function networks that takes a Spec and returns Networks"),
    "no function": ("networks = 1", r"mine\.py has no function networks that takes a Spec and returns Networks"),
    "no networks": ("def networks(spec):\n    return spec", r"returns Spec; it has to return Networks"),
    "a bug": ("def networks(spec):\n    return spec.pints", r"cannot be used: AttributeError: .*'pints'.* \(line 2\)"),
    "points": (
        changed("nn.functional.pad(harmonics, (1, 0)), self.points)", "nn.functional.pad(harmonics, (1, 0)), 32)"),
        r"the waves of its generator have the shape \(2, 32\), and \(2, 64\) is wanted, \(batch, points\)",
    ),
    "present": (
        changed("present=lambda waves: waves", "present=lambda waves: waves[:, None]"),
        r"what present makes of waves has the shape \(2, 1, 64\), and \(2, 64\) is wanted, that of the generator's",
    ),
    "logits": (
        changed("self.layers(loops).squeeze(1)", "self.layers(loops)"),
        r"the logits of its discriminator have the shape \(4, 1\), and \(4,\) is wanted, \(batch / packing,\)",
    ),
    "no weights": (
        changed("discriminator=Judge(spec.points, spec.width)", "discriminator=Sum()").replace(
            "def networks",
            "class Sum(nn.Module):\n    def forward(self, x, labels):\n        return x.sum(1)\n\ndef networks",
        ),
        "its discriminator has no weights to train",
    ),
    "dead": (
        changed("self.spectrum(condition.z).float()", "self.spectrum(condition.z).detach().float()"),
        r"nothing depends on the weights spectrum\.0\.weight of its generator",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_said_in_one_line_before_anything_is_written(
    name: str, dataset: Path, tmp_path: Path
) -> None:
    text, message = WRONG[name]
    model = own(tmp_path, text) if text is not None else f"{tmp_path / 'mine.py'}:networks"

    with pytest.raises(ConfigError) as caught:
        train(settings(dataset, tmp_path / "run", model))

    assert re.search(message, str(caught.value)), caught.value
    assert str(caught.value).startswith(f"--model {model}")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_packs_that_a_network_does_not_judge_together_are_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\(8,\), and \(4,\) is wanted, \(batch / packing,\)"):
        resolve(settings(dataset, tmp_path / "run", f"{EXAMPLE}:networks", packing=2))


def test_a_checkpoint_of_a_family_that_is_not_there_is_refused(trained: Path, tmp_path: Path) -> None:
    path = runs.checkpoint_path(trained, "best")
    tensors, about = checkpoint.load(path)
    about["spec"]["model"] = "telepathy"
    checkpoint.save(tmp_path / "other.safetensors", tensors, about)

    with pytest.raises(
        FormatError,
        match="the model is 'telepathy', and this mirage-gan has dcgan, wave, oneshot, pyramid, lstm, mlp: update it",
    ):
        runs.load_sampler(tmp_path / "other.safetensors")


def test_a_spec_is_plain_json_and_comes_back(dataset: Path) -> None:
    for spec in (Spec("wave", "", 64, 4), Spec("dcgan", "draw", 64, 4, representation="block-means", spectrum=True)):
        assert Spec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
    assert not {"representation", "spectrum"} & Spec("dcgan", "draw", 64, 4).as_json().keys()
    assert dataclasses.asdict(Spec("wave", "", 64, 4))["representation"] == "cycle"
