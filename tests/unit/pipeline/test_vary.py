"""Variations are read, made and written in order; what is there is not made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.base.errors import FolderError
from mirage_gan.folders.outputs import exports
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.addresses import Variation
from mirage_gan.pages.prints import export_sheet
from mirage_gan.pipeline.vary import vary
from mirage_gan.settings.varying import VaryConfig
from mirage_gan.varying import singan
from mirage_gan.varying.variations import Source
from tests.support.drums import drums
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "saw.wav"
    path.write_bytes(wavfile.build(synth.loops()[5].signal, HEADER_RATE_HZ, 16))
    return path


def test_a_report_says_what_was_made(sound: Path, tmp_path: Path) -> None:
    report = vary(VaryConfig(sound, count=4), tmp_path / "export")

    assert report.names == [f"saw-var-{seed:02}.wav" for seed in range(4)]
    assert (report.sound, report.amount, report.sounds, report.faults) == (sound.as_posix(), 0.4, 4, {})
    assert report.novelty is not None
    assert report.novelty > 0.02
    held = exports.load(tmp_path / "export").files
    assert [held[name]["address"] for name in report.names] == [Variation(0.4, seed) for seed in range(4)]


def test_a_sheet_says_what_the_variations_are_compared_with(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def draw(_title: str, about: str, *_: object) -> bytes:
        said.append(about)
        return b"a page"

    monkeypatch.setattr(export_sheet, "draw", draw)
    vary(VaryConfig(sound, count=2, to=("sheet",)), tmp_path / "export")

    assert said == [
        "Gray: the sound that they vary, turned and inverted to fit. Number: novelty, from 0, a copy, to 1."
    ]


def test_what_is_there_is_not_made_again(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = VaryConfig(sound, count=2)
    first = vary(config, tmp_path / "export")
    monkeypatch.delattr(Source, "vary")

    again = vary(config, tmp_path / "export")

    assert (first.unchanged, again.unchanged) == (False, True)
    assert again.names == first.names


def test_another_sound_of_the_same_name_gets_names_of_its_own(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / sound.name
    other.write_bytes(wavfile.build(synth.loops()[70].signal, HEADER_RATE_HZ, 16))
    vary(VaryConfig(sound, count=1), tmp_path / "export")

    assert vary(VaryConfig(other, count=1), tmp_path / "export").names == ["saw-var-00-2.wav"]
    assert vary(VaryConfig(sound, count=1), tmp_path / "export").unchanged


def test_progress_is_told(sound: Path, tmp_path: Path) -> None:
    progress = Recorder()

    vary(VaryConfig(sound, count=3), tmp_path / "export", progress)

    assert progress.shown == [(done, 3, "varying") for done in range(4)]


@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_a_gan_of_the_sound_makes_variations_of_its_own(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(singan, "_STEPS", 10)
    if kind == "oneshot":
        sound.write_bytes(wavfile.build(drums(1, 0)[0], HEADER_RATE_HZ, 16))
    config, progress = VaryConfig(sound, count=3, method="singan"), Recorder()

    report = vary(config, tmp_path / "export", progress)

    assert report.names == [f"saw-var-{seed:02}.wav" for seed in range(3)]
    held = exports.load(tmp_path / "export").files
    assert {about["method"] for about in held.values()} == {"singan"}
    least = 0.02 if kind == "loop" else 0.3
    assert all(least < about["novelty"] < 2 * least for about in held.values())
    assert "training on the sound" in {text for _, _, text in progress.shown}
    monkeypatch.delattr(singan, "train")  # what is there is not trained again
    assert vary(config, tmp_path / "export").unchanged
    patches = vary(VaryConfig(sound, count=1), tmp_path / "export")
    assert patches.names == ["saw-var-00-2.wav"]


def test_a_folder_of_others_is_refused(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("mine")

    with pytest.raises(FolderError, match=r"holds files but no export\.json"):
        vary(VaryConfig(sound), tmp_path / "theirs")
