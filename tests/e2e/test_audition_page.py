"""The audition page in a browser, as a file: seen, heard, chosen from, by mouse, by touch and by keyboard alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.folders.outputs import favourites
from mirage_gan.pages import audition_page
from tests.support.audition import HOSTILE, make_data
from tests.support.browser import AXE, needs_axe, needs_chromium, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium

both = pytest.mark.parametrize("kind", ["loop", "one-shot"])
screens = pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (768, "light"), (390, "dark")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audition")
    for kind in ("loop", "one-shot"):
        (folder / f"{kind}.html").write_bytes(audition_page.page(*make_data(kind, count=60, seconds=2)))
        (folder / f"{kind}-hostile.html").write_bytes(audition_page.page(*make_data(kind, names=HOSTILE)))
    return folder


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    chosen = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    width = chosen.get("width", 1440)
    with (
        browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=chosen.get("scheme", "light"), has_touch=width == 390
        ) as context,
        watched(context) as page,
    ):
        yield page


def show(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    page.wait_for_selector(".cell")


def said(page: Page) -> str:
    return page.inner_text("#said")


def chosen(page: Page) -> str | None:
    cell = page.query_selector(".cell[aria-selected=true]")
    return cell.get_attribute("data-index") if cell else None


def starred(page: Page) -> list[str | None]:
    return [cell.get_attribute("data-index") for cell in page.query_selector_all(".cell.starred")]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page, tmp_path: Path) -> Path:
    with page.expect_download() as download:
        page.click("#save")
    path = tmp_path / "favourites.json"
    download.value.save_as(path)
    return path


@both
def test_arrow_keys_move_and_play_and_letters_choose(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)

    press(page, "ArrowRight", "s", "ArrowRight", "x", "ArrowDown")

    assert page.get_attribute("#cell-0 .star", "aria-pressed") == "true"
    assert "rejected" in str(page.get_attribute("#cell-1", "class"))
    assert int(chosen(page) or 0) > 5
    assert page.inner_text("#play") == "Stop"
    assert page.get_attribute("#grid", "aria-activedescendant") == f"cell-{chosen(page)}"
    press(page, " ")
    assert page.inner_text("#play") == "Play"
    press(page, "Enter", "Escape")
    assert page.inner_text("#play") == "Play"
    press(page, "End")
    assert chosen(page) == "59"
    press(page, "Home", "ArrowLeft")
    assert chosen(page) == "0"


def test_a_new_sound_cuts_the_old_one_and_a_one_shot_ends_by_itself(page: Page, folder: Path) -> None:
    show(page, folder, "one-shot")

    press(page, "ArrowRight", "ArrowRight")

    assert len(page.query_selector_all(".cell.sounding")) == 1
    page.wait_for_selector(".cell.sounding", state="detached")
    assert page.inner_text("#play") == "Play"


@both
def test_undo_and_redo_by_keys_and_by_buttons(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight", "s", "ArrowRight", "s")

    press(page, "Control+z")
    assert starred(page) == ["0"]
    assert said(page) == "Undone: Sound 1 has no star any more"
    page.click("#undo")
    assert starred(page) == []
    assert page.is_disabled("#undo")
    press(page, "Control+Shift+z")
    page.click("#redo")
    assert starred(page) == ["0", "1"]


def test_favourites_survive_a_reload_and_export_takes_them(page: Page, folder: Path, tmp_path: Path) -> None:
    show(page, folder, "loop")
    press(page, "ArrowRight", "s", "ArrowRight", "x", "ArrowRight", "n")
    page.keyboard.type("Glass <b>Bell</b>")
    press(page, "Enter", "ArrowRight", "s")

    page.reload()
    page.wait_for_selector(".cell.starred")

    assert starred(page) == ["0", "2", "3"]
    assert page.inner_text("#cell-2 .label") == "Glass <b>Bell</b>"
    assert "rejected" in str(page.get_attribute("#cell-1", "class"))
    found = favourites.load(saved(page, tmp_path))
    assert [(address.seed, address.name) for address in found.addresses] == [(0, ""), (2, "Glass <b>Bell</b>"), (3, "")]
    assert (found.run, found.checkpoint_sha256) == ("plain", "ab" * 32)


def test_two_pages_of_one_run_see_each_others_stars(browser: Browser, folder: Path) -> None:
    with browser.new_context() as context, watched(context) as one, watched(context) as other:
        show(one, folder, "loop")
        show(other, folder, "loop")
        press(one, "ArrowRight", "s")
        other.wait_for_selector("#cell-0.starred")
        press(other, "ArrowRight", "ArrowRight", "s")
        one.wait_for_selector("#cell-1.starred")

        assert starred(one) == starred(other) == ["0", "1"]


def test_favourites_of_before_are_shown_and_kept_if_the_page_does_not_have_them(page: Page, tmp_path: Path) -> None:
    data, samples = make_data("loop")
    data["favourites"] = [{"seed": 3, "name": "Before"}, {"seed": 2**63 - 1}, {"seed": 1, "spread": 0.2, "number": 4}]
    (tmp_path / "before.html").write_bytes(audition_page.page(data, samples))

    show(page, tmp_path, "before")

    page.wait_for_selector("#cell-3.starred")
    assert page.inner_text("#starred-count") == "3 starred, 2 of them not on this page"
    found = favourites.load(saved(page, tmp_path)).addresses
    assert [(at.seed, at.number, at.name) for at in found] == [(3, 0, "Before"), (2**63 - 1, 0, ""), (1, 4, "")]


def test_where_storage_is_forbidden_the_page_says_so_and_works(page: Page, folder: Path) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    show(page, folder, "loop")

    assert "keeps nothing" in said(page)
    press(page, "ArrowRight", "s")
    assert starred(page) == ["0"]


@both
def test_hostile_names_are_text(page: Page, folder: Path, tmp_path: Path, kind: str) -> None:
    show(page, folder, f"{kind}-hostile")
    press(page, "ArrowRight")

    assert page.title() == f"Run {HOSTILE[0]}"
    assert page.inner_text("h1") == f"Run {HOSTILE[0]}"
    assert page.text_content("#nearest-name") == f"0/{HOSTILE[0]}.wav"
    for i, name in enumerate(HOSTILE[:-1]):  # the last one is longer than a name may be
        press(page, "n")
        page.fill("#name", name)
        press(page, "Enter")
        assert page.text_content(f"#cell-{i} .label") == name
        press(page, "ArrowRight")
    names = [address.name for address in favourites.load(saved(page, tmp_path)).addresses]
    assert names == list(HOSTILE[:-1])
    assert page.query_selector("main img, section img, b script") is None


def test_sounds_are_sorted_searched_and_limited(page: Page, folder: Path) -> None:
    show(page, folder, "loop")

    def first() -> str | None:
        return page.get_attribute(".cell", "data-index")

    page.select_option("#sort", "novelty")
    page.click("#direction")
    assert first() == "59"
    page.fill("#text", "4")
    assert page.inner_text("#count") == "15 of 60 sounds"
    page.fill("#text", "no such")
    page.click("#show-all")
    assert page.inner_text("#count") == "60 sounds"
    page.click("#more summary")
    page.fill("#least-seed", "10")
    page.fill("#most-seed", "19")
    assert page.inner_text("#count") == "10 of 60 sounds"
    press(page, "Escape")
    assert not page.is_visible("#limits")
    page.click("#more summary")
    page.click("#limits >> text=No limits")
    press(page, "Escape")
    page.click("#cell-50")
    page.click("#like")
    assert first() == "50"
    page.click("#like-chip")
    assert first() == "59"


def test_a_rejected_sound_leaves_the_open_ones_and_the_next_arrow_goes_to_the_next(page: Page, folder: Path) -> None:
    show(page, folder, "one-shot")
    page.select_option("#show", "open")
    page.click("#cell-1")

    press(page, "x")
    assert page.query_selector("#cell-1") is None
    press(page, "ArrowRight")
    assert chosen(page) == "2"


@both
def test_a_sound_is_compared_with_the_nearest_training_sound(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight", "a")

    assert page.get_attribute("#hear-nearest", "aria-pressed") == "true"
    assert said(page) == "Nearest: 0/plain.wav"
    assert page.inner_text("#nearest-words") == "1.6 times as far as plain"
    press(page, "a")
    assert page.get_attribute("#hear-this", "aria-pressed") == "true"
    page.click("#hear-nearest")
    assert page.get_attribute("#hear-nearest", "aria-pressed") == "true"
    assert is_drawn(page, "#difference")


def is_drawn(page: Page, selector: str) -> bool:
    """Return whether a canvas shows anything; a copy is read, since Chromium warns of a page that reads one often."""
    script = """(canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(data.filter((_, i) => i % 4 === 3)).size > 1;
    }"""
    return bool(page.eval_on_selector(selector, script))


def wait_until_drawn(page: Page, selector: str) -> None:
    """Wait for a canvas that is drawn when the browser has time, which on a busy machine may take a while."""
    for _ in range(50):
        if page.query_selector(selector) and is_drawn(page, selector):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{selector} is not drawn")


@both
def test_sounds_are_drawn_as_they_come_into_view(page: Page, folder: Path, kind: str) -> None:
    show(page, folder, kind)
    wait_until_drawn(page, "#cell-0 canvas")
    assert page.query_selector("#cell-59") is None

    press(page, "End")
    wait_until_drawn(page, "#cell-59 canvas")
    assert is_drawn(page, "#wave")
    assert is_drawn(page, "#spectrum")


@both
def test_the_map_plays_under_the_pointer(page: Page, folder: Path, kind: str) -> None:
    data: Any = make_data(kind, count=60)[0]
    show(page, folder, kind)
    press(page, "ArrowRight", "Escape")
    page.click("#tab-map")
    box = page.locator("#map").bounding_box()
    assert box
    x, y = data["sounds"][7]["map"]
    place = (box["x"] + 15 + x * (box["width"] - 30), box["y"] + 15 + (1 - y) * (box["height"] - 30))

    page.mouse.move(*place)
    assert page.inner_text("#map-under") == "7 · plain"
    assert page.query_selector("#cell-7.sounding")
    assert chosen(page) == "0"
    page.mouse.click(*place)
    assert chosen(page) == "7"


@both
def test_a_button_gives_the_command_line_and_the_favourites(
    page: Page, folder: Path, tmp_path: Path, kind: str
) -> None:
    show(page, folder, kind)
    page.click("[data-what=disk]")
    assert page.inner_text("#made") == "Star a sound first."
    press(page, "ArrowRight", "s")

    with page.expect_download() as download:
        page.click("[data-what=disk]")

    assert page.input_value("#command") == "mirage-gan export runs/a --favourites favourites.json --to disk"
    assert download.value.suggested_filename == "favourites.json"
    assert page.inner_text("#command-note")
    page.click("#command-dialog >> text=Close")
    assert (page.query_selector("[data-what=wavetable]") is None) == (kind == "one-shot")


@needs_axe
@both
@screens
def test_axe_finds_no_serious_fault(page: Page, folder: Path, kind: str, width: int, scheme: str) -> None:
    show(page, folder, kind)
    press(page, "ArrowRight", "s", "ArrowRight", "x")
    for tab in ("sounds", "sound", "map", "beat", "keys"):
        if page.is_visible(f"#tab-{tab}"):
            page.click(f"#tab-{tab}")
            found = axe(page)
            assert found == [], f"{tab}: {found}"


def axe(page: Page) -> list[str]:
    """Return the serious and critical faults that axe-core finds."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({ resultTypes: ['violations'] })"
    )  # all of them, without a list of all that is right
    return [
        f"{fault['id']}: {json.dumps([node['target'] for node in fault['nodes']])}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@both
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_nothing_is_cut_off_at_the_side(page: Page, folder: Path, kind: str, width: int) -> None:
    show(page, folder, f"{kind}-hostile")
    press(page, "ArrowRight", "s")

    for tab in ("sounds", "sound", "map", "beat", "keys"):
        if page.is_visible(f"#tab-{tab}"):
            page.click(f"#tab-{tab}")
            wide = page.evaluate("""() => [...document.querySelectorAll("body *")].filter((it) => {
                const { width, right, left } = it.getBoundingClientRect();
                const scrolls = it.closest(".filters, .makers, .hidden, .icons");
                return width && !scrolls && it.checkVisibility() && (right > innerWidth + 1 || left < -1);
            }).map((it) => it.outerHTML.slice(0, 80))""")
            assert wide == []
