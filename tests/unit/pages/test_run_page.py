"""The page of a run shows how the training goes and says what to do next, and needs nothing else."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mirage_gan.pages import pictures, run_page
from mirage_gan.pages.run_page import Figure, Strip, Summary
from mirage_gan.settings.choices import LOOP, PICTURE

NASTY = """<script>alert("no")</script>&'"""
CHECKS: list[dict[str, Any]] = [
    {
        "step": 500 * i, "seconds": 30.0 * i, "score": i / 4, "coverage": i / 10, "recall": i / 20, "precision": i / 5,
        "loss_d": 0.5, "loss_g": 1.0 * i, "belief_real": 0.7, "belief_fake": 0.3,
    }
    for i in range(1, 5)
]  # fmt: skip
PNG = pictures.encode_png(np.zeros((4, 4), np.uint8))
MADE = Summary(
    name="first",
    kind=LOOP,
    about="wave of width 4 on the CPU, 20 waves of 64 points, 4 held out",
    checks=CHECKS,
    real={"coverage": 0.9, "recall": 0.8, "precision": 0.7},
    real_score=1.7,
    verdict="narrow",
    said="it leaves out half; train longer",
    figures=[Figure("coverage", 0.4, 0.9, "held-out sounds near a generated one")],
    figures_of="1,000 sounds of the best checkpoint",
    classes={},
    strips=[Strip(500, PNG), Strip(2000, PNG, "the last check and the best one")],
    all_seeds=b"WEBP",
    animation=b"WEBP",
    sound=b"RIFF",
    commands=[("One of them:", "mirage-gan export first --to wav --seed 5 --count 1")],
    settings={"lr": 3e-4, "batch_size": 32},
)
EMPTY = replace(
    MADE, checks=[], real={}, real_score=None, verdict="", figures=[], figures_of="", strips=[], all_seeds=None,
    animation=None, sound=b"",
)  # fmt: skip


def make(of: Summary = MADE) -> str:
    return run_page.page(of).decode()


def test_the_page_needs_nothing_else() -> None:
    page = make()

    assert not re.search(r"https?:|@import|url\(|<link|<script", page)
    assert {source.partition(",")[0] for source in re.findall(r'src="([^"]*)', page)} == {
        "data:image/png;base64", "data:image/webp;base64", "data:audio/wav;base64"
    }  # fmt: skip


def test_it_tells_verdict_figures_settings_and_commands() -> None:
    page = make()

    assert '<b class="badge narrow" dir="auto">narrow</b>' in page
    assert "it leaves out half; train longer" in page
    assert '<td>coverage</td><td class="n">0.400</td><td class="n">0.900</td>' in page
    assert '<dt dir="auto">batch-size</dt><dd dir="auto">32</dd>' in page
    assert '<pre dir="auto">mirage-gan export first --to wav --seed 5 --count 1</pre>' in page


def test_a_page_of_pictures_speaks_of_pictures() -> None:
    ours = [Figure("coverage", 0.4, 0.9, "held-out pictures near a generated one")]
    page = make(replace(MADE, kind=PICTURE, sound=b"", figures=ours, figures_of="1,000 pictures"))

    assert "pictures of seeds 0 to" in page
    assert "real pictures" in page
    assert not re.search(r"\bsounds?\b", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_curves_over_steps_have_the_level_of_real_sounds() -> None:
    page = make()

    assert [*re.findall(r'text-anchor="end" x="[^"]*" y="\d+">(\w+)</text>', page)] == ["steps"] * 4
    assert page.count('class="level') == 4  # of the score, and of three figures
    assert "taken for real" in page
    assert "losses of the two networks, over 2,000 steps" in page


def test_the_same_seeds_are_shown_over_time() -> None:
    page = make()

    assert re.findall(r"<figcaption>(Step .*?)</figcaption>", page) == [
        "Step 500.", "Step 2,000, the last check and the best one."
    ]  # fmt: skip
    assert "sounds of seeds 0 to 7 at step 2,000" in page
    assert "Seeds 0 to 15 at the last check" in page
    assert page.count("<audio ") == 1


def test_before_the_first_check_there_is_a_page_that_says_so_and_no_curves() -> None:
    page = make(EMPTY)

    assert page.count("the run ended before its first check") == 3
    assert "<svg" not in page
    assert run_page.curves(EMPTY) is None


def test_names_are_text_and_nothing_else() -> None:
    nasty = replace(
        MADE, name=NASTY, about=NASTY, said=NASTY, verdict=NASTY, settings={NASTY: NASTY}, commands=[(NASTY, NASTY)]
    )  # fmt: skip

    assert "<script" not in make(nasty)
    assert html.unescape(make(nasty)).count(NASTY) >= 8
    assert run_page.curves(nasty)


@pytest.mark.parametrize(
    ("missing", "charts"), [((), 4), (("belief_real", "belief_fake"), 3), (("loss_d", "loss_g"), 3)]
)
def test_the_picture_has_the_charts_of_the_page(missing: tuple[str, ...], charts: int) -> None:
    of = replace(MADE, checks=[{key: check[key] for key in check if key not in missing} for check in CHECKS])
    drawn = run_page.curves(of)

    assert drawn
    assert make(of).count("<svg") == charts
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.size == (2 * (2 * 456 + 16), 2 * (26 + 2 * 236 + 16))


def test_the_page_shows_each_class_beside_real_sounds_of_it() -> None:
    found = {"generated": 60, "held_out": 9, "coverage": 0.5, "real_coverage": 0.875, "recognized": 0.75}
    page = make(replace(MADE, classes={NASTY: found}))

    row = re.search(r"<tr><td dir=.*?</tr>", page)
    assert row
    cells = [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row[0])]
    assert cells == [NASTY, "60", "9", "0.50 (0.88)", "-", "0.75"]
    assert "recognized" not in make()
