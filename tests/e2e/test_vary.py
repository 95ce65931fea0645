"""`vary SOUND` through the command line: files in every format, the same ones again, and one line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.base import files
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.tables.formats import FORMATS, exported
from tests.support.answers import error_of, leftovers
from tests.support.drums import drums
from tests.support.exports import contents, entries

if TYPE_CHECKING:
    from tests.support.fixtures import Cli

FEW = ("--count", "3")


@pytest.fixture
def sounds(tmp_path: Path) -> dict[str, str]:
    """Write a loop and a drum, and return their names."""
    for name, signal in (("saw.wav", synth.loops()[5].signal), ("kick.wav", drums(1, 0)[0])):
        (tmp_path / name).write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    return {LOOP: "saw.wav", ONE_SHOT: "kick.wav"}


def made(cli: Cli, *words: str) -> dict[str, Any]:
    result = cli("vary", *words, "--json")
    assert result.exit_code == 0, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.mark.parametrize("kind", [LOOP, ONE_SHOT])
def test_variations_come_in_every_format_of_their_kind(cli: Cli, sounds: dict[str, str], kind: str) -> None:
    forms = [name for name in exported() if kind in FORMATS[name].kinds]

    report = made(cli, sounds[kind], *FEW, *(word for form in forms for word in ("--to", form)))

    assert (report["kind"], report["sounds"]) == (kind, 3)
    written = {path.relative_to("export").as_posix() for path in Path("export").rglob("*") if path.is_file()}
    assert set(report["names"]) <= written
    stem = Path(sounds[kind]).stem
    assert {f"{stem}-var-00.wav", f"{stem}-var-02.pcm", "MIR01.img"} <= written


def test_export_json_says_what_each_is_made_of(cli: Cli, sounds: dict[str, str]) -> None:
    made(cli, sounds[ONE_SHOT], *FEW, "--seed", "5", "--amount", "0.6")

    found = entries(Path("export"))
    assert sorted(found) == [f"kick-var-{seed:02}.wav" for seed in (5, 6, 7)]
    for seed, name in enumerate(sorted(found), 5):
        about = found[name]
        assert about["variation"] == {"amount": 0.6, "seed": seed}
        assert (about["source"], about["source_sha256"]) == ("kick.wav", files.sha256(Path("kick.wav")))
        assert (about["kind"], about["method"]) == (ONE_SHOT, "patches")
        assert about["novelty"] > 0.02
        assert not {"run", "address", "latent"} & set(about)
    assert cli("inspect", "export").exit_code == 0


@pytest.mark.parametrize("kind", [LOOP, ONE_SHOT])
def test_typed_twice_nothing_changes_and_other_settings_get_other_names(
    cli: Cli, sounds: dict[str, str], kind: str
) -> None:
    words = (sounds[kind], *FEW, "--to", "wav", "--to", "disk")
    assert not made(cli, *words)["unchanged"]
    before = contents(Path("export"))

    assert made(cli, *words)["unchanged"]
    assert contents(Path("export")) == before
    more = made(cli, *words, "--amount", "0.8")
    assert f"{Path(sounds[kind]).stem}-var-00-2.wav" in more["names"]
    assert contents(Path("export")).items() >= before.items()


def test_a_seed_is_one_variation_whatever_the_count(cli: Cli, sounds: dict[str, str]) -> None:
    made(cli, sounds[LOOP], "--count", "4", "--out", "four")
    made(cli, sounds[LOOP], "--count", "1", "--seed", "3", "--out", "one")

    assert contents(Path("one")).items() <= contents(Path("four")).items()


def test_a_sound_of_a_disk_is_varied(cli: Cli, sounds: dict[str, str]) -> None:
    made(cli, sounds[ONE_SHOT], *FEW, "--to", "disk", "--out", "disks")

    first = made(cli, "disks/MIR01.img", "--count", "1", "--out", "first")
    made(cli, "disks/MIR01.img#L1-1", "--count", "1", "--out", "named")

    assert (first["kind"], first["sound"]) == (ONE_SHOT, "disks/MIR01.img#L1-1")
    assert contents(Path("first")) == contents(Path("named"))
    assert error_of(cli("vary", "disks/MIR01.img#U3-7")).startswith(
        "disks/MIR01.img holds no sound U3-7: it holds L1-1"
    )


def test_a_run_says_that_it_knows_no_such_sounds(cli: Cli, workplace: Path) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 256).astype(np.float32)
    Path("noise.wav").write_bytes(wavfile.build(noise, HEADER_RATE_HZ, 16))
    cli("export", "tiny", "--to", "wav", "--count", "1", "--length", "256", "--out", "own")

    words = ("--kind", "loop", "--run", "tiny", *FEW)
    known, strange = (cli("vary", name, *words) for name in ("own/tiny-seed000000.wav", "noise.wav"))

    assert "whose nearest sound to it has novelty" in known.stdout
    assert "knows no such sounds" not in known.stdout
    assert "this run knows no such sounds: leave --run out" in strange.stdout


@pytest.mark.parametrize("way", [(), ("--run", "tiny"), ("--method", "singan")], ids=str)
def test_what_is_wrong_with_a_sound_is_one_line_and_nothing_is_written(
    cli: Cli, workplace: Path, sounds: dict[str, str], way: tuple[str, ...]
) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 90_000).astype(np.float32)
    for name, signal in (("silent", np.zeros(5_000, np.float32)), ("long", noise), ("short", noise[:20])):
        Path(f"{name}.wav").write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    Path("text.wav").write_text("no sound")
    Path("empty.wav").write_bytes(b"")

    names = ("silent", "long", "short", "text", "empty", "missing")
    said = {name: error_of(cli("vary", f"{name}.wav", "--kind", "oneshot", *way)) for name in names}

    assert said["silent"].startswith("silent.wav is silent")
    assert said["long"].startswith("long.wav is as long as a bank of the Mirage")
    assert said["short"].startswith("short.wav is too short")
    assert said["text"].startswith("text.wav is unreadable")
    assert said["empty"].startswith("empty.wav is ")
    assert said["missing"] == "missing.wav: no such file"
    unfit = cli("vary", sounds[LOOP], "--to", "disk", "--layout", "kit", *way)
    assert error_of(unfit).startswith("--layout kit is for one-shots, and these sounds are loops")
    assert not Path("export").exists()
    assert leftovers(Path()) == []
