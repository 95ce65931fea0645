"""What counts as a sound, and the reason for every one that is left out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.audio import wavfile
from mirage_gan.base.errors import FolderError, MirageGanError, SignalError
from mirage_gan.folders.manifest import Skipped
from mirage_gan.mirage import pcm
from mirage_gan.waves import bitmap
from tests.support.datasets import make, manifest, noise, reasons, tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fixtures import Describe, MakeLoop


def test_every_sound_that_is_not_used_has_its_reason(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = tmp_path / "wavs"
    source.mkdir()
    good = make_loop(1)
    spoiled = good.copy()
    spoiled[7] = np.nan
    sounds = {
        "flat.wav": np.full(300, 0.5, np.float32),
        "good.wav": good,
        "gone.wav": spoiled,
        "long.wav": np.tile(good, 200),
        "quiet.wav": good * np.float32(1e-4),
        "silent.wav": np.zeros(300, np.float32),
        "ticks.wav": good[:15],
        "twin.wav": good,
    }
    for name, signal in sounds.items():
        soundfile.write(source / name, signal, 44_100, subtype="FLOAT")
    (source / "empty.wav").write_bytes(b"")
    (source / "text.wav").write_text("no sound, but a text of some length" * 9)
    (source / "half.wav").write_bytes((source / "good.wav").read_bytes()[:-9])
    (source / "notes.txt").write_text("not looked at")

    report = make(source, out=tmp_path / "out", max_seconds=1.0)

    said = {name: reason.split(":")[0] for name, reason in reasons(report).items()}
    assert said == {
        "empty.wav": "unreadable",
        "flat.wav": "flat",
        "gone.wav": "damaged",
        "half.wav": "truncated",
        "long.wav": "too long",
        "quiet.wav": "silent",
        "silent.wav": "silent",
        "text.wav": "unreadable",
        "ticks.wav": "too short",
        "twin.wav": f"duplicate of {(source / 'good.wav').as_posix()}",
    }
    assert (report.found, report.used, report.waves) == (11, 1, 1)
    lines = (tmp_path / "out" / "skipped.jsonl").read_text().splitlines()
    assert [Skipped(**json.loads(line)) for line in lines] == report.skipped
    assert make(source, out=tmp_path / "out", max_seconds=1.0).skipped == report.skipped


def test_a_copy_of_a_sound_that_was_not_used_is_not_called_its_duplicate(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, noise(1)[:40], 22_050)
    soundfile.write(tmp_path / "c.wav", noise(), 22_050)

    report = make(tmp_path, out=tmp_path / "out", kind="oneshot")

    said = reasons(report)
    assert said["a.wav"].startswith("too short: ")
    assert said["b.wav"] == said["a.wav"]


def test_one_unusable_sound_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")

    with pytest.raises(SignalError) as caught:
        make(tmp_path, out=tmp_path / "out")

    assert str(caught.value) == (
        f"no usable sound under {tmp_path}: {(tmp_path / 'a.wav').as_posix()} is unreadable: the file is empty, 0 "
        "bytes; copy or export it again"
    )


def test_a_source_folder_is_only_read(tmp_path: Path, sounds: Path, describe: Describe) -> None:
    before = describe(sounds), sounds.stat().st_mtime_ns

    make(sounds, out=tmp_path / "out")
    make(sounds, out=tmp_path / "out", points=128)

    assert (describe(sounds), sounds.stat().st_mtime_ns) == before


def test_hidden_files_and_folders_are_not_looked_at(tmp_path: Path, sounds: Path) -> None:
    (sounds / ".hidden").mkdir()
    shutil.copy(sounds / "loop 00.wav", sounds / ".hidden" / "a.wav")
    (sounds / "._loop 00.wav").write_bytes(b"what another system keeps beside a file")

    report = make(sounds, out=tmp_path / "out")

    assert (report.found, report.skipped) == (12, [])


def test_our_own_results_among_the_sounds_are_not_sounds(workplace: Path, cli: Callable[..., Any]) -> None:
    assert cli("export", "tiny", "--to", "wav", "--to", "png", "--count", 2).exit_code == 0

    report = make(workplace, out=workplace / "all")

    assert (report.found, report.skipped) == (12, [])
    assert {row["class"] for row in manifest(workplace / "all")} == {"wavs"}


def test_a_second_dataset_among_the_sounds_is_not_read_either(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=sounds / "one")

    report = make(sounds, out=sounds / "two")

    assert report.found == 12
    assert make(sounds, out=sounds / "one").unchanged
    assert make(sounds, out=sounds / "two").unchanged


@pytest.mark.parametrize("name", ["dataset.json", "config.json"])
def test_a_folder_of_sounds_with_a_file_of_such_a_name_is_still_read(tmp_path: Path, sounds: Path, name: str) -> None:
    (sounds / "bass" / name).write_text('{"of": "another program"}')

    assert make(sounds, out=tmp_path / "out").found == 12


def test_links_to_folders_lead_nowhere_in_circles(tmp_path: Path, sounds: Path) -> None:
    (sounds / "circle").symlink_to(sounds)

    assert make(sounds, out=tmp_path / "out").found == 12


def test_a_broken_link_is_skipped_with_its_reason(tmp_path: Path, sounds: Path) -> None:
    (sounds / "broken.wav").symlink_to("nowhere.wav")

    report = make(sounds, out=tmp_path / "out")

    assert reasons(report) == {"broken.wav": "unreadable: No such file or directory"}


HOSTILE = [
    "CON", "aux.old", "nul", "COM1", "trailing dot.", "trailing space ", " leading", "-dash", "--out", "a?b*c",
    'quo"te', "quo'te", "a:b|c<d>", "back\\slash", "per%cent", "$HOME", "`id`", "tab\tnew\nline", "Übung größer",
    "ドラム", "x" * 240, "...", "~", "e\u0301", "\U0001f941",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
def test_ids_are_file_names_on_every_system_whatever_the_sounds_are_called(tmp_path: Path, make_loop: MakeLoop) -> None:
    (tmp_path / "wavs").mkdir()
    for i, name in enumerate(HOSTILE):
        soundfile.write(os.fspath(tmp_path / "wavs" / f"{name}.wav"), make_loop(i), 44_100, format="WAV")

    report = make(tmp_path / "wavs", out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    hidden = sum(name.startswith(".") for name in HOSTILE)
    assert report.skipped == []
    assert report.waves == len(rows) == len(HOSTILE) - hidden
    assert len({row["id"].lower() for row in rows}) == len(rows)
    for row in rows:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*-[0-9a-f]{8}", row["id"])
        assert len(row["id"]) <= 80
        assert (tmp_path / "out" / "bitmaps" / f"{row['id']}.png").is_file()
    assert {Path(row["source"]).stem for row in rows} == {name for name in HOSTILE if not name.startswith(".")}
    assert make(tmp_path / "wavs", out=tmp_path / "out").unchanged


@pytest.mark.parametrize("suffix", ["png", "bmp", "PNG"])
def test_a_drawing_becomes_the_wave_that_it_shows(tmp_path: Path, make_loop: MakeLoop, suffix: str) -> None:
    wave = make_loop(3) / np.max(np.abs(make_loop(3)))
    Image.fromarray(bitmap.draw_pixels(wave[None])[0]).save(tmp_path / f"drawing.{suffix}")

    report = make(tmp_path, out=tmp_path / "out", points=256, align=False)

    read = np.load(tmp_path / "out" / "waves.npy")[0]
    wanted = (wave - wave.mean()) / np.max(np.abs(wave - wave.mean()))
    assert report.kinds == {"loop": 1}
    assert np.max(np.abs(read - wanted)) < 0.02


def test_a_picture_of_no_line_is_skipped_with_its_reason(tmp_path: Path, sounds: Path) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (64, 64), np.uint8)).save(sounds / "photo.png")
    Image.fromarray(np.full((64, 64), 255, np.uint8)).save(sounds / "paper.png")
    Image.fromarray(np.full((32, 64), 255, np.uint8)).save(sounds / "wide.png")
    (sounds / "text.png").write_text("no picture")

    report = make(sounds, out=tmp_path / "out")

    said = reasons(report)
    assert set(said) == {"photo.png", "paper.png", "wide.png", "text.png"}
    assert said["photo.png"].startswith("not a line: ")
    assert said["wide.png"] == "not a square picture of 16 to 4,096 pixels: it has 64 x 32; resize it"
    assert said["text.png"].startswith("unreadable picture: ")


@pytest.mark.parametrize("suffix", ["pcm", "raw", "snd", "u8", "PCM"])
def test_headerless_files_have_the_rate_that_is_told(tmp_path: Path, make_loop: MakeLoop, suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(pcm.encode(make_loop(1)).tobytes())

    for rate_hz in (29_412, 15_000):
        report = make(tmp_path, out=tmp_path / "out", raw_rate_hz=rate_hz)
        assert report.rates_hz == {rate_hz: 1}
        assert report.pitches_hz == pytest.approx([rate_hz / 256] * 3, abs=0.001)
        assert report.notes == []


def test_a_wav_without_a_header_is_read_and_said(tmp_path: Path, make_loop: MakeLoop) -> None:
    (tmp_path / "wavsyn.wav").write_bytes(pcm.encode(make_loop(1)).tobytes())

    for _ in range(2):  # an unchanged dataset says so, too
        report = make(tmp_path, out=tmp_path / "out")
        assert report.notes == [f"{(tmp_path / 'wavsyn.wav').as_posix()}: no WAV header: read as 8-bit PCM at 29412 Hz"]


def test_every_kind_of_sound_file_is_found(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = tmp_path / "wavs"
    source.mkdir()
    for i, suffix in enumerate(("wav", "WAV", "aif", "aiff", "flac")):
        kind = {"aif": "AIFF", "aiff": "AIFF", "flac": "FLAC"}.get(suffix, "WAV")
        soundfile.write(source / f"{i}.{suffix}", make_loop(i), 44_100, format=kind)
    soundfile.write(source / "8.ogg", tone(), 22_050)
    (source / "9.pcm").write_bytes(pcm.encode(make_loop(9)).tobytes())
    (source / "10.wav").write_bytes(wavfile.build(make_loop(10), 29_412, 8, pitch_hz=114.9, loop=(0, 255)))

    report = make(source, out=tmp_path / "out", cycles=1)

    assert report.skipped == []
    assert report.used == 8


def test_a_missing_source_is_named(tmp_path: Path, sounds: Path) -> None:
    with pytest.raises(FolderError) as caught:
        make(sounds, tmp_path / "gone", out=tmp_path / "out")

    assert str(caught.value) == f"{tmp_path / 'gone'}: no such file or folder"


def test_a_folder_without_sounds_says_what_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "readme.txt").write_text("no sound")

    with pytest.raises(FolderError) as caught:
        make(tmp_path / "docs", out=tmp_path / "out")

    assert str(caught.value).startswith(f"no sound under {tmp_path / 'docs'}: name a folder with WAV, AIFF, FLAC, OGG")
    assert not (tmp_path / "out").exists()


def test_the_sounds_are_safe_inside_the_folder_that_is_replaced(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    mine = tmp_path / "out" / "mine"
    shutil.copytree(sounds, mine)

    with contextlib.suppress(MirageGanError):  # whether it is refused or done, the sounds are still there
        make(mine, out=tmp_path / "out", points=128)

    assert len(list(mine.rglob("*.wav"))) == 12
