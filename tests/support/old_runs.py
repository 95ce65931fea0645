"""Runs and datasets as versions before 0.4.0 made them, which name no representation of their sounds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mirage_gan.base import files
from mirage_gan.folders import datasets, runs

if TYPE_CHECKING:
    from pathlib import Path


def make_old(run: Path, old: Path, source_samples: int) -> Path:
    """Copy a run of loops as one of one-shots of before 0.4.0, whose waves were points of a line too."""
    shutil.copytree(run, old)
    about = files.load_json(old / runs.MARKER)
    del about["data"]["representation"], about["data"]["rate_hz"]
    about["data"] |= {"kind": "oneshot", "source_samples": source_samples}
    files.write_bytes(old / runs.MARKER, files.encode_json(about))
    return old


def forget_representation(dataset: Path) -> None:
    """Remove from a dataset what versions before 0.4.0 did not write."""
    about = files.load_json(dataset / datasets.MARKER)
    del about["representation"], about["rate_hz"]
    files.write_bytes(dataset / datasets.MARKER, files.encode_json(about))
