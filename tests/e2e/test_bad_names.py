"""Whatever a file is called, its name reaches the user as it is, and breaks no report."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.tables.formats import offered
from tests.support.answers import SMALL, encode, error_of, skipped_in

if TYPE_CHECKING:
    from tests.support.fixtures import Cli, MakeLoop


NAMES = ["with spaces", "quo'te", 'dou"ble', "-dash", "--out", "Übergrößenträger", "音", "🥁", "%s", "{}", "[bold]"]
HOSTILE = ["CON", "nul.old", "a?b*c", "a:b", "a|b", "<a>", "trailing. ", "back\\slash", "x" * 240]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
@pytest.mark.parametrize("name", [*NAMES, *HOSTILE])
def test_a_name_reaches_the_user_as_it_is(cli: Cli, tmp_path: Path, make_loop: MakeLoop, name: str) -> None:
    folder = tmp_path / "wavs" / name
    folder.mkdir(parents=True)
    (folder / f"{name}.wav").write_bytes(encode(make_loop(1), "WAV"))
    (folder / f"{name}.aiff").write_bytes(b"no sound")

    result = cli("preprocess", "wavs", *SMALL)

    assert skipped_in(result) == [f"wavs/{name}/{name}.aiff: unreadable: Format not recognised"]
    row = json.loads(Path("dataset/manifest.jsonl").read_text())
    assert (row["class"], row["source"]) == (name, f"wavs/{name}/{name}.wav")
    assert cli("inspect", "dataset").exit_code == 0
    assert "(unchanged)" in cli("preprocess", "wavs", *SMALL).stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
@pytest.mark.parametrize("name", [*NAMES, *HOSTILE])
def test_a_source_of_such_a_name_can_be_given(cli: Cli, make_loop: MakeLoop, name: str) -> None:
    Path(name).mkdir()
    (Path(name) / "a.wav").write_bytes(encode(make_loop(1), "WAV"))

    assert cli("preprocess", *SMALL, "--", name).exit_code == 0
    shutil.rmtree(name)
    assert error_of(cli("preprocess", *SMALL, "--", name)) == f"{name}: no such file or folder"


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
@pytest.mark.parametrize(
    "name", ["line\nbreak", "re\rturn", "\x1b[31mred", "next\x85line", "line\u2028break", "tab\t"], ids=ascii
)
def test_a_name_that_breaks_lines_breaks_no_report(cli: Cli, tmp_path: Path, make_loop: MakeLoop, name: str) -> None:
    (tmp_path / "wavs").mkdir()
    Path("wavs", f"{name}.wav").write_bytes(encode(make_loop(1), "WAV"))
    Path("wavs", f"{name}.aiff").write_bytes(b"no sound")

    result = cli("preprocess", "wavs", *SMALL)

    # a file is skipped in one line, whichever way its name is made to fit into it
    assert result.exit_code == 0, result.output
    said = [line for line in result.stdout.splitlines() if "Format not recognised" in line]
    assert len(said) == 1
    assert said[0].startswith("skipped wavs/")
    assert "\x1b" not in result.stdout
    row, *rest = (json.loads(line) for line in Path("dataset/manifest.jsonl").read_bytes().decode().split("\n") if line)
    assert (row["source"], rest) == (f"wavs/{name}.wav", [])
    assert "(unchanged)" in cli("preprocess", "wavs", *SMALL).stdout
    assert error_of(cli("preprocess", f"no {name}"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold no names that are not text")
def test_a_name_that_is_no_text_is_a_name_too(cli: Cli, tmp_path: Path, make_loop: MakeLoop) -> None:
    (tmp_path / "wavs").mkdir()
    for i, suffix in enumerate((b".wav", b".aiff")):
        path = os.path.join(os.fsencode(tmp_path), b"wavs", b"caf\xe9" + suffix)  # noqa: PTH118 - Path takes no bytes
        Path(os.fsdecode(path)).write_bytes(encode(make_loop(i), "WAV") if suffix == b".wav" else b"no sound")

    result = cli("preprocess", "wavs", *SMALL)

    assert len(skipped_in(result)) == 1
    assert cli("inspect", "dataset").exit_code == 0
    assert "(unchanged)" in cli("preprocess", "wavs", *SMALL).stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
@pytest.mark.parametrize("name", ['a:b?<x>|"*', "CON", "x.", "back\\slash", "nul.old"])
def test_a_run_of_a_name_that_sticks_forbid_makes_files_that_they_take(cli: Cli, workplace: Path, name: str) -> None:
    (workplace / "runs" / "tiny").rename(workplace / "runs" / name)
    formats = [part for form in offered(LOOP) for part in ("--to", form)]

    assert cli("export", f"runs/{name}", "--count", 2, *formats, "--zip", "--preview").exit_code == 0
    assert cli("morph", f"runs/{name}", "--seed", 1, "--seed", 2).exit_code == 0

    made = [path for path in Path("export").rglob("*") if path.is_file()]
    with zipfile.ZipFile("export/export.zip") as archive:
        names = {*(path.name for path in made), *archive.namelist()}
    assert len(made) > 20
    assert {part for each in names for part in each.split("/") if files.allowed_name(part) != part} == set()
