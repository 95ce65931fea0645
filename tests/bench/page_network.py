"""Measure the networks of runs in the audition page: size, equality with Python, speed, and what rounding costs.

python -m tests.bench.page_network RUN ... [--score SCORE.py --split FOLDER [--count 1000]]

Speed is measured in headless chromium, whose processor is slowed down fourfold, as a phone's is. The referee, which is
called as `tests.bench.referee` calls it, judges the same seeds with all digits of the weights and with half precision.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.auditioning.audition import PAGE, audition
from mirage_gan.exporting import rendering
from mirage_gan.exporting.order import make_sound
from mirage_gan.folders import runs
from mirage_gan.mirage import pcm
from mirage_gan.settings.auditioning import AuditionConfig
from mirage_gan.settings.exporting import ExportConfig
from tests.support.browser import chromium
from tests.support.page_networks import fixture, harness, rounded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.sampling import Sampler

TESTS: Final = Path(__file__).parents[1]
SLOWER: Final = 4  # a phone's processor against that of a desktop
ROUNDS: Final = 30  # sounds that are timed
COMPARED: Final = 100  # latents
FIGURES: Final = ("coverage", "recall", "precision", "density", "copy", "twins", "dead")

# Gives the page `place`, which makes another place of the network's sounds each time, of its first class if it has any.
PLACE = """() => {
    const mix = Object.fromEntries(network.classes.slice(0, 1).map(([name]) => [name, 1]));
    const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    globalThis.place = () => ({ latent: Float32Array.from({ length: network.latent }, normal), mix });
}"""
# Answers the milliseconds of each sound, and of a sum that takes as long on either thread if both are slowed down.
TIME = """async ([rounds, ownThread]) => {
    const sum = () => {
        const start = performance.now();
        let found = 0;
        for (let i = 0; i < 3e7; i++) found += i % 7;
        return performance.now() - start + 0 * found;
    };
    const inWorker = (source) => new Promise((done) => {
        const url = URL.createObjectURL(new Blob([`const sum = ${source}; sum(); postMessage(sum());`]));
        const worker = new Worker(url);
        worker.onmessage = ({ data }) => { worker.terminate(); done(data); };
    });
    sum();
    const speed = ownThread ? sum() : await inWorker(String(sum));
    if (ownThread) delete globalThis.Worker;
    const generator = makeGenerator(network);
    const times = [];
    for (let i = 0; i < rounds; i++) {
        const start = performance.now();
        await generator.generate(place());
        times.push(performance.now() - start);
    }
    generator.close();
    return [speed, times];
}"""
# Answers by how many milliseconds the audio clock fell behind while sounds were made, at most, beyond its usual lag.
LISTEN = """async (seconds) => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context);
    tone.connect(context.destination);
    tone.start();
    const generator = makeGenerator(network);
    await generator.generate(place());
    await new Promise((done) => setTimeout(done, 1000));
    const behind = () => performance.now() - 1000 * context.getOutputTimestamp().contextTime;
    const start = performance.now();
    const lags = [];
    const clock = setInterval(() => lags.push(behind()), 20);
    let made = 0;
    while (performance.now() < start + 1000 * seconds) {
        await generator.generate(place());
        made++;
    }
    clearInterval(clock);
    return [made, Math.max(...lags) - Math.min(...lags)];
}"""


def main() -> None:
    """Print what is measured of each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--score", type=Path, help="the referee")
    parser.add_argument("--split", type=Path, help="folder with train/ and holdout/, which the referee compares with")
    parser.add_argument("--count", type=int, default=1000, help="sounds that the referee judges")
    parser.add_argument("--listen", type=int, default=60, help="seconds of playing while sounds are made")
    args = parser.parse_args()
    for run in args.runs:
        sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"))
        shape = rendering.choose_shape(ExportConfig(run=str(run)), runs.load_config(run))
        print(f"{run.name}, {sampler.spec.model} {sampler.spec.generator}")
        with chromium() as browser, tempfile.TemporaryDirectory() as folder:
            measure(run, sampler, shape, browser, Path(folder), args.listen)
        if args.score:
            judge(sampler, shape, args.score, args.split, args.count)


def measure(run: Path, sampler: Sampler, shape: SoundShape, browser: Browser, folder: Path, listened: int) -> None:
    """Print sizes, differences and times."""
    audition(AuditionConfig(run=str(run), count=200, file=True), folder)
    made = fixture(sampler, shape, COMPARED)
    sizes = (folder / PAGE).stat().st_size, len(json.dumps(made["network"]))
    print(f"  page of 200 sounds: {sizes[0] / 1e6:.2f} MB, of which the network is {sizes[1] / 1e6:.2f} MB")
    (folder / "fixtures.json").write_text(json.dumps([made]))
    script = TESTS / "js" / "network_against_python.js"
    print(f"  {COMPARED} latents in node against Python: {node(script, folder / 'fixtures.json')}", end="")
    path = folder / "network.html"
    path.write_bytes(harness(made["network"]))
    for slower in (1, SLOWER):
        for own in (False, True):
            page = visit(browser, path)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            speed, times = page.evaluate(TIME, [ROUNDS, own])
            page.close()
            low, middle, high = np.percentile(times[5:], [0, 50, 95])
            print(
                f"  {slower} x slower, {'own thread' if own else 'worker'}: {low:.0f} ms at best, median {middle:.0f}, "
                f"95 % {high:.0f}; the first {times[0]:.0f} (a sum of 3e7: {speed:.0f} ms)"
            )
    page = visit(browser, path)
    page.mouse.click(1, 1)
    print(
        f"  playing for {listened} s: sounds made, audio clock's largest lag in ms: {page.evaluate(LISTEN, listened)}"
    )
    page.close()


def visit(browser: Browser, path: Path) -> Page:
    """Open the page of a network."""
    page = browser.new_page()
    page.goto(path.as_uri())
    page.evaluate(PLACE)
    return page


def judge(sampler: Sampler, shape: SoundShape, score: Path, split: Path, count: int) -> None:
    """Print what the referee says of sounds with all digits of the weights, and with half of them."""
    for name, made in (("float32", sampler), ("float16", rounded(sampler))):
        with tempfile.TemporaryDirectory() as folder:
            waves = shape.representation.normalize(made.generate(range(count)))
            for seed, wave in enumerate(waves):
                samples = pcm.encode(make_sound(shape, wave).signal)
                (Path(folder) / f"{seed:05}.pcm").write_bytes(samples.tobytes())
            command = [sys.executable, str(score), folder, "--train", str(split / "train")]
            command += ["--holdout", str(split / "holdout"), "--json"]
            verdict: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        ours = verdict["ours"]
        print(
            f"  {name}: " + ", ".join(f"{figure} {ours[figure]:.3f}" for figure in FIGURES if figure in ours),
            flush=True,
        )


def node(*arguments: Path) -> str:
    """Return what node prints."""
    return subprocess.run(["node", *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
