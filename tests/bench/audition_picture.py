"""Draw the README's picture of the audition page, from a run that learned from samples/, in Debian's chromium.

python -m tests.bench.audition_picture [RUN]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import mirage_gan
from mirage_gan.auditioning.audition import audition
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.auditioning import AuditionConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train

ROOT: Final = Path(__file__).parents[2]
PICTURE: Final = ROOT / "docs" / "pictures" / "audition.png"
LOOK: Final = "look"  # the field of the PNG that tells which look of the page it shows
COLORS: Final = 64


def look() -> str:
    """Return a hash of what the page's look is made of: its markup and its styles."""
    folder = Path(mirage_gan.__file__).parent / "pages" / "templates"
    parts = [folder / "audition.html", folder / "variables.css", *sorted((folder / "audition").glob("*.css"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def learn(place: Path) -> Path:
    """Train for five minutes on the loops of samples/, and return the run."""
    preprocess(PreprocessConfig(sources=tuple(sorted((ROOT / "samples").glob("*-*")))), place / "dataset")
    return train(TrainConfig(dataset=place / "dataset", run=str(place / "samples"), max_minutes=5)).run


def main() -> None:
    """Write the picture."""
    from tests.support.browser import chromium  # noqa: PLC0415 - tests of `look` need no browser

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="a run that learned from samples/; left out, one is made")
    given = parser.parse_args().run
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        run = given or learn(Path(folder))
        report = audition(AuditionConfig(run=str(run), file=True), Path(folder) / "page")
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(report.file.as_uri())
        page.wait_for_selector(".cell")
        for key in ("ArrowRight", "s", "ArrowRight", "ArrowDown", "s", "ArrowRight", "s", "ArrowRight", "Escape"):
            page.keyboard.press(key)
        page.wait_for_timeout(1000)
        drawn = Image.open(io.BytesIO(page.screenshot()))
    about = PngInfo()
    about.add_text(LOOK, look())
    drawn.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(PICTURE, optimize=True, pnginfo=about)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
