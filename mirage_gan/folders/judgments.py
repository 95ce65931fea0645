"""The judgment on a checkpoint, as a run's report.json keeps it and as commands and pages repeat it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mirage_gan.base.schema import Count, Number  # noqa: TC001 - read at run time, as types of a schema


@dataclass(frozen=True)
class Verdict:
    """A verdict in one word, the figures that it is based on, and a remedy."""

    word: str  # a key of `settings.judging.WORDS`
    why: str
    remedy: str

    def __str__(self) -> str:
        """Return the verdict as one line of text."""
        return f"{self.word}: {self.why}; {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """What is known of the sounds of one checkpoint: `judgment` in report.json."""

    checkpoint_sha256: str
    step: Count  # of the checkpoint
    generated: Count  # sounds
    held_out: Count  # sounds
    ours: dict[str, Number]  # figures of the generated sounds
    real: dict[str, Number]  # the same figures of real sounds
    intervals: dict[str, tuple[Number, Number]]  # 95 % confidence intervals; empty if many sounds are held out
    score: Number | None  # ranks checkpoints and runs; None if too few sounds are held out to compute it
    verdict: Verdict
    # figures of each class, from `judging.classes.figures`; none if the run knows no classes, or is of before 0.7.0
    classes: dict[str, dict[str, Number]] = field(default_factory=dict)
