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
    from mirage_gan.folders.judgments import Verdict
    from mirage_gan.judging.metrics import Membership

_SWING: Final = 2 / 127  # peak-to-peak; a sound of less is dead
_SHORTEST: Final = 64  # samples; a shorter sound is dead
_WHITE_DB: Final = -2.0  # a sound of a flatness above this is like noise


@dataclass(frozen=True)
class _Heard:
    """What is measured of sounds."""

    features: NDArray[np.float64]  # (sounds, coordinates)
    described: NDArray[np.float64]  # (sounds, descriptors)
    dead: float  # share of all sounds; dead ones are not in the arrays

    @classmethod
    def of(cls, sounds: Sequence[Signal], frames: int) -> _Heard:
        alive = [sound for sound in sounds if len(sound) >= _SHORTEST and np.ptp(sound) > _SWING]
        dead = 1 - len(alive) / max(1, len(sounds))
        return cls(figures.features(alive, frames), descriptors.describe(alive), dead)

    def __len__(self) -> int:
        return len(self.features)

    def part(self, rows: slice | NDArray[np.intp]) -> _Heard:
        return _Heard(self.features[rows], self.described[rows], self.dead)


class OneShotJudge:
    """Compares one-shots with the training sounds and the held-out sounds of a run.

    Parameters
    ----------
    train, held_out : sequence of float32, shape (samples,)
        Real sounds as they would be exported: 8 bits, from the onset to their end. At least two training sounds.
    frames : int
        Of the pictures by which sounds are compared.
    """

    def __init__(self, train: Sequence[Signal], held_out: Sequence[Signal], frames: int) -> None:
        self._frames = frames
        self._train, self._held_out = _Heard.of(train, frames), _Heard.of(held_out, frames)
        self._known = figures.Known.of(self._train.features)
        # where too few are held out, one half of the training sounds stands for unseen ones beside the other
        enough = len(self._held_out) >= ENOUGH
        self._unseen = self._held_out if enough else self._train.part(slice(1, None, 2))
        self._seen = self._train if enough else self._train.part(slice(0, None, 2))
        self._allowed = descriptors.distances(self._unseen.described, self._seen.described)

    def judge(self, sounds: Sequence[Signal]) -> tuple[dict[str, float], dict[str, float], Verdict]:
        """Return the figures of generated sounds, those of real sounds in their place, and the verdict.

        Parameters
        ----------
        sounds : sequence of float32, shape (samples,)
            As they would be exported.

        Returns
        -------
        ours, real : dict of str to float
            coverage, recall, precision, density and told_apart (only where two sounds or more are held out), modes,
            copy, twins, dead, noise, and the distance of each of `DESCRIPTORS`.
        verdict : Verdict
            With the worst descriptor in words, however many sounds are held out.
        """
        ours = self._figures(heard := _Heard.of(sounds, self._frames))
        real = self._real_figures(len(sounds))
        found = verdict.judge(ours, real, len(self._held_out))
        words = descriptors.worst(self._unseen.described, heard.described, self._allowed) if len(heard) else ""
        if words and found.word in (GOOD, NARROW, UNDERTRAINED, TOO_FEW):
            found = replace(found, why=f"{found.why}; {words}")
        return ours, real, found

    def _real_figures(self, count: int) -> dict[str, float]:
        """Return the figures of real sounds: training sounds, but those of newness are of unseen ones."""
        rows = np.random.default_rng(0).permutation(len(self._train))[:count]
        copies = figures.Known.of(self._seen.features).copies(self._unseen.features)
        return {**self._figures(self._train.part(rows)), "modes": 1.0, "copy": copies}

    def _figures(self, heard: _Heard) -> dict[str, float]:
        if not len(heard):
            similar = ("coverage", "recall", "precision", "density") if len(self._held_out) > 1 else ()
            return {**dict.fromkeys((*similar, "modes", "copy", "noise"), 0.0), "twins": 1.0, "dead": 1.0}
        near, _ = neighbors.nearest(heard.features, self._train.features)
        flatness = heard.described[:, list(DESCRIPTORS).index("flatness")]
        return {
            **self._overlap(heard),
            "modes": len(np.unique(near)) / min(len(heard), len(self._train)),
            "copy": self._known.copies(heard.features),
            "twins": self._known.twins(heard.features),
            "dead": heard.dead,
            "noise": float((flatness > _WHITE_DB).mean()),
            **descriptors.distances(self._unseen.described, heard.described),
        }

    def _overlap(self, heard: _Heard) -> dict[str, float]:
        if len(self._held_out) < 2:
            return {}
        membership: Membership = figures.compare(heard.features, self._held_out.features)
        apart = figures.told_apart(heard.features, self._held_out.features)
        return {**asdict(membership.overlap()), "told_apart": apart}
