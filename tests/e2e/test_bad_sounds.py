"""Whatever lies among the sounds, it is used or skipped in one clear line."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import struct
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from mirage_gan.waves import bitmap
from tests.support.answers import SMALL, encode, error_of, note, skipped_in

if TYPE_CHECKING:
    from tests.support.fixtures import Cli, Describe, MakeLoop, Train


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

    assert says.startswith("no sound under wavs: name a folder with WAV, AIFF, FLAC, OGG or 8-bit PCM files")
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
        if not isinstance(path, int) and Path(path).name == "bass":
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
    assert skipped[0].startswith((f"wavs/{path.name}: unreadable: ", f"wavs/{path.name}: truncated: "))


def test_a_sound_that_was_cut_short_alone(cli: Cli, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "wavs").mkdir()
    Path("wavs/cut.wav").write_bytes(encode(note(), "WAV")[:1000])
    before = describe(tmp_path)

    says = error_of(cli("preprocess", "wavs"))

    assert says == (
        "no usable sound under wavs: wavs/cut.wav is truncated: its header says 176,444 bytes, but the "
        "file has 1,000; copy or export it again"
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
    assert skipped[0].startswith("wavs/broken.wav: damaged: sample 5 is ")


def test_a_sound_near_the_end_of_what_numbers_hold(cli: Cli, sounds: Path, make_loop: MakeLoop) -> None:
    # two channels whose sum is beyond float32, and one value that is beyond it by itself
    loud = np.repeat(make_loop(1)[:, None], 2, axis=1)
    loud[5] = 3.4e38
    (sounds / "loud.wav").write_bytes(encode(loud, "WAV", "FLOAT"))
    (sounds / "louder.wav").write_bytes(
        encode(np.where(loud[:, 0] > 1, np.float64(1e300), loud[:, 0]), "WAV", "DOUBLE")
    )

    for line in skipped_in(cli("preprocess", "wavs", *SMALL)):
        assert ": damaged: " in line


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
    assert skipped[0].startswith(("wavs/claim.flac: truncated: ", "wavs/claim.flac: unreadable: "))
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
    assert skipped[0] == "wavs/poster.png: not a square picture of 16 to 4,096 pixels: it has 12000 x 12000; resize it"


# --- settings that do not go with the dataset ---


def test_none_of_it_changes_a_source(cli: Cli, workplace: Path, train: Train, describe: Describe) -> None:
    (workplace / "wavs" / "cut.wav").write_bytes(encode(note(), "WAV")[:1000])
    (workplace / "wavs" / "empty.flac").write_bytes(b"")
    before = describe(workplace / "wavs")

    for command in (("preprocess", "wavs", *SMALL), ("train", *train[:-1], "new"), ("export", "new", "--count", "1")):
        assert cli(*command).exit_code == 0

    assert describe(workplace / "wavs") == before
