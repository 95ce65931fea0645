"""A sweep without training: its runs are scored by their rates."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mirage_gan.folders.judgments import Judgment, Verdict
from mirage_gan.sweeping import optuna_study, trials

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna

    from mirage_gan.base.progress import Progress
    from mirage_gan.settings.training import TrainConfig
    from mirage_gan.sweeping.optuna_study import Sweep


RATES = (1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4)
CHECKS = 10


class Lab:
    """Stands in for training and judging: a run's score is its rate, unless a test says otherwise."""

    def __init__(self) -> None:
        self.trained: list[str] = []
        self.checks: Counter[str] = Counter()
        self.score: Callable[[TrainConfig, float], float] = lambda config, _share: config.lr or 0.0
        self.before: Callable[[TrainConfig], None] = lambda _config: None
        self.judge: Callable[[TrainConfig], None] = lambda _config: None
        self.held_out = 40

    def train(self, config: TrainConfig, progress: Progress, _root: Path, **options: Any) -> SimpleNamespace:
        assert options["minutes_in_all"]
        self.before(config)
        for check in range(1, CHECKS + 1):
            share = check / CHECKS
            self.checks[str(config.run)] += 1
            if not options["watch"](share, self.score(config, share)):
                break
        self.trained.append(str(config.run))
        self.judge(config)
        progress.update(0, 1000, "generating")
        judgment = Judgment(
            checkpoint_sha256="",
            step=5,
            generated=1000,
            held_out=self.held_out,
            ours={"coverage": 0.5},
            real={"coverage": 1.0},
            intervals={},
            score=config.lr if self.held_out else None,
            verdict=Verdict("good", "it is", "listen"),
        )
        return SimpleNamespace(
            run=Path(str(config.run)),
            seconds=1.0,
            step=10,
            best_step=5,
            best={"score": 0.75},
            trend="it rises",
            verdict="a verdict",
            judgment=judgment,
        )


def work(sweep: Sweep, name: str = "a worker") -> optuna.Study:
    trials.work(sweep, name, lambda: True)
    return optuna_study.open_study(sweep)


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.get_trials(deepcopy=False)]


def take(study: optuna.Study, **attributes: Any) -> optuna.Trial:
    """Take a trial as a worker does that gives no further sign of life."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna misses the signs of life
        trial = study.ask()
    for key, value in attributes.items():
        trial.set_user_attr(key, value)
    return trial
