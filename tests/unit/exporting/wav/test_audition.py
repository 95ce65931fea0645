"""One WAV file to listen to: every sound is in it for a moment, under its name, and loops at one pitch."""

from __future__ import annotations

import shutil
import subprocess
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import makers
from mirage_gan.exporting.export import export
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.exporting.wav.audition import AuditionWav
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.waves import representation
from tests.support import bs1770, riff
from tests.support.addresses import of_seeds
from tests.support.disk_exports import disks_of
from tests.support.exports import asked, make_waves
from tests.support.wav_exports import cents_off, waves

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.models.addresses import Place

RATE_HZ = 44_100
SLOT = round(0.8 * RATE_HZ)
GAP = round(0.1 * RATE_HZ)


def auditioned(run: Path, folder: Path, **settings: object) -> tuple[Path, list[tuple[str, NDArray[np.float64]]]]:
    """Return the file of an export, and what is heard from each cue point to the next, by its name."""
    report = export(asked(run, to=("audition-wav",), **settings), folder / "export")
    path = folder / "export" / report.disks[0]
    signal, _ = soundfile.read(path)
    cues = riff.cues(path.read_bytes())
    return path, list(zip(cues, np.split(signal, list(cues.values())[1:]), strict=True))


@pytest.mark.parametrize("settings", [{}, {"length": "100"}, {"pages": 4}, {"pages": 4, "fill": True}])
def test_loops_of_any_length_are_heard_for_0_8_s_at_220_hz_each_at_its_named_cue_point(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object]
) -> None:
    make_waves(monkeypatch, waves(5))
    path, heard = auditioned(trained, tmp_path, count=5, **settings)

    assert path.name == "tiny-seed000000-audition.wav"
    assert [name for name, _ in heard] == [f"tiny-seed{seed:06}" for seed in range(5)]
    for _, signal in heard:
        assert len(signal) == SLOT + GAP
        assert not signal[SLOT:].any()
        assert signal[0] == signal[SLOT - 1] == 0
        assert abs(cents_off(signal[441 : SLOT - 441], RATE_HZ, 220)) < 0.5
        assert -1.1 < bs1770.true_peak_db(signal) < -0.9


def test_one_shots_are_heard_as_they_are_and_cut_with_a_fade(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("npy",), count=6), tmp_path / "own")
    _, heard = auditioned(trained_oneshots, tmp_path, count=6)

    for name, signal in heard:
        own = np.load(tmp_path / "own" / f"{name}.npy")
        seconds = min(0.8, len(own) / 29_412)
        sound = signal[: len(signal) - GAP]
        assert len(sound) / RATE_HZ == pytest.approx(seconds, abs=1e-4)
        assert not signal[len(sound) :].any()
        assert np.abs(sound[-20:]).max() < 0.05
        # its envelope is that of the sound
        parts = [np.array_split(x[: round(seconds * rate)], 30) for x, rate in ((own, 29_412), (sound, RATE_HZ))]
        levels = np.array([[np.sqrt(np.mean(np.square(part, dtype=float))) for part in split] for split in parts])
        assert np.corrcoef(levels)[0, 1] > 0.99


@pytest.mark.parametrize("bits", [8, 24])
def test_the_options_of_wav_files_are_those_of_the_file_to_listen_to(trained: Path, tmp_path: Path, bits: int) -> None:
    path, heard = auditioned(trained, tmp_path, count=3, rate_hz=48_000, loudness="equal", bits=bits)

    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.subtype) == (48_000, {8: "PCM_U8", 24: "PCM_24"}[bits])
    for _, signal in heard:
        inner = signal[480 : round(0.8 * 48_000) - 480]
        assert bs1770.lufs_of_loop(inner[: 48_000 // 220 * 100]) == pytest.approx(-23, abs=0.3)


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
def test_sox_opens_it(trained: Path, tmp_path: Path) -> None:
    path, _ = auditioned(trained, tmp_path, count=3)

    said = subprocess.run(["sox", "--info", str(path)], check=True, capture_output=True, text=True)
    assert f"{3 * (SLOT + GAP)} samples" in said.stdout
    assert said.stderr == ""
    subprocess.run(["sox", str(path), str(tmp_path / "copy.wav")], check=True, capture_output=True)
    assert np.array_equal(soundfile.read(tmp_path / "copy.wav")[0], soundfile.read(path)[0])


def test_export_json_says_where_each_sound_is(trained: Path, tmp_path: Path) -> None:
    path, heard = auditioned(trained, tmp_path, count=3)

    sounds = disks_of(path.parent)[path.name]["sounds"]
    assert [item["address"] for item in sounds] == [{"seed": 0}, {"seed": 1}, {"seed": 2}]
    assert [item["start_seconds"] for item in sounds] == pytest.approx([0, 0.9, 1.8])
    assert all("novelty" in item for item in sounds)
    assert len(heard) == 3


def test_typed_twice_it_is_found_unchanged(trained: Path, tmp_path: Path) -> None:
    first, second = (export(asked(trained, to=("audition-wav", "wav")), tmp_path / "export") for _ in range(2))

    assert (first.unchanged, second.unchanged) == (False, True)


# --- many sounds


def order_of(count: int, length: int = 256) -> ExportOrder:
    shape = SoundShape(representation.of_kind(LOOP), length, 1, "periodic")
    return ExportOrder(
        ExportConfig(to=("audition-wav",), count=count), shape, "run", None, of_seeds(range(count)), DiskNumbers({}, {})
    )


def test_memory_holds_bytes_and_no_samples_of_what_is_done() -> None:
    def peak(count: int) -> int:
        order = order_of(count, 16_384)
        about: dict[str, object] = {"novelty": None, "nearest": "", "faults": []}
        same = np.tile(waves(1), (count, 1))
        sounds: dict[Place, makers.Sound] = {
            address: order.sound(wave, about) for address, wave in zip(order.addresses, same, strict=True)
        }
        tracemalloc.start()
        try:
            (file,) = makers.make_maker("audition-wav", order).files(sounds)
            assert len(file.content) > count * 2 * SLOT
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # what is loaded once
    # a sound is 79 KB in the file, and the same again as a part of it; its samples would be 159 KB more as float32, and
    # those that it was made of, 65
    assert (peak(150) - peak(100)) / 50 < 2.2 * 2 * (SLOT + GAP)


def test_more_than_a_wav_file_holds_is_refused_before_anything_is_made() -> None:
    AuditionWav(order_of(27_000))
    with pytest.raises(ConfigError) as caught:
        AuditionWav(order_of(28_000))

    assert str(caught.value) == (
        "--to audition-wav makes one file, of 2 GiB at most, which is 27,053 sounds: choose a lower --count"
    )
