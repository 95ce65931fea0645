"""Generators that are bad by construction are called what they are, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.oneshots.judge import OneShotJudge
from mirage_gan.settings.judging import COLLAPSING, COPYING, DEAD, GOOD, NOISE, TOO_FEW, UNDERTRAINED
from mirage_gan.waves import spectrogram
from tests.support import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal
    from mirage_gan.folders.judgments import Verdict

TRAIN = drums.drums(60, 0)
HELD = drums.drums(40, 1)
NEW = drums.drums(60, 2)
JUDGE = OneShotJudge(TRAIN, HELD, drums.FRAMES)


def said(sounds: list[Signal]) -> Verdict:
    return JUDGE.judge(sounds)[2]


def rebuilt(sounds: list[Signal]) -> list[Signal]:
    pictures = np.concatenate([spectrogram.picture(sound[None], drums.FRAMES) for sound in sounds])
    return [drums.exported(sound) for sound in spectrogram.rebuild(pictures, seed=7)]


def test_new_sounds_are_good() -> None:
    ours, real, verdict = JUDGE.judge(NEW)

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
    verdict = OneShotJudge(TRAIN, HELD[:held_out], drums.FRAMES).judge(sounds)[2]

    assert words in verdict.why
    assert (verdict.word == TOO_FEW) == (held_out < 20)


def test_figures_of_nothing_alive_are_complete_for_a_verdict() -> None:
    for held in ([], HELD):
        ours, _, verdict = OneShotJudge(TRAIN, held, drums.FRAMES).judge([np.zeros(9, np.float32)])
        assert verdict.word == DEAD
        assert ours["dead"] == 1
