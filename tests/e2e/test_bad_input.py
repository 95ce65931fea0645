"""Whatever is fed to the commands, they answer in one clear line, and leave nothing half written."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import Result
from PIL import Image

from mirage_gan.base.arrays import Signal
from mirage_gan.models import checkpoint
from mirage_gan.waves import bitmap

Cli = Callable[..., Result]
Describe = Callable[[Path], dict[str, tuple[str, int]]]
MakeLoop = Callable[..., Signal]
Refuse = Callable[..., AbstractContextManager[list[str]]]
Train = tuple[str, ...]

SMALL = ("--points", "64", "--size", "64")


def error_of(result: Result) -> str:
    """Return the one line that is said of a mistake; there is no other, but for progress before it."""
    lines = result.stderr.splitlines()
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert [line.startswith("Error: ") for line in lines] == [False] * (len(lines) - 1) + [True]
    return lines[-1].removeprefix("Error: ")


def skipped_in(result: Result) -> list[str]:
    """Return what is said of the sounds that were left out, where others were used."""
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return [line.removeprefix("skipped ") for line in result.stdout.splitlines() if line.startswith("skipped wavs")]


def leftovers(folder: Path) -> list[str]:
    """What an interrupted write would leave."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.startswith(".")]


def encode(signal: np.ndarray[Any, Any], form: str, subtype: str | None = None, rate_hz: int = 44_100) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate_hz, format=form, subtype=subtype)
    return file.getvalue()


def note(seconds: float = 2.0) -> Signal:
    """A tone with a little noise, so that no codec makes nothing of it."""
    t = np.arange(round(seconds * 44_100)) / 44_100
    hiss = np.random.default_rng(0).normal(size=len(t))
    return np.asarray(0.5 * np.sin(2 * np.pi * 220 * t) + 0.02 * hiss, np.float32)


# --- sources ---


@pytest.mark.parametrize("hold", ["nothing", "a text", "a hidden sound", "folders"])
def test_a_folder_with_no_sound(cli: Cli, tmp_path: Path, make_loop: MakeLoop, hold: str) -> None:
    (tmp_path / "wavs").mkdir()
    if hold == "a text":
        Path("wavs/readme.txt").write_text("no sound")
    elif hold == "a hidden sound":
        Path("wavs/.hidden.wav").write_bytes(encode(make_loop(1), "WAV"))
    elif hold == "folders":
        Path("wavs/a/b").mkdir(parents=True)

    says = error_of(cli("preprocess", "wavs"))

    assert says.startswith("no sound under wavs: it holds no WAV, AIFF, FLAC, OGG or 8-bit PCM file")
    assert os.listdir(tmp_path) == ["wavs"]  # noqa: PTH208 - hidden files too


def test_a_folder_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    assert error_of(cli("preprocess", "wavs")) == "wavs: no such file or folder"
    assert list(tmp_path.iterdir()) == []


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make one file unreadable, also for root, whom rights do not stop."""
    real = Path.open

    def guarded(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name == name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)


def test_an_unreadable_file_among_others(cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_open(monkeypatch, "loop 00.wav")

    assert skipped_in(cli("preprocess", "wavs", *SMALL)) == ["wavs/loop 00.wav: unreadable: Permission denied"]


def test_an_unreadable_file_alone(
    cli: Cli, tmp_path: Path, make_loop: MakeLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.wav").write_bytes(encode(make_loop(1), "WAV"))
    refuse_to_open(monkeypatch, "a.wav")

    says = error_of(cli("preprocess", "a.wav"))

    assert says == "no usable sound under a.wav: a.wav is unreadable: Permission denied"
    assert not (tmp_path / "dataset").exists()


def test_an_unreadable_folder_is_not_passed_over_in_silence(
    cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def guarded(path: Any = ".") -> Any:
        if Path(path).name == "bass":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", guarded)

    result = cli("preprocess", "wavs", *SMALL)

    said = [line for line in result.output.splitlines() if "wavs/bass" in line]
    assert len(said) == 1
    assert "Permission denied" in said[0]


@pytest.mark.parametrize("form", ["WAV", "AIFF", "FLAC", "OGG"])
@pytest.mark.parametrize("left", [0.0, 0.001, 0.1, 0.5, 0.95, 0.999])
def test_a_sound_that_was_cut_short(cli: Cli, sounds: Path, form: str, left: float) -> None:
    whole = encode(note(), form)
    path = sounds / f"cut.{form.lower()}"
    path.write_bytes(whole[: int(len(whole) * left)])

    skipped = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert len(skipped) == 1
    assert skipped[0].startswith((f"wavs/{path.name}: unreadable: ", f"wavs/{path.name}: cut short: "))


def test_a_sound_that_was_cut_short_alone(cli: Cli, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "wavs").mkdir()
    Path("wavs/cut.wav").write_bytes(encode(note(), "WAV")[:1000])
    before = describe(tmp_path)

    says = error_of(cli("preprocess", "wavs"))

    assert says == (
        "no usable sound under wavs: wavs/cut.wav is cut short: its header promises 176,444 bytes, the file has 1,000"
    )
    assert describe(tmp_path) == before


@pytest.mark.parametrize("form", ["WAV", "AIFF", "FLAC"])
@pytest.mark.parametrize("frames", [0, 1])
def test_a_sound_of_no_or_one_frame(cli: Cli, sounds: Path, make_loop: MakeLoop, form: str, frames: int) -> None:
    path = sounds / f"tick.{form.lower()}"
    path.write_bytes(encode(make_loop(1)[:frames], form))

    skipped = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert len(skipped) == 1
    assert skipped[0].startswith((f"wavs/{path.name}: too short: ", f"wavs/{path.name}: unreadable: the file is empty"))


INFINITE = float("inf")


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param([np.nan], id="NaN"),
        pytest.param([INFINITE], id="Inf"),
        pytest.param([-INFINITE], id="-Inf"),
        pytest.param([0.0, np.nan], id="NaN on one side"),
        pytest.param([INFINITE, -INFINITE], id="Inf against -Inf"),
    ],
)
def test_a_sound_that_is_not_finite(
    cli: Cli, sounds: Path, make_loop: MakeLoop, subtype: str, frame: list[float]
) -> None:
    signal = np.repeat(make_loop(1)[:, None], len(frame), axis=1)
    signal[5] = frame
    (sounds / "broken.wav").write_bytes(encode(signal, "WAV", subtype))

    skipped = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert len(skipped) == 1
    assert skipped[0].startswith("wavs/broken.wav: not finite: sample 5 is ")


def test_a_sound_near_the_end_of_what_numbers_hold(cli: Cli, sounds: Path, make_loop: MakeLoop) -> None:
    # two channels whose sum is beyond float32, and one value that is beyond it by itself
    loud = np.repeat(make_loop(1)[:, None], 2, axis=1)
    loud[5] = 3.4e38
    (sounds / "loud.wav").write_bytes(encode(loud, "WAV", "FLOAT"))
    (sounds / "louder.wav").write_bytes(
        encode(np.where(loud[:, 0] > 1, np.float64(1e300), loud[:, 0]), "WAV", "DOUBLE")
    )

    for line in skipped_in(cli("preprocess", "wavs", *SMALL)):
        assert ": not finite: " in line


@pytest.mark.parametrize(
    ("subtype", "channels", "rate_hz"),
    [
        ("PCM_24", 1, 44_100),
        ("DOUBLE", 1, 44_100),
        ("PCM_16", 8, 44_100),
        ("PCM_16", 1, 192_000),
        ("FLOAT", 8, 192_000),
        ("ULAW", 2, 8_000),
    ],
)
def test_unusual_but_sound(
    cli: Cli, tmp_path: Path, make_loop: MakeLoop, subtype: str, channels: int, rate_hz: int
) -> None:
    signal = np.repeat(make_loop(1)[:, None], channels, axis=1) * np.linspace(0.5, 1, channels)
    Path("unusual.wav").write_bytes(encode(signal, "WAV", subtype, rate_hz))
    Path("usual.wav").write_bytes(encode(make_loop(1), "WAV", "PCM_24"))

    for name in ("unusual", "usual"):
        result = cli("preprocess", f"{name}.wav", "--points", "256", "--size", "64", "--out", name)
        assert (result.exit_code, result.stderr) == (0, ""), result.output

    waves = [np.load(tmp_path / name / "waves.npy")[0] for name in ("unusual", "usual")]
    assert json.loads(Path("unusual/manifest.jsonl").read_text())["rate_hz"] == rate_hz
    assert np.max(np.abs(waves[0] - waves[1])) < (0.05 if subtype == "ULAW" else 0.001)


def claim(form: str, frames: int) -> bytes:
    """A short sound whose header says that it has so many frames of 16 bits."""
    data = bytearray(encode(note(0.1), form, "PCM_16"))
    if form == "WAV":
        at = data.index(b"data") + 4
        data[at : at + 4] = struct.pack("<I", 2 * frames)
        data[4:8] = struct.pack("<I", 2 * frames + 36)
    elif form == "AIFF":
        at = data.index(b"SSND") + 4
        data[at : at + 4] = struct.pack(">I", 2 * frames + 8)
        at = data.index(b"COMM") + 10
        data[at : at + 4] = struct.pack(">I", frames)
        data[4:8] = struct.pack(">I", 2 * frames + 46)
    else:
        # the STREAMINFO block: the last 32 bits of the number of samples (RFC 9639, section 8.2)
        data[22:26] = struct.pack(">I", frames)
    return bytes(data)


def most_resident_bytes() -> int:
    """The most memory that this process has held so far, what other libraries take included; 0 if nobody knows."""
    if os.name == "nt":
        return 0
    import resource  # noqa: PLC0415 - Windows has none

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize("form", ["WAV", "AIFF", "FLAC"])
def test_a_header_that_claims_2_gigabytes_takes_no_memory(cli: Cli, sounds: Path, form: str) -> None:
    path = sounds / f"claim.{form.lower()}"
    path.write_bytes(claim(form, 2**30 - 64))
    assert cli("preprocess", "wavs", *SMALL, "--out", "warm", "--max-seconds", 3600).exit_code == 0
    resident_bytes = most_resident_bytes()

    tracemalloc.start()
    try:
        # at a rate of 44,100 Hz it would last for 7 hours; both limits are to hold
        results = [cli("preprocess", "wavs", *SMALL, "--out", f"of-{s}", "--max-seconds", s) for s in (60, 3600)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    for result in results:
        skipped = skipped_in(result)
        assert len(skipped) == 1
        assert skipped[0].startswith(f"wavs/{path.name}: ")
    assert peak < 64 << 20
    assert most_resident_bytes() - resident_bytes < 256 << 20


def test_a_claim_within_the_limit_of_time_takes_no_memory_either(cli: Cli, sounds: Path) -> None:
    # 2^27 frames are 51 minutes, and half a gigabyte of float32
    (sounds / "claim.flac").write_bytes(claim("FLAC", 2**27))

    tracemalloc.start()
    try:
        skipped = skipped_in(cli("preprocess", "wavs", *SMALL, "--max-seconds", 3600))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(skipped) == 1
    assert skipped[0].startswith(("wavs/claim.flac: cut short: ", "wavs/claim.flac: unreadable: "))
    assert peak < 64 << 20


def test_headers_with_any_byte_broken_are_used_or_skipped(cli: Cli, sounds: Path) -> None:
    whole = encode(note(0.02), "WAV")
    for at, byte in itertools.product(range(44), (0, 255)):
        (sounds / f"broken {at:02} {byte}.wav").write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])

    result = cli("preprocess", "wavs", *SMALL, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["found"] == 12 + 88


def drawing(form: str, mode: str = "L") -> bytes:
    file = io.BytesIO()
    wave = np.sin(2 * np.pi * np.arange(64) / 64).astype(np.float32)
    Image.fromarray(bitmap.draw_pixels(wave[None])[0]).convert(mode).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize(("form", "mode"), [("PNG", "L"), ("PNG", "P"), ("BMP", "L"), ("BMP", "RGB")])
def test_drawings_that_are_cut_short_or_broken_are_used_or_skipped(
    cli: Cli, sounds: Path, form: str, mode: str
) -> None:
    whole = drawing(form, mode)
    spoiled = [whole[:length] for length in [*range(60), len(whole) // 2, len(whole) - 5]]
    spoiled += [whole[:at] + bytes([byte]) + whole[at + 1 :] for at in range(60) for byte in (0, 1, 255)]
    for i, data in enumerate(spoiled):
        (sounds / f"broken {i:03}.{form.lower()}").write_bytes(data)

    result = cli("preprocess", "wavs", *SMALL, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["found"] == 12 + len(spoiled)


def test_a_poster_among_the_drawings_is_skipped(cli: Cli, sounds: Path) -> None:
    # the header alone says 144 megapixels; a warning of another library would be a second line
    header = struct.pack(">4sIIBBBBB", b"IHDR", 12_000, 12_000, 8, 0, 0, 0, 0)
    chunks = [header, b"IDAT", b"IEND"]
    (sounds / "poster.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    )

    skipped = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert len(skipped) == 1
    assert skipped[0] == "wavs/poster.png: not a square picture of 16 to 4,096 pixels: it has 12000 x 12000"


# --- names ---

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


# --- targets ---

COMMANDS: dict[str, tuple[object, ...]] = {
    "preprocess": ("preprocess", "wavs/bass", "--out", "target/result", *SMALL),
    "train": ("train", "--model", "wave", "--width", 4, "--steps", 2, "--device", "cpu", "--run", "target/result"),
    "export": ("export", "tiny", "--count", 2, "--out", "target/result"),
}
EACH = pytest.mark.parametrize("command", COMMANDS)


@EACH
def test_a_target_that_is_foreign_stays_as_it_is(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target" / "result").mkdir(parents=True)
    (workplace / "target" / "result" / "thesis.txt").write_text("years of work")
    before = describe(workplace)

    says = error_of(cli(*COMMANDS[command]))

    option = "--run" if command == "train" else "--out"
    assert says.startswith("target/result holds files but no ")
    assert says.endswith(f"so it is not ours to replace; choose another {option}")
    assert describe(workplace) == before


@pytest.mark.parametrize(
    ("command", "marker"), [("preprocess", "dataset.json"), ("train", "config.json"), ("export", "export.json")]
)
@pytest.mark.parametrize("text", ['{"labels": [1, 2, 3]}', "[1, 2, 3]", "", "not JSON at all"])
def test_a_folder_of_another_program_with_a_file_named_like_ours_stays_as_it_is(
    cli: Cli, workplace: Path, command: str, marker: str, text: str, describe: Describe
) -> None:
    theirs = workplace / "target" / "result"
    theirs.mkdir(parents=True)
    (theirs / marker).write_text(text)
    (theirs / "thesis.txt").write_text("years of work")
    before = describe(workplace)

    assert "target/result" in error_of(cli(*COMMANDS[command]))
    assert describe(workplace) == before


@EACH
def test_a_target_that_is_a_file_stays_as_it_is(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target").mkdir()
    (workplace / "target" / "result").write_text("years of work")
    before = describe(workplace)

    says = error_of(cli(*COMMANDS[command]))

    option = "--run" if command == "train" else "--out"
    assert says == f"target/result is not a folder; choose another one with {option}"
    assert describe(workplace) == before


@EACH
def test_a_target_below_a_file_is_refused(cli: Cli, workplace: Path, command: str, describe: Describe) -> None:
    (workplace / "target").write_text("years of work")
    before = describe(workplace)

    assert "target" in error_of(cli(*COMMANDS[command]))
    assert describe(workplace) == before


@EACH
def test_a_target_below_a_link_to_nowhere_is_refused(cli: Cli, workplace: Path, command: str) -> None:
    (workplace / "target").symlink_to("nowhere")

    assert "target" in error_of(cli(*COMMANDS[command]))
    assert not (workplace / "nowhere").exists()


def test_a_foreign_folder_is_no_place_for_the_demo(cli: Cli, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "mirage-demo").mkdir()
    (tmp_path / "mirage-demo" / "thesis.txt").write_text("years of work")
    before = describe(tmp_path)

    assert error_of(cli("demo")).startswith("mirage-demo holds files but no demo.json")
    assert describe(tmp_path) == before


@EACH
@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "Read-only file system; choose a place that can be written to"),
        (errno.EACCES, "Permission denied; choose a place that you may write to"),
        (errno.ENOSPC, "No space left on device; make room, or choose another place"),
    ],
)
def test_a_target_that_cannot_be_written_at_all(
    cli: Cli, workplace: Path, command: str, number: int, remedy: str, describe: Describe, refuse_step: Refuse
) -> None:
    before = describe(workplace)

    with refuse_step(0, number, and_all_later=True) as steps:
        result = cli(*COMMANDS[command])

    assert steps
    assert error_of(result).endswith(remedy)
    assert describe(workplace) == before


@pytest.mark.parametrize("command", ["preprocess", "export"])
@pytest.mark.parametrize("old", [True, False], ids=["over an old result", "as a new one"])
def test_a_disk_that_is_full_at_any_step_leaves_the_old_result(
    cli: Cli, workplace: Path, command: str, old: bool, refuse_step: Refuse
) -> None:
    target = workplace / "target" / "result"
    target.parent.mkdir()
    if old:  # of other settings, so that there is something to do
        other = ("--no-align",) if command == "preprocess" else ("--length", 100)
        assert cli(*COMMANDS[command], *other).exit_code == 0

    def contents() -> dict[str, bytes]:
        return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}

    before, kept = contents(), shutil.copytree(workplace / "target", workplace / "kept")
    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*COMMANDS[command])
        if step >= len(steps):
            break
        if result.exit_code == 0:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(workplace / "target")
            shutil.copytree(kept, workplace / "target")
            continue
        assert error_of(result).endswith("No space left on device; make room, or choose another place")
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"
        assert leftovers(workplace) == []
    assert step > 5
    assert result.exit_code == 0
    assert contents() != before


def tensors_of(run: Path, name: str) -> dict[str, Any]:
    return checkpoint.load(run / "checkpoints" / f"{name}.safetensors")[0]


def test_a_disk_that_is_full_at_any_step_of_training_loses_nothing(
    cli: Cli, workplace: Path, refuse_step: Refuse
) -> None:
    command = COMMANDS["train"]
    run, unbroken = workplace / "target" / "result", workplace / "runs" / "unbroken"
    assert cli(*command[:-1], "unbroken").exit_code == 0
    for step in itertools.count():
        shutil.rmtree(workplace / "target", ignore_errors=True)
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*command)
        if step >= len(steps):
            break
        if result.exit_code:
            assert error_of(result).endswith("No space left on device; make room, or choose another place")
            assert not run.exists() or (run / "config.json").is_file()
            assert leftovers(workplace) == [], f"after a refused {steps[step]}, the last of {steps}"
            assert cli(*command).exit_code == 0, "the same command goes on"
        for name in ("last", "best"):
            ours, wanted = tensors_of(run, name), tensors_of(unbroken, name)
            assert ours.keys() == wanted.keys()
            assert all(bool((ours[key] == wanted[key]).all()) for key in wanted), f"{name} after step {step}"
        assert len((run / "log.jsonl").read_text().splitlines()) == 1
    assert step > 20


# Three commands in a mount namespace of their own: the mount is gone with the process, and needs no rights of root.
SCRIPT = """
import json, os, subprocess, sys
from click.testing import CliRunner
from mirage_gan.cli import main
option, commands = sys.argv[1], json.loads(sys.argv[2])
os.mkdir("target")
answers = []
for command in commands:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", "target"], capture_output=True, text=True)
    if done.returncode:
        print(json.dumps({"cannot": done.stderr.strip()}))
        raise SystemExit
    result = CliRunner().invoke(main, command)
    held = [os.path.join(at, name) for at, folders, names in os.walk("target") for name in folders + names]
    answers.append([result.exit_code, result.stdout, result.stderr, held, str(result.exception)])
    subprocess.run(["umount", "-l", "target"], check=True)
print(json.dumps({"answers": answers}))
"""


MUCH: tuple[tuple[object, ...], ...] = ((), (), ("--count", 20))  # more than the small disk holds


def run_on_a_mount(folder: Path, option: str) -> list[tuple[int, str, str, list[str], str]]:
    """Run the three commands with a small file system of their own for a target; skip where none can be mounted."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here, which is Linux's, to mount something with")
    commands = json.dumps(
        [[str(part) for part in (*command, *more)] for command, more in zip(COMMANDS.values(), MUCH, strict=True)]
    )
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", SCRIPT, option, commands],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout else pytest.fail(done.stderr)
    if "cannot" in answer:
        pytest.skip(f"no file system can be mounted here: {answer['cannot']}")
    return [tuple(part) for part in answer["answers"]]


def test_a_read_only_disk(workplace: Path, describe: Describe) -> None:
    before = describe(workplace)

    answers = run_on_a_mount(workplace, "ro")

    for command, (code, out, err, held, trouble) in zip(COMMANDS, answers, strict=True):
        assert (code, out, held) == (1, "", []), trouble
        assert err.count("Error: ") == 1, command
        assert err.endswith(": Read-only file system; choose a place that can be written to\n")
        assert "target" in err.splitlines()[-1]
    (workplace / "target").rmdir()
    assert {k: v for k, v in describe(workplace).items() if k in before} == before


def test_a_small_disk_that_runs_full(workplace: Path) -> None:
    answers = run_on_a_mount(workplace, "size=16k")

    for command, (code, out, err, held, trouble) in zip(COMMANDS, answers, strict=True):
        assert (code, out) == (1, ""), trouble
        assert err.count("Error: ") == 1, command
        assert err.endswith("No space left on device; make room, or choose another place\n")
        assert [path for path in held if "/." in path] == []
        # what was begun is whole, or is not there: a run can be gone on with
        assert held == [] or (command == "train" and "target/result/config.json" in held)


# --- folders of ours that are damaged, or newer than the program ---


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "half":
        path.write_bytes(data[: len(data) // 2])
    elif how == "almost whole":
        path.write_bytes(data[:-9])
    elif how == "zeros":  # what a power cut leaves of a file on some file systems
        path.write_bytes(b"\0" * len(data))
    elif how == "gone":
        path.unlink()
    elif how == "one bit":
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :])
    elif how == "newer":
        text = data.decode()
        assert '"format": 1' in text
        path.write_text(text.replace('"format": 1', '"format": 2'))
    elif how == "bare":
        path.write_text('{"format": 1}')
    else:
        raise AssertionError(how)


SPOILED = ("empty", "half", "almost whole", "zeros")
TRAIN_NEW = ("train", "--model", "wave", "--width", "4", "--steps", "4", "--run", "new", "--device", "cpu")


@pytest.mark.parametrize("name", ["dataset.json", "manifest.jsonl", "waves.npy"])
@pytest.mark.parametrize("how", [*SPOILED, "gone"])
@pytest.mark.parametrize("command", [TRAIN_NEW, ("inspect", "dataset")], ids=lambda command: command[0])
def test_a_dataset_that_was_cut_short(cli: Cli, workplace: Path, name: str, how: str, command: tuple[str, ...]) -> None:
    damage(workplace / "dataset" / name, how)

    says = error_of(cli(*command))

    assert says.startswith("dataset")
    assert name == "dataset.json" or Path(name).stem in says
    assert not (workplace / "runs" / "new").exists()
    assert leftovers(workplace) == []


@pytest.mark.parametrize("command", [TRAIN_NEW, ("inspect", "dataset")], ids=lambda command: command[0])
@pytest.mark.parametrize("how", ["newer", "bare"])
def test_a_dataset_that_is_newer_or_says_nothing(cli: Cli, workplace: Path, command: tuple[str, ...], how: str) -> None:
    damage(workplace / "dataset" / "dataset.json", how)

    says = error_of(cli(*command))

    assert "dataset.json" in says
    if how == "newer":
        assert says == (
            "dataset/dataset.json has format 2, this mirage-gan reads up to 1: update mirage-gan, or make it again"
        )
    assert not (workplace / "runs" / "new").exists()


@pytest.mark.parametrize("name", ["dataset.json", "manifest.jsonl", "waves.npy", "skipped.jsonl"])
@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_dataset_is_mended_by_making_it_again(cli: Cli, workplace: Path, name: str, how: str) -> None:
    wanted = {p.name: p.read_bytes() for p in (workplace / "dataset").iterdir() if p.is_file()}
    if wanted[name]:
        damage(workplace / "dataset" / name, how)
    else:
        (workplace / "dataset" / name).write_text('{"source": "cut sh')

    result = cli("preprocess", "wavs", *SMALL)

    assert result.exit_code == 0, result.stderr
    assert {p.name: p.read_bytes() for p in (workplace / "dataset").iterdir() if p.is_file()} == wanted


@pytest.mark.parametrize("how", [*SPOILED, "newer", "bare"])
@pytest.mark.parametrize("command", ["train", "export", "inspect"])
def test_a_damaged_or_newer_run(
    cli: Cli, workplace: Path, train: Train, command: str, how: str, describe: Describe
) -> None:
    damage(workplace / "runs" / "tiny" / "config.json", how)
    before = describe(workplace)

    says = error_of(
        cli(*{"train": ("train", *train), "export": ("export", "tiny"), "inspect": ("inspect", "runs/tiny")}[command])
    )

    assert "config.json" in says or (command == "train" and "runs/tiny" in says)
    if how == "newer":
        assert says.startswith("runs/tiny/config.json has format 2, this mirage-gan reads up to 1: update")
    assert describe(workplace) == before


@pytest.mark.parametrize("how", [*SPOILED, "one bit", "gone"])
def test_a_run_whose_waves_are_damaged(cli: Cli, workplace: Path, how: str) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)

    says = error_of(cli("export", "tiny"))

    assert says.startswith("runs/tiny/data.npz is ")
    assert not (workplace / "export").exists()


def test_a_run_whose_waves_are_broken_anywhere(cli: Cli, workplace: Path) -> None:
    path = workplace / "runs" / "tiny" / "data.npz"
    whole = path.read_bytes()
    for at in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])

        result = cli("export", "tiny", "--count", 1)

        # an archive holds bytes that nobody reads, such as dates
        assert result.exit_code == 0 or error_of(result).startswith("runs/tiny/data.npz is "), at
        shutil.rmtree(workplace / "export", ignore_errors=True)


@pytest.mark.parametrize("how", [*SPOILED, "one bit", "gone"])
def test_inspect_finds_that_the_waves_of_a_run_are_damaged(cli: Cli, workplace: Path, how: str) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)

    result = cli("inspect", "runs/tiny")

    said = [line for line in result.output.splitlines() if "data.npz" in line]
    assert len(said) == 1
    assert said[0].strip().startswith(("problem: ", "Error: "))


@pytest.mark.parametrize("how", ["half", "gone"])
def test_a_run_whose_waves_are_damaged_is_mended_by_training_again(
    cli: Cli, workplace: Path, train: Train, how: str
) -> None:
    damage(workplace / "runs" / "tiny" / "data.npz", how)
    assert error_of(cli("export", "tiny")).endswith("train again")

    assert cli("train", *train).exit_code == 0

    assert cli("export", "tiny", "--count", 1).exit_code == 0


def make_newer(path: Path) -> None:
    # the header of the file is JSON, and what it says of itself is JSON inside a text of it
    data = path.read_bytes()
    assert data.count(b'\\"format\\": 1') == 1
    path.write_bytes(data.replace(b'\\"format\\": 1', b'\\"format\\": 2'))


@pytest.mark.parametrize("how", [*SPOILED, "newer"])
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("train",), "last"),
        (("export", "tiny"), "best"),
        (("export", "tiny", "--checkpoint", "last"), "last"),
        (("export", "tiny", "--checkpoint", "runs/tiny/checkpoints/best.safetensors"), "best"),
        (("inspect", "runs/tiny"), "last"),
        (("inspect", "runs/tiny"), "best"),
        (("inspect", "runs/tiny/checkpoints/last.safetensors"), "last"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_damaged_or_newer_checkpoint(
    cli: Cli, workplace: Path, train: Train, command: tuple[str, ...], name: str, how: str
) -> None:
    path = workplace / "runs" / "tiny" / "checkpoints" / f"{name}.safetensors"
    make_newer(path) if how == "newer" else damage(path, how)
    kept = path.read_bytes()

    says = error_of(cli(*command, *(train if command == ("train",) else ())))

    assert says.startswith(f"runs/tiny/checkpoints/{name}.safetensors ")
    if how == "newer":
        assert "has format 2, this mirage-gan reads up to 1: update mirage-gan" in says
    else:
        assert "is damaged or was cut short" in says
    assert path.read_bytes() == kept
    assert not (workplace / "export").exists()


def test_a_checkpoint_that_is_no_file_of_ours(cli: Cli, workplace: Path) -> None:
    Path("other.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")

    assert error_of(cli("export", "tiny", "--checkpoint", "other.safetensors")).startswith("other.safetensors ")
    assert error_of(cli("inspect", "other.safetensors")).startswith("other.safetensors ")
    assert error_of(cli("export", "tiny", "--checkpoint", "gone.safetensors")).startswith("gone.safetensors is missing")
    assert not (workplace / "export").exists()


@pytest.mark.parametrize("how", [*SPOILED, "newer", "bare"])
@pytest.mark.parametrize("command", [("export", "tiny"), ("inspect", "export")], ids=lambda command: command[0])
def test_a_damaged_or_newer_export(
    cli: Cli, workplace: Path, command: tuple[str, ...], how: str, describe: Describe
) -> None:
    assert cli("export", "tiny", "--count", 2).exit_code == 0
    damage(workplace / "export" / "export.json", how)
    before = describe(workplace)

    assert "export.json" in error_of(cli(*command))
    assert describe(workplace) == before


# --- settings that do not go with the dataset ---


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        (
            64,
            ("--model", "dcgan", "--size", "256"),
            (
                "--size 256 needs waves of 256 points, and dataset has 64: leave --size out, or preprocess again "
                "with --points 256"
            ),
        ),
        (
            256,
            ("--model", "wave", "--size", "64"),
            "--size is no option of --model wave: leave it out, or choose --model dcgan",
        ),
    ],
)
def test_a_size_that_does_not_go_with_the_points(
    cli: Cli, workplace: Path, points: int, options: tuple[str, ...], says: str
) -> None:
    assert cli("preprocess", "wavs", "--points", points, "--size", "64").exit_code == 0

    assert error_of(cli("train", *options, "--run", "new")) == says
    assert not (workplace / "runs" / "new").exists()


def test_a_run_of_other_points_is_not_gone_on_with(cli: Cli, workplace: Path, train: Train, describe: Describe) -> None:
    assert cli("preprocess", "wavs", "--points", 128, "--size", 64).exit_code == 0
    before = describe(workplace / "runs")

    says = error_of(cli("train", *train))

    assert says.startswith("runs/tiny was trained with another ")
    assert "64 (now 128)" in says
    assert says.endswith("use those settings, or choose another --run")
    assert describe(workplace / "runs") == before


def test_none_of_it_changes_a_source(cli: Cli, workplace: Path, train: Train, describe: Describe) -> None:
    (workplace / "wavs" / "cut.wav").write_bytes(encode(note(), "WAV")[:1000])
    (workplace / "wavs" / "empty.flac").write_bytes(b"")
    before = describe(workplace / "wavs")

    for command in (("preprocess", "wavs", *SMALL), ("train", *train[:-1], "new"), ("export", "new", "--count", "1")):
        assert cli(*command).exit_code == 0

    assert describe(workplace / "wavs") == before
