"""The panel of new sounds: rolled, bred, morphed and shaped by a network in the page, by mouse, touch and keyboard."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.folders.outputs import favourites
from mirage_gan.pages import audition_page
from tests.e2e.test_audition_page import axe
from tests.support.audition import add_network, make_data
from tests.support.browser import needs_axe, needs_chromium, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium
both = pytest.mark.parametrize("kind", ["loop", "one-shot"])
TOOLS = ("roll", "evolve", "morph", "shape")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audition")
    for kind in ("loop", "one-shot"):
        data, samples = make_data(kind)
        (folder / f"{kind}-without.html").write_bytes(audition_page.page(data, samples))
        (folder / f"{kind}.html").write_bytes(audition_page.page(add_network(data), samples))
    data, samples = make_data("loop")
    (folder / "loop-classes.html").write_bytes(audition_page.page(add_network(data, ("bass", "pad")), samples))
    return folder


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    chosen = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    phone = chosen.get("width") == 390
    with (
        browser.new_context(
            viewport={"width": chosen.get("width", 1440), "height": 900},
            color_scheme=chosen.get("scheme", "light"),
            has_touch=phone,
            is_mobile=phone,
        ) as context,
        watched(context) as page,
    ):
        yield page


def show(page: Page, folder: Path, kind: str, tool: str = "roll") -> None:
    page.goto((folder / f"{kind}.html").as_uri())
    page.wait_for_selector(".cell")
    page.click("#tab-new")
    if page.is_visible(f"#tool-{tool}"):
        page.click(f"#tool-{tool}")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def names(page: Page, tiles: str) -> list[str]:
    """Wait until all sounds of some tiles are made, and return what they are called."""
    page.wait_for_function("(id) => !document.querySelector(`#${id} .coming`)", arg=tiles, timeout=60_000)
    return page.locator(f"#{tiles} .label").all_inner_texts()


def hand(page: Page) -> str:
    return page.inner_text("#hand-name")


def hand_becomes_other(page: Page, before: str) -> str:
    page.wait_for_function("(before) => document.querySelector('#hand-name').textContent !== before", arg=before)
    return hand(page)


def kept(page: Page, tmp_path: Path) -> list[Any]:
    with page.expect_download() as download:
        page.click("#save")
    path = tmp_path / "favourites.json"
    download.value.save_as(path)
    return favourites.load(path).addresses


@both
def test_a_page_without_a_network_says_so_in_one_sentence(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, f"{kind}-without")

    assert page.inner_text("#network-missing") == "This page makes no new sounds."
    assert not page.is_visible("#new-tools")
    press(page, "r")
    assert page.inner_text("#said") == "This page makes no new sounds."


@both
def test_rolling_gives_other_sounds_every_time_and_undo_gives_them_back(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    first = names(page, "rolled")

    page.click("#roll")
    second = names(page, "rolled")
    press(page, "r")
    third = names(page, "rolled")

    assert len({*first, *second, *third}) == 24
    assert hand(page) == third[0]
    if kind == "loop":  # a one-shot is over by now
        assert page.locator("#rolled .tile.sounding").count() == 1
    press(page, "Control+z")
    assert names(page, "rolled") == second
    page.click("#undo")
    assert names(page, "rolled") == first
    press(page, "Control+Shift+z")
    assert names(page, "rolled") == second
    assert page.locator(".cell").count() == 12  # nothing of that is in the grid


@both
def test_what_is_kept_is_in_the_grid_and_a_favourite_by_its_latent(
    page: Page, folder: Path, kind: str, tmp_path: Path
) -> None:
    show(page, folder, kind)
    rolled = names(page, "rolled")
    page.locator("#rolled .pick").nth(2).click()
    page.click("#keep")
    page.locator("#rolled .tile .star").nth(5).click()

    assert page.inner_text("#keep") == "Kept"
    assert [cell.inner_text().split("\n")[0] for cell in page.locator(".cell.starred").all()] == [rolled[2], rolled[5]]
    held = kept(page, tmp_path)
    assert [str(address) for address in held] == [rolled[2], rolled[5]]  # the names are those of the latents in Python
    assert [len(address.z) for address in held] == [64, 64]
    assert np.linalg.norm(held[0].z) == pytest.approx(8, abs=1e-4)

    page.reload()
    page.locator(".cell.starred").nth(1).wait_for(timeout=60_000)
    assert page.inner_text("#starred-count") == "2 starred"
    press(page, "ArrowLeft", "End", "n")
    page.keyboard.insert_text("Glass Bell")
    press(page, "Enter", "Control+z", "Control+z")
    page.locator("#starred-count", has_text="2 starred").wait_for()


def test_undo_takes_back_a_star_and_a_roll_in_their_order(page: Page, folder: Path) -> None:
    show(page, folder, "loop")
    first = names(page, "rolled")
    page.click("#roll")
    second = names(page, "rolled")
    page.click("#keep")
    assert page.locator(".cell.starred").count() == 1

    press(page, "Control+z")
    assert page.locator(".cell.starred").count() == 0
    assert names(page, "rolled") == second
    press(page, "Control+z")
    assert names(page, "rolled") == first


def test_new_sounds_are_of_the_class_that_one_chooses_and_say_it(page: Page, folder: Path, tmp_path: Path) -> None:
    show(page, folder, "loop-classes")
    names(page, "rolled")
    assert page.locator("#new-class option").all_inner_texts() == ["All", "bass", "pad"]
    page.select_option("#new-class", "pad")
    page.click("#roll")
    rolled = names(page, "rolled")
    assert all(name.endswith("-pad") for name in rolled)
    page.click("#keep")
    page.click("#tool-evolve")
    page.click("#evolve")
    brood = names(page, "brood")
    assert brood[4] == rolled[0]
    assert all(name.endswith("-pad") for name in brood)
    page.locator("#brood .star").first.click()

    page.click("#tool-morph")
    page.focus("#pad")
    press(page, *["ArrowRight"] * 8)  # from the middle: between three of the class pad and, at the bottom left, a bass
    page.locator("#hand-name", has_text="-pad0.95-bass0.05").wait_for()
    press(page, "s")
    page.locator("#starred-count", has_text="3 starred").wait_for()
    held = kept(page, tmp_path)
    assert [str(address) for address in held] == [rolled[0], brood[0], hand(page)]
    assert [dict(address.mix) for address in held[:2]] == [{"pad": 1.0}, {"pad": 1.0}]
    assert dict(held[2].mix) == {"pad": 0.95, "bass": 0.05}
    page.reload()
    page.locator(".cell.starred").nth(2).wait_for(timeout=60_000)
    assert page.locator("#said").inner_text() == ""


@both
def test_a_network_without_classes_offers_none(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)

    assert page.is_visible("#roll")
    assert not page.is_visible("#new-class")


@both
def test_neighbours_are_near_their_sound_and_one_goes_on_from_there(
    page: Page, folder: Path, kind: str, tmp_path: Path
) -> None:
    show(page, folder, kind)
    press(page, "Escape")
    page.focus("#grid")
    press(page, "ArrowRight", "ArrowRight")
    page.click("#tool-evolve")
    page.locator("#spread").fill("20")
    first = names(page, "brood")
    assert first[4] == "1"

    page.locator("#brood .pick").nth(4).focus()
    press(page, "ArrowRight", "s")
    assert hand(page) == first[5]
    page.click("#evolve")
    second = names(page, "brood")
    assert second[4] == first[5]
    assert len({*first, *second}) == 17
    for number in (0, 8):
        page.locator("#brood .star").nth(number).click()
    parent, *neighbours = [np.array(address.z) for address in kept(page, tmp_path)]
    for neighbour in neighbours:
        assert 0.85 < parent @ neighbour / 64 < 0.999  # at a distance of 20 %, .98 on average
    page.click("#tool-evolve")
    press(page, "Control+z", "Control+z", "Control+z")
    assert names(page, "brood") == first


@both
def test_the_pad_makes_what_lies_between_its_corners(page: Page, folder: Path, kind: str, tmp_path: Path) -> None:
    show(page, folder, kind, "morph")
    assert page.locator("#corners-top select, #corners-bottom select").count() == 4
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    for part in (0.4, 0.3, 0.25):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"])
    page.mouse.up()
    dragged = hand_becomes_other(page, "Choose a sound to begin with, or roll.")
    assert page.inner_text("#pad-place") == "56 % 0 · 19 % 1 · 19 % 2 · 6 % 3"
    page.wait_for_timeout(300)
    dragged = hand(page)

    page.focus("#pad")
    press(page, "Home")
    assert page.inner_text("#pad-place") == "25 % 0 · 25 % 1 · 25 % 2 · 25 % 3"
    hand_becomes_other(page, dragged)
    press(page, *["ArrowLeft"] * 10, *["ArrowUp"] * 10)
    assert page.inner_text("#pad-place") == "100 % 0"
    page.locator("#hand-name", has_text=re.compile("^0$")).wait_for()
    page.click("#keep")
    page.locator("#corners-top select").nth(1).select_option(label="chosen: 0")
    assert page.locator("#corners-top select").nth(1).inner_text().startswith("0")
    press(page, "Control+z", "Control+z", "Control+z")  # the corner, the star, and all arrow keys
    assert page.inner_text("#pad-place") == "56 % 0 · 19 % 1 · 19 % 2 · 6 % 3"


def test_a_corner_of_the_pad_is_the_sound_itself(page: Page, folder: Path, tmp_path: Path) -> None:
    show(page, folder, "loop", "morph")
    page.focus("#pad")
    press(page, *["ArrowRight"] * 10, *["ArrowDown"] * 10)
    page.locator("#hand-name", has_text=re.compile("^3$")).wait_for()
    page.click("#keep")

    assert [str(address) for address in kept(page, tmp_path)] == ["3"]


@both
def test_a_slider_makes_a_sound_brighter_and_the_middle_is_the_sound_itself(
    page: Page, folder: Path, kind: str, tmp_path: Path
) -> None:
    show(page, folder, kind, "roll")
    press(page, "r")
    begun = names(page, "rolled")[0]
    page.click("#keep")
    page.click("#tool-shape")
    assert page.inner_text("#shape-base") == begun
    slider = page.locator("#directions input[aria-label=brighter]")
    slider.focus()
    press(page, "End")
    assert slider.get_attribute("aria-valuetext") == "100 % brighter"
    moved = hand_becomes_other(page, begun)
    press(page, "s")
    page.locator("#starred-count", has_text="2 starred").wait_for()
    direction = next(each for each in network(page)["directions"] if each["name"] == "brighter")
    one, other = (np.array(address.z) for address in kept(page, tmp_path))
    assert other @ direction["vector"] > one @ direction["vector"] + 1

    slider.fill("0")
    assert slider.get_attribute("aria-valuetext") == "as it was"
    assert hand_becomes_other(page, moved) == begun
    slider.fill("-50")
    darker = hand_becomes_other(page, begun)
    page.click("#shape")
    assert page.inner_text("#shape-base") == darker
    assert slider.input_value() == "0"
    press(page, "Control+z")
    assert (page.inner_text("#shape-base"), slider.input_value()) == (begun, "-50")


def network(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.text_content("#data") or "")["network"]
    return found


def test_made_sounds_play_on_keys_through_the_mirage_and_beside_others(page: Page, folder: Path) -> None:
    show(page, folder, "loop")
    press(page, "r", "m")
    names(page, "rolled")
    page.locator("#mirage[aria-checked=true]").wait_for()
    assert page.locator("#rolled .tile.sounding").count() == 1
    page.locator(".key").nth(24).hover()
    page.mouse.down()
    assert page.locator(".key.down").count() == 1
    page.mouse.up()
    page.click("#tab-sound")
    assert "Hz" in page.inner_text("#figures")
    assert page.inner_text("#nearest-words") == "the nearest of the training sounds on this page"
    assert page.inner_text("#nearest-name").endswith("/plain.wav")
    assert page.is_disabled("#like")
    press(page, "Shift+A")
    assert page.get_attribute("#hear-nearest", "aria-pressed") == "true"


def test_the_beat_plays_a_sound_that_was_made_and_kept(page: Page, folder: Path) -> None:
    show(page, folder, "one-shot")
    press(page, "r")
    name = names(page, "rolled")[0]
    page.click("#keep")

    page.click("#tab-beat")

    assert page.locator(".track select").first.locator("option:checked").inner_text() == name


@both
def test_all_of_it_works_by_keyboard_alone(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    for tool in TOOLS:
        page.focus(f"#tool-{tool}")
        press(page, "Enter")
        assert page.get_attribute(f"#tool-{tool}", "aria-pressed") == "true"
        if tool in ("roll", "evolve"):
            names(page, "rolled" if tool == "roll" else "brood")
        page.evaluate("document.activeElement.blur(); window.reached = new Set()")
        page.evaluate("document.addEventListener('focusin', (event) => reached.add(event.target))")
        press(page, *["Tab"] * 60)
        missed = page.evaluate("""() => {
            const all = [...document.querySelectorAll("#view-new :is(button, input, select, [tabindex])")];
            const open = all.filter((it) => it.checkVisibility() && !it.disabled && it.tabIndex >= 0);
            return open.filter((it) => !reached.has(it)).map((it) => it.outerHTML.slice(0, 80));
        }""")
        assert missed == [], tool
    page.focus("#tool-roll")
    press(page, "Enter")
    page.locator("#rolled .pick").first.focus()
    rolled = names(page, "rolled")
    press(page, "End")
    assert hand(page) == rolled[-1]
    press(page, "ArrowLeft", "s")
    assert page.get_attribute("#rolled .pick:focus", "aria-label") == f"7: {rolled[-2]}"
    assert page.locator("#starred-count").inner_text() == "1 starred"


@pytest.mark.parametrize("width", [390])
@both
def test_all_of_it_works_by_touch_on_a_phone(page: Page, folder: Path, kind: str, width: int) -> None:
    page.goto((folder / f"{kind}.html").as_uri())
    page.wait_for_selector(".cell")
    page.tap("#tab-new")
    rolled = names(page, "rolled")
    page.locator("#rolled .pick").nth(1).tap()
    assert hand(page) == rolled[1]
    page.tap("#keep")
    page.locator("#rolled .star").nth(2).tap()
    page.tap("#tool-evolve")
    names(page, "brood")
    page.tap("#evolve")
    page.tap("#tool-morph")
    page.tap("#pad", position={"x": 60, "y": 60})
    hand_becomes_other(page, rolled[1])
    page.tap("#tool-shape")
    page.tap("#shape")
    page.tap("#undo")
    page.tap("#tab-sounds")
    assert (page.inner_text("#count"), page.inner_text("#starred-count")) == ("14 sounds", "2 starred")
    page.tap("#tab-new")
    for tool in TOOLS:
        page.tap(f"#tool-{tool}")
        small = page.evaluate("""() => [...document.querySelectorAll("#view-new :is(button, select, input)")]
            .filter((it) => {
                const { width, height } = (it.closest("label") ?? it).getBoundingClientRect();
                return it.checkVisibility() && (height < 43.5 || width < 43.5);
            }).map((it) => `${it.outerHTML.slice(0, 60)} ${it.offsetWidth}x${it.offsetHeight}`)""")
        assert small == [], tool
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_long_names_make_nothing_wider_than_the_page(page: Page, folder: Path, width: int) -> None:
    show(page, folder, "loop")
    names(page, "rolled")
    page.locator("#rolled .pick").first.click()
    press(page, "n")
    page.keyboard.insert_text("x" * 200)
    press(page, "Enter")
    page.click("#tab-new")

    for tool in TOOLS:
        page.click(f"#tool-{tool}")
        wide = page.evaluate("""() => [...document.querySelectorAll("#view-new *")].filter((it) => {
            const { width, right, left } = it.getBoundingClientRect();
            const cut = it.closest(".pick, #hand-name");
            return width && !cut && it.checkVisibility() && (right > innerWidth + 1 || left < -1);
        }).map((it) => it.outerHTML.slice(0, 80))""")
        assert wide == [], tool
        assert page.evaluate("document.querySelector('#view-new').scrollWidth <= innerWidth")
        assert page.get_attribute(f"#tool-{tool}", "aria-pressed") == "true"


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_no_serious_fault_in_it(page: Page, folder: Path, width: int, scheme: str) -> None:
    show(page, folder, "loop")
    names(page, "rolled")
    page.locator("#rolled .pick").first.click()
    page.click("#keep")
    for tool in TOOLS:
        page.click(f"#tool-{tool}")
        page.wait_for_timeout(300)
        assert axe(page) == [], tool
