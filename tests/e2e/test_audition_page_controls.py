"""The controls of the audition page: letters, MIDI, piano, beat and the Mirage; by touch, and by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.pages import audition_page
from tests.support.audition import make_data
from tests.support.browser import needs_chromium, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = needs_chromium
both = pytest.mark.parametrize("kind", ["loop", "one-shot"])

MIDI = """
const input = window.chosenInput = { id: "1", name: "A <b>keyboard</b>", state: "connected" };
navigator.requestMIDIAccess = async () => ({ inputs: new Map([["1", input]]) });
window.midi = (...bytes) => input.onmidimessage({ data: bytes });
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audition")
    for kind in ("loop", "one-shot"):
        (folder / f"{kind}.html").write_bytes(audition_page.page(*make_data(kind, count=24)))
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context, watched(context) as page:
        yield page


def show(page: Page, folder: Path, kind: str) -> None:
    page.goto((folder / f"{kind}.html").as_uri())
    page.wait_for_selector(".cell")


def phone(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


def down(page: Page) -> list[str | None]:
    return [key.get_attribute("aria-label") for key in page.query_selector_all(".key.down")]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@both
def test_letters_are_commands_until_they_play_notes_and_then_commands_need_shift(
    page: Page, folder: Path, kind: str
) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight", "k")
    lowest = page.inner_text("#octave")

    page.keyboard.down("KeyS")
    page.keyboard.down("KeyQ")
    assert down(page) == [lowest.replace("C", "C sharp "), f"C{int(lowest[1:]) + 1}"]
    assert page.query_selector(".cell.starred") is None
    page.keyboard.up("KeyS")
    page.keyboard.up("KeyQ")
    assert down(page) == []
    press(page, "Shift+S")
    assert page.query_selector("#cell-0.starred")
    press(page, "BracketRight")
    assert page.inner_text("#octave") == f"C{int(lowest[1:]) + 1}"
    press(page, "ArrowRight", "Shift+K", "s")
    assert page.query_selector("#cell-1.starred")


def test_a_note_ends_when_the_page_loses_the_focus_and_when_all_is_silenced(page: Page, folder: Path) -> None:
    show(page, folder, "loop")
    press(page, "ArrowRight", "k")

    page.keyboard.down("KeyZ")
    page.evaluate("dispatchEvent(new Event('blur'))")
    assert down(page) == []
    page.keyboard.up("KeyZ")
    page.keyboard.down("KeyX")
    press(page, "Escape")
    assert down(page) == []


@both
def test_midi_plays_the_chosen_sound(page: Page, folder: Path, kind: str) -> None:
    page.add_init_script(MIDI)
    show(page, folder, kind)
    press(page, "ArrowRight")
    page.click("#midi-open")

    assert page.locator("#midi option").all_inner_texts() == ["None", "A <b>keyboard</b>"]
    page.evaluate("midi(0x90, 60, 100)")
    page.evaluate("midi(0x90, 64, 100)")
    assert down(page) == ["C4", "E4"]
    page.evaluate("midi(0x80, 60, 0)")
    assert down(page) == ["E4"]
    page.evaluate("midi(0xB0, 64, 127)")
    assert page.get_attribute("#sustain", "aria-checked") == "true"
    page.evaluate("midi(0xB0, 123, 0)")
    assert down(page) == []
    page.select_option("#midi", "")
    assert page.evaluate("chosenInput.onmidimessage") is None


def test_without_web_midi_the_page_says_so(page: Page, folder: Path) -> None:
    page.add_init_script("navigator.requestMIDIAccess = undefined")
    show(page, folder, "loop")

    page.click("#midi-open")

    assert page.inner_text("#said").startswith("This browser has no Web MIDI")


def test_without_web_audio_the_page_says_so_and_shows_all(page: Page, folder: Path) -> None:
    page.add_init_script("AudioContext = undefined")
    show(page, folder, "loop")

    press(page, "ArrowRight", "s")

    assert page.query_selector("#cell-0.starred")
    press(page, "ArrowRight")
    assert page.inner_text("#play") == "Play"


@both
def test_through_the_mirage_shows_what_is_an_approximation(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight")

    page.click("#mirage")
    assert page.get_attribute("#mirage", "aria-checked") == "true"
    assert page.is_visible("#cutoff")
    assert "approximation" in page.inner_text("#through-note")
    page.locator("#cutoff").fill("0.5")
    assert page.get_attribute("#cutoff", "aria-valuetext") == "1.4k"
    press(page, "ArrowRight", "m")
    assert page.get_attribute("#mirage", "aria-checked") == "false"
    assert not page.is_visible("#cutoff")


@both
def test_the_piano_is_played_by_mouse_and_by_keyboard(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight")
    lowest = page.inner_text("#octave")
    box = page.locator(".key").first.bounding_box()
    assert box

    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)
    page.mouse.down()
    assert down(page) == [lowest]
    page.mouse.move(box["x"] + box["width"] + 15, box["y"] + box["height"] - 5)
    assert down(page) == [lowest.replace("C", "D")]
    page.mouse.up()
    assert down(page) == []

    page.locator(".key").first.focus()
    press(page, "ArrowRight")
    page.keyboard.down("Space")
    assert down(page) == [lowest.replace("C", "C sharp ")]
    page.keyboard.up("Space")
    assert down(page) == []
    page.click("#octave-up")
    assert page.inner_text("#octave") != lowest


def test_the_beat_plays_starred_sounds_and_is_set_by_keyboard(page: Page, folder: Path) -> None:
    show(page, folder, "one-shot")
    page.click("#tab-beat")
    assert page.inner_text("#beat-note").startswith("Star some sounds")
    page.focus("#grid")
    press(page, "ArrowRight", "s", "ArrowRight", "s")

    assert page.locator(".track select").first.input_value() == '{"seed":0}'
    assert page.locator(".track select").nth(1).input_value() == '{"seed":1}'
    page.locator(".step").first.focus()
    press(page, "ArrowRight", "Space", "ArrowDown", "ArrowDown")
    assert page.get_attribute("[aria-label='Track 1, step 2']", "aria-pressed") == "true"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Track 3, step 2"
    page.fill("#tempo", "240")
    page.click("#beat-play")
    page.wait_for_selector(".step.now")
    press(page, "Escape")
    assert page.inner_text("#beat-play") == "Play the beat"
    assert page.query_selector(".step.now") is None
    page.click("#beat-clear")
    assert page.query_selector(".step[aria-pressed=true]") is None


@both
def test_every_control_is_reached_by_the_tab_key_or_by_arrows_of_its_group(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight", "s", "ArrowRight", "m")
    for tab in ("map", "beat", "sound"):
        if not page.is_visible(f"#tab-{tab}"):
            continue
        page.click(f"#tab-{tab}")
        page.evaluate("document.activeElement.blur(); window.reached = new Set()")
        page.evaluate("document.addEventListener('focusin', (event) => reached.add(event.target))")
        press(page, *["Tab"] * 70)
        missed = page.evaluate("""() => {
            const all = [...document.querySelectorAll("button, input, select, a, [tabindex]")];
            const ofGroup = (it) => it.matches(".cell *, .steps *, .piano *, [role=tablist] *, [role=tabpanel]");
            const missed = all.filter((it) => it.checkVisibility() && !it.disabled && !ofGroup(it) && !reached.has(it));
            return missed.map((it) => it.outerHTML.slice(0, 80));
        }""")
        assert missed == []
        for group in (".steps", ".piano", "[role=tablist]"):
            entered = f"[...reached].some((it) => it.closest('{group}'))"
            assert page.evaluate(entered) or not page.is_visible(group)


def test_the_help_shows_the_keys(page: Page, folder: Path) -> None:
    show(page, folder, "loop")

    press(page, "?")
    assert page.is_visible("#keys-dialog")
    assert "compare with the nearest training sound" in page.inner_text("#keys-list")
    press(page, "s", "Escape")
    assert not page.is_visible("#keys-dialog")
    page.click("#help")
    page.click("#keys-dialog >> text=Close")
    assert not page.is_visible("#keys-dialog")


@both
def test_all_of_it_works_by_touch_on_a_phone(browser: Browser, folder: Path, kind: str) -> None:
    with phone(browser) as context, watched(context) as page:
        show(page, folder, kind)
        page.tap("#cell-1")
        page.tap("#cell-1 .star")
        assert page.query_selector("#cell-1.starred[aria-selected=true]")
        page.tap("#tab-sound")
        page.tap("#reject")
        page.tap("#undo")
        assert page.get_attribute("#star", "aria-pressed") == "true"
        page.tap("#hear-nearest")
        assert page.get_attribute("#hear-nearest", "aria-pressed") == "true"
        page.tap("#silence")
        page.tap("#tab-keys")
        page.tap("#mirage")
        page.tap(".key >> nth=0")
        assert down(page) == []
        page.tap("#tab-map")
        page.tap("#map")
        if kind == "one-shot":
            page.tap("#tab-beat")
            page.tap(".step >> nth=1")
            assert page.get_attribute(".step >> nth=1", "aria-pressed") == "true"


@both
def test_targets_on_a_phone_are_large_enough_for_fingers(browser: Browser, folder: Path, kind: str) -> None:
    with phone(browser) as context, watched(context) as page:
        show(page, folder, kind)
        press(page, "ArrowRight", "s")
        for tab in ("sounds", "sound", "map", "beat", "keys"):
            if not page.is_visible(f"#tab-{tab}"):
                continue
            page.tap(f"#tab-{tab}")
            small = page.evaluate("""() => [...document.querySelectorAll("button, select, input")].filter((it) => {
                const { width, height } = (it.closest("label") ?? it).getBoundingClientRect();
                const least = it.matches(".key, .step") ? 24 : 44;  // keys are as wide as there is room for
                return it.checkVisibility() && (height < 43.5 || width < least - 0.5);
            }).map((it) => `${it.outerHTML.slice(0, 60)} ${it.offsetWidth}x${it.offsetHeight}`)""")
            assert small == [], tab


def test_a_loop_goes_on_through_the_mirage_too(page: Page, folder: Path) -> None:
    show(page, folder, "loop")
    press(page, "m", "ArrowRight")

    page.wait_for_timeout(6000)  # longer than a note that is rendered beforehand

    assert page.query_selector("#cell-0.sounding")
    press(page, "Escape")
    page.wait_for_selector("#cell-0.sounding", state="detached")
