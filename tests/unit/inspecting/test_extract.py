"""What a disk holds is written as WAV byte for byte, and plays there as on the machine: its loop, and its pitch."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.inspecting.extract import extract
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign
from tests.support.extracted import ZONES, Wav, extracted, read_wav, some

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from tests.support.fixtures import Cli


halves = pytest.mark.parametrize("name", ["L1", "U3"])


def as_a_sampler(wav: Wav, ticks: int) -> Samples:
    """Play a WAV file from its start, and its loop for ever; without one, silence follows."""
    if wav.loop is None:
        return np.concatenate([wav.samples, np.full(max(0, ticks - len(wav.samples)), 0x80, np.uint8)])[:ticks]
    first, last = wav.loop
    around = wav.samples[first : last + 1]
    return np.concatenate([wav.samples[: last + 1], np.resize(around, max(0, ticks - last - 1))])[:ticks]


# --- the audio


def test_files_hold_the_bytes_of_the_disk(tmp_path: Path) -> None:
    memory = foreign.noise(65_536)

    found = extracted(tmp_path, foreign.sound("U2", *ZONES, memory=memory))

    # from the start to the last 16 bytes, where what a marker displaced was kept
    assert {name: wav.samples.tobytes() for name, wav in found.items()} == {
        "U2-1.wav": memory[0x0000:0x20F0].tobytes(),
        "U2-2.wav": memory[0x2100:0x40F0].tobytes(),
        "U2-4.wav": memory[0x6100:0x80F0].tobytes(),
    }
    assert all(0 not in wav.samples for wav in found.values())


def test_loop_points_are_those_of_the_disk(tmp_path: Path) -> None:
    found = extracted(tmp_path, foreign.sound("L1", *ZONES))

    assert {name: wav.loop for name, wav in found.items()} == {
        "L1-1.wav": (0x1000, 0x10FF),
        "L1-2.wav": None,
        "L1-4.wav": (0x0F00, 0x1720),
    }


@st.composite
def waves(draw: st.DrawFn) -> floppy.Wave:
    """Draw any page settings that the panel of a Mirage lets a user make (section 3.6)."""
    start = draw(st.integers(0, 0xFE))
    end = draw(st.integers(start + 1, min(start + draw(st.sampled_from([2, 8, 30])), 0xFF)))
    if draw(st.integers(0, 3)) == 0:
        return foreign.wave(start, end, top_key=60)
    loop_start = draw(st.integers(start, min(end, 0xFE)))
    loop_end = draw(st.integers(loop_start, end))
    fine = draw(st.sampled_from([0xFF, 0x80, 0xDF]) | st.integers(0x80, 0xFF))
    if loop_end == end:
        fine = min(fine, 0xDF)
    return foreign.wave(start, end, (loop_start, loop_end, fine), top_key=60)


@some
@given(wave=waves(), name=st.sampled_from(floppy.SOUNDS), seed=st.integers(0, 9))
def test_a_file_plays_as_the_machine_plays_the_disk(tmp_path: Path, wave: floppy.Wave, name: str, seed: int) -> None:
    image = foreign.sound(name, wave, memory=foreign.noise(65_536, seed))
    ticks = 2 * 256 * (wave.end - wave.start + 1)

    (wav,) = extracted(tmp_path, image).values()

    assert as_a_sampler(wav, ticks).tolist() == floppy.render(image, name, 0, 512, ticks)


def test_audio_ends_where_a_stop_ends_it(tmp_path: Path) -> None:
    wave = foreign.wave(0x20, 0x2F, top_key=60)  # one table of the chip
    memory = foreign.mark(foreign.noise(65_536), wave)
    memory[0x2234:0x2244] = 0
    image = foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})

    (wav,) = extracted(tmp_path, image).values()

    assert as_a_sampler(wav, 0x2000).tolist() == floppy.render(image, "L1", 0, 512, 0x2000)
    assert len(wav.samples) == 0x234


def test_only_wavesamples_that_some_key_plays_are_written(tmp_path: Path) -> None:
    programs = [foreign.program(), foreign.program(2), foreign.program(), foreign.program()]

    assert sorted(extracted(tmp_path, foreign.sound("L1", *ZONES))) == ["L1-1.wav", "L1-2.wav", "L1-4.wav"]
    found = extracted(tmp_path, foreign.sound("L1", *ZONES, programs=programs))
    assert sorted(found) == ["L1-1.wav", "L1-2.wav", "L1-3.wav", "L1-4.wav"]


def test_all_sounds_of_a_disk_are_written(tmp_path: Path) -> None:
    sounds = {
        name: (foreign.parameters(name[0], [ZONES[0]]), foreign.mark(foreign.noise(65_536, i), ZONES[0]))
        for i, name in enumerate(floppy.SOUNDS)
    }

    found = extracted(tmp_path, foreign.image(sounds))

    assert list(found) == sorted(f"{name}-1.wav" for name in floppy.SOUNDS)
    for name in floppy.SOUNDS:
        assert found[f"{name}-1.wav"].samples[:0x1100].tobytes() == sounds[name][1][:0x1100].tobytes()


def test_an_hfe_file_gives_the_same_files_as_its_image(tmp_path: Path) -> None:
    image = foreign.sound("U1", *ZONES)
    (tmp_path / "disk.hfe").write_bytes(hfe.build(image))
    extract(tmp_path / "disk.hfe", tmp_path / "of-hfe")
    extracted(tmp_path, image)

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "of-hfe").iterdir())
    for name in names:
        assert (tmp_path / "of-hfe" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_what_was_put_on_a_disk_comes_back(cli: Cli, workplace: Path, tmp_path: Path) -> None:
    assert cli("export", "tiny", "--to", "disk", "--to", "pcm", "--count", 4, "--pages", 2).exit_code == 0
    (disk,) = (workplace / "export").glob("*.img")

    report = extract(disk, tmp_path / "out")

    assert len(report.sounds) == 8
    for half, seed in itertools.product("LU", range(4)):
        wav = read_wav(tmp_path / "out" / f"{half}1-{seed + 1}.wav")
        assert wav.loop == (0, 511)
        assert wav.samples[:512].tobytes() == (workplace / "export" / f"tiny-seed{seed:06}.pcm").read_bytes()


# --- the pitch


def sampler_hz(wav: Wav, key: int, period_samples: float) -> float:
    """Return the pitch at which a sampler plays a cycle of so many samples on a key (0 is MIDI 36)."""
    return float(wav.rate_hz * 2 ** ((36 + key - wav.note) / 12) / period_samples)


@halves
@some
@given(tuning=st.tuples(st.integers(0, 7), st.integers(0, 255)), key=st.integers(0, 60))
def test_every_key_has_the_pitch_that_it_has_on_the_machine(
    tmp_path: Path, name: str, tuning: tuple[int, int], key: int
) -> None:
    wave = foreign.wave(0, 0x20, (0x10, 0x10, 0xFF), tuning=tuning, top_key=60)

    (wav,) = extracted(tmp_path, foreign.sound(name, wave)).values()

    # the closed form of section 4, for any tuning
    v = 36 + key - (24 if name[0] == "U" else 0)
    playback_hz = 2 ** (tuning[0] + tuning[1] / 256 + 6.53915 + v / 12)
    assert abs(floppy.cents(sampler_hz(wav, key, 256), playback_hz / 256)) < 0.2
    # its integers, where words are large enough to say it well, and not beyond the highest octave
    if 500 <= playback_hz / floppy.playback_hz(1) < 37_000:
        machine_hz = floppy.playback_hz(floppy.word(key, wave, name)) / 256
        assert abs(floppy.cents(sampler_hz(wav, key, 256), machine_hz)) < 6


@pytest.mark.parametrize(
    ("name", "tuning", "note"),
    [
        ("L1", (3, 0xFA), 52),  # the default unity keys
        ("U1", (3, 0x8E), 81),
        ("L1", (3, 0x4E), 60),  # of the table for a natural note
        ("U1", (5, 0x4E), 60),
        ("L3", (2, 0x8E), 69),
        ("U3", (7, 0x4E), 36),
    ],
)
def test_the_root_is_the_key_that_plays_a_sample_at_its_own_rate(
    tmp_path: Path, name: str, tuning: tuple[int, int], note: int
) -> None:
    (wav,) = extracted(tmp_path, foreign.sound(name, foreign.wave(0, 0x20, tuning=tuning, top_key=60))).values()

    assert wav.note == pytest.approx(note, abs=0.07)  # a step of fine tuning is 0.047


@halves
@pytest.mark.parametrize("pages", [1, 2])
def test_a_cycle_in_tune_is_in_tune_in_a_sampler(tmp_path: Path, name: str, pages: int) -> None:
    coarse = {"L": 3, "U": 5}[name[0]] + pages  # 4 / 7E and 5 / 7E of the lower half, for one page and two
    wave = foreign.wave(0, 0x20, (0x10, 0x0F + pages, 0xFF), tuning=(coarse, 0x7E), top_key=60)

    (wav,) = extracted(tmp_path, foreign.sound(name, wave)).values()

    for key in range(61):
        assert abs(floppy.cents(sampler_hz(wav, key, 256 * pages), floppy.key_hz(key))) < 3


def test_the_second_of_a_pair_has_the_pitch_of_the_first_in_mix_mode(tmp_path: Path) -> None:
    # section 3.3: oscillator 2 plays the next wavesample, and only the first of a pair gives the tuning
    pair = [
        foreign.wave(0, 0x10, (8, 8, 0xFF), tuning=(4, 0x7E), top_key=60),
        foreign.wave(0x11, 0x20, (0x18, 0x18, 0xFF), tuning=(1, 0x00), top_key=60),
    ]

    found = extracted(tmp_path, foreign.sound("L1", *pair, programs=[foreign.program(mix=True)]))

    assert list(found) == ["L1-1.wav", "L1-2.wav"]
    assert found["L1-2.wav"].note == found["L1-1.wav"].note


def test_the_root_may_lie_beyond_the_keyboard(tmp_path: Path) -> None:
    lowest = foreign.wave(0, 0x20, tuning=(7, 0xFF), top_key=60)
    highest = foreign.wave(0, 0x20, tuning=(0, 0), top_key=60)

    (low,) = extracted(tmp_path, foreign.sound("L1", lowest)).values()
    (high,) = extracted(tmp_path, foreign.sound("U1", highest)).values()

    assert low.note == pytest.approx(12 * (math.log2(29_411.76) - 6.53915 - 7 - 255 / 256), abs=0.01)
    assert high.note == pytest.approx(12 * (math.log2(29_411.76) - 6.53915 + 2), abs=0.01)
