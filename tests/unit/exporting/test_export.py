"""Exported sounds: the same bytes for the same seed, as many as were asked for, each listed."""

from __future__ import annotations

import dataclasses
import shutil
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.signal

import mirage_gan
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.exporting import generating
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.outputs.exports import MARKER
from mirage_gan.judging import novelty
from mirage_gan.mirage.spec import RATE_HZ
from mirage_gan.models.sampling import Sampler, latent
from mirage_gan.waves.interpolation import render
from tests.support.exports import SOUND_FILES, asked, contents, entries, make_waves
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


# seeds


def test_as_many_files_come_as_were_asked_for(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "_CHUNK", 100)
    for count in (1, 7, 300):  # 300 is more than are made at once
        report = export(asked(trained, count=count, to=("pcm", "csv")), tmp_path / str(count))
        assert len(list((tmp_path / str(count)).glob("*.pcm"))) == count
        assert len(list((tmp_path / str(count)).glob("*.csv"))) == count
        assert (report.sounds, report.files) == (count, 2 * count)


def test_a_seed_is_in_the_name_and_is_one_sound_whatever_the_count(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=9, to=("npy", "pcm")), tmp_path / "nine")
    export(asked(trained, count=1, seed=(5,), to=("pcm", "npy")), tmp_path / "one")
    export(asked(trained, count=300), tmp_path / "many")

    nine, one, many = (contents(tmp_path / name) for name in ("nine", "one", "many"))
    assert sorted(one) == ["tiny-seed000005.npy", "tiny-seed000005.pcm"]
    assert one.items() <= nine.items()
    assert all(many[name] == data for name, data in nine.items() if name.endswith(".pcm"))
    assert entries(tmp_path / "one")["tiny-seed000005.pcm"] == entries(tmp_path / "nine")["tiny-seed000005.pcm"]


def test_it_makes_no_difference_how_many_are_made_at_once(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = asked(trained, count=25, to=("pcm", "wav", "disk"), zip=True)
    export(asked_for, tmp_path / "whole")
    generate, made = Sampler.generate, []

    def watched(self: Sampler, seeds: Iterable[int]) -> NDArray[np.float32]:
        made.append(len(list(seeds)))
        return generate(self, seeds)

    monkeypatch.setattr(Sampler, "generate", watched)
    monkeypatch.setattr(generating, "_CHUNK", 10)
    export(asked_for, tmp_path / "parts")

    assert made == [10, 10, 5]
    for path in (tmp_path / "whole").rglob("*.*"):
        assert (tmp_path / "parts" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


def test_memory_does_not_grow_with_the_waves(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = np.random.default_rng(0).uniform(-1, 1, (100, 64)).astype(np.float32)
    monkeypatch.setattr(Sampler, "generate", lambda _, seeds: made[: len(seeds)])
    monkeypatch.setattr(generating, "_CHUNK", 100)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            export(asked(trained, count=count, length="16384"), tmp_path / str(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is loaded once
    # names and figures only: a sound is 16 KB of bytes, and 64 of floats
    assert peak(500) - peak(200) < 300 * 4096


def test_large_seeds_have_names_of_their_own(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, seed=(2**31 - 2,), count=2), tmp_path / "export")

    assert sorted(contents(tmp_path / "export")) == ["tiny-seed2147483646.pcm", "tiny-seed2147483647.pcm"]


def test_what_is_exported_is_what_the_library_generates(everything: Path, trained: Path) -> None:
    wave = mirage_gan.load(trained).generate([2])[0]

    assert np.array_equal(np.load(everything / "tiny-seed000002.npy"), render(_normal(wave), 256, "periodic"))


def _normal(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    centered = wave - wave.mean()
    return np.asarray(centered / np.abs(centered).max(), np.float32)


# export.json


def test_each_file_is_described(everything: Path, trained: Path) -> None:
    found = entries(everything)

    assert sorted(found) == sorted(contents(everything))
    checkpoint = files.sha256(runs.checkpoint_path(trained, "best"))
    for name, entry in found.items():
        seed = int(name.split("seed")[1].split(".")[0])
        assert entry["address"] == {"seed": seed}
        assert entry["run"] == "tiny"
        assert entry["checkpoint_sha256"] == checkpoint
        assert (entry["length"], entry["pages"], entry["rate_hz"]) == (256, 1, 29412)
        assert entry["pitch_hz"] == pytest.approx(RATE_HZ / 256, abs=1e-4)
        assert 440 * 2 ** ((entry["midi_note"] - 69) / 12) == pytest.approx(RATE_HZ / 256, rel=1e-5)
        assert entry["latent"] == pytest.approx(latent(seed)[0].tolist(), abs=1e-6)
        assert entry["sha256"] == files.sha256(everything / name)


def test_novelty_is_the_distance_to_the_nearest_training_sound(everything: Path, trained: Path) -> None:
    data, waves = runs.load_data(trained), mirage_gan.load(trained).generate(range(4))

    for seed, wave in enumerate(waves):
        entry = entries(everything)[f"tiny-seed{seed:06}.pcm"]
        best = np.array([_likeness(wave, reference) for reference in data.train.waves])
        assert entry["nearest"] == data.train_ids[int(best.argmax())]
        assert entry["novelty"] == pytest.approx(1 - best.max(), abs=1e-4)


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the largest correlation of two loops over all turns and both polarities, the slow and plain way."""
    a, b = (scipy.signal.resample(wave - wave.mean(), 4 * len(wave)) for wave in (a, b))  # turns by quarter points
    turns = [np.roll(b, shift) for shift in range(len(b))]
    return max(abs(float(a @ turn)) for turn in turns) / float(np.linalg.norm(a) * np.linalg.norm(b))


def test_copies_of_training_sounds_are_counted_and_named(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs.load_data(trained)
    turned = np.roll(-0.5 * data.train.waves[3], 17)
    made_up = mirage_gan.load(trained).generate([0])[0]
    make_waves(monkeypatch, np.array([data.train.waves[7], turned, made_up], np.float32))

    report = export(asked(trained, count=3), tmp_path / "export")

    found = entries(tmp_path / "export")
    assert [found[f"tiny-seed{i:06}.pcm"]["nearest"] for i in (0, 1)] == [data.train_ids[7], data.train_ids[3]]
    assert [found[f"tiny-seed{i:06}.pcm"]["novelty"] for i in (0, 1)] == pytest.approx([0, 0], abs=1e-5)
    assert report.copies == sum(entry["novelty"] < 1 - novelty.TWIN for entry in found.values()) >= 2


def test_faults_are_named_with_their_seeds(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phase = np.arange(64) * 2 * np.pi / 64
    noise = np.random.default_rng(0).uniform(-1, 1, 64)
    waves = [np.sin(phase), np.zeros(64), np.full(64, 0.5), np.clip(2 * np.sin(phase), -1, 1), noise]
    make_waves(monkeypatch, np.array(waves, np.float32))

    report = export(asked(trained, count=5), tmp_path / "export")

    assert report.faults == {"silent": ["1"], "flat": ["2"], "clipped": ["3"], "noise-like": ["4"]}
    assert entries(tmp_path / "export")["tiny-seed000000.pcm"]["faults"] == []


def test_what_the_run_was_judged_to_be_is_repeated_for_the_checkpoint_that_was_judged(
    trained: Path, tmp_path: Path
) -> None:
    report = runs.load_report(trained)
    assert report is not None
    assert report.judgment is not None

    assert export(asked(trained, count=1), tmp_path / "best").verdict == report.judgment.verdict
    assert report.verdict.startswith(f"{report.judgment.verdict} (the best checkpoint is of step {report.best_step}; ")
    assert export(asked(trained, count=1, checkpoint="last"), tmp_path / "last").verdict is None
    run = shutil.copytree(trained, tmp_path / "run")
    (run / runs.REPORT).write_text("{")  # damaged: the sounds are none the worse
    assert export(asked(run, count=1), tmp_path / "damaged").verdict is None


def test_an_export_folder_grows(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2), out)
    first = contents(out)
    export(asked(trained, count=2, seed=(1,), to=("csv",)), out)
    export(asked(trained, count=3, seed=(10,)), out)

    assert sorted(entries(out)) == sorted(contents(out))
    assert len(contents(out)) == 7
    assert first.items() <= contents(out).items()


@pytest.mark.parametrize("change", [{"pages": 2}, {"length": "512"}, {"interp": "linear"}, {"bits": 24}], ids=str)
def test_other_settings_make_other_files_and_the_first_stay(
    trained: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    out = tmp_path / "export"
    asked_for = asked(trained, count=2, to=("wav", "npy"))
    export(asked_for, out)
    first, listed = contents(out), entries(out)
    said = Recorder()

    report = export(dataclasses.replace(asked_for, **change), out, said)

    assert (report.files, report.unchanged) == (4, False)
    assert said.said == ["names end in -2, because sounds made in another way have those without it"]
    assert first.items() <= contents(out).items()
    assert listed.items() <= entries(out).items()
    assert set(contents(out)) - set(first) == {name.replace(".", "-2.") for name in first}
    for name in ("tiny-seed000000.wav", "tiny-seed000001.wav"):
        assert first[name] != contents(out)[name.replace(".", "-2.")]
    for config in (asked_for, dataclasses.replace(asked_for, **change)):
        assert export(config, out).unchanged  # both find theirs


def test_typed_twice_it_changes_nothing(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    first = export(asked(trained, to=SOUND_FILES, zip=True), out)
    times = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    second = export(asked(trained, to=SOUND_FILES, zip=True), out)

    assert not first.unchanged
    assert second == dataclasses.replace(first, unchanged=True)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == times


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_a_file_that_was_lost_or_changed_is_made_again(trained: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "export"
    export(asked(trained), out)
    before = contents(out)
    path = out / "tiny-seed000001.pcm"
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(b"\x80" * 256)

    assert not export(asked(trained), out).unchanged
    assert contents(out) == before


def test_a_run_that_learned_more_is_exported_beside_what_it_made_before(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    first = export(asked(trained, checkpoint="best"), out)
    before = contents(out)
    again = export(asked(trained, checkpoint=str(runs.checkpoint_path(trained, "last"))), out)

    assert not first.unchanged
    assert not again.unchanged
    assert before.items() <= contents(out).items()
    for name, entry in entries(out).items():
        checkpoint = "best" if name in before else "last"
        assert entry["checkpoint_sha256"] == files.sha256(runs.checkpoint_path(trained, checkpoint))
    assert set(contents(out)) == {*before, *(name.replace(".pcm", "-2.pcm") for name in before)}
    assert export(asked(trained, checkpoint="best"), out).unchanged


# what goes wrong


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")

    with pytest.raises(FolderError, match=r"holds files but no export\.json, so it is not ours to replace"):
        export(asked(trained), tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_a_full_disk_leaves_the_export_as_it_was(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if "seed000003" in self.name:
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            export(asked(trained, count=8, pages=2), out)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_export_that_fails_makes_no_folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Sampler, seeds: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Sampler, "generate", broken)
    with pytest.raises(KeyboardInterrupt):
        export(asked(trained), tmp_path / "export")

    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_never_trained_is_named_with_the_remedy(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / runs.CHECKPOINTS)

    with pytest.raises(FolderError, match=r"last\.safetensors is missing; choose a run that was trained, or train it"):
        export(asked(tmp_path / "run"), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_a_damaged_run_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    path = runs.checkpoint_path(tmp_path / "run", "best")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"best\.safetensors is damaged or was cut short"):
        export(asked(tmp_path / "run"), tmp_path / "export")

    files.write_bytes(tmp_path / "run" / runs.MARKER, b'{"format": 1}')
    with pytest.raises(FormatError, match=r"config\.json does not say its identity"):
        export(asked(tmp_path / "run"), tmp_path / "export")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (b'{"format": 3, "files": {}}', r"export\.json has format 3, this mirage-gan reads up to 2"),
        (b'{"format": 1}', r"export\.json is damaged: its list of files is missing"),
        (b'{"format": 1, "fil', r"export\.json is not valid JSON"),
    ],
)
def test_an_export_that_cannot_be_read_is_not_written_to(
    trained: Path, tmp_path: Path, marker: bytes, message: str
) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / MARKER).write_bytes(marker)

    with pytest.raises(FormatError, match=message):
        export(asked(trained), tmp_path / "export")
    assert (tmp_path / "export" / MARKER).read_bytes() == marker


def test_progress_counts_the_sounds(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int | None]] = []

    class Counter:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert text == "generating"
            shown.append((done, total))

        def say(self, text: str) -> None:
            pass

    monkeypatch.setattr(generating, "_CHUNK", 100)
    export(asked(trained, count=300), tmp_path / "export", Counter())

    assert shown[:2] == [(0, 300), (100, 300)]
    assert shown[-1] == (300, 300)
