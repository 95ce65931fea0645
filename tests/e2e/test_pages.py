"""The pages as a browser shows them: on a desk and on a phone, in light and in dark, whatever things are called."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import Allocation, allocate
from mirage_gan.exporting.disks.disk_set import HERE, DiskSet
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.mirage.spec import SOUNDS
from mirage_gan.models.addresses import Address
from mirage_gan.pages import preview, run_page, sweep_page
from mirage_gan.pages.preview import Shown
from mirage_gan.pages.prints import training_strip
from mirage_gan.pages.prints.training_strip import Moment
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import representation
from tests.support.browser import needs_chromium, watched
from tests.support.packed import sound_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page, ViewportSize

    from mirage_gan.models.addresses import Place

pytestmark = needs_chromium

HOSTILE = ("<script>document.title = 'taken over'</script>", "\"'`&amp;", "🎹🎛", "שלום \u202e olleh", "x" * 300)
LIKE_NOTHING = [f"{name}{i}" for i, name in enumerate(HOSTILE)]

widths = pytest.mark.parametrize("width", [1440, 390])
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])
pages = pytest.mark.parametrize("name", ["sweep.html", "sheet.html", "run.html"])


def make_waves(count: int) -> Any:
    random = np.random.default_rng(0)
    phase = 2 * np.pi * np.arange(64) / 64
    waves = [0.7 * np.sin(phase) + 0.3 * np.sin(2 * phase + random.uniform(0, 6)) for _ in range(count)]
    return np.asarray([wave / np.abs(wave).max() for wave in waves], np.float32)


def make_sweep(runs: int = 24) -> bytes:
    """Make the page of a sweep in which all names that can be are hostile."""
    figures = ("coverage", "recall", "precision", "copy", "twins")
    rows, logs = [], []
    for i in range(runs):
        name = LIKE_NOTHING[i % len(LIKE_NOTHING)]
        rows.append({
            "run": name, "settings": {"lr": 3e-6 * i, "width": 4, name: name}, "state": name if i % 3 else "done",
            "score": 2 - i / 10, "verdict": name if i % 4 == 3 else "good", "why": name, "remedy": name,
            "trend": name, "figures": dict.fromkeys(figures, 0.5), "real": dict.fromkeys(figures, 0.8),
            "best_step": 1000, "step": 2000,
        })  # fmt: skip
        logs.append([
            {"seconds": 60.0 * step, "score": 2 - i / 10 - 1 / step} | dict.fromkeys(figures, 1 - 1 / step)
            for step in range(1, 9 - i % 4)
        ])  # fmt: skip
    waves = [
        Shown(make_waves(sweep_page.SHOWN), representation.of_kind(LOOP), 256) if i < 3 else None for i in range(runs)
    ]
    return sweep_page.page(HOSTILE[0] + HOSTILE[4], rows, waves, logs, real_score=1.6)


def make_run() -> bytes:
    """Make the page of a run in which all names that can be are hostile."""
    figures = ("coverage", "recall", "precision", "belief_real", "belief_fake", "loss_d", "loss_g")
    checks = [
        {"step": 250 * i, "seconds": 60.0 * i, "score": 2 - 1 / i} | dict.fromkeys(figures, 1 - 1 / i)
        for i in range(1, 9)
    ]
    drawn, sound = preview.preview(Shown(make_waves(preview.COUNT), representation.of_kind(LOOP), 256))
    cells = preview.cells(drawn)
    assert cells is not None
    picture = preview.strip(cells)
    moments = [Moment(step, preview.without_details(cells)[: training_strip.SEEDS]) for step in (250, 2000)]
    name = " ".join(HOSTILE)
    return run_page.page(
        run_page.Summary(
            name=name, kind=LOOP, about=name, checks=checks, real=dict.fromkeys(figures, 0.9), real_score=1.8,
            verdict="narrow", said=name, figures=[run_page.Figure("coverage", 0.5, 0.9, name)], figures_of=name,
            classes={name: {"generated": 600, "held_out": 20, "coverage": 0.81, "real_coverage": 0.9}},
            strips=[run_page.Strip(250, picture), run_page.Strip(2000, picture, name)], sound=sound,
            animation=training_strip.animation(moments),
            all_seeds=training_strip.for_screen(training_strip.strip(name, moments)),
            commands=[(name, name)], settings={name: name, "lr": 3e-4},
        )
    )  # fmt: skip


def make_sheet(names: Sequence[str] = HOSTILE, layout: str = "split8") -> bytes:
    """Make the patch sheet of some disks for each name."""
    addresses = [Address(seed, name=name) for seed, name in enumerate(itertools.islice(itertools.cycle(names), 50))]
    shape = SoundShape(representation.of_kind(LOOP), 256, 1, "periodic")
    waves: dict[Place, Any] = dict(zip(addresses, make_waves(50), strict=True))
    sounds = {address: sound_of(wave, shape) for address, wave in waves.items()}
    disks = DiskSet(
        title="".join(names),
        allocations=[Allocation(name, banks) for name in names for banks in allocate(addresses, layout, SOUNDS)],
        pack=lambda allocation, _: packing.build_disk(allocation, sounds, shape, layout),
        layout=layout,
    )
    page, _ = disks.sheets(HERE, sounds)
    return page.content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "sweep.html").write_bytes(make_sweep())
    (folder / "sheet.html").write_bytes(make_sheet())
    (folder / "run.html").write_bytes(make_run())
    return folder


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Show nothing yet, as wide and in such colors as the test asks for; fail at what a page must never do."""
    chosen = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    size: ViewportSize = {"width": chosen.get("width", 1440), "height": 844}
    with (
        browser.new_context(viewport=size, color_scheme=chosen.get("scheme", "light")) as context,
        watched(context) as page,
    ):
        asked: list[str] = []
        page.on("request", lambda sent: asked.append(sent.url))
        yield page
        assert len([url for url in asked if not url.startswith("data:")]) == 1  # the page itself, and no blob


@pages
@widths
def test_nothing_is_cut_off_at_the_side(page: Page, folder: Path, name: str, width: int) -> None:
    page.goto((folder / name).as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width == page.evaluate("innerWidth")
    # all but what lies in a table that scrolls by itself
    beyond = """[...document.querySelectorAll("main *")].filter(it => !it.closest(".scroll > *") &&
        it.getBoundingClientRect().width && (it.getBoundingClientRect().right > innerWidth + 1 ||
        it.getBoundingClientRect().left < -1)).map(it => it.outerHTML.slice(0, 200))"""
    assert page.evaluate(beyond) == []


@pages
@widths
def test_tables_that_are_too_wide_scroll_by_themselves_and_keep_their_headings_readable(
    page: Page, folder: Path, name: str, width: int
) -> None:
    page.goto((folder / name).as_uri())

    for heading in page.locator("th[scope=col]").all()[:40]:
        assert heading.evaluate("it => it.scrollWidth <= it.clientWidth")  # it covers no other
        if len(text := heading.inner_text()) < 20:
            lines = """it => { const range = document.createRange(); range.selectNodeContents(it);
                return new Set([...range.getClientRects()].map(box => box.top)).size }"""
            assert heading.locator("button").or_(heading).last.evaluate(lines) <= len(text.split())  # no word is broken
    if width == 390:
        scrolls = "it => it.scrollWidth > it.clientWidth && getComputedStyle(it).overflowX === 'auto'"
        assert all(table.evaluate(scrolls) for table in page.locator(".scroll").all())


@pages
def test_names_are_text(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / name).as_uri())

    assert page.title() != "taken over"
    assert page.locator("script").count() == (1 if name == "sweep.html" else 0)  # ours, that sorts
    shown = page.locator("body").inner_text()
    for hostile in HOSTILE:
        assert hostile in shown


@pages
@widths
@schemes
def test_text_stands_out_from_what_is_behind_it(page: Page, folder: Path, name: str, width: int, scheme: str) -> None:
    page.goto((folder / name).as_uri())

    # Source: WCAG 2.2, relative luminance and contrast ratio; 4.5 is the least for text
    ratios = """() => {
      const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(part => part / 255)
          .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
      };
      const behind = it => {
        for (; it; it = it.parentElement) {
          const color = getComputedStyle(it).backgroundColor;
          if (!/, 0\\)$/.test(color)) return color;
        }
      };
      const texts = "h1,h2,p,a,th,td,dt,dd,pre,caption,figcaption,code,summary,.badge,th button,svg text";
      return [...document.querySelectorAll(texts)].map(it => {
        const style = getComputedStyle(it);
        const pair = [light(it.closest("svg") ? style.fill : style.color), light(behind(it))].sort((a, b) => b - a);
        return [(pair[0] + .05) / (pair[1] + .05), it.outerHTML.slice(0, 120)];
      }).filter(([ratio]) => ratio < 4.5);
    }"""
    assert page.evaluate(ratios) == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


@widths
@pytest.mark.parametrize(("name", "charts"), [("sweep.html", 21), ("run.html", 4)])
def test_labels_of_charts_do_not_overlap_as_a_browser_draws_them(
    page: Page, folder: Path, name: str, charts: int, width: int
) -> None:
    page.goto((folder / name).as_uri())

    overlaps = """[...document.querySelectorAll("svg")].flatMap(svg => {
      const edge = svg.getBoundingClientRect();
      const boxes = [...svg.querySelectorAll("text")].map(it => [it.textContent, it.getBoundingClientRect()]);
      const outside = boxes.filter(([, a]) => a.left < edge.left - 1 || a.right > edge.right + 1 ||
        a.top < edge.top - 1 || a.bottom > edge.bottom + 1).map(([name]) => `${name} is cut off`);
      const hits = boxes.flatMap(([name, a], i) => boxes.slice(i + 1).filter(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2).map(([other]) => `${name} on ${other}`));
      return [...outside, ...hits];
    })"""
    assert page.locator("svg").count() >= charts
    assert page.evaluate(overlaps) == []


def test_a_sound_can_be_played(page: Page, folder: Path) -> None:
    page.goto((folder / "sweep.html").as_uri())

    seconds = page.evaluate(
        """() => new Promise((done, fail) => {
          const audio = document.querySelector("audio");
          audio.onloadedmetadata = () => done(audio.duration);
          audio.onerror = () => fail(audio.error);
          audio.preload = "auto";
          audio.load();
        })"""
    )
    assert 4 < seconds < 6


def test_the_heading_of_a_column_sorts_and_says_which_way(page: Page, folder: Path) -> None:
    page.goto((folder / "sweep.html").as_uri())
    places = "[...document.querySelectorAll('tbody tr')].map(row => Number(row.cells[0].textContent))"
    score = page.get_by_role("button", name="score", exact=True)  # also where an arrow stands beside it

    score.click()
    score.click()

    assert page.evaluate(places) == [*range(24, 0, -1)]
    assert page.locator("th[aria-sort]").evaluate_all("all => all.map(it => it.ariaSort)") == ["ascending"]
    page.get_by_role("button", name="#", exact=True).press("Enter")  # by the keyboard too
    page.get_by_role("button", name="#", exact=True).press("Enter")
    assert page.evaluate(places) == [*range(1, 25)]


@pytest.mark.parametrize("layout", ["play", "split8"])
def test_a_printed_patch_sheet_cuts_no_table_and_has_no_dark_background(
    page: Page, tmp_path: Path, layout: str
) -> None:
    (tmp_path / "sheet.html").write_bytes(make_sheet(["run"], layout))
    # as wide as A4 and as high as US Letter, the smaller of each, at 96 dots an inch and within margins of 12 mm
    page.set_viewport_size({"width": 703, "height": 965})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto((tmp_path / "sheet.html").as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    disks = page.locator(".disk")
    assert max(disks.evaluate_all("all => all.map(it => it.getBoundingClientRect().height)")) < 965
    assert set(disks.evaluate_all("all => all.map(it => getComputedStyle(it).breakInside)")) == {"avoid"}
    behind = page.locator("body, th, td").evaluate_all("all => all.map(it => getComputedStyle(it).backgroundColor)")
    assert set(behind) == {"rgb(255, 255, 255)"}


@pages
def test_what_is_printed_is_as_wide_as_the_paper(page: Page, folder: Path, name: str) -> None:
    page.set_viewport_size({"width": 703, "height": 965})
    page.emulate_media(media="print")
    page.goto((folder / name).as_uri())

    if name == "sheet.html":
        assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert page.locator("audio:visible, details:visible, .screen:visible").count() == 0
