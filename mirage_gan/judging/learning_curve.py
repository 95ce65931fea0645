"""Which way a run's learning curve goes, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_RECENT: Final = 3  # checks that are compared with as many before them
_BETTER: Final = 0.03  # in the score
_WORSE: Final = -0.1


def trend(checks: Sequence[dict[str, Any]]) -> str:
    """Say whether the scores of the last three checks are better or worse than those of the three before.

    Parameters
    ----------
    checks : sequence of dict
        The lines of a run's log, oldest first: each with its score, and perhaps whether the run is collapsing.
    """
    if checks and checks[-1].get("collapsing"):
        return "collapsing: its sounds become alike"
    scores = [float(check["score"]) for check in checks]
    recent, before = scores[-_RECENT:], scores[-2 * _RECENT : -_RECENT]
    if len(before) < _RECENT:
        return "too early to tell a trend"
    change = float(np.mean(recent) - np.mean(before))
    return "improving" if change > _BETTER else "getting worse" if change < _WORSE else "plateau"
