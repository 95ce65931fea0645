"""The database of a sweep when several processes use it at once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import optuna

from mirage_gan.sweeping import storage

if TYPE_CHECKING:
    from pathlib import Path

WORKERS = 4
TRIALS = 60


def test_no_trial_is_taken_twice(tmp_path: Path) -> None:
    url = storage.sqlite_address(tmp_path / "optuna.db")
    study = optuna.create_study(storage=storage.open_storage(url, 60, 360), study_name="shared")
    for number in range(TRIALS):
        study.enqueue_trial({"x": number})
    taken: Counter[int] = Counter()
    start = threading.Barrier(WORKERS)

    def note(trial: optuna.Trial) -> float:
        taken[trial.number] += 1
        return 0.0

    def take() -> None:
        mine = optuna.load_study(storage=storage.open_storage(url, 60, 360), study_name="shared")
        start.wait()
        mine.optimize(note, n_trials=TRIALS // WORKERS)

    threads = [threading.Thread(target=take) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert taken == Counter(range(TRIALS))
