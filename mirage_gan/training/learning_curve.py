"""The trend of a run's learning curve, in words that hold whatever the verdict on its best checkpoint is."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RISING: Final = "its score still rises"
LEVEL: Final = "its score no longer rises"
FALLING: Final = "its score falls"
TOO_EARLY: Final = "it is too early to tell whether its score rises"

_RECENT: Final = 3  # checks, whose mean score is compared with that of as many checks before
_BETTER: Final = 0.03  # least change of the mean score that counts as rising
_WORSE: Final = -0.1  # a lower change counts as falling


def rank(check: Mapping[str, Any]) -> tuple[bool, float]:
    """Return what orders checks: the score, and before it whether the classes were blended in wholly, if there are."""
    return float(check.get("share", 1)) >= 1, float(check["score"])


def trend(checks: Sequence[dict[str, Any]]) -> str:
    """Return in words whether the last three checks score better or worse than the three before.

    A collapse that set in after the best check is told with its step. A collapse at the best check itself is the
    verdict's to tell.

    Parameters
    ----------
    checks : sequence of dict
        The lines of a run's log, oldest first, each with the keys "step" and "score", and optionally "collapsing".
    """
    collapsed = list(takewhile(lambda check: check.get("collapsing"), reversed(checks)))
    if collapsed:
        since = collapsed[-1]["step"]
        best = max(checks, key=rank)  # the first of equals, as the checkpoint is
        if best["step"] < since:
            return f"since step {since:,} its sounds become alike, and the best checkpoint is from before that"
    scores = [float(check["score"]) for check in checks]
    recent, before = scores[-_RECENT:], scores[-2 * _RECENT : -_RECENT]
    if len(before) < _RECENT:
        return TOO_EARLY
    change = float(np.mean(recent) - np.mean(before))
    return RISING if change > _BETTER else FALLING if change < _WORSE else LEVEL
