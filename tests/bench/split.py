"""Copy the source files of a dataset into one folder for each split, for a referee that cannot read datasets.

python -m tests.bench.split DATASET OUT     writes OUT/train and OUT/holdout
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from mirage_gan.base import files
from mirage_gan.folders import datasets, manifest


def keep(folder: Path, count: int) -> None:
    """Keep `count` training sounds of a dataset, those with the smallest file hashes, and set the others aside."""
    entries = list(datasets.read_manifest(folder))
    hashes = sorted({entry.sha256 for entry in entries if entry.split == "train"})[:count]
    kept = (
        manifest.with_split(entry, "aside") if entry.split == "train" and entry.sha256 not in hashes else entry
        for entry in entries
    )
    files.write_bytes(folder / datasets.MANIFEST, manifest.encode_entries(kept))


def split(folder: Path, out: Path) -> dict[str, int]:
    """Copy every source file once, named by its hash, because files in different folders may have the same name."""
    counts = {}
    entries = list(datasets.load(folder).entries())
    for name in ("train", "holdout"):
        target = out / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        sources = {entry.source: entry for entry in entries if entry.split == name}
        for source, entry in sources.items():
            shutil.copyfile(source, target / f"{entry.sha256[:16]}{Path(source).suffix}")
        counts[name] = len(sources)
    return counts


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(split(Path(sys.argv[1]), Path(sys.argv[2])))
