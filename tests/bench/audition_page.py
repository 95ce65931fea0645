"""Measure how soon the audition page is playable, how smoothly it scrolls, and its memory, in Debian's chromium.

python -m tests.bench.audition_page [RUN ...]
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan.auditioning.audition import PAGE, audition
from mirage_gan.pages import audition_page
from mirage_gan.settings.auditioning import AuditionConfig
from tests.support.audition import make_data
from tests.support.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Budgets: 200 sounds playable within a second on two cores, 2,000 within three; under 200 MB.
BUDGETS: Final = {200: 1.0, 2000: 3.0}
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
    """Print a line for each number of sounds: of each run, or made up of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", help="runs whose sounds are shown; left out, made-up sounds of both kinds")
    runs = parser.parse_args().runs
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for shown in runs or ("loop", "one-shot"):
            for count, budget in BUDGETS.items():
                path = Path(folder) / PAGE
                if runs:
                    audition(AuditionConfig(run=shown, count=count, file=True), Path(folder))
                else:
                    path.write_bytes(audition_page.page(*make_data(shown, count=count, known=200, seconds=0.5)))
                print(f"{shown}, {count} sounds, {path.stat().st_size / 1e6:.1f} MB: ", end="")
                print(measure(browser, path, budget), flush=True)


def measure(browser: Browser, path: Path, budget: float) -> str:
    """Open a page, scroll through it and play, and return its figures in words."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    empty = renderer_mb(browser)
    page.goto(path.as_uri())
    page.wait_for_selector(".cell")
    playable = page.evaluate("performance.getEntriesByName('playable')[0].startTime / 1000")
    frame = page.evaluate(SCROLL)
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    used = renderer_mb(browser)
    page.close()
    return (
        f"playable after {playable:.2f} s (budget {budget} s), {frame:.0f} ms a frame in scrolling, "
        f"{used - empty:.0f} MB (an empty page: {empty:.0f} MB; budget 200 MB)"
    )


def renderer_mb(browser: Browser) -> float:
    """Return the memory that the largest process of a page has to itself, in MB."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    pages = [process["id"] for process in found if process["type"] == "renderer"]
    texts = [Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii") for number in pages]
    return max(sum(map(int, re.findall(r"Private_\w+: +(\d+) kB", text))) for text in texts) / 1000


if __name__ == "__main__":
    main()
