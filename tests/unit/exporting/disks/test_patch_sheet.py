"""Patch sheets say what is on the disks, to people and to browsers, whatever a run is called."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.exporting.disks import images, packing
from mirage_gan.exporting.disks.allocation import Allocation, allocate
from mirage_gan.exporting.disks.disk_set import HERE, DiskSet
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import representation
from tests.support import floppy
from tests.support.addresses import of_seeds
from tests.support.packed import one_shot_of, sounds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.models.addresses import Place

COLUMNS = {"sound", "program", "wavesample", "keys", "pages", "loop", "tuning", "cents off", "seed"}
UNTOLD = {"loop", "cents off"}  # of sounds without loops and notes
NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
VOID = {"meta", "br", "hr", "img", "link"}

layouts = pytest.mark.parametrize("layout", ["play", "split8", "single"])


class Page(HTMLParser):
    """Takes the tables of a page; every element must be closed by its own end."""

    def __init__(self, file: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(file.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's own
        assert tag not in {"script", "link", "iframe"}  # it needs nothing else
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        self.texts[self.open[-1]][-1] += data
        if self.open[-1] in {"td", "th"}:
            self.tables[-1][-1][-1] += data


def disks(count: int, layout: str, shape: SoundShape, name: str = "run") -> list[Disk]:
    random = np.random.default_rng(0)
    phase = 2 * np.pi * np.arange(64) / 64
    waves: dict[Place, NDArray[np.float32]] = {
        Address(seed): np.asarray(0.7 * np.sin(phase) + 0.3 * np.sin(2 * phase + random.uniform()), np.float32)
        for seed in range(count)
    }
    plans = [
        Allocation(f"{name}{i:02}", held)
        for i, held in enumerate(allocate(of_seeds(range(count)), layout, floppy.SOUNDS), 1)
    ]
    return [packing.build_disk(plan, sounds_of(waves, shape), shape, layout) for plan in plans]


def sheet(made: list[Disk], kind: str, title: str = "my disks") -> bytes:
    """Return the patch sheet of disks, as HTML or as text."""
    by_stem = {disk.stem: disk for disk in made}
    allocations = [Allocation(stem, {}) for stem in by_stem]
    disk_set = DiskSet(title, allocations, pack=lambda allocation, _: by_stem[allocation.stem], layout="play")
    (content,) = (file.content for file in disk_set.sheets(HERE, {}) if file.name.endswith(kind))
    return content


def page_of(made: list[Disk], title: str = "my disks") -> bytes:
    return sheet(made, ".html", title)


def text_of(made: list[Disk], title: str = "my disks") -> bytes:
    return sheet(made, ".txt", title)


def loops(count: int, layout: str, pages: int = 1, name: str = "run") -> list[Disk]:
    return disks(count, layout, SoundShape(representation.of_kind(LOOP), 256 * pages, 1, "periodic"), name)


def one_shots(count: int, layout: str) -> list[Disk]:
    return disks(count, layout, one_shot_of(3_000))


def rows_of(disk: Disk) -> list[dict[str, str]]:
    """Tell what a sheet must show of a disk, going by the disk's own bytes and the seeds that were asked for."""
    image = images.build_image(disk)
    rows = []
    for item in disk.placed:
        name, number = item.bank, item.number - 1
        wave = floppy.waves(image, name)[number]
        claims = [floppy.claims(image, name, program) for program in range(4)]
        programs = [program for program in range(4) if number in claims[program].values()]
        keys = [key for key, other in claims[programs[0]].items() if other == number]
        first, last = (f"{NOTES[key % 12]}{key // 12 + 2}" for key in (keys[0], keys[-1]))  # key 0 is MIDI 36, C2
        worst = max(abs(floppy.cents_off(key, wave, name)) for key in keys) if wave.loop_on else None
        rows.append(
            {
                "sound": name,
                "program": " ".join(str(program + 1) for program in programs),
                "wavesample": str(number + 1),
                "keys": f"{keys[0] + 1}-{keys[-1] + 1} ({first}-{last})",
                "pages": f"{wave.start:02X}-{wave.end:02X}",
                "loop": f"{wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}" if wave.loop_on else "off",
                "tuning": f"{wave.coarse}/{wave.fine:02X}",
                "cents off": "-" if worst is None else f"{worst:.1f}",
                "seed": str(item.place),
            }
        )
    return rows


def headed(rows: list[list[str]]) -> list[dict[str, str]]:
    """Return the rows of a table, each cell by the head of its column; the columns are those that a sheet has.

    On a page, pictures come first; of these sounds, none is known.
    """
    if rows[0][0] == "picture":
        assert {row[0] for row in rows[1:]} == {""}
        rows = [row[1:] for row in rows]
    assert set(rows[0]) in (COLUMNS, COLUMNS - UNTOLD)
    assert len(rows[0]) == len(set(rows[0]))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def cut(lines: list[str]) -> list[dict[str, str]]:
    """Cut the rows of a text table where the words of its head begin."""
    starts = sorted(lines[0].index(word) for word in COLUMNS if word in lines[0])
    ends = [*starts[1:], None]
    return headed([[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines])


def text_tables(file: bytes) -> dict[str, list[dict[str, str]]]:
    """Take the tables of a text sheet, by the title above them."""
    lines = file.decode().splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("sound ")]
    return {lines[i - 2]: cut(lines[i : lines.index("", i)]) for i in heads}


# --- the rows


@layouts
@pytest.mark.parametrize("pages", [1, 4])
def test_the_page_shows_every_sound_of_every_disk(layout: str, pages: int) -> None:
    made = loops(50, layout, pages)
    page = Page(page_of(made))
    assert list(map(headed, page.tables)) == list(map(rows_of, made))
    assert page.texts["h2"] == [disk.stem for disk in made]
    assert page.texts["title"] == page.texts["h1"] == ["my disks"]


@layouts
@pytest.mark.parametrize("pages", [1, 4])
def test_the_text_shows_the_same_in_columns(layout: str, pages: int) -> None:
    made = loops(50, layout, pages)
    assert text_tables(text_of(made)) == {disk.stem: rows_of(disk) for disk in made}


@layouts
def test_one_shots_are_shown_without_a_loop_and_without_a_pitch(layout: str) -> None:
    made = one_shots(5, layout)
    rows = [(disk.stem, rows_of(disk)) for disk in made]
    shown = {stem: [{key: row[key] for key in row if key not in UNTOLD} for row in held] for stem, held in rows}
    assert list(map(headed, Page(page_of(made)).tables)) == list(shown.values())
    assert text_tables(text_of(made)) == shown


def test_no_line_of_the_text_ends_in_blanks_or_is_wider_than_a_terminal_can_show() -> None:
    lines = text_of(loops(50, "split8")).decode().splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 130


# --- what is said beside them


def both(made: list[Disk]) -> list[str]:
    return ["\n".join(Page(page_of(made)).texts["p"]), text_of(made).decode()]


@layouts
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_the_worst_case_of_all_disks_is_stated_and_not_made_smaller(layout: str, pages: int) -> None:
    made = loops(50, layout, pages)
    worst = 0.0
    for disk in made:
        image = images.build_image(disk)
        worst = max([worst, *(abs(floppy.cents_off(key, wave, name)) for name, _, key, wave in floppy.playing(image))])
    for said in both(made):
        found = re.search(r"no key is more than ([\d.]+) cents off", said)
        assert found is not None
        assert worst - 0.05 <= float(found[1]) <= worst + 0.1


def test_it_says_how_to_load_a_sound_and_that_there_is_no_operating_system() -> None:
    for said in both(loops(4, "play")):
        assert "LOAD LOWER" in said
        assert "LOAD UPPER" in said
        assert "ENTER" in said
        assert "operating system" in said
        assert "hexadecimal" in said


@layouts
def test_the_key_that_it_names_plays_every_one_shot_at_its_own_speed(layout: str) -> None:
    made = one_shots(5, layout)
    said = both(made)
    if not any("key C4 plays it at its own speed" in text for text in said):
        return
    key = 60 - 36
    for disk in made:
        image = images.build_image(disk)
        at_its_own_speed = {
            item.place
            for item in disk.placed
            for program in range(4)
            if floppy.claims(image, item.bank, program).get(key) == item.number - 1
            if abs(floppy.cents(floppy.word(key, floppy.waves(image, item.bank)[item.number - 1], item.bank), 512)) < 6
        }
        assert at_its_own_speed == {item.place for item in disk.placed}


# --- names


@pytest.mark.parametrize("name", ["a<b>&\"c'", "<script>alert(1)</script>", "&amp;", "Übung & Co"])
def test_any_name_is_shown_as_it_is(name: str) -> None:
    made = loops(5, "play", name=name)
    file = page_of(made, f"{name}: 1 Mirage disk")
    page = Page(file)
    assert page.texts["h1"] == page.texts["title"] == [f"{name}: 1 Mirage disk"]
    assert page.texts["h2"] == [f"{name}01"]
    assert name in text_of(made, name).decode()
    assert b'charset="utf-8"' in file.lower()


def test_a_name_that_breaks_lines_breaks_no_sheet() -> None:
    made = loops(4, "play", name="two\nlines")
    plain = text_of(loops(4, "play", name="two lines"))
    assert len(text_of(made).splitlines()) == len(plain.splitlines())
