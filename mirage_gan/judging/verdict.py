"""The score and the verdict that follow from the figures of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Verdict:
    """A verdict in one word, the figures that it is based on, and a remedy."""

    word: str  # good, undertrained, collapsing, copying, noise or dead
    why: str
    remedy: str


# Thresholds of the verdicts. They separate held-out real sounds from generators that are bad by construction (copies
# that are shifted and inverted, with noise at -15 dB, or mixed 95 to 5 with other sounds; only ten sounds; noise;
# silence), on two kinds of material.
_MOST: Final = 0.5  # maximum share of dead, or of noise-like, sounds
_FEW_MODES: Final = 0.1  # minimum of modes, relative to real sounds
_MANY_TWINS: Final = 0.3  # maximum excess of the share of twins over that of real sounds
_MANY_COPIES: Final = 0.25  # maximum excess of the share of copies over that of held-out sounds
_UNDERTRAINED: Final = 0.5  # minimum of coverage and of precision, relative to real sounds


# Figures that lower the score where they exceed this multiple of the figure of real sounds. Sounds should be new, so
# only half of the copies that held-out sounds contain are tolerated, but as many noisy copies and twins.
_ALLOWED: Final = {"copy": 0.5, "near": 1.0, "twins": 1.0}
_EXCESS: Final = 2.0  # weight of the excess
WORST: Final = -_EXCESS * len(_ALLOWED)  # lower bound of the score, given to a run that cannot be scored


def score(ours: Mapping[str, float], real: Mapping[str, float]) -> float:
    """Return the score that ranks checkpoints and runs: coverage + recall - 2 * excess of copies and twins.

    The arguments are those of `judge`; a missing figure of copies or twins counts as 0.
    """
    excess = sum(max(0.0, ours.get(name, 0.0) - share * real.get(name, 0.0)) for name, share in _ALLOWED.items())
    return ours["coverage"] + ours["recall"] - _EXCESS * excess


def is_collapsing(ours: Mapping[str, float], real: Mapping[str, float]) -> bool:
    """Return whether a generator shows mode collapse; the arguments are those of `judge`."""
    # few modes at a low precision mean an early stage of training, not a collapse
    few = ours["modes"] < _FEW_MODES * real["modes"] and ours["precision"] >= _UNDERTRAINED * real["precision"]
    return few or ours["twins"] > real["twins"] + _MANY_TWINS


def judge(ours: Mapping[str, float], real: Mapping[str, float]) -> Verdict:
    """Return the verdict on a run: the first failure that applies, from the gravest on, or "good".

    Parameters
    ----------
    ours : mapping of str to float
        The figures of the generated sounds, by the keys of `evaluate.FIGURES`.
    real : mapping of str to float
        The figures of real sounds in their place.
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
