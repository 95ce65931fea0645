"""Write the folk tunes of `tests.support.tunes` as MIDI files, to train on: 128 of eight bars each.

python -m tests.bench.tunes FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mirage_gan.exporting.rolls import midi_files
from tests.support import tunes


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(tunes.pictures()):
        (folder / f"{number:03}.mid").write_bytes(midi_files.build(picture))


if __name__ == "__main__":
    main()
