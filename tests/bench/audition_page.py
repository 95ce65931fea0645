"""Measure how soon the audition page is playable, how smoothly it scrolls, and its memory, in Debian's chromium.

python -m tests.bench.audition_page
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from mirage_gan.pages import audition_page
from tests.support.audition import make_data
from tests.support.browser import chromium

# Budgets: 200 sounds playable within a second on two cores, 2,000 within three; under 200 MB.
CASES = (("loop", 200, 1.0), ("loop", 2000, 3.0), ("one-shot", 200, 1.0), ("one-shot", 2000, 3.0))
SCROLL = """() => new Promise((done) => {
    const grid = document.getElementById("grid");
    const start = performance.now();
    let frames = 0;
    const next = () => {
        grid.scrollTop += 300;
        if (++frames < 100) requestAnimationFrame(next);
        else done((performance.now() - start) / frames);
    };
    next();
})"""


def main() -> None:
    """Print a line for each kind and number of sounds."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for kind, count, budget in CASES:
            path = Path(folder) / "page.html"
            path.write_bytes(audition_page.page(*make_data(kind, count=count, known=200, seconds=0.5)))
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(path.as_uri())
            page.wait_for_selector(".cell")
            playable = page.evaluate("performance.getEntriesByName('playable')[0].startTime / 1000")
            frame = page.evaluate(SCROLL)
            memory = page.evaluate("performance.memory.usedJSHeapSize / 1e6")
            size = path.stat().st_size / 1e6
            print(f"{count} {kind}s, {size:.1f} MB: playable after {playable:.2f} s (budget {budget} s), ", end="")
            print(f"{frame:.0f} ms a frame in scrolling, heap {memory:.0f} MB")
            page.close()


if __name__ == "__main__":
    main()
