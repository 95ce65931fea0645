"""Print SHA-256 sums of all that the commands make, to show that a refactoring changes no sound, disk or weight.

    python -m tests.bench.sums > after.txt
    python -m tests.bench.sums --checkout ../before > before.txt
    diff before.txt after.txt

The script uses the command line only, so it works on checkouts whose modules have other names. Compare sums of one
machine only: another machine may round differently in the last bit.

HTML and text sheets, messages and times are left out, as are the hashes of checkpoint files in export.json, because
these files hold times.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import safetensors.numpy

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).resolve().parents[2]
_SHEETS: Final = frozenset({".html", ".txt"})
_SMALL: Final = ("--width", "4", "--device", "cpu", "--every", "10")

# name of the run -> options of `train`; together they reach every network, loss, augmentation and kind of step
TRAININGS: Final = {
    "wave": ("dataset", "--model", "wave", "--steps", "30", "--lr", "1e-3"),
    "wave-hinge": ("dataset", "--model", "wave", "--steps", "20", "--loss", "hinge", "--packing", "2", "--k-step", "2"),
    "wave-wgan": (
        "dataset",
        "--model",
        "wave",
        "--steps",
        "20",
        "--loss",
        "wgan-gp",
        "--minibatch-std",
        "--lr-d",
        "1e-4",
    ),
    "wave-bce": ("fine", "--model", "wave", "--steps", "12", "--loss", "bce", "--no-balance", "--activation", "tanh"),
    "wave-augment": ("dataset", "--model", "wave", "--steps", "20", "--augment", "rotate,invert,reverse,gain,tilt"),
    "draw": ("dataset", "--model", "dcgan", "--size", "64", "--steps", "12", "--ema-half-life", "20"),
    "paint": ("dataset", "--model", "dcgan", "--generator", "paint", "--size", "64", "--steps", "8", "--gamma", "2"),
    "oneshot": ("oneshots", "--model", "wave", "--steps", "12", "--seed", "3"),
}
DATASETS: Final = {
    "dataset": ("sounds", "--points", "64", "--size", "64"),
    "fine": ("sounds", "--points", "512"),
    "oneshots": ("sounds", "--kind", "oneshot", "--points", "64", "--size", "64"),
    "turned": ("sounds", "--no-align", "--workers", "2"),
}
EXPORTS: Final = {
    "single": (
        "wave",
        "--to",
        "pcm",
        "--to",
        "wav",
        "--to",
        "npy",
        "--to",
        "csv",
        "--to",
        "png",
        "--count",
        "6",
        "--zip",
    ),
    "bits": ("wave", "--to", "wav", "--bits", "24", "--count", "2", "--pages", "4", "--fill", "--length", "512"),
    "long": ("wave-bce", "--to", "pcm", "--count", "3", "--pages", "4", "--interp", "cubic", "--checkpoint", "last"),
    "ranked": ("wave", "--to", "pcm", "--count", "3", "--rank", "balanced", "--distinct", "--seed", "5"),
    "disks": (
        "wave",
        "--to",
        "disk",
        "--to",
        "edm",
        "--to",
        "hfe",
        "--to",
        "gotek",
        "--to",
        "syx",
        "--to",
        "wavsyn",
        "--preview",
    ),
    "split": ("wave", "--to", "disk", "--to", "syx", "--to", "wavsyn", "--layout", "split8", "--count", "20"),
    "alone": ("wave", "--to", "disk", "--layout", "single", "--into", "L1,U2", "--count", "5"),
    "hits": ("oneshot", "--to", "disk", "--to", "pcm", "--to", "syx", "--layout", "split8", "--count", "20"),
    "hit": ("oneshot", "--to", "disk", "--to", "wavsyn", "--layout", "single", "--length", "20000", "--count", "3"),
}
MORPHS: Final = {
    "morph": (
        "wave",
        "--seed",
        "1",
        "--seed",
        "2",
        "--seed",
        "5",
        "--to",
        "pcm",
        "--to",
        "wav",
        "--to",
        "disk",
        "--to",
        "hfe",
    ),
    "table": (
        "wave",
        "--seed",
        "3",
        "--seed",
        "4",
        "--to",
        "wavetable",
        "--to",
        "gotek",
        "--frames",
        "16",
        "--samples",
        "1024",
    ),
}


def main() -> None:
    """Print the sum and the name of each file, or of each tensor of a checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkout", type=Path, default=HERE, help="Folder whose mirage_gan is run.")
    checkout = parser.parse_args().checkout.resolve()
    with tempfile.TemporaryDirectory() as place:
        for name, digest in sums(Path(place), checkout):
            print(f"{digest}  {name}", flush=True)


def sums(place: Path, checkout: Path) -> Iterator[tuple[str, str]]:
    """Run the commands of a checkout in an empty folder, and yield the name and the sum of each thing they made."""

    def run(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        command = [sys.executable, "-P", "-m", "mirage_gan", *arguments]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    _lay_out(checkout / "samples", place / "sounds")
    for name, options in DATASETS.items():
        run("preprocess", *options, "--out", name)
        yield from _files(place, name)
    for name, options in TRAININGS.items():
        run("train", *options, "--run", name, *_SMALL)
        yield from _run(place, name)
        judged = json.loads(run("evaluate", name, "--json", "--count", "60"))
        yield f"{name}: figures", _of_json({key: value for key, value in judged.items() if key != "run"})
    for name, options in EXPORTS.items():
        run("export", *options, "--out", name)
        yield from _files(place, name)
    for name, options in MORPHS.items():
        run("morph", *options, "--out", name)
        yield from _files(place, name)
    disk = min((place / "disks").glob("*.img")).relative_to(place).as_posix()
    run("extract", disk, "--out", "extracted")
    yield from _files(place, "extracted")
    run("preprocess", disk, "disks", "--out", "of-disks", "--points", "128")
    yield from _files(place, "of-disks")
    run(
        "sweep",
        "dataset",
        "--name",
        "rates",
        "--lr",
        "1e-3",
        "--lr",
        "1e-2",
        "--width",
        "4",
        "--steps",
        "10",
        "--device",
        "cpu",
    )
    for path in sorted((place / "runs").glob("dataset-*")):
        yield from _run(place, path.name)
    ranked = json.loads((place / "sweeps" / "rates" / "sweep.json").read_text(encoding="utf-8"))
    timed = ("seconds",)
    rows = [{key: value for key, value in row.items() if key not in timed} for row in ranked.pop("runs")]
    yield "sweep.json", _of_json({**ranked, "runs": rows})


def _lay_out(samples: Path, sounds: Path) -> None:
    """Copy every fourth of the built-in sounds, with and without a header, into folders that become classes."""
    for path in sorted(samples.glob("*.*"))[::4]:
        target = sounds / path.name.partition("-")[0] / path.name
        if path.suffix in (".wav", ".pcm"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _files(place: Path, folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((place / folder).rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.name == "export.json":
            yield name, _of_json(_comparable(json.loads(path.read_text(encoding="utf-8"))))
        elif path.is_file() and path.suffix not in _SHEETS and path.name != "export.zip":
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def _comparable(export: dict[str, Any]) -> dict[str, Any]:
    """Return export.json without the hashes of checkpoints, which hold times, and without sheets."""
    return {
        section: {
            name: {key: value for key, value in entry.items() if key != "checkpoint_sha256"}
            for name, entry in entries.items()
            if Path(name).suffix not in _SHEETS
        }
        for section, entries in export.items()
        if isinstance(entries, dict)
    }


def _run(place: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield the sums of a run's tensors, waves, previews and settings."""
    folder = place / "runs" / name
    for path in sorted((folder / "checkpoints").glob("*.safetensors")):
        for key, tensor in sorted(safetensors.numpy.load_file(path).items()):
            digest = hashlib.sha256(f"{tensor.dtype}{tensor.shape}".encode() + tensor.tobytes())
            yield f"{name}/{path.name}: {key}", digest.hexdigest()
    for path in sorted([folder / "data.npz", folder / "config.json", *(folder / "previews").iterdir()]):
        yield path.relative_to(place).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _of_json(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    main()
