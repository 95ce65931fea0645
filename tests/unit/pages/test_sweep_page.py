"""The page of a sweep: it needs nothing else, holds what it says, and tells at a glance which settings failed."""

from __future__ import annotations

import base64
import html.parser
import io
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.pages import pictures, preview, sweep_page
from mirage_gan.pages.preview import Shown
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.loops import Cycle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.waves.representation import Representation


LOOPS = Cycle()
NASTY = """<script>alert("no")</script>&'"""


def row(place: int, verdict: str = "good", **others: Any) -> dict[str, Any]:
    names = ("coverage", "recall", "precision", "copy", "twins")
    return {
        "run": f"dataset-wave-{place}",
        "settings": {"lr": 3e-6 * place, "width": 4},
        "state": "done",
        "score": 1.5 / place,
        "verdict": verdict,
        "why": "it covers much",
        "remedy": "listen",
        "trend": "plateau",
        "figures": dict.fromkeys(names, 0.5 / place),
        "real": dict.fromkeys(names, 0.8),
        "best_step": 1000,
        "step": 2000,
        "seconds": 60.0,
    } | others


def waves(seed: int, shown_as: Representation = LOOPS) -> Shown:
    random = np.random.default_rng(seed)
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    made = [np.sin(t + random.uniform(0, 6)) + random.uniform() * np.sin(3 * t) for _ in range(sweep_page.SHOWN)]
    return Shown(np.asarray([wave / np.abs(wave).max() for wave in made], np.float32), shown_as, 600)


def log(place: int, checks: int = 5) -> list[dict[str, Any]]:
    names = ("coverage", "recall", "precision")
    return [
        {"step": 250 * i, "seconds": 20.0 * i, "score": i / place / 5} | dict.fromkeys(names, i / 10)
        for i in range(1, checks + 1)
    ]


ROWS = (
    row(1),
    row(2, "undertrained", state="stopped early", trend=""),
    row(3, "collapsing"),
    row(4, NASTY, run=NASTY, why=NASTY, remedy=NASTY, state=NASTY, trend=NASTY, settings={"augment": NASTY}),
    {
        "run": "broken",
        "settings": {"lr": 0.1, "width": 4},
        "state": "done",
        "score": -6.0,
        "verdict": "dead",
        "why": "the loss is no number",
        "figures": {},
    },
    {"run": "lost", "settings": {"lr": 1.0, "width": 4}, "state": "lost", "score": None},
)


def make_page(rows: Sequence[dict[str, Any]] = ROWS, title: str = NASTY) -> str:
    made = [waves(i) if row.get("best_step") else None for i, row in enumerate(rows)]
    logs = [log(i + 1) if row.get("best_step") else [] for i, row in enumerate(rows)]
    return sweep_page.page(title, rows, made, logs).decode()


class Reader(html.parser.HTMLParser):
    """Reads what a browser would: the tags with their attributes, and the text beside them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = self.tag = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.tag = tag

    def handle_data(self, data: str) -> None:
        self.text += "" if self.tag in ("style", "script") else data

    def sources(self, tag: str) -> list[bytes]:
        found = [attributes["src"] or "" for name, attributes in self.tags if name == tag]
        return [base64.b64decode(source.partition(";base64,")[2], validate=True) for source in found]


@pytest.fixture(scope="module")
def page() -> str:
    return make_page()


def test_the_page_needs_nothing_else(page: str) -> None:
    read = Reader(page)

    assert "http:" not in page
    assert "https:" not in page
    assert not re.search(r"@import|url\(", page)
    for name, attributes in read.tags:
        assert name not in ("link", "iframe", "object", "embed")
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")


def test_every_link_leads_somewhere(page: str) -> None:
    tags = Reader(page).tags
    places = {f"#{attributes['id']}" for _, attributes in tags if "id" in attributes}

    assert {attributes["href"] for name, attributes in tags if name == "a"} == places
    assert len(places) == len(ROWS)


def test_pictures_and_sounds_are_in_it(page: str) -> None:
    read = Reader(page)
    drawn, sounds = read.sources("img"), read.sources("audio")

    assert len(drawn) == len(sounds) == sum("best_step" in row for row in ROWS)
    for data in drawn:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            picture.load()
            assert picture.width >= 8 * 64
            assert np.ptp(np.asarray(picture)) == 255
    for data in sounds:
        sound, rate_hz = soundfile.read(io.BytesIO(data))
        assert rate_hz == 29412
        assert 2 < len(sound) / rate_hz < 10
        assert 0.2 < np.abs(sound).max() <= 1


def test_names_and_reasons_are_text_and_nothing_else(page: str) -> None:
    read = Reader(page)

    assert NASTY not in page
    assert [name for name, _ in read.tags].count("script") == 1  # ours, that sorts
    assert read.text.count(NASTY) > 8


def test_what_became_of_each_setting_stands_on_top() -> None:
    text = Reader(make_page(ROWS[:3])).text
    top = text[: text.index("Click a heading")]

    assert "good learned: lr 3e-06" in top
    assert "undertrained trained too shortly, or never learned: lr 6e-06 (stopped early)" in top
    assert "collapsing collapsed: its sounds are all alike: lr 9e-06" in top
    assert "width" not in top  # is the same for all


def test_a_run_has_a_row_and_a_section_with_all_its_parameters(page: str) -> None:
    read = Reader(page)
    names = [name for name, _ in read.tags]

    assert names.count("tr") == 1 + len(ROWS) + 1  # the headings, and what real sounds have
    assert names.count("section") == len(ROWS)
    details = [json.loads(text) for text in re.findall(r"<pre>(.*?)</pre>", html.unescape(page), re.DOTALL)[:3]]
    assert [found["lr"] for found in details] == [row["settings"]["lr"] for row in ROWS[:3]]
    assert "no sounds to play" in read.text


def test_a_run_alone_is_a_page_too() -> None:
    assert "lr 3e-06, width 4" in Reader(make_page(ROWS[:1])).text


def test_a_sweep_that_has_no_run_is_a_page_too() -> None:
    assert "0 runs" in make_page(())


def test_a_single_check_can_be_seen() -> None:
    made = sweep_page.page("sweep", ROWS[:1], [None], [log(1, checks=1)]).decode()

    assert '<circle cx="' in made


def test_scores_beyond_the_chart_stay_in_it_and_it_says_so() -> None:
    lines = [{**line, "score": value} for line, value in zip(log(1), (-6.0, 0.0, 1.0, 2.0, 9.0), strict=True)]
    made = sweep_page.page("sweep", ROWS[:1], [None], [lines]).decode()

    points = re.findall(r'<g class="curve.*?<polyline points="(.*?)"', made)[0].split()
    assert len(points) == 5
    assert all(0 <= float(point.split(",")[1]) <= 360 for point in points)
    assert "Values below 0 or above 2 are drawn at the edge." in made
    assert "drawn at the edge" not in sweep_page.page("sweep", ROWS[:1], [None], [log(1)]).decode()


# --- charts


def charts(page: str) -> list[str]:
    return re.findall(r"<figure class=\"chart.*?</figure>", page, re.DOTALL)


def test_a_chart_has_axes_a_caption_and_words_for_those_who_do_not_see_it(page: str) -> None:
    drawn = charts(page)

    assert len(drawn) == 1 + sum("best_step" in row for row in ROWS)  # the scores, and each run's figures
    for chart in drawn:
        ticks = re.findall(r'<text class="tick"[^>]*>(.*?)</text>', chart)
        assert {"0", "1", "minutes"} < set(ticks)
        assert re.search(r'<svg viewBox="0 0 \d+ \d+" role="img" aria-label="[^"]+"', chart)
        assert re.search(r"<figcaption>[^<]+</figcaption>", chart)
    assert {"2", "score"} < set(re.findall(r'<text class="tick"[^>]*>(.*?)</text>', drawn[0]))


def test_the_level_of_real_sounds_is_a_line_with_a_label_in_every_chart() -> None:
    made = sweep_page.page("sweep", ROWS[:2], [None, None], [log(1), log(2)], real_score=1.2).decode()
    scores, *figures = charts(made)

    assert re.findall(r'<polyline class="level gray" points="(.*?)"', scores)
    assert re.findall(r'<text class="name gray"[^>]*>(.*?)</text>', scores) == ["real sounds"]
    for chart in figures:
        assert chart.count('<polyline class="level ') == 3
        assert re.findall(r">(real \w+)</text>", chart) == ["real coverage", "real recall", "real precision"]
    assert "real sounds in place of generated ones" in made
    assert '<td class="n">1.200</td>' in made


def test_where_real_sounds_were_not_judged_no_line_claims_so() -> None:
    made = sweep_page.page("sweep", [row(1, real={})], [None], [log(1)]).decode()

    assert 'class="level' not in made
    assert "Dashed" not in made
    assert "real sounds" not in made


def test_of_very_many_runs_the_best_have_labels_and_the_caption_says_how_many() -> None:
    rows = [row(place) for place in range(1, 41)]
    made = sweep_page.page("sweep", rows, [None] * 40, [log(place) for place in range(1, 41)], 1.2).decode()
    scores = charts(made)[0]

    names = re.findall(r'<text class="name[^>]*>(.*?)</text>', scores)
    assert names[0] == "real sounds"
    assert 8 <= len(names[1:]) < 40
    assert names[1:] == [str(place) for place in range(1, len(names))]
    assert f"Only the best {len(names) - 1} of 40 are labeled." in scores
    assert scores.count('<g class="curve') == 40


# --- what is looked at and listened to


def test_sounds_have_a_caption(page: str) -> None:
    figures = re.findall(r"<figure class=\"wave\">.*?</figure>", page, re.DOTALL)

    assert len(figures) == sum("best_step" in row for row in ROWS)
    for figure in figures:
        assert "<img " in figure
        assert "<audio controls " in figure
        assert "Seeds 0 to 15, as of every other run" in figure[figure.index("<figcaption>") :]


def test_the_heading_of_a_run_says_its_settings(page: str) -> None:
    heads = [html.unescape(text) for text in re.findall(r'id="run-\d+">\s*<h2[^>]*>(.*?)</h2>', page)]

    assert heads[:2] == ["1. lr 3e-06, width 4", "2. lr 6e-06, width 4"]
    assert heads[3] == f"4. augment {NASTY}"


def test_only_numbers_are_set_flush_right(page: str) -> None:
    by_name = {name: bool(kind) for kind, name in re.findall(r'<th scope="col"( class="n")?><button[^>]*>(.*?)<', page)}

    assert by_name == {
        "#": True, "augment": False, "lr": True, "width": True, "verdict": False, "score": True, "coverage": True,
        "recall": True, "precision": True, "copy": True, "twins": True, "state": False,
    }  # fmt: skip


def test_the_sheet_has_a_row_for_each_run_that_has_sounds_under_its_caption() -> None:
    made = sweep_page.sheet(ROWS[:3], [waves(0), None, waves(2)])
    numbered = [pictures.number(preview.draw_small(waves(i), 64)) for i in (0, 2)]
    bare = [pictures.sheet(shown, columns=sweep_page.SHOWN) for shown in numbered]

    height, width = bare[0].shape
    caption = len(made) // 2 - height
    assert made.shape == (2 * (caption + height), width)
    for i in (0, 1):
        top = i * (caption + height)
        assert made[top : top + caption].min() < 64  # letters
        assert np.array_equal(made[top + caption : top + caption + height], bare[i])
    assert not np.array_equal(made[:caption], made[caption + height :][:caption])


# Appended to the page: sorts by the verdict, then by the score, and tells the order
PROBE = """<script>
window.onerror = message => { document.title = "failed: " + message };
const heads = [...document.querySelectorAll("th button")];
const order = () => [...document.querySelectorAll("tbody tr")].map(row => row.cells[0].textContent).join(" ");
const seen = [order()];
for (const name of ["score", "score", "lr"]) {
  heads.find(head => head.textContent === name).click();
  seen.push(order());
}
document.title = seen.join("|");
</script>"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium, to see the page as a browser does")
def test_a_browser_shows_the_page_and_sorts_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(make_page(ROWS[:3]).replace("</html>", f"{PROBE}</html>"), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]

    done = subprocess.run(
        [*command, "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )

    title = re.search(r"<title>(.*?)</title>", done.stdout)
    assert title
    assert title[1] == "1 2 3|1 2 3|3 2 1|3 2 1"
    assert Reader(done.stdout).tags.count(("tr", {})) == 1 + 3 + 1  # the last is of real sounds


def test_sounds_of_loops_are_repeated_and_those_of_one_shots_played_once() -> None:
    for shown_as, length in ((LOOPS, "0.3 s each"), (BlockMeans(), "each once")):
        made = sweep_page.page("sweep", ROWS[:1], [waves(0, shown_as)], [log(1)]).decode()
        assert f"as of every other run, {length}, row by row; export --seed takes these numbers." in made
