"""A training that is too large for the memory says in one line what to make smaller, and keeps the run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.base.errors import OutOfMemoryError
from mirage_gan.training import train as stage
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import assert_same, tiny

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 4 * 2**30  # bytes of address space: enough to import PyTorch
# What is too large for it should be so in the first layer: to fill the memory takes seconds.
LIMITED = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
from mirage_gan.cli import main
main(sys.argv[1:], prog_name="mirage-gan")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space of a process")
@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (
            ("--model", "wave", "--batch-size", "65536", "--width", "300"),
            "--width (now 300), or preprocess with fewer --points (now 64)",
        ),
        (
            ("--model", "dcgan", "--batch-size", "65536", "--width", "128"),
            "--width (now 128), or a smaller --size (now 64)",
        ),
    ],
)
def test_a_real_lack_of_memory_is_one_line(
    dataset: Path, tmp_path: Path, options: tuple[str, ...], remedy: str
) -> None:
    command = ["train", str(dataset), "--device", "cpu", "--steps", "2", *options]

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    said = "Error: this machine has too little memory for this: choose a smaller --batch-size (now 65536) or "
    assert done.stderr.splitlines()[-1] == said + remedy
    assert "Traceback" not in done.stderr


def test_of_whole_sounds_frames_are_named(oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trainer, "advance", lambda _self: torch.empty(10**16))

    with pytest.raises(OutOfMemoryError, match=r"--width \(now 4\), or preprocess with fewer --frames \(now 32\)$"):
        train(tiny(oneshots, tmp_path / "run", model="oneshot"))


def test_the_run_goes_on_from_its_checkpoint_once_there_is_memory_again(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = Trainer.advance

    def grow(self: Trainer) -> None:
        if self.step == 15:
            torch.empty(10**16)
        advance(self)

    config = tiny(dataset, tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(stage, "_CHECKPOINT_SECONDS", -1.0)
        patch.setattr(Trainer, "advance", grow)
        with pytest.raises(OutOfMemoryError):
            train(config)

    assert train(config).resumed_from == 15
    assert_same(tmp_path / "run", unbroken)
