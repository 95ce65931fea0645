"""A browser for tests: Debian's chromium led by playwright, and a page that fails at what a page must never do."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
AXE = Path(os.environ.get("AXE_CORE", "axe.min.js"))
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: AXE_CORE names its axe.min.js")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; it ends with the block."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(context: BrowserContext, **options: Any) -> Iterator[Page]:
    """Open an empty page, and see that it says nothing on the console and asks for no file but itself."""
    page = context.new_page(**options)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    yield page
    page.close()
    assert said == [], said  # pytest explains no assertion of a module that is not a test
    assert {url.split(":")[0] for url in asked} <= {"file", "blob", "data"}
    assert len({url for url in asked if url.startswith("file:")}) <= 1  # the page itself
