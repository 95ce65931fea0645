"""Generators that are bad by construction are called what they are, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.meanings import FIGURES
from mirage_gan.judging.oneshots.descriptors import DESCRIPTORS
from mirage_gan.judging.oneshots.judge import Heard, OneShotJudge
from mirage_gan.settings.judging import COLLAPSING, COPYING, DEAD, GOOD, NOISE, TOO_FEW, UNDERTRAINED
from mirage_gan.waves import spectrogram
from tests.support import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal
    from mirage_gan.folders.judgments import Verdict

TRAIN = drums.drums(60, 0)
HELD = drums.drums(40, 1)
NEW = drums.drums(60, 2)


def heard(sounds: list[Signal]) -> Heard:
    return Heard.of(sounds, drums.FRAMES)


JUDGE = OneShotJudge(heard(TRAIN), heard(HELD))


def said(sounds: list[Signal]) -> Verdict:
    return JUDGE.judge(heard(sounds)).verdict


def rebuilt(sounds: list[Signal]) -> list[Signal]:
    pictures = np.concatenate([spectrogram.picture(sound[None], drums.FRAMES) for sound in sounds])
    return [drums.exported(sound) for sound in spectrogram.rebuild(pictures, seed=7)]


def test_new_sounds_are_good() -> None:
    ours, real, _, verdict = JUDGE.judge(heard(NEW))

    assert verdict.word == GOOD
    assert "yours" not in verdict.why
    assert ours.keys() == real.keys()
    assert ours["coverage"] > 0.8 * real["coverage"]
    assert ours["copy"] < 0.1


@pytest.mark.parametrize(
    ("sounds", "word"),
    [
        (drums.noise_bursts(60), NOISE),
        (TRAIN, COPYING),
        ([-sound for sound in TRAIN], COPYING),
        (rebuilt(TRAIN), COPYING),
        (rebuilt([NEW[0]]) * 60, COLLAPSING),
        (drums.random_tones(60), UNDERTRAINED),
        ([np.zeros(1000, np.float32)] * 60, DEAD),
        ([sound[:30] for sound in NEW], DEAD),
    ],
    ids=["noise", "copies", "inverted", "other phases", "one repeated", "random synthesis", "silent", "too short"],
)
def test_what_is_bad_has_its_word(sounds: list[Signal], word: str) -> None:
    assert said(sounds).word == word


@pytest.mark.parametrize(
    ("sounds", "words"),
    [
        (drums.smeared(NEW), "attacks are softer than yours"),
        (drums.low_passed(NEW), "there is little above 6 kHz"),
        (drums.backwards(NEW), "attacks are softer than yours"),
        (drums.hissing(NEW), "tails are louder than yours, or noisy"),
    ],
    ids=["smeared", "low-passed", "backwards", "hissing"],
)
@pytest.mark.parametrize("held_out", [5, 40])
def test_the_worst_is_said_however_few_are_held_out(sounds: list[Signal], words: str, held_out: int) -> None:
    verdict = OneShotJudge(heard(TRAIN), heard(HELD[:held_out])).judge(heard(sounds)).verdict

    assert words in verdict.why
    assert (verdict.word == TOO_FEW) == (held_out < 20)


def test_figures_of_nothing_alive_are_complete_for_a_verdict() -> None:
    for held in ([], HELD):
        dead = heard([np.zeros(9, np.float32)] * 30)
        ours, real, _, verdict = OneShotJudge(heard(TRAIN), heard(held)).judge(dead)
        assert verdict.word == DEAD
        assert ours["dead"] == 1
        assert real["dead"] == 0
        assert real["twins"] < 0.1
        assert ours.keys() | DESCRIPTORS.keys() | {"told_apart"} == real.keys() | {"told_apart"}


def test_as_many_training_sounds_are_compared_as_sounds_were_made_dead_ones_too() -> None:
    # with the living ones alone, the real sounds would cover less by their number
    half = [sound if i % 2 else np.zeros(1000, np.float32) for i, sound in enumerate(NEW)]

    whole, found = JUDGE.judge(heard(NEW)), JUDGE.judge(heard(half))

    assert (heard(half).count, len(heard(half)), heard(half).dead) == (60, 30, 0.5)
    assert found.real == whole.real
    assert found.ours["dead"] == 0.5
    assert JUDGE.judge(heard(NEW[:30])).real != whole.real


def test_every_figure_has_a_meaning() -> None:
    ours, real, intervals, _ = JUDGE.judge(heard(NEW))

    assert ours.keys() == real.keys() < FIGURES.keys()
    assert {"told_apart", *DESCRIPTORS} < ours.keys()
    assert intervals.keys() < ours.keys()
