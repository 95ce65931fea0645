"""What is said of every kind of thing, and of what is wrong with it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.audio import synth, wavfile
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.datasets import BITMAPS, WAVES, encode_array
from mirage_gan.folders.outputs.exports import MARKER
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ, RATE_HZ
from mirage_gan.models import checkpoint
from mirage_gan.pages import pictures
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from pathlib import Path

SINE = np.asarray(np.sin(np.arange(256) * 2 * np.pi / 256), np.float32)


@pytest.fixture
def exported(trained: Path, tmp_path: Path) -> Path:
    """Return an export of three sounds in two formats."""
    export(ExportConfig(run=str(trained), count=3, to=("pcm", "wav")), tmp_path / "export")
    return tmp_path / "export"


SWEEP = {"format": 1, "settings": {}, "dataset": "dataset"}


def test_a_sweep_says_which_run_is_best_and_how_many_are_not(tmp_path: Path) -> None:
    rows = [
        {"run": "a", "settings": {"lr": 1e-4}, "state": "done", "score": 1.2, "verdict": "good"},
        {"run": "b", "settings": {"lr": 3e-6}, "state": "done", "score": 0.1, "verdict": "undertrained"},
    ]
    files.write_bytes(tmp_path / "sweep.json", files.encode_json({**SWEEP, "runs": rows}))

    found = inspect(tmp_path)

    assert found.what == "sweep"
    assert found.facts == {
        "of": "dataset", "runs": 2, "good": 1, "undertrained": 1, "best": "a", "its settings": "lr 0.0001", "score": 1.2
    }  # fmt: skip
    assert found.problems == []


def test_a_sweep_that_has_no_result_yet_says_so(tmp_path: Path) -> None:
    files.write_bytes(tmp_path / "sweep.json", files.encode_json({**SWEEP, "runs": []}))

    assert inspect(tmp_path).problems == ["no run is finished: run the same `mirage-gan sweep` again to continue"]


def test_a_dataset_is_described(dataset: Path) -> None:
    found = inspect(dataset)

    assert (found.what, found.problems) == ("dataset", [])
    assert found.facts["waves of"] == "loop"
    assert found.facts["points"] == 64
    assert (found.facts["train"], found.facts["holdout"], found.facts["aside"]) == (20, 4, 0)
    assert found.facts["source samples, median"] == 256


def test_a_dataset_that_lost_bitmaps_has_a_problem_and_one_that_holds_no_numbers_is_damaged(
    dataset: Path, tmp_path: Path
) -> None:
    shutil.copytree(dataset, tmp_path / "dataset")
    next((tmp_path / "dataset" / BITMAPS).iterdir()).unlink()
    assert inspect(tmp_path / "dataset").problems == ["1 bitmaps are missing: preprocess again"]

    waves = np.load(tmp_path / "dataset" / WAVES)
    waves[3, 5] = np.nan
    (tmp_path / "dataset" / WAVES).write_bytes(encode_array(waves))
    with pytest.raises(FormatError, match="holds values that no wave has; preprocess again"):
        inspect(tmp_path / "dataset")


def test_a_run_is_described(trained: Path) -> None:
    found = inspect(trained)

    assert (found.what, found.problems) == ("run", [])
    assert found.facts.items() >= {
        "model": "wave", "points": 64, "width": 4, "batch_size": 8, "loss": "rpgan", "seed": 0, "kind": "loop",
        "train": 20, "holdout": 4, "last checkpoint at step": 20, "steps wanted": 20,
    }.items()  # fmt: skip
    assert found.facts["best checkpoint at step"] in (10, 20)
    assert isinstance(found.facts["verdict"], str)


def test_a_run_tells_its_rate_even_where_it_is_the_default(trained: Path) -> None:
    assert inspect(trained).facts["lr"] == pytest.approx(3e-4)


def test_a_run_without_checkpoints_says_how_to_go_on(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / runs.CHECKPOINTS)
    (tmp_path / "run" / runs.REPORT).unlink()

    assert inspect(tmp_path / "run").problems == [
        "it has no last checkpoint: run the same `mirage-gan train` again to continue",
        "it has no best checkpoint: run the same `mirage-gan train` again to continue",
    ]


def test_an_export_is_described(exported: Path) -> None:
    found = inspect(exported)

    assert (found.what, found.facts["files"], found.facts["addresses"]) == ("export", 6, 3)
    assert (found.facts["runs"], found.facts["samples"]) == (["tiny"], ["256"])
    assert 0 <= float(str(found.facts["novelty, median"])) <= 1


def test_files_of_an_export_that_are_gone_changed_or_faulty_are_named(exported: Path) -> None:
    (exported / "tiny-seed000000.pcm").unlink()
    (exported / "tiny-seed000001.pcm").write_bytes(b"\x80" * 256)
    listing = files.load_json(exported / MARKER)
    listing["files"]["tiny-seed000002.pcm"]["faults"] = ["clipped"]
    files.write_bytes(exported / MARKER, files.encode_json(listing))

    problems = inspect(exported).problems

    assert "tiny-seed000000.pcm is missing" in problems
    assert "tiny-seed000001.pcm was changed after export" in problems
    assert "tiny-seed000002.pcm is clipped" in problems


def test_an_exported_sound_has_no_problems(tmp_path: Path, trained: Path) -> None:
    export(ExportConfig(run=str(trained), count=8), tmp_path / "export")

    for path in (tmp_path / "export").glob("*.pcm"):
        found = inspect(path)
        assert found.what == "headerless unsigned 8-bit PCM"
        assert (found.facts["bytes"], found.facts["pages"]) == (256, 1)
        assert [problem for problem in found.problems if "clicks" not in problem] == []


def test_a_page_of_pcm_is_described_in_the_machine_s_terms(tmp_path: Path) -> None:
    (tmp_path / "a.pcm").write_bytes(pcm.encode(SINE).tobytes())

    found = inspect(tmp_path / "a.pcm")

    assert found.problems == []
    assert (found.facts["lowest byte"], found.facts["highest byte"], found.facts["DC"]) == ("0x01", "0xFF", 0)
    assert found.facts["kind"] == "loop (one period)"
    assert found.facts["pitch in Hz"] == pytest.approx(RATE_HZ / 256, rel=1e-4)
    assert float(str(found.facts["step at the loop point, to the largest inside"])) <= 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (
            b"\x80\x90" * 128 + b"\x00\x00",
            "byte 256 is 0x00, which stops the sound there; it holds 2 such bytes: replace them with 0x01",
        ),
        (b"\x80\x90" * 100, "it does not fill whole pages: pad it to 256 bytes with 0x80"),
        (b"\x80\x90" * 32_768, "65,536 bytes are too long: the Mirage takes less than 65,536"),
        (b"\x80\x90" * 40_000, "80,000 bytes are too long: the Mirage takes less than 65,536"),
    ],
)
def test_what_the_mirage_could_not_play_is_a_problem(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "a.pcm").write_bytes(data)

    assert problem in inspect(tmp_path / "a.pcm").problems


def test_a_loop_that_clicks_is_a_problem(tmp_path: Path) -> None:
    ramp = np.asarray(np.linspace(-1, 1, 256), np.float32)
    (tmp_path / "a.pcm").write_bytes(pcm.encode(ramp).tobytes())

    assert any(problem.startswith("it clicks: ") for problem in inspect(tmp_path / "a.pcm").problems)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_a_flat_sound_is_a_problem(tmp_path: Path, level: float) -> None:
    (tmp_path / "a.pcm").write_bytes(pcm.encode(np.full(256, level, np.float32)).tobytes())

    (problem,) = inspect(tmp_path / "a.pcm").problems
    assert problem.startswith("flat" if level else "silent")


def test_a_wav_file_is_described(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wavfile.build(SINE, HEADER_RATE_HZ, 16))

    found = inspect(tmp_path / "a.wav")

    assert (found.what, found.problems) == ("sound, WAV PCM_16", [])
    assert (found.facts["samples"], found.facts["rate in Hz"], found.facts["channels"]) == (256, 29412, 1)
    assert found.facts["pitch in Hz"] == pytest.approx(29412 / 256, abs=0.01)


def test_a_longer_sound_has_its_pitch_measured_or_none(tmp_path: Path) -> None:
    t = np.arange(22_050) / 44_100
    tone = np.asarray(0.5 * np.sin(2 * np.pi * 220 * t) + 0.3 * np.sin(2 * np.pi * 440 * t), np.float32)
    noise = np.asarray(np.random.default_rng(0).uniform(-1, 1, len(t)), np.float32)
    (tmp_path / "tone.wav").write_bytes(wavfile.build(tone, 44_100, 16))
    (tmp_path / "noise.wav").write_bytes(wavfile.build(noise, 44_100, 16))

    assert inspect(tmp_path / "tone.wav").facts["pitch in Hz"] == pytest.approx(220, rel=0.003)
    assert inspect(tmp_path / "noise.wav").facts["kind"] == "one-shot, no steady pitch"


def test_a_bitmap_is_read_as_the_wave_that_it_shows(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(pictures.encode_png(bitmap.draw_pixels(SINE[None])[0]))

    found = inspect(tmp_path / "a.png")

    assert (found.what, found.problems) == ("bitmap of a wave", [])
    assert found.facts["columns"] == 256
    assert found.facts["lowest"] == pytest.approx(-1, abs=0.01)
    assert found.facts["highest"] == pytest.approx(1, abs=0.01)


def test_a_checkpoint_is_described(trained: Path) -> None:
    found = inspect(runs.checkpoint_path(trained, "last"))

    assert (found.what, found.problems) == ("checkpoint", [])
    assert found.facts.items() >= {"step": 20, "model": "wave", "points": 64, "width": 4}.items()
    assert int(str(found.facts["weights to generate with"])) > 1000


def test_a_checkpoint_that_broke_down_is_a_problem(trained: Path, tmp_path: Path) -> None:
    tensors, about = checkpoint.load(runs.checkpoint_path(trained, "last"))
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, {**tensors, "generator.finish.bias": torch.tensor([torch.nan])}, about)

    with pytest.raises(FormatError, match=r"generator\.finish\.bias has values that are not finite; use another"):
        inspect(path)


def test_findings_can_be_told_as_json(dataset: Path, trained: Path, exported: Path) -> None:
    for path in (dataset, trained, exported, runs.checkpoint_path(trained, "best"), *exported.glob("*.*")):
        if path.name != MARKER:
            json.dumps(inspect(path).facts, allow_nan=False)


def test_built_in_sounds_have_no_problems_that_are_not_theirs(tmp_path: Path) -> None:
    for loop in synth.loops()[::40]:
        path = tmp_path / f"{loop.name}.pcm"
        path.write_bytes(pcm.encode(loop.signal).tobytes())
        assert [problem for problem in inspect(path).problems if "clicks" not in problem] == []


def test_what_is_not_there_or_not_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a", encoding="utf-8")
    (tmp_path / "photos").mkdir()

    with pytest.raises(FolderError, match="nothing: no such file or folder"):
        inspect(tmp_path / "nothing")
    with pytest.raises(
        FolderError,
        match=r"photos is not a dataset, run, sweep, export or extract of mirage-gan: it has none of dataset\.json, ",
    ):
        inspect(tmp_path / "photos")
    with pytest.raises(FormatError, match=r"notes\.txt: inspect does not know the file type \.txt; name a sound"):
        inspect(tmp_path / "notes.txt")


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.png", "a.bmp", "a.safetensors"])
@pytest.mark.parametrize("data", [b"", b"RIFF", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 3])
def test_damaged_files_are_refused_in_one_line(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)

    if name == "a.wav" and len(data) > 100:
        # a ramp of bytes is what a headerless file of the Mirage tools may look like, and is said to be that
        assert "no WAV header" in str(inspect(path).facts["note"])
        return
    with pytest.raises(MirageGanError) as error:
        inspect(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("marker", ["dataset.json", "config.json", "export.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 99}'])
def test_damaged_folders_are_refused_in_one_line(tmp_path: Path, marker: str, text: str) -> None:
    (tmp_path / marker).write_text(text, encoding="utf-8")

    with pytest.raises(MirageGanError) as error:
        inspect(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)
