"""From the command line to disks that a Mirage would load: every key in tune, and nothing lost on the way.

The disks are read by `tests.support.floppy`, which follows the documents; played by the program's own reading of
the machine; and converted by floptool, a part of MAME, whose exit status is 0 whatever it read.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio import wavfile
from mirage_gan.mirage import playback
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import LOWER, UPPER
from tests.support import floppy
from tests.support.drums import FRAMES, SAMPLES, drums
from tests.support.old_runs import make_old
from tests.support.own_disks import own_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from numpy.typing import NDArray

    Cli = Callable[..., Result]
    Describe = Callable[[Path], dict[str, tuple[str, int]]]

needs_floptool = pytest.mark.skipif(
    shutil.which("floptool") is None, reason="floptool is not installed; Debian's package mame-tools has it"
)


def must(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return result.stdout


def error_of(result: Result) -> str:
    """Return the one line that is said of a mistake; there is no other, but for progress before it."""
    lines = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.startswith("Error: ") for line in lines] == [False] * (len(lines) - 1) + [True]
    return lines[-1].removeprefix("Error: ")


# --- every key


@pytest.mark.parametrize(
    ("layout", "count", "pages"),
    [("play", 12, 1), ("play", 12, 2), ("play", 12, 4), ("split8", 48, 1), ("single", 6, 4)],
)
def test_every_key_of_an_exported_disk_is_in_tune_and_free_of_clicks_and_neighbors(
    cli: Cli, workplace: Path, layout: str, count: int, pages: int
) -> None:
    must(cli("export", "--to", "disk", "--layout", layout, "--count", count, "--pages", pages))

    image = (workplace / "export" / "MIR01.img").read_bytes()
    banks = disk.parse(image)
    assert list(banks) == floppy.present(image) == list(floppy.SOUNDS)
    ticks, checked = 2_000, 0
    off: set[int] = set()
    for sound, program in itertools.product((1, 2, 3), range(4)):
        for key, (name, number) in floppy.keyboard(image, sound, program).items():
            wave = floppy.waves(image, name)[number]
            word = floppy.word(key, wave, name)
            first, half = (0, LOWER) if name[0] == "L" else (31, UPPER)
            heard = playback.key(banks[name], half, program, key, ticks, first).astype(np.int64)
            # the loop, at its pitch, and nothing else
            memory = np.frombuffer(floppy.memory(image, name), np.uint8).astype(np.int64)
            loop = memory[256 * wave.loop_start : 256 * (wave.loop_end + 1)]
            assert np.array_equal(heard, loop[np.arange(ticks) * word // 512 % len(loop)])
            assert np.abs(np.diff(heard)).max() <= largest_step(loop, word)
            error = abs(floppy.cents(floppy.playback_hz(word) / len(loop), floppy.key_hz(key)))
            assert error < 6
            off |= {key} if error > 5 else set()
            checked += 1
    assert checked == 3 * 4 * 61
    assert len(off) <= 1


def largest_step(loop: NDArray[np.int64], word: int) -> int:
    """Return the largest step from sample to sample as a tick goes on by word / 512 of them."""
    wide = np.resize(loop, 2 * len(loop))
    return max(int(np.abs(wide[step:] - wide[:-step]).max()) for step in range(1, math.ceil(word / 512) + 1))


def test_the_command_says_where_the_disks_are_and_how_well_in_tune(cli: Cli, workplace: Path) -> None:
    said = must(cli("export", "--to", "disk", "--count", 14))
    assert "MIR01.img" in said
    assert "MIR02.img" in said
    found = re.search(r"no key is more than ([\d.]+) cents off", said)
    assert found is not None
    errors = []
    for path in (workplace / "export").glob("*.img"):
        image = path.read_bytes()
        errors += [abs(floppy.cents_off(key, wave, name)) for name, _, key, wave in floppy.playing(image)]
    assert float(found[1]) == round(max(errors), 1)


def test_the_report_as_json_lists_the_disks(cli: Cli, workplace: Path) -> None:
    report = json.loads(must(cli("export", "--to", "gotek", "--count", 3, "--json")))
    assert report["disks"] == ["gotek/MIR01.img"]
    assert 5 < report["worst_cents"] < 6
    assert report["files"] == len([path for path in (workplace / "export").rglob("*") if path.is_file()]) - 1


def test_typed_twice_it_says_that_all_is_there_and_touches_nothing(
    cli: Cli, workplace: Path, describe: Describe
) -> None:
    command = ("export", "--to", "disk", "--to", "gotek", "--to", "wavsyn", "--to", "syx", "--preview", "--count", 5)
    must(cli(*command))
    before = describe(workplace)
    assert "unchanged" in must(cli(*command))
    assert describe(workplace) == before


# --- somebody else's program


def converted(path: Path, kind: str) -> bytes | None:
    """Let floptool read a file of a kind and write the disk image; None if it writes none."""
    out = path.with_name("converted.img")
    out.unlink(missing_ok=True)
    command = ["floptool", "flopconvert", kind, "esq8", str(path), str(out)]
    subprocess.run(command, check=False, capture_output=True, timeout=60)
    return out.read_bytes() if out.exists() else None


@needs_floptool
@pytest.mark.parametrize("layout", ["play", "split8", "single"])
def test_floptool_reads_every_byte_of_an_exported_disk(cli: Cli, workplace: Path, layout: str) -> None:
    must(cli("export", "--to", "disk", "--to", "edm", "--to", "hfe", "--count", 7, "--layout", layout))
    for image in sorted((workplace / "export").glob("*.img")):
        held = image.read_bytes()
        said = subprocess.run(["floptool", "identify", str(image)], check=True, capture_output=True, text=True).stdout
        assert "esq8" in said
        for path, kind in ((image, "esq8"), (image.with_suffix(".edm"), "esq8"), (image.with_suffix(".hfe"), "hfe")):
            assert converted(path, kind) == held


@needs_floptool
def test_floptool_reads_every_byte_of_a_copy_of_ones_own_disk(cli: Cli, workplace: Path) -> None:
    mine = own_disk(workplace)
    must(cli("export", "--to", "hfe", "--to", "disk", "--template", mine, "--into", "L1,U2", "--count", 8))
    held = (workplace / "export" / "MIR01.img").read_bytes()
    assert converted(workplace / "export" / "MIR01.hfe", "hfe") == held


# --- mistakes


MISTAKES: dict[str, tuple[tuple[object, ...], str]] = {
    "a sound that no disk has": (
        ("--into", "L4"),
        "--into names 'L4'; choose from the sounds of a disk, L1, U1, L2, U2, L3, U3",
    ),
    "no sounds at all": (("--into", ""), "--into names ''; "),
    "too many for one's own disk": (("--template", "mydisk.img", "--into", "L1", "--count", 5), "choose --count 4"),
    "a template cut short": (("--template", "cut.img", "--count", 4), "cut.img: a Mirage disk image has 450,560 bytes"),
    "a template too long": (
        ("--template", "long.img", "--count", 4),
        "long.img: a Mirage disk image has 450,560 bytes",
    ),
    "a template of something else": (("--template", "runs/tiny/config.json", "--count", 4), "config.json: "),
    "no template": (("--template", "none.img", "--count", 4), "none.img: no such disk image"),
    "a folder for a template": (("--template", "wavs", "--count", 4), "wavs: "),
    "loops of no good length": (("--length", 300), "choose --pages 1, 2 or 4"),
    "loops of three pages": (("--pages", 3), "choose --pages 1, 2 or 4"),
    "a filled loop": (("--pages", 4, "--fill", "--length", 256), "leave --fill out"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_with_the_remedy_and_nothing_is_written(
    cli: Cli, workplace: Path, mistake: str, describe: Describe
) -> None:
    whole = own_disk(workplace).read_bytes()
    (workplace / "cut.img").write_bytes(whole[:-512])
    (workplace / "long.img").write_bytes(whole + bytes(512))
    must(cli("export", "--to", "disk", "--count", 1, "--seed", 900))
    before = describe(workplace)
    options, message = MISTAKES[mistake]
    for out in ("export", "elsewhere"):
        assert message in error_of(cli("export", "--to", "disk", *options, "--out", out))
        assert describe(workplace) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "pcm", "--template", "mydisk.img"), "--template is for disks: choose --to disk, or leave it out"),
        (("--to", "pcm", "--preview"), "--preview is for disks: choose --to disk, or leave it out"),
        (("--to", "syx", "--template", "mydisk.img"), "choose --to disk, edm, hfe or gotek, not syx"),
    ],
)
def test_settings_for_disks_are_refused_where_none_is_made(
    cli: Cli, workplace: Path, options: tuple[str, ...], message: str, describe: Describe
) -> None:
    own_disk(workplace)
    before = describe(workplace)
    assert error_of(cli("export", *options)).endswith(message)
    assert describe(workplace) == before


@pytest.mark.parametrize("option", [("--layout", "split4"), ("--to", "floppy")])
def test_a_layout_or_format_that_there_is_none_of_is_wrong_usage(
    cli: Cli, workplace: Path, option: tuple[str, str], describe: Describe
) -> None:
    before = describe(workplace)
    result = cli("export", "--to", "disk", *option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert option[1] in result.stderr
    assert describe(workplace) == before


@pytest.mark.parametrize("how", ["changed", "foreign"])
def test_a_disk_that_is_not_as_it_was_exported_is_replaced_only_by_force(
    cli: Cli, workplace: Path, how: str, describe: Describe
) -> None:
    command = ("export", "--to", "disk", "--count", 4)
    path = workplace / "export" / "MIR01.img"
    must(cli("export", "--to", "pcm", "--count", 1) if how == "foreign" else cli(*command))
    path.write_bytes(b"\x01" * floppy.BYTES)
    before = describe(workplace)

    said = error_of(cli(*command))

    assert said.startswith("export/MIR01.img ")
    assert "--force" in said
    assert describe(workplace) == before
    must(cli(*command, "--force"))
    assert path.read_bytes() != b"\x01" * floppy.BYTES


def test_a_name_that_breaks_lines_breaks_no_report(cli: Cli, workplace: Path) -> None:
    shutil.copytree(workplace / "runs" / "tiny", workplace / "runs" / "two\nlines")
    said = must(cli("export", "runs/two\nlines", "--to", "disk", "--count", 1))
    plain = must(cli("export", "runs/tiny", "--to", "disk", "--count", 1))
    assert len(said.splitlines()) == len(plain.splitlines())


# --- recipes


def test_a_recipe_makes_disks_with_the_same_settings(cli: Cli, workplace: Path, describe: Describe) -> None:
    own_disk(workplace)
    (workplace / "recipe.toml").write_text(
        '[export]\nrun = "tiny"\nto = ["disk"]\ncount = 16\nlayout = "split8"\ninto = "L1,U2"\n'
        'template = "mydisk.img"\npreview = true\nout = "from-recipe"\n',
        encoding="utf-8",
    )
    must(cli("run", "recipe.toml"))
    options = ("--layout", "split8", "--into", "L1,U2", "--template", "mydisk.img", "--preview")
    must(cli("export", "tiny", "--to", "disk", "--count", 16, *options, "--out", "typed"))

    assert {path.name for path in (workplace / "typed").iterdir()} == {
        "export.json",
        *(f"MIR01{end}" for end in ("-preview.wav", "-sheet.html", "-sheet.txt", ".img")),
    }
    for path in (workplace / "typed").iterdir():
        assert (workplace / "from-recipe" / path.name).read_bytes() == path.read_bytes()

    before = describe(workplace)
    assert "unchanged" in must(cli("run", "recipe.toml"))
    assert describe(workplace) == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('layout = "split4"', "--layout is split4; choose from play, split8, single, kit"),
        ('into = "L9"', "--into names 'L9'"),
        ('into = ["L1", "U2"]', "into is ['L1', 'U2']; write text in quotes"),
        ('template = "none.img"', "none.img: no such disk image"),
        ("template = 5", "template is 5; write a path in quotes"),
        ('preview = "yes"', "preview is 'yes'; write true or false"),
        ('to = "disk"', "to is 'disk'; write a list"),
    ],
)
def test_a_mistake_in_a_recipe_is_one_line_too(
    cli: Cli, workplace: Path, line: str, message: str, describe: Describe
) -> None:
    to = "" if line.startswith("to ") else 'to = ["disk"]\n'
    (workplace / "recipe.toml").write_text(f'[export]\nrun = "tiny"\ncount = 4\n{to}{line}\n', encoding="utf-8")
    before = describe(workplace)
    assert message in error_of(cli("run", "recipe.toml"))
    assert describe(workplace) == before


# --- one-shots


@pytest.fixture
def shots(workplace: Path) -> str:
    """A run of before 0.4.0 that learned from one-shots of 20,000 samples."""
    make_old(workplace / "runs" / "tiny", workplace / "runs" / "shots", 20_000)
    return "shots"


def test_drums_go_onto_a_disk_whole(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "drums").mkdir()
    for number, sound in enumerate(drums(12, 0)):
        (tmp_path / "drums" / f"{number:02}.wav").write_bytes(wavfile.build(sound, 29_412, 16))
    said = must(cli("preprocess", "drums", "--frames", FRAMES, "--size", 64))
    assert "learned  12 one-shots, whole, 32 frames each" in said
    must(cli("train", "--width", 4, "--steps", 2, "--batch-size", 8, "--every", 2, "--device", "cpu", "--run", "kit"))

    must(cli("export", "kit", "--to", "disk", "--to", "pcm", "--count", 8, "--layout", "play"))

    image = (tmp_path / "export" / "MIR01.img").read_bytes()
    found = json.loads((tmp_path / "export" / "export.json").read_text())["files"]
    for seed in range(8):
        samples = (tmp_path / "export" / f"kit-seed{seed:06}.pcm").read_bytes()
        assert 0 not in samples
        assert len(samples) == found[f"kit-seed{seed:06}.pcm"]["length"] <= SAMPLES
        wave = floppy.waves(image, f"L{1 + seed // 4}")[seed % 4]
        held = floppy.memory(image, f"L{1 + seed // 4}")[256 * wave.start : 256 * (wave.end + 1)]
        assert held == samples + b"\x80" * (len(held) - len(samples) - 16) + bytes(16)


@needs_floptool
def test_a_kit_holds_each_drum_on_keys_of_its_own(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "drums").mkdir()
    for i, signal in enumerate(drums(12, 1)):
        (tmp_path / "drums" / f"{i}.wav").write_bytes(wavfile.build(signal, 29_412, 16))
    must(cli("preprocess", "drums", "--frames", FRAMES, "--size", 64))
    must(cli("train", "--width", 4, "--steps", 2, "--batch-size", 8, "--every", 2, "--device", "cpu", "--run", "kit"))

    must(cli("export", "kit", "--to", "disk", "--to", "pcm", "--count", 16))

    path = tmp_path / "export" / "MIR01.img"
    image, found = path.read_bytes(), json.loads((tmp_path / "export" / "export.json").read_text())
    banks, placed = disk.parse(image), found["disks"]["MIR01.img"]["sounds"]
    assert converted(path, "esq8") == image
    assert sorted(item["address"]["seed"] for item in placed) == list(range(16))
    for item in placed:
        name, half = item["bank"], LOWER if item["bank"][0] == "L" else UPPER
        first, last = item["keys"][0] - 1, item["keys"][1] - 1
        assert last - first >= 2
        middle = (first + last) // 2
        samples = np.frombuffer(
            (tmp_path / "export" / f"kit-seed{item['address']['seed']:06}.pcm").read_bytes(), np.uint8
        )
        wave = floppy.waves(image, name)[item["wavesample"] - 1]
        word = floppy.word(middle, wave, name)
        assert abs(1200 * math.log2(word / 512)) < 6  # its own speed
        heard = playback.key(banks[name], half, 0, middle, len(samples) + 4_000, 0 if half is LOWER else 31)
        assert heard.tolist() == floppy.render(image, name, item["wavesample"] - 1, word, len(heard))
        assert set(heard[-2_000:].tolist()) == {0x80}
        assert (
            np.abs(heard[:200].astype(int) - samples[:200]).max()
            <= 3 * np.abs(np.diff(samples[:202].astype(int))).max()
        )


@pytest.mark.parametrize(("layout", "voices"), [("play", 4), ("split8", 8)])
def test_one_shots_of_before_that_are_too_long_are_refused_with_a_remedy_that_works(
    cli: Cli, tmp_path: Path, shots: str, layout: str, voices: int, describe: Describe
) -> None:
    before = describe(tmp_path)
    command = ("export", shots, "--to", "disk", "--layout", layout, "--count", voices)
    said = error_of(cli(*command))
    assert describe(tmp_path) == before
    assert "--layout single" in said

    longest = re.search(r"([\d,]+) bytes each", said)
    assert longest is not None
    length = int(longest[1].replace(",", ""))
    must(cli(*command, "--length", length))
    image = (tmp_path / "export" / "MIR01.img").read_bytes()
    ends = [wave.end for wave in floppy.waves(image, "L1")[:voices]]
    assert ends == [256 * (k + 1) // voices - 1 for k in range(voices)]  # all of the memory is used
    said = error_of(cli(*command, "--length", length + 1))
    assert "bytes each" in said

    must(cli("export", shots, "--to", "disk", "--layout", "single", "--count", voices))


def test_a_one_shot_of_before_stops_at_its_end_and_is_followed_by_silence(cli: Cli, tmp_path: Path, shots: str) -> None:
    must(cli("export", shots, "--to", "disk", "--to", "pcm", "--length", 5_000, "--count", 8, "--layout", "play"))

    image = (tmp_path / "export" / "MIR01.img").read_bytes()
    banks = disk.parse(image)
    for sound, program in itertools.product((1, 2), range(4)):
        samples = (tmp_path / "export" / f"shots-seed{4 * (sound - 1) + program:06}.pcm").read_bytes()
        assert len(samples) == 5_000
        for key, half in ((0, LOWER), (24, LOWER), (31, UPPER), (60, UPPER)):
            name = f"{half.letter}{sound}"
            wave = floppy.waves(image, name)[program]
            held = floppy.memory(image, name)[256 * wave.start : 256 * (wave.end + 1)]
            assert held == samples + b"\x80" * (len(held) - 5_016) + bytes(16)
            word = floppy.word(key, wave, name)
            end = 5_000 * 512 // word + 16  # each of its tables begins with a whole sample
            heard = playback.key(banks[name], half, program, key, end + 2_000, 0 if half is LOWER else 31)
            assert heard.tolist() == floppy.render(image, name, program, word, end + 2_000)
            assert set(heard[end:].tolist()) == {0x80}


def test_one_long_sound_may_fill_a_half(cli: Cli, tmp_path: Path, shots: str) -> None:
    must(cli("export", shots, "--to", "disk", "--layout", "single", "--length", 65_520, "--count", 2))
    image = (tmp_path / "export" / "MIR01.img").read_bytes()
    for name in ("L1", "U1"):
        memory = floppy.memory(image, name)
        assert (floppy.waves(image, name)[0].start, floppy.waves(image, name)[0].end) == (0x00, 0xFF)
        assert memory[-16:] == bytes(16)
        assert 0 not in memory[:-16]
    assert "65,520 bytes each" in error_of(
        cli("export", shots, "--to", "disk", "--layout", "single", "--length", 65_521, "--count", 1)
    )
