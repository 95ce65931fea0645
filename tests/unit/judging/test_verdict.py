"""The word for a set of figures, and that the words for a training's checkpoints go one way."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from mirage_gan.base import files
from mirage_gan.judging import verdict
from mirage_gan.settings.judging import ENOUGH, WORDS

REAL = {
    "dead": 0.0, "noise": 0.05, "coverage": 0.98, "recall": 0.8, "precision": 0.8, "modes": 1.0, "twins": 0.2,
    "copy": 0.3, "near": 0.35,
}  # fmt: skip
OF_HELD_OUT = ("coverage", "recall", "precision")
# Made by `python -m tests.bench.verdicts`: from the first steps to the last of trainings on many loops and few, on
# one-shots, and on sets that are too small. The words were read beside the figures.
TABLE = files.load_jsonl(Path(__file__).with_name("figures.jsonl"))
TRAININGS = [
    (list(key), list(rows))
    for key, rows in groupby(TABLE, key=lambda row: (row["material"], row["model"], row["seed"]))
]


def say(changes: dict[str, float], held_out: int = 100, **real: float) -> str:
    return verdict.judge({**REAL, "copy": 0.1, "near": 0.1, **changes}, {**REAL, **real}, held_out).word


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "good"),
        ({"dead": 0.51}, "dead"),
        ({"dead": 0.5}, "good"),
        ({"noise": 0.56}, "noise"),
        ({"noise": 0.54}, "good"),
        ({"twins": 0.51}, "collapsing"),
        ({"modes": 0.09}, "collapsing"),
        ({"modes": 0.09, "precision": 0.3}, "undertrained"),
        ({"copy": 0.56}, "copying"),
        ({"near": 0.61}, "copying"),
        ({"coverage": 0.24}, "undertrained"),
        ({"coverage": 0.25}, "narrow"),
        ({"coverage": 0.48}, "narrow"),
        ({"coverage": 0.5}, "good"),
        ({"precision": 0.39}, "undertrained"),
        ({"recall": 0.39}, "narrow"),
        ({"recall": 0.41}, "good"),
        # the gravest comes first
        ({"recall": 0.1, "coverage": 0.1}, "undertrained"),
        ({"recall": 0.1, "copy": 0.9}, "copying"),
        ({"twins": 0.9, "copy": 0.9}, "collapsing"),
        ({"twins": 0.9, "noise": 0.9}, "noise"),
        ({"dead": 0.9, "noise": 0.9}, "dead"),
    ],
)
def test_the_gravest_failure_is_the_word(changes: dict[str, float], word: str) -> None:
    assert say(changes) == word


def test_what_is_noise_in_real_sounds_too_is_no_failure() -> None:
    assert say({"noise": 0.8}, noise=0.4) == "good"
    assert say({"noise": 1.0}, noise=0.4) == "noise"
    assert say({"noise": 1.0}, noise=0.6) == "good"  # as drums often are


@pytest.mark.parametrize("held_out", [0, 1, 2, ENOUGH - 1])
def test_below_twenty_held_out_sounds_nobody_can_tell(held_out: int) -> None:
    for changes in ({}, {"coverage": 0.1}, {"recall": 0.1}):
        assert say(changes, held_out) == "too few sounds to judge"
    assert say({"recall": 0.1, "dead": 1}, held_out) == "dead"
    assert say({"noise": 0.9}, held_out) == "noise"
    assert say({"copy": 0.9}, held_out) == "copying"
    assert say({"twins": 0.9}, held_out) == "collapsing"


def test_it_is_told_how_little_is_known() -> None:
    ours = {**REAL, "copy": 0.1, "near": 0.1, "coverage": 1.0}
    said = verdict.judge(ours, REAL, 2, {"coverage": (0.34, 1.0), "recall": (0.2, 0.9)})

    assert str(said) == (
        "too few sounds to judge: 2 sounds are held out, and 20 are needed; with 95 % certainty, coverage 100% (34% to "
        "100%), recall 80% (20% to 90%); listen for yourself, or preprocess 100 sounds or more"
    )


def test_without_any_held_out_sound_it_can_still_be_told_what_failed() -> None:
    real = {name: value for name, value in REAL.items() if name not in OF_HELD_OUT}

    assert verdict.judge(real, real, 0).word == "too few sounds to judge"
    assert verdict.judge({**real, "copy": 1.0}, real, 0).word == "copying"
    assert verdict.judge({**real, "modes": 0.01}, real, 0).word == "too few sounds to judge"  # plausible or not?


def word_of(row: dict[str, Any]) -> str:
    return verdict.judge(row["ours"], row["real"], row["held_out"]).word


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['material']}-{row['model']}-{row['seed']}-{row['step']}")
def test_the_word_for_a_checkpoint_is_the_one_that_was_agreed_to(row: dict[str, Any]) -> None:
    assert word_of(row) == row["word"]


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: "-".join(map(str, training[0])))
def test_the_words_for_a_training_never_go_back_and_forth(training: tuple[list[Any], list[dict[str, Any]]]) -> None:
    words = [word for word, _ in groupby(map(word_of, training[1]))]

    assert len(words) == len(set(words)), words


def test_every_word_has_a_meaning() -> None:
    assert {row["word"] for row in TABLE} <= set(WORDS)
