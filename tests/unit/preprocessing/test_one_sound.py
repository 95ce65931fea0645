"""One sound is read as `preprocess` reads it, and what is wrong with it is said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError, SignalError
from mirage_gan.folders import datasets
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing import one_sound
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support.drums import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal
    from mirage_gan.preprocessing.one_sound import OneSound


def save(path: Path, signal: Signal) -> Path:
    path.write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    return path


def read(path: Path | str, kind: str = "auto") -> OneSound:
    return one_sound.read(Path(path), kind, HEADER_RATE_HZ)


@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_a_sound_is_what_a_dataset_holds_of_it(tmp_path: Path, kind: str) -> None:
    signal = synth.loops()[5].signal if kind == "loop" else drums(1, 0)[0]
    path = save(tmp_path / "Some sound.wav", signal)
    preprocess(PreprocessConfig(sources=(path,)), tmp_path / "dataset")

    found = read(path)

    assert (found.name, found.entry.kind, found.representation.kind) == ("Some sound", kind, kind)
    # a dataset keeps one-shots in 16 bits until all are read
    held = np.load(tmp_path / "dataset" / datasets.WAVES)[0]
    assert found.wave == pytest.approx(held, abs=0 if kind == "loop" else 0.02)


@pytest.mark.parametrize(
    ("signal", "says"),
    [
        (np.zeros(5_000, np.float32), "silent"),
        (np.random.default_rng(0).uniform(-1, 1, 20).astype(np.float32), "is too short"),
        (
            np.random.default_rng(0).uniform(-1, 1, 90_000).astype(np.float32),
            "is as long as a bank of the Mirage, 2.22 s, or longer",
        ),
    ],
    ids=["silent", "too short", "too long"],
)
def test_a_sound_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, signal: Signal, says: str) -> None:
    path = save(tmp_path / "sound.wav", signal)

    with pytest.raises(SignalError) as caught:
        read(path, "oneshot")

    assert str(caught.value).startswith(f"{path.as_posix()} is ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_sound_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("no sound")
    (tmp_path / "text.wav").write_text("no sound")

    with pytest.raises(FolderError, match=r"missing.wav: no such file$"):
        read(tmp_path / "missing.wav")
    with pytest.raises(FolderError, match=r"is a folder: name one sound in it$"):
        read(tmp_path)
    with pytest.raises(
        FormatError, match=r"text.txt is no sound that mirage-gan reads: its name ends in '.txt'; name a WAV"
    ):
        read(tmp_path / "text.txt")
    (tmp_path / "text").touch()
    with pytest.raises(FormatError, match=r"its name has no ending; name a WAV"):
        read(tmp_path / "text")
    with pytest.raises(MirageGanError, match=r"text.wav is unreadable"):
        read(tmp_path / "text.wav")


def test_a_sound_without_a_pitch_is_no_loop(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 9_000).astype(np.float32)

    with pytest.raises(SignalError, match=r"noise\.wav is without a pitch"):
        read(save(tmp_path / "noise.wav", noise), "loop")
