"""A page is whole in itself: templates, style and script come with the package, and no name becomes markup."""

from __future__ import annotations

import base64
from importlib import resources

import jinja2
import pytest

from mirage_gan.pages import html_page

NASTY = """<script>alert("no")</script>&'🎹"""
EMPTY = {"title": "t", "paragraphs": (), "columns": (), "numeric": (), "tables": (), "notes": ()}


@pytest.mark.parametrize("name", ["base.html", "macros.html", "patches.html", "sweep.html", "sort.js", "style.css"])
def test_templates_style_and_script_come_with_the_package(name: str) -> None:
    assert resources.files("mirage_gan.pages").joinpath("templates", name).read_text(encoding="utf-8").strip()


def test_the_style_sheet_is_in_the_page_as_it_is() -> None:
    style = resources.files("mirage_gan.pages").joinpath("templates", "style.css").read_text(encoding="utf-8")

    assert style.strip() in html_page.render("patches.html", EMPTY).decode()


def test_a_browser_is_told_to_load_nothing() -> None:
    assert "default-src 'none'; img-src data:; media-src data:;" in html_page.render("patches.html", EMPTY).decode()


def test_a_name_is_text_wherever_it_stands() -> None:
    page = html_page.render("patches.html", {**EMPTY, "title": NASTY, "paragraphs": [NASTY], "notes": [NASTY]}).decode()

    assert NASTY not in page
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&#34;no&#34;)&lt;/script&gt;&amp;&#39;🎹") == 4


def test_a_name_of_bytes_that_are_no_text_makes_a_page_too() -> None:
    assert b'<h1 dir="auto">a?b</h1>' in html_page.render("patches.html", {**EMPTY, "title": "a\udcffb"})


def test_a_value_that_is_missing_is_no_blank() -> None:
    with pytest.raises(jinja2.UndefinedError, match="notes"):
        html_page.render("patches.html", {name: value for name, value in EMPTY.items() if name != "notes"})


def test_a_data_url_holds_the_bytes() -> None:
    kind, _, data = html_page.data_url(bytes(range(256)), "image/png").partition(";base64,")

    assert kind == "data:image/png"
    assert base64.b64decode(data, validate=True) == bytes(range(256))
