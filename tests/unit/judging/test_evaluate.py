"""Bad generators are called what they are, real sounds are called good, and a run is judged by its held-out sounds."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from mirage_gan.audio import synth
from mirage_gan.base.arrays import Waves
from mirage_gan.judging import evaluate, meanings, metrics, verdict
from mirage_gan.judging.oneshots.descriptors import DESCRIPTORS
from mirage_gan.judging.plain import music
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.waves.cycles import normalize_waves
from tests.support import judging

ORDER = np.random.default_rng(0).permutation(203)
LOOPS: Waves = np.array([loop.signal for loop in synth.loops()], np.float32)[ORDER]
HELD_OUT, TRAIN = LOOPS[:40], LOOPS[40:]
REAL = judging.score_real(TRAIN, TRAIN, HELD_OUT)


def say(generated: Waves) -> str:
    return verdict.judge(judging.score(np.asarray(generated, np.float32), TRAIN, HELD_OUT), REAL, 40).word


def noise(count: int) -> Waves:
    return np.asarray(0.3 * np.random.default_rng(1).standard_normal((count, 256)), np.float32).clip(-1, 1)


def test_sounds_that_were_held_out_are_good() -> None:
    assert say(HELD_OUT) == "good"


def test_a_generator_that_copies_is_called_so() -> None:
    assert say(TRAIN) == "copying"


@pytest.mark.parametrize("shift", [1, 37, 128])
def test_copies_that_are_shifted_and_inverted_are_copies(shift: int) -> None:
    assert say(-np.roll(TRAIN, shift, axis=1)) == "copying"


@pytest.mark.parametrize("decibel", [-15, -20, -30])
def test_copies_under_noise_are_copies(decibel: float) -> None:
    rms = np.sqrt(np.mean(TRAIN**2, axis=1, keepdims=True))
    hiss = np.random.default_rng(1).standard_normal(TRAIN.shape) * rms * 10 ** (decibel / 20)
    assert say(normalize_waves(np.asarray(TRAIN + hiss, np.float32))) == "copying"


def test_two_sounds_mixed_95_to_5_are_copies() -> None:
    assert say(0.95 * TRAIN + 0.05 * np.roll(TRAIN, 1, axis=0)) == "copying"


def test_ten_sounds_are_a_collapse() -> None:
    assert say(TRAIN[np.arange(300) % 10]) == "collapsing"


def test_one_sound_is_a_collapse() -> None:
    assert say(TRAIN[np.zeros(100, int)]) == "collapsing"


def test_noise_is_called_so() -> None:
    assert say(noise(200)) == "noise"


@pytest.mark.parametrize("level", [0.0, 0.5, -1.0])
def test_silence_and_a_constant_are_dead(level: float) -> None:
    assert say(np.full((100, 256), level)) == "dead"


def test_sounds_with_their_harmonics_shaken_are_undertrained() -> None:
    spectra = np.fft.rfft(TRAIN, axis=1)
    decibel = np.random.default_rng(0).normal(0, 20, spectra.shape)
    shaken = np.fft.irfft(spectra * 10 ** (decibel / 20), 256, axis=1)
    assert say(normalize_waves(np.asarray(shaken, np.float32))) == "undertrained"


def test_every_figure_has_a_meaning_and_real_sounds_score_as_a_perfect_generator_would() -> None:
    # the figures of one-shots alone are those of `OneShotJudge`, and those of piano rolls alone are of `music`
    assert set(REAL) | {"readable", "told_apart", *DESCRIPTORS, *music.FIGURES} == set(meanings.FIGURES)
    assert REAL["modes"] == 1
    assert REAL["dead"] == REAL["copying"] == 0


SOUNDS = {"copy": 0.1, "near": 0.1, "twins": 0.2}  # real ones


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 1.1),
        ({"coverage": 0.8}, 1.3),
        ({"recall": 0.1}, 0.7),
        ({"copy": 0.25}, 0.7),
        ({"near": 0.3}, 0.7),
        ({"twins": 0.4}, 0.7),
        ({"copy": 0.25, "near": 0.3, "twins": 0.4}, -0.1),
        ({"copy": 0.0, "near": 0.0, "twins": 0.0}, 1.1),  # fewer than real sounds have is no merit
    ],
)
def test_a_run_scores_by_what_it_covers_less_what_it_copies_and_repeats(
    changes: dict[str, float], score: float
) -> None:
    ours = {"coverage": 0.6, "recall": 0.5, "copy": 0.05, "near": 0.1, "twins": 0.2, **changes}

    assert verdict.score(ours, SOUNDS) == pytest.approx(score)


def test_what_was_not_counted_is_not_held_against_a_run() -> None:
    assert verdict.score({"coverage": 0.6, "recall": 0.5}, SOUNDS) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("changes", "collapsing"),
    [
        ({}, False),
        ({"modes": 0.05}, True),
        ({"modes": 0.05, "precision": 0.1}, False),  # nor plausible: a beginning
        ({"twins": 0.51}, True),
        ({"twins": 0.49}, False),
        ({"twins": 0.51, "precision": 0.0}, True),
    ],
)
def test_few_plausible_sounds_or_many_twins_are_a_collapse(changes: dict[str, float], collapsing: bool) -> None:
    real = {"modes": 1.0, "precision": 0.8, "twins": 0.2}

    assert verdict.is_collapsing({**real, **changes}, real) is collapsing


def test_a_run_is_judged_and_the_figures_are_the_same_again(workplace: Path, cli: Callable[..., Result]) -> None:
    first, second = (cli("evaluate", "tiny", "--count", "30", "--json") for _ in range(2))
    assert first.exit_code == 0, first.stderr
    assert first.stdout == second.stdout
    report = json.loads(first.stdout)
    assert report["generated"] == 30
    assert report["held_out"] == 2
    assert set(report["ours"]) == set(report["real"])
    for name, (low, high) in report["intervals"].items():
        assert 0 <= low <= report["ours"][name] <= high <= 1
    said = cli("evaluate", "tiny", "--count", "30")
    assert said.stdout.splitlines()[-1].startswith(report["verdict"]["word"])


def test_it_makes_no_difference_how_many_are_taken_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    generated = np.concatenate([0.7 * TRAIN[:50] + 0.3 * TRAIN[50:100], noise(20), np.zeros((15, 256), np.float32)])
    whole = judging.score(generated, TRAIN, HELD_OUT), judging.score_real(TRAIN, TRAIN, HELD_OUT)
    monkeypatch.setattr(evaluate, "_CHUNK", 9)
    monkeypatch.setattr(metrics, "_BLOCK", 13)

    assert judging.score(generated, TRAIN, HELD_OUT) == pytest.approx(whole[0], abs=1e-6)
    assert judging.score_real(TRAIN, TRAIN, HELD_OUT) == pytest.approx(whole[1], abs=1e-6)


def test_what_a_run_knows_may_lie_in_a_file(tmp_path: Path) -> None:
    for name, waves in (("train", TRAIN), ("held_out", HELD_OUT)):
        np.save(tmp_path / f"{name}.npy", waves)
    train, held_out = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("train", "held_out"))

    assert judging.score(TRAIN[::2], train, held_out) == judging.score(TRAIN[::2], TRAIN, HELD_OUT)
    assert judging.score_real(train, train, held_out) == REAL


def test_a_run_of_nothing_but_silence_has_no_intervals(
    workplace: Path, cli: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sampler, "generate", lambda _, seeds: np.zeros((len(seeds), 64), np.float32))
    report = json.loads(cli("evaluate", "tiny", "--count", "30", "--json").stdout)

    assert report["verdict"]["word"] == "dead"
    assert report["intervals"] == {}
    assert report["ours"]["twins"] == report["ours"]["dead"] == 1


def test_the_progress_says_what_takes_its_time(workplace: Path) -> None:
    told: list[str] = []

    class Recorder:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert total is None or 0 <= done <= total
            told.append(text)

        def say(self, text: str) -> None:
            pass

    config = EvaluateConfig(run=str(workplace / "runs" / "tiny"), count=30)
    evaluate.evaluate(config, Recorder())

    assert told[:2] == ["generating", "generating"]
    texts = ["measuring distances", "looking for modes", "looking for twins", "comparing with the training sounds"]
    assert set(texts) < set(told)


def test_with_few_sounds_or_none_held_out_it_says_so_with_what_it_can_tell(
    workplace: Path, cli: Callable[..., Result]
) -> None:
    for path in sorted((workplace / "wavs").rglob("*.wav"))[5:]:
        path.unlink()
    assert cli("preprocess", "wavs", "--points", "64", "--size", "64", "--out", "few").exit_code == 0
    options = ("--model", "wave", "--width", "4", "--steps", "2", "--device", "cpu", "--run", "few")
    assert cli("train", "few", *options).exit_code == 0
    result = cli("evaluate", "few", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["held_out"] == 0
    assert report["score"] is None
    assert set(report["ours"]) == set(report["real"]) == {*meanings.FIGURES} - {
        "coverage", "recall", "precision", "density", "readable", "told_apart", *DESCRIPTORS, *music.FIGURES
    }  # fmt: skip
    assert cli("evaluate", "few").stdout.splitlines()[-1].startswith(report["verdict"]["word"])
