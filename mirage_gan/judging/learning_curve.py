"""The trend of a run's learning curve, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_RECENT: Final = 3  # checks, whose mean score is compared with that of as many checks before
_BETTER: Final = 0.03  # least change of the mean score that counts as improving
_WORSE: Final = -0.1  # a lower change counts as getting worse


def trend(checks: Sequence[dict[str, Any]]) -> str:
    """Return in words whether the last three checks score better or worse than the three before.

    Parameters
    ----------
    checks : sequence of dict
        The lines of a run's log, oldest first, each with the key "score", and optionally "collapsing".
    """
    if checks and checks[-1].get("collapsing"):
        return "collapsing: its sounds become alike"
    scores = [float(check["score"]) for check in checks]
    recent, before = scores[-_RECENT:], scores[-2 * _RECENT : -_RECENT]
    if len(before) < _RECENT:
        return "too early to tell a trend"
    change = float(np.mean(recent) - np.mean(before))
    return "improving" if change > _BETTER else "getting worse" if change < _WORSE else "plateau"
