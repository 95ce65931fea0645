"""The score and the verdict that follow from the figures of a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mirage_gan.folders.judgments import Verdict
from mirage_gan.settings.judging import (
    COLLAPSING,
    COPYING,
    DEAD,
    ENOUGH,
    GOOD,
    NARROW,
    NOISE,
    TOO_FEW,
    UNDERTRAINED,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


# Thresholds of the verdicts. They separate held-out real sounds from generators that are bad by construction (copies
# that are shifted and inverted, with noise at -15 dB, or mixed 95 to 5 with other sounds; only ten sounds; noise;
# silence), and put the checkpoints of real trainings in order, without going back and forth from one to the next.
_MANY_DEAD: Final = 0.5  # maximum share of dead sounds
_MUCH_NOISE: Final = 0.5  # maximum excess of the share of noise-like sounds over that of real sounds
_FEW_MODES: Final = 0.1  # minimum of modes, relative to real sounds
_MANY_TWINS: Final = 0.3  # maximum excess of the share of twins over that of real sounds
_MANY_COPIES: Final = 0.25  # maximum excess of the share of copies over that of sounds that were not trained on
_HALF: Final = 0.5  # minimum of precision, and of coverage and recall in a good run, relative to real sounds
_QUARTER: Final = 0.25  # minimum of coverage in a run that has learned, likewise


# Figures that lower the score where they exceed this multiple of the figure of real sounds. Sounds should be new, so
# only half of the copies that held-out sounds contain are tolerated, but as many noisy copies and twins.
_ALLOWED: Final = {"copy": 0.5, "near": 1.0, "twins": 1.0}
_EXCESS: Final = 2.0  # weight of the excess
_APART: Final = 4.0  # weight of what whole sounds are told apart by more than real ones are
WORST: Final = -_EXCESS * len(_ALLOWED) - _APART / 2  # lower bound of the score, given to a run that cannot be scored


class Judged(NamedTuple):
    """What is found of generated sounds."""

    ours: dict[str, float]  # their figures, by the keys of `meanings.FIGURES`
    real: dict[str, float]  # the figures of real sounds in their place
    intervals: dict[str, tuple[float, float]]  # 95 % confidence intervals of shares of held-out sounds
    verdict: Verdict


def score(ours: Mapping[str, float], real: Mapping[str, float]) -> float:
    """Return the score that ranks checkpoints and runs: coverage + recall - 2 * excess of copies and twins.

    Of whole sounds, of which few are held out, coverage and recall soon say no more: 4 times the excess of told_apart
    is subtracted, too. The arguments are those of `judge`; a missing figure of copies or twins counts as 0.
    """
    apart = max(0.0, ours["told_apart"] - real["told_apart"]) if "told_apart" in ours else 0.0
    excess = sum(max(0.0, ours.get(name, 0.0) - share * real.get(name, 0.0)) for name, share in _ALLOWED.items())
    return ours["coverage"] + ours["recall"] - _EXCESS * excess - _APART * apart


def is_collapsing(ours: Mapping[str, float], real: Mapping[str, float]) -> bool:
    """Return whether a generator shows mode collapse; the arguments are those of `judge`."""
    # few modes at a low precision mean an early stage of training, not a collapse
    plausible = "precision" in ours and ours["precision"] >= _HALF * real["precision"]
    few = plausible and ours["modes"] < _FEW_MODES * real["modes"]
    return few or ours["twins"] > real["twins"] + _MANY_TWINS


def judge(
    ours: Mapping[str, float],
    real: Mapping[str, float],
    held_out: int,
    intervals: Mapping[str, tuple[float, float]] | None = None,
) -> Verdict:
    """Return the verdict on a checkpoint: the first failure that applies, from the gravest on, or "good".

    Parameters
    ----------
    ours : mapping of str to float
        The figures of the generated sounds, by the keys of `meanings.FIGURES`. Those that compare with held-out sounds
        may be missing if fewer than `ENOUGH` are held out, *near* where *copy* counts noisy copies too, and *noise* of
        data that are no sounds.
    real : mapping of str to float
        The figures of real sounds in their place.
    held_out : int
        The number of held-out sounds.
    intervals : mapping of str to (float, float), optional
        Confidence intervals of figures, to tell the user.
    """
    return _without_held_out(ours, real) or (
        _too_few(ours, held_out, intervals or {}) if held_out < ENOUGH else _with_held_out(ours, real)
    )


def _without_held_out(ours: Mapping[str, float], real: Mapping[str, float]) -> Verdict | None:
    """Return the first failure that shows without held-out sounds, or None."""
    if ours["dead"] > _MANY_DEAD:
        why = f"{ours['dead']:.0%} of the sounds are silent or flat"
        return Verdict(DEAD, why, "start again with another --seed or a lower --lr")
    if ours.get("noise", 0.0) > real.get("noise", 0.0) + _MUCH_NOISE:
        why = f"{ours['noise']:.0%} of the sounds are like noise (real: {real['noise']:.0%})"
        return Verdict(NOISE, why, "train longer; if it stays, lower --lr or --lr-d")
    if is_collapsing(ours, real):
        why = (
            f"the sounds come close to {ours['modes']:.0%} of the training sounds that they could, and "
            f"{ours['twins']:.0%} have a twin (real: {real['twins']:.0%})"
        )
        return Verdict(
            COLLAPSING,
            why,
            "take an earlier checkpoint, lower --lr, or add sounds; of the losses, rpgan collapses least",
        )
    if any(ours[name] > real[name] + _MANY_COPIES for name in ("copy", "near") if name in ours):
        why = f"{ours['copy']:.0%} are copies of training sounds"
        unseen = f"of sounds that it never saw, {real['copy']:.0%}"
        if "near" in ours:
            why, unseen = f"{why} and {ours['near']:.0%} are but for noise", f"{unseen} and {real['near']:.0%}"
        why = f"{why}; {unseen}"
        return Verdict(COPYING, why, "take an earlier checkpoint, use a smaller --width, or add sounds")
    return None


def _too_few(ours: Mapping[str, float], held_out: int, intervals: Mapping[str, tuple[float, float]]) -> Verdict:
    """Return the verdict where chance decides, with what is known of the shares of held-out sounds."""
    known = [
        f"{name} {ours[name]:.0%} ({intervals[name][0]:.0%} to {intervals[name][1]:.0%})"
        for name in ("coverage", "recall")
        if name in ours and name in intervals
    ]
    figures = f"; with 95 % certainty, {', '.join(known)}" if known else ""
    why = f"{held_out} {'sound is' if held_out == 1 else 'sounds are'} held out, and {ENOUGH} are needed{figures}"
    return Verdict(TOO_FEW, why, "listen for yourself, or preprocess 100 sounds or more")


def _with_held_out(ours: Mapping[str, float], real: Mapping[str, float]) -> Verdict:
    """Return the first failure that shows beside held-out sounds, or "good"."""
    near = "of the held-out sounds are near a generated one"
    for name, least, what in (("precision", _HALF, "are plausible"), ("coverage", _QUARTER, near)):
        if ours[name] < least * real[name]:
            why = f"only {ours[name]:.0%} {what} (real: {real[name]:.0%})"
            return Verdict(UNDERTRAINED, why, "train longer, or with a higher --lr if the score no longer rises")
    for name, what in (("recall", "of the held-out sounds lie within its variety"), ("coverage", near)):
        if ours[name] < _HALF * real[name]:
            why = (
                f"plausible, but it leaves out half of what your sounds do: only {ours[name]:.0%} {what} (real: "
                f"{real[name]:.0%})"
            )
            return Verdict(NARROW, why, "train longer, or let `mirage-gan sweep` look for a better --lr")
    why = f"it covers {ours['coverage']:.0%} of the held-out sounds (real: {real['coverage']:.0%})"
    return Verdict(GOOD, why, "listen: `mirage-gan export`")
