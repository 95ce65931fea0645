"""What the figures of a run mean, in a word, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Verdict:
    """A word, the figures that say so, and the remedy."""

    word: str  # good, undertrained, collapsing, copying, noise or dead
    why: str
    remedy: str


# How far from what real sounds score is too far. Set between generators that are known to be bad (copies, shifted and
# inverted, under noise at -15 dB, mixed 95 to 5; ten sounds; noise; silence) and held-out real sounds, on two kinds of
# material.
_MOST: Final = 0.5  # share of dead or noise-like sounds
_FEW_MODES: Final = 0.1
_MANY_TWINS: Final = 0.3  # more than real sounds have
_MANY_COPIES: Final = 0.25  # more than held-out sounds have
_UNDERTRAINED: Final = 0.5  # of the coverage or precision of real sounds


# What is counted against a run beyond its share of what real sounds have: new sounds are asked for, so half as many
# copies as held-out sounds are of training ones are enough; noise over copies, and twins, may be as many.
_ALLOWED: Final = {"copy": 0.5, "near": 1.0, "twins": 1.0}
_EXCESS: Final = 2.0
WORST: Final = -_EXCESS * len(_ALLOWED)  # score, of a run that has nothing to be scored


def score(ours: Mapping[str, float], real: Mapping[str, float]) -> float:
    """Return what makes one checkpoint, or run, better than another: coverage and recall, less what is not new.

    Arguments as of `judge`; figures that are not there do not count.
    """
    excess = sum(max(0.0, ours.get(name, 0.0) - share * real.get(name, 0.0)) for name, share in _ALLOWED.items())
    return ours["coverage"] + ours["recall"] - _EXCESS * excess


def is_collapsing(ours: Mapping[str, float], real: Mapping[str, float]) -> bool:
    """Tell whether a generator makes too few different sounds; arguments as of `judge`."""
    # few modes that are not plausible either are a beginning, not a collapse
    few = ours["modes"] < _FEW_MODES * real["modes"] and ours["precision"] >= _UNDERTRAINED * real["precision"]
    return few or ours["twins"] > real["twins"] + _MANY_TWINS


def judge(ours: Mapping[str, float], real: Mapping[str, float]) -> Verdict:
    """Decide which of the ways to be bad comes first.

    Parameters
    ----------
    ours, real : mapping of str to float
        The figures of `evaluate`, of the generated sounds, and of training sounds in their place.
    """
    if ours["dead"] > _MOST:
        why = f"{ours['dead']:.0%} of the sounds are silent or flat"
        return Verdict("dead", why, "start again with another --seed or a lower --lr")
    if ours["noise"] > _MOST:
        why = f"{ours['noise']:.0%} of the sounds are like noise"
        return Verdict("noise", why, "train longer; if it stays, lower --lr or --lr-d")
    if is_collapsing(ours, real):
        why = (
            f"the sounds come close to {ours['modes']:.0%} of the training sounds that they could, and "
            f"{ours['twins']:.0%} have a twin (real: {real['twins']:.0%})"
        )
        return Verdict(
            "collapsing", why, "take an earlier checkpoint, lower --lr, or use --loss rpgan with more sounds"
        )
    if ours["copy"] > real["copy"] + _MANY_COPIES or ours["near"] > real["near"] + _MANY_COPIES:
        why = (
            f"{ours['copy']:.0%} are copies of training sounds and {ours['near']:.0%} are but for noise; of sounds "
            f"that it never saw, {real['copy']:.0%} and {real['near']:.0%}"
        )
        return Verdict("copying", why, "take an earlier checkpoint, use a smaller --width, or add sounds")
    for name, what in (("coverage", "of the held-out sounds are near a generated one"), ("precision", "are plausible")):
        if ours[name] < _UNDERTRAINED * real[name]:
            why = f"only {ours[name]:.0%} {what} (real: {real[name]:.0%})"
            return Verdict("undertrained", why, "train longer, or with a higher --lr")
    why = f"it covers {ours['coverage']:.0%} of the held-out sounds (real: {real['coverage']:.0%})"
    return Verdict("good", why, "listen: `mirage-gan export`")
