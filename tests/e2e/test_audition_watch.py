"""A training is followed on the audition page: a real training, which waits where it is told to, and a real browser."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sys
import wave
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirage_gan.folders import runs
from tests.e2e.test_audition_page import axe
from tests.support.browser import AXE, needs_chromium
from tests.support.forked import Forked
from tests.support.trainings import JUDGE_FEW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")]

RUN: Final = Path("runs") / "live"

# a training of three checks, which goes on where a file allows it: at its beginning, and after the first check
TRAINING = f"""
import time
from pathlib import Path
{JUDGE_FEW}
from mirage_gan.settings.training import TrainConfig
train = stage.train

def wait_for(name):
    while not Path(name).exists():
        time.sleep(0.05)
    return True

class Waiting:
    def update(self, done, total, text=""):
        pass
    def say(self, text):
        wait_for("begin")

config = TrainConfig(dataset=Path("dataset"), run="live", width=4, batch_size=8, steps=30, every=10, device="cpu")
train(config, Waiting(), watch=lambda share, score: wait_for("go"))
"""
# keeps the length of all that is played once, in seconds, of how many loops, and the samples of what was played last
HEARING = """
window.played = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.played.push(this.loop ? "loop" : this.buffer.duration);
  window.heard = [...this.buffer.getChannelData(0).subarray(0, 512)];
  return start.apply(this, when);
};
"""


@contextmanager
def process(place: Path, *arguments: str, script: str = "") -> Iterator[Forked]:
    started = Forked(*arguments, place=place, script=script)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@contextmanager
def opened(browser: Browser, address: str, **look: Any) -> Iterator[Page]:
    """Open the page, and see that it says nothing on the console."""
    with browser.new_context(**look) as context:
        context.add_init_script(HEARING)
        page = context.new_page()
        page.clock.install()  # it goes on as ever, until somebody turns it forward
        page.set_default_timeout(60_000)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        yield page
        assert said == []


def shows(page: Page, selector: str, text: str) -> None:
    page.locator(selector, has_text=text).wait_for()


def until(page: Page, expression: str) -> None:
    """Wait for what playwright's own waiting may not evaluate under the policy of the page."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


def digest(made: Path) -> str:
    return hashlib.sha256(made.read_bytes()).hexdigest()


def test_a_training_is_followed_from_before_its_first_step_until_it_is_gone(workplace: Path, browser: Browser) -> None:
    run = workplace / RUN
    with process(workplace, script=TRAINING) as training:
        while not (run / runs.MARKER).is_file():
            assert training.poll() is None, training.communicate()
        with process(workplace, "audition", "live", "--watch", "--no-open") as server:
            said = server.stderr.readline()
            address = server.stderr.readline().strip()
            assert said == f"{RUN} has no checkpoint yet: its sounds come with the first one\n"
            with opened(browser, address, viewport={"width": 1440, "height": 900}) as page:
                follow(page, workplace, run, training)
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 130
    assert not run.exists()  # nothing came back of it


def follow(page: Page, workplace: Path, run: Path, training: Forked) -> None:
    """Follow the training as somebody would who keeps one of its early sounds."""
    shows(page, "#training-state", "Waiting for the training")
    shows(page, "#awaiting", "The sounds come with the first checkpoint.")
    assert page.is_disabled("#check-play")
    assert page.is_disabled("#show-best")
    assert page.locator(".cell").count() == 0

    (workplace / "begin").touch()
    shows(page, "#training-state", "Training, 33 %")
    shows(page, "#check-name", "Step 10, check 1 of 1")
    shows(page, "#edition", "The grid shows the sounds of step 10.")
    page.wait_for_selector("#cell-0")
    assert page.inner_text("#count") == "64 sounds"
    assert "Step 10 of 30" in page.inner_text("#training-details")
    play_preview(page, run, 10)

    page.click("#cell-3")
    page.keyboard.press("s")
    shows(page, "#starred-count", "1 starred")
    page.click("#tab-new")
    first = rolled(page)
    page.locator("#rolled .pick").nth(2).click()
    heard = page.evaluate("window.heard")
    page.click("#tool-morph")
    page.click("#tool-roll")
    page.click("#tab-training")
    page.click("#cell-3")
    page.keyboard.press("Escape")
    (workplace / "go").touch()
    shows(page, "#edition", "They stay while you choose among them; there are newer ones.")
    shows(page, "#training-state", "The training has ended")
    assert training.wait(60) == 0
    assert page.evaluate("document.querySelector('#training-share').value") == 1
    shows(page, "#check-name", "Step 30, check 3 of 3")
    early = make_wav(page, workplace)

    page.click("#take-new")
    shows(page, "#edition", "The grid shows the sounds of step 30.")
    assert page.is_hidden("#take-new")
    assert page.get_attribute("#cell-3", "aria-selected") == "true"
    page.wait_for_selector("#cell-3.starred")
    assert make_wav(page, workplace) != early
    page.click("#tab-new")
    assert rolled(page) == first  # the same latents, of which the new network makes other sounds
    page.locator("#rolled .pick").nth(2).click()
    assert page.evaluate("window.heard") != heard
    page.click("#roll")
    assert len({*first, *rolled(page)}) == 16
    page.click("#tab-training")
    page.keyboard.press("Escape")
    scrub(page)
    shutil.rmtree(run)
    page.clock.fast_forward(12_000)  # after which the page asks again how a training goes that has ended
    shows(page, "#training-state", "The run cannot be read")
    assert page.locator(".cell").count() > 0
    page.press("#check", "ArrowLeft")
    page.click("#check-play")
    shows(page, "#said", "That cannot be heard: it is gone")
    page.click("#show-best")
    shows(page, "#said", "The new sounds could not be made")


def rolled(page: Page) -> list[str]:
    """Wait until the network in the page has made all that was rolled, and return what the sounds are called."""
    until(page, "!document.querySelector('#rolled .coming')")
    return page.locator("#rolled .label").all_inner_texts()


def play_preview(page: Page, run: Path, step: int) -> None:
    with wave.open(str(runs.preview_path(run, step, ".wav"))) as file:
        seconds = file.getnframes() / file.getframerate()
    page.evaluate("window.played.length = 0")
    page.click("#check-play")
    until(page, "window.played.length === 1")
    assert page.evaluate("window.played[0]") == pytest.approx(seconds, abs=0.01)
    shows(page, "#check-play", "Stop")
    page.keyboard.press("Escape")
    shows(page, "#check-play", "Play the check")
    page.click("#check-play")
    until(page, "window.played.length === 2")
    page.click("#cell-1")  # which cuts the preview, and is a loop
    until(page, "window.played.at(-1) === 'loop'")
    shows(page, "#check-play", "Play the check")
    page.keyboard.press("Escape")


def scrub(page: Page) -> None:
    """Go back through the checks by keyboard."""
    names = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "End"):
        page.press("#check", key)
        names.append((page.inner_text("#check-name"), page.get_attribute("#check", "aria-valuetext")))
        step = page.inner_text("#check-name").removeprefix("Step ").split(",")[0]
        page.wait_for_selector(f'#check-picture[alt="Sounds of seeds 0 to 63 at step {step}"]')
        assert page.evaluate("document.querySelector('#check-picture').decode().then(() => true)")
    checks = ["check 2 of 3", "check 1 of 3", "check 1 of 3", "check 3 of 3"]
    assert [name.split(", ")[1] for name, _ in names] == checks
    assert all(name.lower() == spoken for name, spoken in names)


def make_wav(page: Page, workplace: Path) -> str:
    """Make a WAV of what is starred, and return its hash."""
    page.evaluate("document.querySelector('#made').replaceChildren()")
    page.click("[data-what=wav]")
    page.wait_for_selector("#made a")
    return digest(workplace / "export" / page.locator("#made a").first.inner_text())


def test_the_panel_of_a_training_fits_every_screen(workplace: Path, browser: Browser) -> None:
    with process(workplace, "audition", "tiny", "--watch", "--no-open") as server:
        address = server.stderr.readline().strip()
        for width, scheme in ((1440, "light"), (768, "dark"), (390, "light"), (390, "dark")):
            with opened(browser, address, viewport={"width": width, "height": 844}, color_scheme=scheme) as page:
                shows(page, "#edition", "The grid shows the sounds of step 4.")
                page.wait_for_selector("#check-picture:not([hidden])")
                panel = page.locator("#view-training")
                assert panel.evaluate("(it) => it.scrollWidth <= it.clientWidth"), (width, scheme)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, scheme)
                if AXE.is_file():
                    assert axe(page) == [], (width, scheme)
