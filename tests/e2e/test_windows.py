"""What would go wrong on Windows alone, shown elsewhere: files that are in use cannot be replaced, nor removed."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.folders import datasets
from tests.support.windows import files_in_use_stay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to know what is in use")

TRAIN = "train --model wave --width 4 --every 2 --device cpu --run new --steps"
# what replaces, adds to or removes what was there before, each after the one before it
COMMANDS = [
    "preprocess wavs --points 64 --size 64",
    "preprocess wavs --points 64 --size 64 --no-align",
    "preprocess wavs --points 64 --size 64 --workers 2",
    f"{TRAIN} 2",
    f"{TRAIN} 2 --without-sources",
    f"{TRAIN} 2",
    "export new --count 2 --to pcm --to disk --to wav --to sfz --to sheet --to npy",
    "export new --count 2 --to pcm --to disk --pages 2 --force",
    "export new --count 3 --template export/MIR01.img --into L2,U2 --to disk",
    "export new --count 2 --rank novelty --zip",
    "morph new --seed 1 --seed 2 --to wavetable",
    "vary wavs --count 2",
    "extract export/MIR01.img",
    "extract export/MIR01.img",
    "evaluate new --count 20",
    "audition new --count 2 --file",
    "audition new --count 3 --file",
    "inspect runs",
    "compare tiny new",
]


def test_what_windows_would_refuse_is_refused_here(tmp_path: Path) -> None:
    np.save(tmp_path / "waves.npy", np.zeros((4, 4), np.float32))
    (tmp_path / "other").write_bytes(b"")
    mapped = datasets.load_array(tmp_path / "waves.npy")

    with files_in_use_stay():
        with pytest.raises(PermissionError):
            (tmp_path / "other").replace(tmp_path / "waves.npy")
        with pytest.raises(PermissionError):
            tmp_path.rename(tmp_path.with_name("moved"))
        with (tmp_path / "other").open("rb"), pytest.raises(PermissionError):
            (tmp_path / "other").unlink()
        with pytest.raises(PermissionError):
            shutil.rmtree(tmp_path)
        del mapped
        shutil.rmtree(tmp_path)


def test_no_command_replaces_or_removes_a_file_that_it_has_open_or_mapped(cli: Cli, workplace: Path) -> None:
    sound = next((workplace / "wavs").glob("*.wav"))

    with files_in_use_stay():
        for line in COMMANDS:
            words = [str(sound) if word == "wavs" and line.startswith("vary") else word for word in line.split()]
            result = cli(*words)
            assert result.exit_code == 0, (line, result.stderr)
