"""The scripts of the pages parse, keep to the rules of the bundler, pass their own tests, and agree with Python."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import mirage_gan
from mirage_gan.exporting.disks import packing
from mirage_gan.mirage import bank, playback, programs, tuning
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.spec import LOWER, LOWEST_NOTE, UPPER
from mirage_gan.mirage.wavesample import Wavesample
from tests.support.packed import loop_of, made_waves, sound_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.base.arrays import Samples
    from mirage_gan.mirage.spec import Half

NODE = shutil.which("node")
TESTS = Path(__file__).parents[1] / "js"
SCRIPTS = sorted((Path(mirage_gan.__file__).parent / "pages" / "templates").rglob("*.js"))
MODULES = [path for path in SCRIPTS if path.parent.name == "audition"]

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
each_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)


def node(*arguments: str | Path) -> str:
    """Run node; fail with what it wrote if it does not end well."""
    done = subprocess.run([NODE or "", *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@needs_node
@each_script
def test_a_script_parses(path: Path) -> None:
    node("--check", path)


@needs_node
def test_the_scripts_pass_their_own_tests() -> None:
    tests = sorted(TESTS.glob("*.test.*js"))

    assert len(tests) >= 4
    node("--test", *tests)


@each_module
def test_a_module_keeps_to_what_the_bundler_takes(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 300
    for line in lines:
        if line.startswith("import"):
            assert re.fullmatch(r'import \{ [\w, ]+ \} from "\./\w+\.js";', line), line
        if line.startswith("export"):
            assert re.match(r"export (async function|function|class|const) \w", line), line


def test_no_name_stands_at_the_top_of_two_modules() -> None:
    declared = re.compile(
        r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+|[\[{][\w, ]+[\]}])", re.MULTILINE
    )
    names = [
        name
        for path in MODULES
        for found in declared.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", found)
    ]

    assert len(names) > 50
    assert {name for name in names if names.count(name) > 1} == set()


@each_module
def test_no_function_of_a_module_has_more_than_50_lines(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    # functions stand at the left, methods two spaces in a class, and both end where their indentation comes back
    start = re.compile(r"^(export (async )?function|(async )?function|  (static |async |get |set )*#?\w+\(.*\) \{$)")
    for first, line in enumerate(lines):
        if start.match(line) and line.endswith("{"):
            indent = line[: len(line) - len(line.lstrip())]
            last = next(i for i in range(first, len(lines)) if lines[i] == indent + "}")
            assert last - first < 50, line


# --- the chip, against Python's, tick by tick


def noise(samples: int, seed: int) -> Samples:
    return np.random.default_rng(seed).integers(1, 256, samples).astype(np.uint8)


def text(data: bytes | Samples) -> str:
    return base64.b64encode(bytes(data)).decode()


def key_notes(samples: Samples, half: Half, *, rate_hz: int | None, ticks: int, step: int) -> Iterator[dict[str, Any]]:
    """Yield keys of one half that play a sound, tuned as on our disks; a loop has no rate."""
    loop = rate_hz is None
    tuned = tuning.tune_loop(len(samples) / 256, half) if rate_hz is None else packing.tune_one_shot(rate_hz, half)
    made = bank.build(half, [Voice(samples, loop, half.top_key, *tuned)], programs.AUDITION)
    first = packing.first_key(half)
    for number in range(first, half.top_key + 1, step):
        played = playback.key(made, half, 0, number, ticks, first)
        sound = {"kind": "loop" if loop else "one-shot", "rateHz": rate_hz or 29_412, "samples": text(samples)}
        yield {"sound": sound, "note": LOWEST_NOTE + number, "expected": text(played)}


def all_notes() -> Iterator[dict[str, Any]]:
    for half, pages in ((LOWER, 1), (LOWER, 2), (LOWER, 4), (UPPER, 1), (UPPER, 2)):
        yield from key_notes(noise(256 * pages, pages), half, rate_hz=None, ticks=2500, step=1)
    for half in (LOWER, UPPER):
        for samples, rate_hz in ((1, 29_412), (240, 29_412), (497, 22_050), (3000, 29_412), (5001, 44_100)):
            yield from key_notes(noise(samples, samples), half, rate_hz=rate_hz, ticks=12_000, step=5)
        # two tables of 128 pages: the second one begins anew
        yield from key_notes(noise(60_000, 0), half, rate_hz=29_412, ticks=70_000, step=13)


def chain(memory: Samples, start: int, end: int, loop: tuple[int, int, int] | None, word: int) -> dict[str, Any]:
    """Play a wavesample; a loop is its first and last page and its fine end."""
    loop_start, loop_end, fine = loop or (0, 0, 0)
    wave = Wavesample(
        loop_on=int(loop is not None), start=start, end=end, loop_start=loop_start, loop_end=loop_end, loop_fine=fine
    )
    return {
        "memory": text(memory), "start": start, "end": end, "word": word,
        "loop": {"start": loop_start, "end": loop_end, "fine": fine} if loop else None,
        "expected": text(playback.voice(memory.tobytes(), wave, word, 3000)),
    }  # fmt: skip


def all_chains() -> Iterator[dict[str, Any]]:
    """Yield wavesamples anywhere in a memory with stop codes, looped and not."""
    random = np.random.default_rng(0)
    memory = noise(65_536, 7)
    memory[random.integers(0, 65_536, 150)] = 0
    for _ in range(40):
        start = int(random.integers(0, 0xF0))
        end = int(random.integers(start + 1, 0x100))
        loop_start = int(random.integers(start, min(end, 0xFE) + 1))
        loop = loop_start, int(random.integers(loop_start, end + 1)), int(random.choice([0xFF, 0x7F]))
        looped, word = random.random() < 0.6, int(random.integers(100, 20_000))
        yield chain(memory, start, end, loop if looped else None, word)
    for fine in (0xFF, 0x7F):  # one table, that repeats by itself or by interrupts
        for start, end in ((0x10, 0x11), (0x20, 0x24), (0x11, 0x12)):
            for stop in (None, 0, 100):
                few = noise(65_536, 8)
                if stop is not None:
                    few[256 * start + stop] = 0
                yield chain(few, start, end, (start, end - 1, fine), 700)
                yield chain(few, start, end, (start, end, fine), 700)
    memory[::256] *= (random.random(256) < 0.3).astype(np.uint8)  # most tables begin with a stop code
    for start in range(0, 0xF0, 7):
        yield chain(memory, start, start + 9, (start, start + 8, 0xFF), 900)
        yield chain(memory, start, start + 9, (start + 2, start + 7, 0x7F), 900)


def all_words() -> Iterator[tuple[int, int, int, str, int]]:
    for half in (LOWER, UPPER):
        for note in range(36, 97):
            for coarse in range(8):
                for fine in (0, 1, 0x4E, 0x7E, 0x8E, 0xFF):
                    yield note, coarse, fine, half.name, tuning.frequency_word(note, coarse, fine, half)


def all_cycles() -> Iterator[dict[str, str]]:
    shape = loop_of(4)
    for wave in made_waves(8).values():
        sound = sound_of(wave, shape)
        lower, upper = (packing.encode_samples(sound, shape, half) for half in (LOWER, UPPER))
        yield {"samples": text(lower), "expected": text(upper)}


@needs_node
def test_the_page_plays_what_the_chip_plays_tick_by_tick(tmp_path: Path) -> None:
    fixtures: dict[str, list[Any]] = {
        "words": list(all_words()), "notes": list(all_notes()), "chains": list(all_chains()),
        "cycles": list(all_cycles()),
    }  # fmt: skip
    (tmp_path / "fixtures.json").write_text(json.dumps(fixtures))

    said = node(TESTS / "chip_against_python.js", tmp_path / "fixtures.json")

    counts = f"{len(fixtures['words'])} words, {len(fixtures['notes'])} notes, {len(fixtures['chains'])} chains"
    assert said == f"{counts} compared\n"
