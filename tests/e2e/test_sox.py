"""Exported PCM, played by somebody else's program."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import builtin_sounds
from mirage_gan.exporting.export import export
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train

if TYPE_CHECKING:
    from pathlib import Path

REPEATS = 200

pytestmark = pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_sox_plays_an_exported_loop_at_its_stated_pitch_and_with_nothing_but_its_harmonics(
    tmp_path: Path, pages: int
) -> None:
    builtin_sounds.write(tmp_path / "sounds", builtin_sounds.loops())
    preprocess(PreprocessConfig((tmp_path / "sounds",)), tmp_path / "dataset")
    run = str(tmp_path / "runs" / "tiny")
    train(TrainConfig(tmp_path / "dataset", run=run, model="wave", width=4, steps=10, device="cpu"))
    export(ExportConfig(run, count=2, pages=pages), tmp_path / "export")

    entries = json.loads((tmp_path / "export" / "export.json").read_bytes())["files"]
    assert len(entries) == 2
    for name, entry in entries.items():
        played = tmp_path / f"{name}.wav"
        source = ["-t", "raw", "-r", str(HEADER_RATE_HZ), "-e", "unsigned", "-b", "8", "-c", "1"]
        command = ["sox", *source, str(tmp_path / "export" / name), str(played), "repeat", str(REPEATS - 1)]
        subprocess.run(command, check=True, capture_output=True)
        heard, rate_hz = soundfile.read(played)
        assert len(heard) == REPEATS * entry["length"]

        spectrum = np.abs(np.fft.rfft(heard)) ** 2
        hz = np.arange(len(spectrum)) * rate_hz / len(heard)
        harmonic = np.arange(len(spectrum)) % REPEATS == 0
        # the bins of the harmonics lie where export.json says that the pitch is, within 0.1 cent
        assert hz[REPEATS] == pytest.approx(entry["pitch_hz"], rel=6e-5)
        assert spectrum[~harmonic].sum() < 1e-9 * spectrum[harmonic][1:].sum()
