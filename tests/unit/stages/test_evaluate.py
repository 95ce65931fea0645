"""Bad generators are called what they are, real sounds are called good, and a run is judged by its held-out sounds."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from mirage_gan import synth
from mirage_gan.arrays import Waves
from mirage_gan.cycles import normalize_waves
from mirage_gan.stages import evaluate, verdict

ORDER = np.random.default_rng(0).permutation(203)
LOOPS: Waves = np.array([loop.signal for loop in synth.loops()], np.float32)[ORDER]
HELD_OUT, TRAIN = LOOPS[:40], LOOPS[40:]
REAL = evaluate.score_real(TRAIN, TRAIN, HELD_OUT)


def say(generated: Waves) -> str:
    return verdict.judge(evaluate.score(np.asarray(generated, np.float32), TRAIN, HELD_OUT), REAL).word


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
    assert set(REAL) | {"readable"} == set(evaluate.FIGURES)
    assert REAL["modes"] == 1
    assert REAL["dead"] == REAL["copying"] == 0


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


def test_a_run_without_held_out_sounds_cannot_be_judged(workplace: Path, cli: Callable[..., Result]) -> None:
    for path in sorted((workplace / "wavs").rglob("*.wav"))[5:]:
        path.unlink()
    assert cli("preprocess", "wavs", "--points", "64", "--size", "64", "--out", "few").exit_code == 0
    options = ("--model", "wave", "--width", "4", "--steps", "2", "--device", "cpu", "--run", "few")
    assert cli("train", "few", *options).exit_code == 0
    result = cli("evaluate", "few")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("too few to judge by: train on 10 or more")
