"""Measure on folders of sounds how many go on while a key is held, and how well: seams, level and timbre.

python -m tests.bench.sustained FOLDER... [--rebuilt]

With --rebuilt, each sound is judged as it comes back from the representation that networks learn.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio import reading
from mirage_gan.audio.measuring import pitch, sustain
from mirage_gan.base.errors import MirageGanError
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing import whole
from mirage_gan.settings.choices import FRAMES, ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST, points_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.audio.measuring.sustain import Sustain
    from mirage_gan.base.arrays import Signal


def sounds_in(folder: Path, *, rebuilt: bool) -> Iterator[Signal]:
    """Yield the sounds in a folder as `preprocess` hears them, and as a network at its best would make them."""
    for path in sorted(folder.rglob("*")):
        try:
            sound = reading.read(path, raw_rate_hz=HEADER_RATE_HZ, max_seconds=60)
            found, _ = whole.cut(reading.normalize(sound), sound.rate_hz, HEADER_RATE_HZ, split_hits=False)
        except (MirageGanError, OSError):
            continue
        signal = found[0]
        if rebuilt:
            frames = next((count for count in FRAMES if count * 256 >= len(signal)), FRAMES[-1])
            shown_as = representation.of_sounds(ONE_SHOT)
            picture = shown_as.encode(signal, points_of(frames), align=False)
            signal = shown_as.decode(picture, LONGEST, shown_as.interps[0])
        yield signal


def seam(found: Sustain) -> float:
    """Return the step at the seam over the largest one within a period of it, in sample bytes."""
    loop = pcm.encode(found.signal).astype(int)[found.start :]
    reach = int(found.period) + 1
    steps = np.abs(np.diff(np.concatenate([loop[-reach:], loop[:reach]])))
    return float(steps[reach - 1] / max(1, np.delete(steps, reach - 1).max()))


def main() -> None:
    """Print a row for each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rebuilt", action="store_true")
    asked = parser.parse_args()
    print("| sounds | all | pitched | go on | correlation | timbre, dB | level, dB | step at the seam | pages | ms |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for folder in asked.folders:
        count, seconds, pitched = 0, [0.0], 0
        held = []
        for signal in sounds_in(folder, rebuilt=asked.rebuilt):
            count += 1
            if (own := pitch.measure(signal, HEADER_RATE_HZ)) is None:
                continue
            pitched += 1
            before = time.perf_counter()
            found = sustain.find(signal, HEADER_RATE_HZ, own.hz)
            seconds.append(time.perf_counter() - before)
            if found is not None:
                pages = (len(found.signal) - found.start) // 256
                held.append((found.correlation, found.timbre_db, abs(found.level_db), seam(found), pages))
        cells = [f"{value:.2f}" for value in np.median(held, axis=0)] if held else ["-"] * 5
        print(
            f"| {folder.name} | {count} | {pitched} | {len(held)} | {' | '.join(cells)} "
            f"| {1000 * np.mean(seconds):.0f} |"
        )


if __name__ == "__main__":
    main()
