"""Wavetables, read by somebody else's programs: okwt converts ours, and Vital plays them.

okwt needs a NumPy older than 2, so it lives in an environment of its own: on the PATH, or where the environment
variable OKWT says. Vital is here as the Python module `vita`.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

import mirage_gan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from numpy.typing import NDArray

    Cli = Callable[..., Result]

FRAME = 2048
SEEDS = (3, 17)
RATE_HZ = 44_100


def find_okwt() -> str | None:
    given = os.environ.get("OKWT")
    return given if given and os.access(given, os.X_OK) else shutil.which("okwt")


needs_okwt = pytest.mark.skipif(
    find_okwt() is None, reason="okwt is not installed: pip install okwt, in an environment with NumPy 1, and set OKWT"
)


@pytest.fixture
def table(cli: Cli, workplace: Path) -> Callable[..., Path]:
    """Make a wavetable by the command line."""

    def made(frames: int, bits: int = 16) -> Path:
        options = ("--to", "wavetable", "--frames", frames, "--bits", bits, "--force")
        result = cli("morph", "tiny", "--seed", SEEDS[0], "--seed", SEEDS[1], *options)
        assert result.exit_code == 0, result.stderr
        (path,) = (workplace / "export").glob("*-wavetable.wav")
        return path

    return made


def frames_of(path: Path) -> NDArray[np.float64]:
    """Return the frames of a wavetable as its `clm ` chunk cuts them, read as written, header by header."""
    data = path.read_bytes()
    found, at = {}, 12
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    samples = int(found[b"clm "].removeprefix(b"<!>").split(b" ")[0])
    return np.asarray(soundfile.read(path)[0].reshape(-1, samples), np.float64)


# --- okwt


@needs_okwt
@pytest.mark.parametrize("frames", [2, 17, 256])
@pytest.mark.parametrize("bits", [16, 24])
def test_okwt_reads_every_frame_of_a_wavetable(table: Callable[..., Path], frames: int, bits: int) -> None:
    path = table(frames, bits)
    converted = path.with_suffix(".wt")

    subprocess.run(
        [str(find_okwt()), "-i", str(path), "-o", str(converted)], check=True, capture_output=True, timeout=60
    )

    # the header of Surge's and Bitwig's tables: samples a frame, frames, flags of which none means 32-bit floats
    magic, samples, count, flags = struct.unpack_from("<4sIHH", converted.read_bytes())
    assert (magic, samples, count, flags) == (b"vawt", FRAME, frames, 0)
    read = np.frombuffer(converted.read_bytes()[12:], "<f4").reshape(frames, FRAME)
    # it takes the largest sample for 1, and soundfile one more than that
    assert np.abs(read - frames_of(path)).max() < 2 ** (2 - bits)


@needs_okwt
def test_okwt_finds_the_chunks_of_a_wavetable(table: Callable[..., Path]) -> None:
    path = table(5)

    said = subprocess.run([str(find_okwt()), "-i", str(path)], check=True, capture_output=True, text=True, timeout=60)

    assert f"'frame_size': {FRAME}" in said.stdout
    assert "'num_frames': 5.0" in said.stdout
    assert said.stdout.index("b'clm '") < said.stdout.index("b'data'")


@needs_okwt
def test_okwt_does_not_read_the_same_frames_from_another_table(table: Callable[..., Path]) -> None:
    """What is compared above can differ."""
    path = table(3)
    other = path.with_name("other.wav")
    other.write_bytes(path.read_bytes()[: -2 * FRAME] + bytes(2 * FRAME))
    converted = path.with_suffix(".wt")

    subprocess.run(
        [str(find_okwt()), "-i", str(other), "-o", str(converted)], check=True, capture_output=True, timeout=60
    )

    read = np.frombuffer(converted.read_bytes()[12:], "<f4").reshape(-1, FRAME)
    assert np.abs(read - frames_of(path)).max() > 0.1


# --- Vital


class Vital:
    """The synth with nothing on but one oscillator that plays a table."""

    def __init__(self, table: NDArray[np.float64]) -> None:
        vita = pytest.importorskip("vita", reason="vita, which is Vital as a Python module, is not installed")
        self._synth: Any = vita.Synth()
        self._synth.set_sample_rate(RATE_HZ)
        self._preset = json.loads(self._synth.to_json())
        settings = self._preset["settings"]
        settings |= {"osc_1_random_phase": 0.0, "osc_1_phase": 0.0, "env_1_attack": 0.0, "stereo_mode": 0.0}
        assert [name for name, on in settings.items() if name.endswith("_on") and on] == ["osc_1_on"]
        wavetable = settings["wavetables"][0]
        wavetable["groups"][0]["components"][0]["keyframes"] = [
            {"position": i, "wave_data": base64.b64encode(frame.astype("<f4").tobytes()).decode()}
            for i, frame in enumerate(table)
        ]

    def play(self, note: int, frame: int) -> NDArray[np.float64]:
        """Render half a second of a note from one frame of the table."""
        self._preset["settings"]["osc_1_wave_frame"] = float(frame)
        assert self._synth.load_json(json.dumps(self._preset))
        heard = self._synth.render(note, 1.0, 0.7, 0.7)[0]
        return np.asarray(heard[RATE_HZ // 10 : RATE_HZ // 10 + RATE_HZ // 2], np.float64)


def harmonics(heard: NDArray[np.float64], hz: float, count: int) -> NDArray[np.float64]:
    """Measure the levels of the harmonics of a pitch."""
    t = np.arange(len(heard)) / RATE_HZ
    window = np.hanning(len(heard))
    return np.array([abs(np.exp(-2j * np.pi * h * hz * t) @ (window * heard)) for h in range(1, count + 1)])


def pitch_hz(heard: NDArray[np.float64], near_hz: float) -> float:
    """Measure the pitch around one: where the harmonics are strongest together."""
    candidates = near_hz * 2 ** (np.linspace(-60, 60, 61) / 1200)  # two cents apart
    return float(candidates[np.argmax([(harmonics(heard, hz, 8) ** 2).sum() for hz in candidates])])


@pytest.mark.parametrize("note", [36, 69, 84])
def test_vital_plays_a_wavetable_at_the_pitch_of_the_note(table: Callable[..., Path], note: int) -> None:
    synth = Vital(frames_of(table(5)))
    wanted_hz = 440 * 2 ** ((note - 69) / 12)

    for frame in (0, 4):
        heard = synth.play(note, frame)
        assert np.abs(heard).max() > 0.01
        assert abs(1200 * np.log2(pitch_hz(heard, wanted_hz) / wanted_hz)) <= 2


def test_vital_plays_each_frame_as_its_own_timbre(table: Callable[..., Path]) -> None:
    frames = frames_of(table(9))
    synth = Vital(frames)
    hz = 440 * 2 ** ((36 - 69) / 12)
    count = 24

    heard = np.array([harmonics(synth.play(36, number), hz, count) for number in range(9)])
    wanted = np.abs(np.fft.rfft(frames, axis=1))[:, 1 : count + 1]

    heard /= np.linalg.norm(heard, axis=1, keepdims=True)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    likeness = heard @ wanted.T
    # what is heard of a frame is that frame, and none is liker to it than itself
    assert np.diag(likeness).min() > 0.999
    assert (likeness.argmax(axis=1) == np.arange(9)).all()
    # and the way from one end to the other is that of the frames
    np.testing.assert_allclose(heard @ heard[0], wanted @ wanted[0], atol=2e-3)


def test_vital_plays_the_seeds_own_sounds_at_the_ends_of_the_table(table: Callable[..., Path], workplace: Path) -> None:
    synth = Vital(frames_of(table(3)))
    hz = 440 * 2 ** ((36 - 69) / 12)

    for frame, seed in zip((0, 2), SEEDS, strict=True):
        (wave,) = mirage_gan.load(workplace / "runs" / "tiny").generate([seed])
        own = np.abs(np.fft.rfft(wave))[1:25]
        heard = harmonics(synth.play(36, frame), hz, 24)
        assert own @ heard / np.linalg.norm(own) / np.linalg.norm(heard) > 0.999
