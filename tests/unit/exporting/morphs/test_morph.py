"""A morph goes there and back without a seam, from one seed's own sound to the other's."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.exporting.morphs import morph_order
from tests.support import bs1770, floppy
from tests.support.morphs import CYCLES, cycle_samples, likeness, make, make_brighter, own_sound
from tests.support.riff import chunks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.support.fixtures import Cli


some = settings(max_examples=50)


# --- the cycles


def test_the_cycles_that_a_bank_holds_leave_a_page_to_spare() -> None:
    for samples in (256, 512, 1024):
        count = morph_order.count_cycles(samples)
        pages = count * samples // 256
        assert pages <= 255 < pages + samples // 256
    assert {samples: morph_order.count_cycles(samples) for samples in CYCLES} == CYCLES


@some
@given(
    weights=arrays(np.float64, st.tuples(st.integers(2, 9), st.just(8)), elements=st.floats(-1, 1)),
    samples=st.sampled_from([256, 512, 1024]),
)
def test_cycles_are_joined_without_a_step_at_their_borders(weights: NDArray[np.float64], samples: int) -> None:
    phase = 2 * np.pi * np.arange(64) / 64
    frames = np.sin(phase) + sum(
        0.5 * weights[:, [h]] * np.sin((h + 1) * phase + weights[:, [-1 - h]]) for h in range(8)
    )

    signal = morph_order.join(np.asarray(frames, np.float32), samples)

    assert signal.shape == (len(frames) * samples,)
    assert np.abs(signal).max() == pytest.approx(1)
    assert abs(float(signal.mean(dtype=np.float64))) < 1e-5
    # at a border two frames meet where they are equally loud: the step there is one of theirs
    steps = np.abs(np.diff(np.append(signal, signal[0]))).reshape(len(frames), samples)
    assert steps[:, -1].max() <= 1.5 * steps[:, :-1].max()


@cycle_samples
def test_the_whole_loops_without_a_step_larger_than_inside(trained: Path, tmp_path: Path, samples: int) -> None:
    make(trained, tmp_path / "out", "pcm", samples=samples)

    (path,) = (tmp_path / "out").glob("*.pcm")
    signal = np.frombuffer(path.read_bytes(), np.uint8).astype(int)
    steps = np.abs(np.diff(signal))
    assert len(signal) == samples * CYCLES[samples]
    assert abs(signal[0] - signal[-1]) <= steps.max()
    borders = steps[samples - 1 :: samples]
    assert borders.max() <= np.delete(steps, np.s_[samples - 1 :: samples]).max()


@cycle_samples
@pytest.mark.parametrize("way", [(3, 17), (3, 17, 5)])
def test_the_seeds_own_sounds_are_passed_on_the_way(
    trained: Path, tmp_path: Path, samples: int, way: tuple[int, ...]
) -> None:
    make(trained, tmp_path / "out", "wav", seeds=way, samples=samples)

    (path,) = (tmp_path / "out").glob("*.wav")
    cycles = soundfile.read(path)[0].reshape(-1, samples)
    for number, seed in enumerate(way):
        at = round(number * len(cycles) / 2 / (len(way) - 1))
        near = [likeness(cycles[(at + turn) % len(cycles)], own_sound(trained, seed, samples)) for turn in (-1, 0)]
        assert max(near) > 0.99
    first = likeness(cycles[0], own_sound(trained, way[0], samples))
    assert first > likeness(cycles[len(cycles) // 3], own_sound(trained, way[0], samples))


def test_three_seeds_are_not_two(trained: Path, tmp_path: Path) -> None:
    for way in ((3, 17), (3, 5, 17), (3, 17, 5)):
        make(trained, tmp_path / "out", "pcm", seeds=way)

    files = sorted((tmp_path / "out").glob("*.pcm"))
    assert [path.name for path in files] == [
        "tiny-morph-000003-000005-000017.pcm",
        "tiny-morph-000003-000017-000005.pcm",
        "tiny-morph-000003-000017.pcm",
    ]
    assert len({path.read_bytes() for path in files}) == 3


# --- samples


@cycle_samples
def test_pcm_is_what_the_mirage_needs(trained: Path, tmp_path: Path, samples: int) -> None:
    report = make(trained, tmp_path / "out", "pcm", samples=samples)

    (path,) = (tmp_path / "out").glob("*.pcm")
    bytes_of = np.frombuffer(path.read_bytes(), np.uint8)
    assert path.name == "tiny-morph-000003-000017.pcm"
    assert len(bytes_of) == {256: 65_280, 1024: 64_512}[samples]
    assert bytes_of.min() >= 1
    assert bytes_of.min() == 1 or bytes_of.max() == 255  # full scale
    assert abs(float(bytes_of.mean()) - 128) < 0.51  # no DC
    assert (report.cycles, report.samples) == (CYCLES[samples], len(bytes_of))
    assert report.seconds == pytest.approx(len(bytes_of) * 34e-6, abs=0.01)


@cycle_samples
@pytest.mark.parametrize("bits", [8, 16, 24])
def test_wav_files_loop_and_know_their_note(trained: Path, tmp_path: Path, samples: int, bits: int) -> None:
    make(trained, tmp_path / "out", "wav", "pcm", samples=samples, bits=bits)

    (path,) = (tmp_path / "out").glob("*.wav")
    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.channels, file.subtype) == (29_412, 1, f"PCM_{'U8' if bits == 8 else bits}")
        signal = file.read()
    smpl = struct.unpack("<9I6I", chunks(path.read_bytes())[b"smpl"])
    note, fraction, loops, kind, first, last = smpl[3], smpl[4], smpl[7], smpl[10], smpl[11], smpl[12]
    assert (loops, kind, first, last) == (1, 0, 0, samples * CYCLES[samples] - 1)
    hz = 440 * 2 ** ((note + fraction / 2**32 - 69) / 12)
    assert hz == pytest.approx(floppy.TICK_HZ / samples, rel=1e-4)
    pcm = np.frombuffer(path.with_suffix(".pcm").read_bytes(), np.uint8).astype(float) - 128
    gain = float(signal @ pcm / (pcm @ pcm))
    assert np.abs(signal - gain * pcm).max() * 128 < 1.6
    assert -1.2 < bs1770.true_peak_db_of_loop(signal) <= -1


def test_the_same_seeds_give_the_same_bytes_whatever_else_is_asked_for(trained: Path, tmp_path: Path) -> None:
    everything = ("pcm", "wav", "disk", "edm", "hfe", "gotek", "wavetable")
    make(trained, tmp_path / "one", *everything)
    make(trained, tmp_path / "two", *everything)
    for form in everything:
        make(trained, tmp_path / "three", form)

    def contents(out: Path) -> dict[str, bytes]:
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    first = contents(tmp_path / "one")
    assert len(first) == 11
    assert contents(tmp_path / "two") == contents(tmp_path / "three") == first


# --- wavetables


@pytest.mark.parametrize("frames", [2, 5, 256])
@pytest.mark.parametrize("bits", [16, 24])
def test_a_wavetable_has_frames_of_2048_samples_and_says_so(
    trained: Path, tmp_path: Path, frames: int, bits: int
) -> None:
    report = make(trained, tmp_path / "out", "wavetable", frames=frames, bits=bits)

    assert report.files == ["tiny-morph-000003-000017-wavetable.wav"]
    path = tmp_path / "out" / report.files[0]
    with soundfile.SoundFile(path) as file:
        assert (file.frames, file.channels, file.subtype) == (2048 * frames, 1, f"PCM_{bits}")
    found = chunks(path.read_bytes())
    assert list(found) == [b"fmt ", b"clm ", b"data"]  # readers that stop at the audio have seen it
    assert found[b"clm "].startswith(b"<!>2048 ")


@pytest.mark.parametrize("way", [(3, 17), (3, 17, 5)])
def test_the_frames_of_a_wavetable_are_the_seeds_own_sounds_and_what_lies_between(
    trained: Path, tmp_path: Path, way: tuple[int, ...]
) -> None:
    frames = 2 * len(way) + 1  # so that every seed has a frame of its own
    make(trained, tmp_path / "out", "wavetable", seeds=way, frames=frames)

    (path,) = (tmp_path / "out").glob("*.wav")
    table = soundfile.read(path)[0].reshape(frames, 2048)
    assert likeness(table[0], own_sound(trained, way[0], 2048)) > 0.9999
    assert likeness(table[-1], own_sound(trained, way[-1], 2048)) > 0.9999
    for seed in way:
        assert max(likeness(frame, own_sound(trained, seed, 2048)) for frame in table) > 0.999
    assert len(np.unique(table, axis=0)) == frames
    assert 0.98 < np.abs(table).max() < 1
    assert np.abs(table.mean(axis=1)).max() < 1e-3  # no DC
    seams = np.abs(table[:, 0] - table[:, -1])
    assert (seams <= 1.5 * np.abs(np.diff(table, axis=1)).max(axis=1)).all()  # each frame is a cycle


def test_a_wavetable_steps_evenly(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_brighter(monkeypatch)
    make(trained, tmp_path / "out", "wavetable", frames=33)

    (path,) = (tmp_path / "out").glob("*.wav")
    table = soundfile.read(path)[0].reshape(33, 2048)
    steps = np.linalg.norm(np.diff(table, axis=0), axis=1)
    assert steps.min() > 0
    assert steps.max() < 3 * np.median(steps)


def test_a_wavetable_is_told_as_what_it_is(cli: Cli, workplace: Path) -> None:
    result = cli("morph", "--seed", 3, "--seed", 17, "--to", "wavetable", "--frames", 9)

    assert result.exit_code == 0
    assert "9 frames" in result.stdout
    assert "255 cycles" not in result.stdout  # there are none, and nothing leads back
