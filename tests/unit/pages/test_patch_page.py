"""The page of a patch sheet has a captioned table for each disk, its numbers aligned, and any name as text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.pages import patch_page
from mirage_gan.pages.patch_page import Table

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures

COLUMNS = ("sound", "cents off", "seed")
ROWS = (("L1", "5.9", "0"), ("U1", "-", "12"))


def make(name: str = "disk", rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    pictures: list[Pictures | None] = [np.full((8, 8), 255, np.uint8), *[None] * (len(rows) - 1)]
    tables = [Table(f"{name} {i}", f"sounds of {name} {i}", rows, pictures) for i in (1, 2)]
    return patch_page.page(name, [f"about {name}"], COLUMNS, tables, [f"note on {name}"]).decode()


def test_every_disk_has_a_heading_and_a_table_with_its_caption() -> None:
    page = make()

    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == ["disk 1", "disk 2"]
    assert re.findall(r"<caption><span>(.*?)</span></caption>", page) == ["sounds of disk 1", "sounds of disk 2"]
    assert page.count("<table>") == page.count("<caption>") == 2
    assert re.findall(r"<p>(.*?)</p>", page) == ["about disk", "note on disk"]


def test_columns_of_numbers_are_aligned_and_no_others() -> None:
    page = make()

    assert re.findall(r"<th scope=\"col\"( class=\"n\")?>(.*?)</th>", page)[:4] == [
        ("", "picture"), ("", "sound"), (' class="n"', "cents off"), (' class="n"', "seed"),
    ]  # fmt: skip
    assert '<tr><td></td><td>U1</td><td class="n">-</td><td class="n">12</td></tr>' in page


def test_a_sound_has_its_picture_and_one_without_has_none() -> None:
    assert make().count('<td><img class="small" src="data:image/png;base64,') == 2  # of two disks


def test_seeds_of_a_morph_are_words_not_a_number() -> None:
    assert '<td class="n">3 17 5</td>' not in make(rows=(("L1", "1.0", "3 17 5"),))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\"'&amp;", "🎹", "שלום \u202e olleh", "x" * 300])
def test_any_name_is_text(name: str) -> None:
    page = make(name, rows=((name, name, name),))

    assert "<script" not in page
    assert html.unescape(page).count(name) == 2 + 1 + 2 * (1 + 2 + 3) + 1  # title, what is said, tables, note


def test_without_a_disk_there_is_a_page_too() -> None:
    assert b"<h1" in patch_page.page("none", [], COLUMNS, [], [])


def test_on_paper_no_table_is_cut_and_nothing_is_dark() -> None:
    style = make().partition("@media print")[2]

    assert re.search(r"\.disk[^{]*{ break-inside: avoid; }", style)
    assert "background: none" in style
    assert "@media screen and (prefers-color-scheme: dark)" in make()
    assert "@media (prefers-color-scheme" not in make()
