"""Real drums and percussion to train on and to judge by: Debian's hydrogen-drumkits beside a folder of one-shots.

python -m tests.bench.drum_sounds ONESHOTS OUT [--list]

ONESHOTS is a folder with `drums` and `percussion`, whose files are named KIT_NAME. The Debian package is downloaded and
unpacked with `apt-get download` and `dpkg -x` (free licences; nothing of it enters the project). OUT/train and
OUT/holdout get a folder for each kit, with links to its files, by the committed list `drum_sounds.tsv`. With --list,
that list is made anew first:

- sounds with a correlation of 0.95 or more with an earlier one, at any lag and in any polarity, are left out;
- of a kit, the first 60 are kept;
- kits are held out in the order of the SHA-256 of their names until 200 sounds are.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from scipy.signal import resample_poly

from mirage_gan.audio import reading
from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import MirageGanError
from mirage_gan.mirage.spec import HEADER_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "hydrogen-drumkits"
KITS = Path("usr/share/hydrogen/data/drumkits")
LIST = Path(__file__).with_suffix(".tsv")
SAME = 0.95
MOST_OF_A_KIT = 60
HELD_OUT = 200
LENGTH = 16_384  # samples that are compared


def fetch(folder: Path) -> Path:
    """Download and unpack the Debian package into a folder, once; return the folder of its kits."""
    kits = folder / KITS
    if not kits.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", PACKAGE], cwd=folder, check=True)
        for package in folder.glob(f"{PACKAGE}_*.deb"):
            subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
    return kits


def find(oneshots: Path, kits: Path) -> list[tuple[str, Path]]:
    """Return the kit and the path of every sound file, in a fixed order."""
    of_kits = [(re.sub(r"\W", "", path.relative_to(kits).parts[0]), path) for path in sorted(kits.rglob("*"))]
    folders = (oneshots / "drums", oneshots / "percussion")
    of_ours = [(path.name.partition("_")[0], path) for folder in folders for path in sorted(folder.iterdir())]
    return [(kit, path) for kit, path in of_kits + of_ours if path.suffix.lower() in reading.COOKED]


def heard(path: Path) -> NDArray[np.float64] | None:
    """Return the start of a sound at the machine's rate, shape (LENGTH,), of norm 1; None if nothing is heard."""
    try:
        sound = reading.read(path, raw_rate_hz=HEADER_RATE_HZ, max_seconds=60)
        signal = reading.normalize(sound)
    except MirageGanError:
        return None
    ratio = Fraction(HEADER_RATE_HZ, sound.rate_hz).limit_denominator(2000)
    signal = signal[onsets.find_attack(signal, sound.rate_hz) :][: sound.rate_hz]
    samples = resample_poly(signal, ratio.numerator, ratio.denominator)[:LENGTH]
    found = np.zeros(LENGTH)
    found[: len(samples)] = samples
    return found / np.linalg.norm(found)


def choose(sounds: list[tuple[str, Path]]) -> dict[str, list[Path]]:
    """Return the sounds of each kit, without those that resemble an earlier one."""
    chosen: dict[str, list[Path]] = {}
    spectra = np.empty((len(sounds), LENGTH + 1), np.complex64)
    count = 0
    for kit, path in sounds:
        if (samples := heard(path)) is None:
            continue
        spectrum = scipy.fft.rfft(samples, 2 * LENGTH).astype(np.complex64)
        if count and np.abs(scipy.fft.irfft(spectra[:count].conj() * spectrum)).max() >= SAME:
            continue
        spectra[count] = spectrum
        count += 1
        chosen.setdefault(kit, []).append(path)
    return {kit: paths[:MOST_OF_A_KIT] for kit, paths in chosen.items()}


def make_list(oneshots: Path, kits: Path) -> str:
    """Return the list as text: split, kit, and path below the folder of the kits or the one-shots, a line a sound."""
    chosen = choose(find(oneshots, kits))
    lines, held = [], 0
    for kit in sorted(chosen, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        split = "holdout" if held < HELD_OUT else "train"
        held += len(chosen[kit]) if split == "holdout" else 0
        for path in chosen[kit]:
            root = kits if path.is_relative_to(kits) else oneshots
            lines.append(f"{split}\t{kit}\t{path.relative_to(root).as_posix()}")
    return "\n".join(lines) + "\n"


def link(oneshots: Path, kits: Path, out: Path) -> dict[str, int]:
    """Link the sounds of the list below OUT; return how many there are of each split."""
    counts = {"train": 0, "holdout": 0}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        split, kit, name = line.split("\t")
        source = next(root / name for root in (kits, oneshots) if (root / name).is_file())
        target = out / split / kit / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(source.resolve())
        counts[split] += 1
    return counts


def main() -> None:
    """Fetch the sounds, make the list if asked to, and link."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("oneshots", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--list", action="store_true", help="make the list anew")
    args = parser.parse_args()
    kits = fetch(args.out / "package")
    if args.list:
        LIST.write_text(make_list(args.oneshots, kits), encoding="utf-8")
    print(link(args.oneshots, kits, args.out))


if __name__ == "__main__":
    main()
