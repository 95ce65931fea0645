"""The figures of a set of one-shots beside real ones, and the verdict that follows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import neighbors, verdict
from mirage_gan.judging.oneshots import descriptors, figures
from mirage_gan.judging.oneshots.descriptors import DESCRIPTORS
from mirage_gan.settings.judging import ENOUGH, GOOD, NARROW, TOO_FEW, UNDERTRAINED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal
    from mirage_gan.judging.metrics import Membership

_SWING: Final = 2 / 127  # peak-to-peak; a sound of less is dead
_SHORTEST: Final = 64  # samples; a shorter sound is dead
_WHITE_DB: Final = -2.0  # a sound of a flatness above this is like noise


@dataclass(frozen=True)
class Heard:
    """What is measured of sounds."""

    features: NDArray[np.float64]  # (sounds, coordinates)
    described: NDArray[np.float64]  # (sounds, descriptors)
    count: int  # of all sounds, dead ones too, which are not in the arrays

    @classmethod
    def of(cls, sounds: Sequence[Signal], frames: int) -> Heard:
        """Measure sounds.

        Parameters
        ----------
        sounds : sequence of float32, shape (samples,)
            As they are exported: 8 bits, from the onset to their end.
        frames : int
            Of the pictures by which sounds are compared.
        """
        alive = [sound for sound in sounds if len(sound) >= _SHORTEST and np.ptp(sound) > _SWING]
        return cls(figures.features(alive, frames), descriptors.describe(alive), len(sounds))

    def __len__(self) -> int:
        """Return the number of sounds that are not dead."""
        return len(self.features)

    @property
    def dead(self) -> float:
        """The share of dead sounds."""
        return 1 - len(self) / max(1, self.count)

    def half(self, which: int) -> Heard:
        """Return every other sound that is not dead, from number 0 or 1 on."""
        features = self.features[which::2]
        return Heard(features, self.described[which::2], len(features))


class OneShotJudge:
    """Compares one-shots with the training sounds and the held-out sounds of a run.

    Parameters
    ----------
    train, held_out : Heard
        Real sounds; at least one to train on.
    """

    def __init__(self, train: Heard, held_out: Heard) -> None:
        self._train, self._held_out = train, held_out
        self._known = figures.Known.of(self._train.features)
        # where too few are held out, one half of the training sounds stands for unseen ones beside the other
        halved = len(self._held_out) < ENOUGH and len(train) > 1
        self._seen = train.half(0) if halved else train
        self._unseen = train.half(1) if halved else held_out if len(held_out) else train
        self._allowed = descriptors.distances(self._unseen.described, self._seen.described)

    def judge(self, heard: Heard) -> verdict.Judged:
        """Judge generated sounds.

        The figures are coverage, recall, precision, density and told_apart (only where two sounds or more are held
        out), modes, copy, twins, dead, noise, and the distance of each of `DESCRIPTORS`. The verdict says the worst
        descriptor in words, however many sounds are held out.
        """
        membership = self._compare(heard)
        ours = self._figures(heard, membership)
        real = self._real_figures(heard.count)
        intervals = {} if membership is None else membership.intervals()
        found = verdict.judge(ours, real, len(self._held_out), intervals)
        words = descriptors.worst(self._unseen.described, heard.described, self._allowed) if len(heard) else ""
        if words and found.word in (GOOD, NARROW, UNDERTRAINED, TOO_FEW):
            found = replace(found, why=f"{found.why}; {words}")
        return verdict.Judged(ours, real, intervals, found)

    def _real_figures(self, count: int) -> dict[str, float]:
        """Return the figures of real sounds: training sounds, but those of newness are of unseen ones."""
        rows = np.random.default_rng(0).permutation(len(self._train))[:count]
        copies = figures.Known.of(self._seen.features).copies(self._unseen.features)
        real = replace(self._train, features=self._train.features[rows], count=len(rows))
        known = {"modes": 1.0, "copy": copies, "dead": self._train.dead}
        return {**self._figures(real, self._compare(real)), **known}

    def _figures(self, heard: Heard, membership: Membership | None) -> dict[str, float]:
        if not len(heard):
            similar = ("coverage", "recall", "precision", "density") if len(self._held_out) > 1 else ()
            return {**dict.fromkeys((*similar, "modes", "copy", "noise"), 0.0), "twins": 1.0, "dead": 1.0}
        near, _ = neighbors.nearest(heard.features, self._train.features)
        flatness = heard.described[:, list(DESCRIPTORS).index("flatness")]
        return {
            **({} if membership is None else self._overlap(heard, membership)),
            "modes": len(np.unique(near)) / min(len(heard), len(self._train)),
            "copy": self._known.copies(heard.features),
            "twins": self._known.twins(heard.features),
            "dead": heard.dead,
            "noise": float((flatness > _WHITE_DB).mean()),
            **descriptors.distances(self._unseen.described, heard.described),
        }

    def _compare(self, heard: Heard) -> Membership | None:
        """Return which sounds lie near each other; None if there are too few of either set.

        At most as many sounds are compared as there are to train on: twice as many would cover more by their number.
        """
        if len(self._held_out) < 2 or not len(heard):
            return None
        return figures.compare(heard.features[: len(self._train)], self._held_out.features)

    def _overlap(self, heard: Heard, membership: Membership) -> dict[str, float]:
        apart = figures.told_apart(heard.features, self._held_out.features)
        return {**asdict(membership.overlap()), "told_apart": apart}
