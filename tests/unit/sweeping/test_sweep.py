"""The command as a whole: what is said, written and ranked, and what is refused in one line."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError, MirageGanError, TrainingError
from mirage_gan.base.progress import SILENT
from mirage_gan.folders import runs, sweeps
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.sweeping import search_space, storage, trials, workers
from mirage_gan.sweeping.sweep import SweepReport, sweep
from mirage_gan.training import plan
from mirage_gan.training.train import train
from tests.support.sweeping import Inline

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.sweeps import SweepIndex


class Recorder:
    """Keeps what a user would read."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def update(self, done: int, total: int | None, text: str = "") -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


class Idle(Inline):
    """A crew that does nothing, for tests of what comes before it."""

    def work(self, _caught: list[int]) -> None:
        pass


def tiny(dataset: Path, **changes: Any) -> SweepConfig:
    config = SweepConfig(
        dataset=dataset, model="wave", width=(4,), batch_size=(8,), lr=(1e-4, 1e-3, 1e-2), steps=3, heartbeat=1
    )
    return dataclasses.replace(config, **changes)


def run(config: SweepConfig, place: Path, progress: Progress = SILENT) -> SweepReport:
    return sweep(config, progress, place / "runs", place / "sweeps")


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WorkerPool", Idle)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WorkerPool", Inline)


@dataclasses.dataclass(frozen=True)
class Made:
    """A sweep of three runs, one of which breaks down."""

    place: Path
    config: SweepConfig
    report: SweepReport
    said: list[str]

    @property
    def written(self) -> SweepIndex:
        return sweeps.load(self.report.sweep)


@pytest.fixture(scope="module")
def made(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    place, heard = tmp_path_factory.mktemp("made"), Recorder()

    def breaking(config: Any, *arguments: Any, **options: Any) -> Any:
        if config.lr == 1e-4:
            raise TrainingError("training is dead at step 2: silent")
        return train(config, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "WorkerPool", Inline)
        patch.setattr(trials, "train", breaking)
        report = run(tiny(dataset), place, heard)
    return Made(place, tiny(dataset), report, heard.said)


# what it makes


def test_the_report_ranks_the_runs(made: Made) -> None:
    scores = [row["score"] for row in made.report.runs]

    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert made.report.lost == 0


def test_each_run_keeps_its_settings_beside_its_output(made: Made) -> None:
    for row in made.report.runs:
        if row["verdict"] != "dead" or row["settings"]["lr"] != 1e-4:
            settings = runs.load_config(made.place / "runs" / row["run"]).settings
            assert {name: settings[name] for name in row["settings"]} == row["settings"]
            assert (made.place / "runs" / row["run"] / runs.LOG).is_file()


def test_the_file_holds_what_the_report_says(made: Made) -> None:
    assert made.written.runs == made.report.runs
    assert made.written.settings["lr"] == [1e-4, 1e-3, 1e-2]
    assert made.written.settings["model"] == "wave"
    text = (made.report.sweep / sweeps.MARKER).read_text(encoding="utf-8")
    json.loads(text, parse_constant=pytest.fail)  # NaN is no JSON


def test_a_run_that_broke_down_is_told_with_its_reason(made: Made) -> None:
    broken = next(row for row in made.report.runs if row["settings"]["lr"] == 1e-4)

    assert broken["score"] == WORST
    assert (broken["verdict"], broken["why"]) == ("dead", "training is dead at step 2: silent")
    assert broken["why"] in made.report.page.read_text(encoding="utf-8")


def test_a_sheet_and_a_page_are_beside_it(made: Made) -> None:
    assert {path.name for path in made.report.sweep.iterdir()} == {
        sweeps.MARKER, sweeps.PAGE, sweeps.SHEET, sweeps.DATABASE
    }  # fmt: skip


def test_the_budget_is_said_aloud(made: Made, dataset: Path, tmp_path: Path, idle: None) -> None:
    heard = Recorder()
    run(tiny(dataset, steps=None, workers=2), tmp_path, heard)
    run(tiny(dataset, steps=None, sampler="tpe", trials=100), tmp_path, heard)

    assert made.said == [f"sweep {made.report.sweep.name}: 3 runs of wave, 3 steps each, 1 at a time"]
    assert [text.split(": ")[-1] for text in heard.said] == [
        "3 runs of wave, 5 minutes each, 2 at a time",
        "about 8 minutes in all",
        "100 runs of wave, 5 minutes each, 1 at a time",
        "about 8.3 hours in all",
    ]


def test_the_same_command_again_trains_nothing_and_says_the_same(
    made: Made, monkeypatch: pytest.MonkeyPatch, inline: None
) -> None:
    monkeypatch.setattr(trials, "train", None)

    again = run(made.config, made.place)

    assert again == made.report


def test_a_sweep_that_is_done_needs_no_worker(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.WorkerPool, "_start", None)

    assert run(made.config, made.place) == made.report


def test_a_value_that_is_given_twice_is_one_run(made: Made, monkeypatch: pytest.MonkeyPatch, inline: None) -> None:
    monkeypatch.setattr(trials, "train", None)
    twice = dataclasses.replace(made.config, lr=(1e-4, 1e-3, 1e-3, 1e-2, 1e-4))

    assert run(twice, made.place) == made.report


def test_training_goes_on_from_the_settings_of_the_best(made: Made) -> None:

    best = sweeps.best(made.report.sweep)
    planned = plan.resolve(TrainConfig(dataset=made.config.dataset, from_sweep=str(made.report.sweep), steps=5))

    assert planned.step_settings.lr == best["settings"]["lr"]
    assert (planned.step_settings.batch_size, planned.spec.width, planned.spec.model) == (8, 4, "wave")


def test_without_a_name_the_best_run_is_taken(made: Made) -> None:
    assert runs.find(None, made.place / "runs").name == made.report.runs[0]["run"]


# names


def test_the_name_does_not_depend_on_how_the_work_is_shared(dataset: Path, tmp_path: Path, idle: None) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    same = [
        tiny(dataset),
        tiny(dataset, workers=3),
        tiny(dataset, device="cpu"),
        tiny(dataset, heartbeat=7, prune=False),
        tiny(dataset, model="auto", device="cpu"),
        tiny(dataset, storage=url),
    ]
    other = [tiny(dataset, lr=(1e-3,)), tiny(dataset, steps=4), tiny(dataset, seed=(1,)), tiny(dataset, sampler="tpe")]

    assert len({run(config, tmp_path).sweep for config in same}) == 1
    assert len({run(config, tmp_path).sweep for config in [*same, *other]}) == 1 + len(other)
    assert run(tiny(dataset), tmp_path).sweep.name.startswith("dataset-")


def test_a_name_may_be_a_path(dataset: Path, tmp_path: Path, idle: None) -> None:
    report = run(tiny(dataset, name=str(tmp_path / "elsewhere" / "mine")), tmp_path)

    assert report.sweep == sweeps.find(str(report.sweep), tmp_path / "sweeps") == tmp_path / "elsewhere" / "mine"


def test_the_name_depends_on_the_sounds(dataset: Path, few: Path, tmp_path: Path, idle: None) -> None:
    assert run(tiny(dataset), tmp_path).sweep != run(tiny(few), tmp_path).sweep


# what is refused


def test_a_name_that_is_another_sweeps_is_refused(dataset: Path, tmp_path: Path, idle: None) -> None:
    run(tiny(dataset, name="mine"), tmp_path)

    with pytest.raises(FolderError) as caught:
        run(tiny(dataset, name="mine", steps=4), tmp_path)

    assert str(caught.value) == (
        f"{tmp_path / 'sweeps' / 'mine'} is a sweep with another steps, 3 (now 4): use its settings, or choose another "
        "--name"
    )


def test_a_name_that_is_another_sweeps_in_the_database_is_refused(dataset: Path, tmp_path: Path, idle: None) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    run(tiny(dataset, name="mine", storage=url), tmp_path / "a")

    with pytest.raises(FolderError) as caught:
        run(tiny(dataset, name="mine", storage=url, steps=4), tmp_path / "b")

    assert str(caught.value) == f"{url} has a sweep mine of other settings: choose another --name"
    assert not (tmp_path / "b" / "sweeps" / "mine" / sweeps.MARKER).exists()


def test_a_folder_that_is_not_ours_is_left_alone(dataset: Path, tmp_path: Path, idle: None) -> None:
    files.write_bytes(tmp_path / "sweeps" / "mine" / "thesis.txt", b"precious")

    with pytest.raises(FolderError, match=r"holds files but no optuna\.db, so it is not ours .* choose another --name"):
        run(tiny(dataset, name="mine"), tmp_path)

    assert [path.name for path in (tmp_path / "sweeps" / "mine").iterdir()] == ["thesis.txt"]


def test_a_damaged_sweep_is_told_so_and_made_again_without_its_file(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inline: None
) -> None:
    monkeypatch.setattr(trials, "train", None)
    shutil.copytree(made.place, tmp_path, dirs_exist_ok=True)
    marker = tmp_path / "sweeps" / made.report.sweep.name / sweeps.MARKER
    marker.write_bytes(marker.read_bytes()[:100])

    with pytest.raises(FormatError, match="is not valid JSON: it was cut short or edited"):
        run(made.config, tmp_path)
    marker.unlink()

    assert run(made.config, tmp_path).runs == made.report.runs


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "nonsense: Could not parse SQLAlchemy URL"),
        ("nosuch://host/base", "nosuch://host/base: Can't load plugin"),
        ("redis://me:secret@host", "redis://host: Can't load plugin"),
        ("postgresql+nosuch://me:secret@host/base", "postgresql+nosuch://host/base: Can't load plugin"),
        ("mysql+cymysql://me:secret@host/base", "mysql+cymysql://host/base: No module named 'cymysql'"),
        ("sqlite:////nowhere/at/all.db", "sqlite:////nowhere/at/all.db: (sqlite3.OperationalError) unable to open"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_line(
    dataset: Path, tmp_path: Path, idle: None, url: str, message: str
) -> None:
    with pytest.raises(MirageGanError) as caught:
        run(tiny(dataset, storage=url), tmp_path)

    assert str(caught.value).startswith(f"--storage {message}")
    assert str(caught.value).endswith("; check the address and its driver")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_in_one_line(dataset: Path, tmp_path: Path, idle: None) -> None:
    (tmp_path / "notes.txt").write_text("a file of another kind, " * 100, encoding="utf-8")

    with pytest.raises(FolderError, match="file is not a database; check the address and its driver"):
        run(tiny(dataset, storage=f"sqlite:///{tmp_path / 'notes.txt'}"), tmp_path)


def test_a_password_is_not_told_with_the_name_either() -> None:
    assert storage.without_password("postgresql://me:se@cret@host:5432/base") == "postgresql://host:5432/base"
    assert storage.without_password("sqlite:///file.db") == "sqlite:///file.db"


def test_settings_that_do_not_go_with_each_other_are_refused_before_any_run(
    dataset: Path, tmp_path: Path, idle: None
) -> None:
    with pytest.raises(ConfigError, match="--packing 3 does not divide --batch-size 8"):
        run(tiny(dataset, packing=(1, 3)), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_dataset_that_is_missing_is_told_before_anything_is_made(tmp_path: Path, idle: None) -> None:
    with pytest.raises(FolderError, match="gone"):
        run(tiny(tmp_path / "gone"), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_path_may_hold_what_an_address_may_not(dataset: Path, tmp_path: Path, idle: None) -> None:
    place = tmp_path / "50% {odd}? #1"

    run(tiny(dataset, name="mine"), place)

    assert (place / "sweeps" / "mine" / sweeps.DATABASE).is_file()


# real workers


def test_what_stops_a_worker_is_told_in_one_line(
    dataset: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tiny(dataset, lr=(1e-3,))
    name = plan.resolve(search_space.run_config(config, search_space.combinations(config)[0])).name
    files.write_bytes(tmp_path / "runs" / name / "thesis.txt", b"precious")

    with pytest.raises(TrainingError) as caught:
        run(config, tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / 'runs' / name} holds files but no config.json")
    assert capfd.readouterr().err == ""
    assert [path.name for path in (tmp_path / "runs" / name).iterdir()] == ["thesis.txt"]
