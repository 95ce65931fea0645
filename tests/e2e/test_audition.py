"""`mirage-gan audition` from the command to the disk: a real server or file, a real run, and a real browser."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from mirage_gan.audio import wavfile
from mirage_gan.cli import main
from mirage_gan.exporting import rendering
from mirage_gan.exporting.order import make_sound
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import favourites
from mirage_gan.mirage import pcm, tuning
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.exporting import ExportConfig
from tests.conftest import LENGTHS, TRAIN, make_loop
from tests.e2e.test_sound import cents_off, heard_until
from tests.support.answers import leftovers
from tests.support.audition import HOSTILE
from tests.support.browser import needs_chromium, watched
from tests.support.drums import drums
from tests.support.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Download, Page

    from mirage_gan.models.addresses import Address
    from tests.support.fixtures import Cli

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send"),
]
both = pytest.mark.parametrize("kind", ["loop", "one-shot"])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        yield page
        assert said == []


@contextlib.contextmanager
def served(place: Path, *options: str) -> Iterator[tuple[Forked, str]]:
    """Run `audition --no-open` as a user does in a folder, and yield its process and the address that it prints."""
    process = Forked("audition", "--no-open", *options, place=place)
    try:
        told = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/[\w-]{40,}/", told)):
            line = process.stderr.readline()
            assert line, told
            told += line
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def interrupt(process: Forked) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.wait(), out, err


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".cell")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def star_two(page: Page) -> None:
    """Star seeds 0 and 2 by keyboard, and wait until the server has them."""
    press(page, "ArrowRight", "s", "ArrowRight", "ArrowRight", "s")
    page.locator("#starred-count", has_text="2 starred").wait_for()


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def made_files(page: Page, what: str) -> dict[str, bytes]:
    """Press a button of the tray, and download all that it made."""
    page.click(f"[data-what={what}]")
    links = page.locator("#made a")
    links.first.wait_for(timeout=60_000)
    found = {}
    for link in links.all():
        with page.expect_download() as download:
            link.click()
        found[link.inner_text()] = content(download.value)
    return found


@pytest.fixture
def place(workplace: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with one run, of loops or of one-shots."""
    if request.node.callspec.params.get("kind") == "one-shot":
        shutil.rmtree(workplace / "runs")
        shutil.copytree(request.getfixturevalue("shots"), workplace / "runs" / "tiny")
    return workplace


def typed(place: Path, command: list[str]) -> None:
    """Run a command in a folder."""
    with contextlib.chdir(place):
        result = CliRunner(catch_exceptions=False).invoke(main, command)
    assert result.exit_code == 0, result.stderr


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one-shots, made once."""
    place = tmp_path_factory.mktemp("shots")
    (place / "wavs").mkdir()
    for i, signal_ in enumerate(drums(12, 0)):
        (place / "wavs" / f"{i:02}.wav").write_bytes(wavfile.build(signal_, HEADER_RATE_HZ, 16))
    for command in (
        ["preprocess", "wavs", "--frames", "32", "--size", "64"],
        ["train", "--width", "4", "--batch-size", "4", "--steps", "2", "--every", "2", "--device", "cpu", "--run", "t"],
    ):
        typed(place, command)
    return place / "runs" / "t"


@both
def test_from_two_stars_to_the_disk_that_the_command_line_makes(
    place: Path, cli: Cli, page: Page, kind: str, describe: Any
) -> None:
    before = describe(place / "wavs")
    with served(place, "--count", "6") as (process, address):
        open_page(page, address)
        star_two(page)
        disk = made_files(page, "disk")
        page.reload()
        page.wait_for_selector(".cell.starred")
        assert [cell.get_attribute("data-index") for cell in page.query_selector_all(".cell.starred")] == ["0", "2"]
        wavs = made_files(page, "wav")
        assert interrupt(process)[:2] == (130, "")

    assert leftovers(place) == []
    assert describe(place / "wavs") == before
    assert sorted(disk) == ["MIR01-sheet.html", "MIR01-sheet.txt", "MIR01.img"]
    assert sorted(wavs) == ["tiny-seed000000.wav", "tiny-seed000002.wav"]
    liked = "runs/tiny/favourites.json"
    for asked in (["--seeds", "0,2"], ["--favourites", liked]):
        out = asked[0].strip("-")
        assert cli("export", *asked, "--to", "disk", "--to", "wav", "--out", out).exit_code == 0
        assert {name: (place / out / name).read_bytes() for name in disk | wavs} == disk | wavs
    assert {name: (place / "export" / name).read_bytes() for name in disk | wavs} == disk | wavs


def test_two_pages_of_one_run_do_not_lose_each_others_favourites(workplace: Path, browser: Browser) -> None:
    with (
        served(workplace, "--count", "6") as (_, one_address),
        served(workplace, "--count", "6") as (_, other_address),
        browser.new_context() as one_user,
        browser.new_context() as other_user,
    ):
        one, other = one_user.new_page(), other_user.new_page()
        open_page(one, one_address)
        open_page(other, other_address)
        press(one, "ArrowRight", "s", "ArrowRight", "s")
        press(other, "End", "s", "ArrowLeft", "x")

        for page in (one, other):
            page.locator("#starred-count", has_text="3 starred").wait_for(timeout=60_000)
            page.locator("#cell-4.rejected").wait_for(timeout=60_000)

    held = favourites.load(workplace / "runs" / "tiny" / "favourites.json")
    assert {address.seed for address in held.addresses} == {0, 1, 5}
    assert [address.seed for address in held.rejected] == [4]


@both
def test_a_file_gives_the_favourites_and_the_command_that_make_the_same_bytes(
    place: Path, cli: Cli, browser: Browser, kind: str
) -> None:
    assert cli("audition", "--file", "--count", 6).exit_code == 0
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context, watched(context) as page:
        open_page(page, (place / "export" / "audition.html").as_uri())
        star_two(page)
        with page.expect_download() as download:
            page.click("[data-what=disk]")
        command = page.input_value("#command")
        (place / download.value.suggested_filename).write_bytes(content(download.value))
    words = command.split()

    assert words[:2] == ["mirage-gan", "export"]
    typed = cli(*words[1:], "--out", "typed")
    assert (typed.exit_code, typed.stderr) == (0, "")
    assert cli("export", "--seeds", "0,2", "--to", "disk", "--out", "seeds").exit_code == 0
    assert (place / "typed" / "MIR01.img").read_bytes() == (place / "seeds" / "MIR01.img").read_bytes()


def roll_and_keep(page: Page) -> list[str]:
    """Roll new sounds, keep the first and the third, and return what they are called."""
    press(page, "r")
    page.wait_for_function("() => !document.querySelector('#rolled .coming')", timeout=60_000)
    names = page.locator("#rolled .label").all_inner_texts()
    press(page, "s")
    page.locator("#rolled .pick").nth(2).click()
    page.click("#keep")
    page.locator("#starred-count", has_text="2 starred").wait_for()
    return [names[0], names[2]]


def python_makes(run: Path, held: Sequence[Address]) -> list[bytes]:
    """Return the bytes that the network of a run gives of latents, by the library alone."""
    about, sampler = runs.load_config(run), runs.load_sampler(runs.find_checkpoint(run, "best"))[0]
    shape = rendering.choose_shape(ExportConfig(run=str(run)), about)
    waves = about.data.representation.normalize(sampler.generate(held))
    return [pcm.encode(make_sound(shape, wave).signal).tobytes() for wave in waves]


@both
def test_sounds_that_were_rolled_in_a_file_and_kept_are_exported_by_their_latents(
    place: Path, cli: Cli, browser: Browser, kind: str
) -> None:
    assert cli("audition", "--file", "--count", 6).exit_code == 0
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context, watched(context) as page:
        open_page(page, (place / "export" / "audition.html").as_uri())
        names = roll_and_keep(page)
        with page.expect_download() as download:
            page.click("#save")
        (place / "favourites.json").write_bytes(content(download.value))

    exported = cli("export", "--favourites", "favourites.json", "--to", "pcm", "--out", "kept")

    assert (exported.exit_code, exported.stderr) == (0, "")
    files = [place / "kept" / f"tiny-{name}.pcm" for name in names]
    held = favourites.load(place / "favourites.json").addresses
    assert [path.read_bytes() for path in files] == python_makes(place / "runs" / "tiny", held)


@both
def test_sounds_that_were_rolled_before_a_server_and_kept_are_favourites_of_the_run(
    place: Path, cli: Cli, page: Page, kind: str
) -> None:
    with served(place, "--count", "6") as (process, address):
        open_page(page, address)
        names = roll_and_keep(page)
        page.wait_for_function("async () => (await (await fetch('favourites')).json()).favourites.length === 2")
        page.reload()
        page.locator(".cell.starred").nth(1).wait_for(timeout=60_000)
        wavs = made_files(page, "wav")
        page.goto("about:blank")  # the page asks the server every two seconds
        interrupt(process)
    with served(place, "--count", "6") as (process, address):
        open_page(page, address)
        assert page.locator(".cell.starred .label").all_inner_texts() == names
        page.goto("about:blank")
        interrupt(process)

    assert sorted(wavs) == sorted(f"tiny-{name}.wav" for name in names)
    liked = "runs/tiny/favourites.json"
    assert cli("export", "--favourites", liked, "--to", "wav", "--to", "pcm", "--out", "kept").exit_code == 0
    assert {name: (place / "kept" / name).read_bytes() for name in wavs} == wavs
    made = [(place / "kept" / f"tiny-{name}.pcm").read_bytes() for name in names]
    assert made == python_makes(place / "runs" / "tiny", favourites.load(place / liked).addresses)


OFFLINE = """
window.AudioContext = function () {
  return window.played = new OfflineAudioContext(1, 2 * 48000, 48000);
};
window.heard = async () => {
  const samples = (await played.startRendering()).getChannelData(0);
  let text = "";
  for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};
"""


def listen(page: Page) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(page.evaluate("heard()")), np.float32)


@both
@pytest.mark.parametrize("through", [False, True], ids=["clean", "through"])
def test_what_the_page_plays_has_its_pitch_and_its_length(
    place: Path, cli: Cli, page: Page, kind: str, through: bool
) -> None:
    result = cli("audition", "--file", "--count", 2, "--json")
    assert (result.exit_code, json.loads(result.stdout)["sounds"]) == (0, 2)
    page.add_init_script(OFFLINE)
    open_page(page, (place / "export" / "audition.html").as_uri())
    if through:
        press(page, "m")
        page.locator("#mirage[aria-checked=true]").wait_for()
    press(page, "ArrowRight")

    heard = listen(page)
    if kind == "loop":
        assert abs(cents_off(heard, tuning.note_hz(45))) < (6 if through else 2)
        assert heard_until(heard) == pytest.approx(2, abs=0.02)
    else:
        assert cli("export", "--seeds", "0", "--to", "pcm").exit_code == 0
        samples = np.frombuffer((place / "export" / "tiny-seed000000.pcm").read_bytes(), np.uint8)
        loud = np.flatnonzero(np.abs(samples - 128.0) > 127 * 0.005 / 0.3)  # 0.3 is the level of one note
        assert heard_until(heard) == pytest.approx((loud[-1] + 1) / HEADER_RATE_HZ, rel=0.0035, abs=0.003)


FOLDERS = [name.replace("/", "\u2215")[:60] for name in HOSTILE]  # names of folders hold no slash, nor 300 letters
RUN = "".join(FOLDERS[:6])
CAUGHT = "window.alert = () => console.log('it ran');"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of such a name, of sounds and classes of such names."""
    place = tmp_path_factory.mktemp("hostile")
    for i in range(14):
        path = place / "wavs" / FOLDERS[i % 7] / f"{i} {FOLDERS[-1 - i % 7]}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wavfile.build(make_loop(i, LENGTHS[0]), HEADER_RATE_HZ, 16))
    for command in (["preprocess", "wavs", "--points", "64", "--size", "64"], ["train", *TRAIN]):
        typed(place, command)
    (place / "runs" / "tiny").rename(place / "runs" / RUN)
    return place


def name_all(page: Page) -> None:
    """Give sounds the names, as somebody who types them; what is longer than a name may be is cut."""
    for i, name in enumerate(HOSTILE):
        press(page, "ArrowRight", "n")
        page.keyboard.insert_text(name)
        press(page, "Enter")
        assert page.text_content(f"#cell-{i} .label") == name[:200]
    page.locator("#starred-count", has_text="7 starred").wait_for()


def shows_hostile_names_as_text(page: Page) -> None:
    assert page.text_content("h1") == f"Run {RUN}"
    assert page.locator("#class option").count() > 2
    assert set(page.locator("#class option").all_text_contents()) <= {"All", *FOLDERS}
    assert page.text_content("#nearest-name")  # an id, which `preprocess` makes of a path
    assert page.query_selector("main img, section img, b script, h1 script") is None


def test_hostile_names_are_text_before_a_server_and_lead_nowhere(hostile: Path, tmp_path: Path, page: Page) -> None:
    place = Path(shutil.copytree(hostile, tmp_path / "a" / "b"))
    page.add_init_script(CAUGHT)
    with served(place, "--count", "8") as (process, address):
        open_page(page, address)
        name_all(page)
        shows_hostile_names_as_text(page)
        wavs = made_files(page, "wav")
        page.reload()  # Chromium asks before the eleventh download of a page
        page.wait_for_selector(".cell.starred")  # before it has its favourites, the page asks for one
        assert len(made_files(page, "gotek")) > 1
        policy = page.evaluate("async () => (await fetch(location)).headers.get('content-security-policy')")
        assert interrupt(process)[0] == 130

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(wavs) == 7
    assert all(content == (place / "export" / name).read_bytes() for name, content in wavs.items())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in place.parent.iterdir()] == ["b"]
    assert {path.name for path in place.iterdir()} == {"wavs", "dataset", "runs", "export"}


def test_hostile_names_are_text_in_a_file_whose_command_can_be_typed(
    hostile: Path, tmp_path: Path, browser: Browser
) -> None:
    place = Path(shutil.copytree(hostile, tmp_path / "b"))
    mirage_gan_ = [sys.executable, "-m", "mirage_gan"]
    typed(place, ["audition", "--file", "--count", "8"])
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context, watched(context) as page:
        page.add_init_script(CAUGHT)
        open_page(page, (place / "export" / "audition.html").as_uri())
        name_all(page)
        shows_hostile_names_as_text(page)
        with page.expect_download() as download:
            page.click("[data-what=wav]")
        command = page.input_value("#command")
        (place / "favourites.json").write_bytes(content(download.value))
        assert "default-src 'none'" in str(page.get_attribute("meta[http-equiv]", "content"))

    line = command.replace("mirage-gan", shlex.join(mirage_gan_), 1)
    done = subprocess.run(["sh", "-c", line], cwd=place, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(list((place / "export").glob("*.wav"))) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
