"""The audition page before a server, which is played here: what it asks, sends and shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.pages import audition_page
from tests.support.audition import make_data
from tests.support.browser import needs_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = needs_chromium


class Server:
    """Answers as the audition server does, and keeps what it was asked."""

    def __init__(self) -> None:
        data, self.samples = make_data("loop", count=24)
        self.page = audition_page.page(data, None, live="/token/")
        self.favourites: list[dict[str, Any]] = [{"seed": 3, "name": "Before"}]
        self.revision = 0
        self.posts: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.fails = False

    def answer(self, route: Route) -> None:
        request = route.request
        path = request.url.split("/token/", 1)[1]
        if request.method == "POST":
            body: Any = request.post_data_json
            self.posts.append((path, body, request.headers))
            if self.fails:
                route.fulfill(status=400, json={"error": "the <b>disk</b> is full"})
                return
            if path == "favourites":
                gone = [{"seed": at["seed"]} for at in body["set"] + body["remove"]]
                self.favourites = [at for at in self.favourites if {"seed": at["seed"]} not in gone] + body["set"]
                self.revision += 1
        if path == "":
            policy = f"{audition_page.csp()}; frame-ancestors 'none'"
            route.fulfill(body=self.page, content_type="text/html", headers={"content-security-policy": policy})
        elif path == "sounds.bin":
            route.fulfill(body=self.samples, content_type="application/octet-stream")
        elif path == "favourites":
            held = {"revision": self.revision, "favourites": self.favourites, "rejected": []}
            route.fulfill(json=held)
        elif path == "export":
            route.fulfill(json={"files": ["MIR01.img", "a b?.html"], "said": ["1 disk."], "out": "export"})
        else:
            route.abort()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        context.route("**/*", server.answer)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("http://127.0.0.1:8000/token/")
        page.wait_for_selector("#cell-3.starred")
        yield page
        assert errors == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_changes_alone_are_sent_and_the_servers_state_is_shown(page: Page, server: Server) -> None:
    press(page, "ArrowRight", "s")
    page.locator("#starred-count", has_text="2 starred").wait_for()

    path, body, headers = server.posts[0]
    change = {"set": [{"seed": 0}], "remove": [], "reject": [], "unreject": [], "checkpoint_sha256": "ab" * 32}
    assert (path, body) == ("favourites", change)
    assert headers["x-mirage-gan"] == "1"
    server.favourites.append({"seed": 7, "name": "Theirs"})
    server.revision += 1
    page.wait_for_selector("#cell-7.starred")
    assert page.inner_text("#cell-7 .label") == "Theirs"


def test_what_cannot_be_saved_is_said_kept_and_sent_later_in_its_order(page: Page, server: Server) -> None:
    server.fails = True
    press(page, "ArrowRight", "s", "s", "s")
    page.locator("#made", has_text="Not saved yet").wait_for()

    assert "the <b>disk</b> is full" in page.inner_text("#made")
    server.revision += 1
    page.wait_for_timeout(2500)
    assert page.query_selector("#cell-0.starred")
    server.fails, server.posts = False, []
    page.wait_for_selector("#made:empty", state="attached")
    assert [[key for key in ("set", "remove", "reject", "unreject") if body[key]] for _, body, _ in server.posts] == [
        ["set"],
        ["remove"],
        ["set"],
    ]
    assert server.favourites == [{"seed": 3, "name": "Before"}, {"seed": 0}]


def test_a_button_makes_files_that_are_offered_as_downloads(page: Page, server: Server) -> None:
    page.click("[data-what=disk]")
    page.wait_for_selector("#made a")

    order = {"what": "disk", "sounds": [{"seed": 3, "name": "Before"}], "checkpoint_sha256": "ab" * 32}
    assert server.posts[-1][:2] == ("export", order)
    assert page.inner_text("#made").startswith("1 disk. In export:")
    links = page.locator("#made a")
    assert [link.get_attribute("href") for link in links.all()] == [
        "/token/files/MIR01.img",
        "/token/files/a%20b%3F.html",
    ]
    assert links.all_inner_texts() == ["MIR01.img", "a b?.html"]


def test_an_export_that_fails_says_why_in_plain_text(page: Page, server: Server) -> None:
    server.fails = True
    page.click("[data-what=wav]")
    page.locator("#made", has_text="failed").wait_for()

    assert page.inner_text("#made") == "That failed: the <b>disk</b> is full"
    assert page.is_enabled("[data-what=wav]")


def test_the_page_keeps_nothing_in_the_browser_when_a_server_does(page: Page, server: Server) -> None:
    press(page, "ArrowRight", "s")

    assert json.loads(page.evaluate("JSON.stringify(localStorage)")) == {}
