"""What the tests of whole commands and of pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one module."""
    from tests.support.browser import chromium  # noqa: PLC0415 - where playwright is missing, only its tests are skipped

    with chromium() as browser:
        yield browser
