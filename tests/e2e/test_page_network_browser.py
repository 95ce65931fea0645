"""The network in the audition page makes what Python makes in a browser, in a worker and without one, from anywhere."""

from __future__ import annotations

import base64
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.networks import Spec
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import LONGEST
from tests.support.browser import needs_chromium, watched
from tests.support.page_networks import fixture, harness, untrained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.support.other_browsers import OtherPage

pytestmark = needs_chromium

LOOP = Spec("wave", "", points=64, width=4), SoundShape(representation.named("cycle"), 256, 1, "periodic")
WHOLE = (
    Spec("oneshot", "", points=ROWS * 32, width=4, representation="spectrogram"),
    SoundShape(representation.named("spectrogram"), LONGEST, 1, "linear"),
)
LATENTS = 10
# What a page's workers are like. With a good one, the page's own thread is not to compute anything.
WORKERS = {
    "works": "Program.prototype.run = () => { throw new Error('on the thread of the page'); };",
    "is missing": "delete globalThis.Worker;",
    "is refused": "globalThis.Worker = class { constructor() { throw new Error('refused'); } };",
    "fails": """{
        const Real = Worker;
        const broken = URL.createObjectURL(new Blob(["throw new Error('broken');"]));
        globalThis.Worker = class extends Real { constructor() { super(broken); } };
    }""",
}
# Answers the samples of places in base64, and how often others had a turn on the page's thread meanwhile.
GENERATE = """async (places) => {
    let turns = 0;
    const clock = setInterval(() => turns++, 0);
    const generator = makeGenerator(network);
    const made = [];
    for (const place of places) made.push((await generator.generate(place)).samples);
    generator.close();
    clearInterval(clock);
    return [made.map((samples) => btoa(String.fromCharCode(...samples))), turns];
}"""

# Plays a tone while sounds are made, one after the other, for some seconds. Answers how many were made, and how long by
# the clock of the computer, by that of the audio, and by what the browser counts as lost.
ROLL = """async (seconds) => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context);
    tone.connect(context.destination);
    tone.start();
    const generator = makeGenerator(network);
    const latent = () => Float32Array.from({ length: network.latent }, () => Math.random() - 0.5);
    const roll = () => generator.generate({ latent: latent(), mix: {} });
    await roll();
    while (!context.currentTime) await new Promise((done) => setTimeout(done, 20));
    const [begun, heard] = [performance.now(), context.currentTime];
    let made = 0;
    for (; performance.now() < begun + 1000 * seconds; made++) await roll();
    generator.close();
    const lost = context.playbackStats?.underrunDuration ?? 0;
    return [made, (performance.now() - begun) / 1000, context.currentTime - heard, lost];
}"""


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Any]:
    return {"loop": fixture(untrained(LOOP[0]), LOOP[1], LATENTS), "whole": fixture(untrained(WHOLE[0]), WHOLE[1], 3)}


@pytest.fixture(scope="module")
def folder(fixtures: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    for kind, made in fixtures.items():
        (folder / f"{kind}.html").write_bytes(harness(made["network"]))
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context, watched(context) as page:
        yield page


def check(page: Page | OtherPage, made: dict[str, Any], worker: str = "works") -> int:
    """See that a page makes the samples of Python's; return how often others had a turn on its thread meanwhile."""
    page.evaluate(f"() => {{ {WORKERS[worker]} }}")
    found, turns = page.evaluate(GENERATE, [case["place"] for case in made["cases"]])
    for one, case in zip(found, made["cases"], strict=True):
        samples, expected = (
            np.frombuffer(base64.b64decode(text), np.uint8).astype(int) for text in (one, case["samples"])
        )
        assert len(samples) == len(expected)
        assert np.abs(samples - expected).max() <= 2
    return int(turns)


@pytest.mark.parametrize("kind", ["loop", "whole"])
@pytest.mark.parametrize("worker", WORKERS)
def test_a_page_from_a_disk_makes_pythons_sounds_whether_it_has_workers_or_not(
    page: Page, folder: Path, fixtures: dict[str, Any], kind: str, worker: str
) -> None:
    page.goto((folder / f"{kind}.html").as_uri())

    check(page, fixtures[kind], worker)


def test_a_page_of_a_server_makes_pythons_sounds_in_a_worker(
    browser: Browser, server: str, fixtures: dict[str, Any]
) -> None:
    page = browser.new_page()
    page.goto(f"{server}/loop.html")

    check(page, fixtures["loop"])
    page.close()


def test_a_page_without_workers_goes_on_while_it_computes(page: Page, folder: Path, fixtures: dict[str, Any]) -> None:
    page.goto((folder / "whole.html").as_uri())

    assert check(page, fixtures["whole"], "is missing") > 10


@pytest.mark.parametrize(
    ("kind", "worker"), [("whole", "works"), ("loop", "is missing"), ("whole", "is missing")]
)  # a worker that computes a whole sound for seconds is in the way of no less than one of loops
def test_what_plays_goes_on_without_a_gap_while_the_network_rolls(
    page: Page, folder: Path, kind: str, worker: str
) -> None:
    page.goto((folder / f"{kind}.html").as_uri())
    page.evaluate(f"() => {{ {WORKERS[worker]} }}")
    page.mouse.click(1, 1)  # without which a page may not play

    made, seconds, heard, lost = page.evaluate(ROLL, 5)

    assert made >= 5
    assert heard > 0.8 * seconds  # the audio's clock stands still in a gap; a loaded machine may delay it once
    assert lost < 0.2 * seconds
