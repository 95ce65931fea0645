"""Exported sounds: what the Mirage needs, the same bytes for the same seed, and as many as were asked for."""

from __future__ import annotations

import dataclasses
import json
import shutil
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.signal
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import mirage_gan
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.exporting import export as export_stage
from mirage_gan.exporting.export import export
from mirage_gan.exporting.zip_file import ZIP
from mirage_gan.folders import runs
from mirage_gan.folders.exports import MARKER
from mirage_gan.judging import novelty
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import CENTER, PAGE_BYTES, RATE_HZ
from mirage_gan.models.sampling import Sampler, latent
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.formats import FORMATS, exported
from mirage_gan.waves import bitmap
from mirage_gan.waves.interpolation import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SOUND_FILES = tuple(name for name in exported() if not FORMATS[name].holds_many)


def asked(run: Path, **changes: Any) -> ExportConfig:
    return dataclasses.replace(ExportConfig(run=str(run), count=4), **changes)


def entries(out: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = files.load_json(out / MARKER, version=1)["files"]
    return found


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name not in (MARKER, ZIP)}


def with_source(trained: Path, folder: Path, source_samples: int) -> Path:
    """Copy a run as if it had learned from sounds of another length."""
    shutil.copytree(trained, folder / "run")
    config = files.load_json(folder / "run" / runs.MARKER)
    config["data"]["source_samples"] = source_samples
    files.write_bytes(folder / "run" / runs.MARKER, files.encode_json(config))
    return folder / "run"


def make_waves(monkeypatch: pytest.MonkeyPatch, waves: NDArray[np.float32]) -> None:
    """Let the generator make these waves, in the order of their seeds."""
    monkeypatch.setattr(Sampler, "generate", lambda _, seeds: waves[list(seeds)])


def riff_chunks(data: bytes) -> dict[bytes, bytes]:
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        name, length = struct.unpack("<4sI", data[at : at + 8])
        chunks[name] = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return chunks


def seam(signal: NDArray[np.float32]) -> float:
    """Return the step from the last sample to the first, to the largest one inside."""
    return float(abs(signal[0] - signal[-1]) / np.abs(np.diff(signal)).max())


@st.composite
def loops(draw: st.DrawFn) -> NDArray[np.float32]:
    """Loops of 64 points and up to 16 harmonics."""
    weights = st.lists(st.floats(-1, 1), min_size=1, max_size=16)
    phase = np.arange(64) * 2 * np.pi / 64
    total = np.sin(phase) * draw(st.floats(0.1, 1))
    for i, (a, b) in enumerate(zip(draw(weights), draw(weights), strict=False)):
        total = total + a * np.sin((i + 1) * phase) + b * np.cos((i + 1) * phase)
    return np.asarray(total / max(1e-3, np.abs(total).max()), np.float32)


# what the Mirage needs


def test_pcm_is_what_the_mirage_needs(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=12), tmp_path / "export")

    for path in (tmp_path / "export").glob("*.pcm"):
        samples = np.frombuffer(path.read_bytes(), np.uint8)
        assert samples.min() >= 1  # 0x00 stops the oscillator
        assert len(samples) % PAGE_BYTES == 0
        assert len(samples) < 65_536
        assert abs(float(samples.astype(float).mean()) - CENTER) < 0.51  # DC within half a step
        assert samples.max() == 255 or samples.min() == 1  # peak at full scale


@settings(max_examples=60)
@given(wave=loops(), samples=st.integers(16, 3000), interp=st.sampled_from(["periodic", "linear", "cubic"]))
def test_rendered_sounds_are_centered_and_at_full_scale(wave: NDArray[np.float32], samples: int, interp: str) -> None:
    signal = render(wave, samples, interp)

    assert signal.shape == (samples,)
    assert signal.dtype == np.float32
    peak = np.abs(signal).max()
    assert peak == 1 or not signal.any()
    assert abs(float(signal.mean(dtype=np.float64))) < 1e-5
    assert pcm.encode(signal).min() >= 1


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
@pytest.mark.parametrize("interp", ["periodic", "linear", "cubic"])
def test_a_flat_wave_is_exported_as_silence(value: float, interp: str) -> None:
    signal = render(np.full(64, value, np.float32), 256, interp)

    assert pcm.encode(signal).tolist() == [CENTER] * 256


@settings(max_examples=60)
@given(wave=loops(), samples=st.sampled_from([256, 300, 512, 1000, 1024]))
def test_a_loop_has_no_click_at_its_seam(wave: NDArray[np.float32], samples: int) -> None:
    assert seam(render(wave, samples, "periodic")) <= 1.5


@pytest.mark.parametrize("interp", ["periodic", "cubic", "linear"])
def test_an_exported_loop_does_not_click_whatever_the_interpolation(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interp: str
) -> None:
    # one harmonic at four phases, from 64 points to 256 samples
    phase = np.arange(64) * 2 * np.pi / 64
    make_waves(monkeypatch, np.array([np.sin(phase + turn) for turn in (0, 1, 2, 3)], np.float32))
    export(asked(trained, to=("npy",), interp=interp), tmp_path / "export")

    assert max(seam(np.load(path)) for path in (tmp_path / "export").glob("*.npy")) <= 1.5


@pytest.mark.parametrize("interp", ["periodic", "cubic", "linear"])
def test_a_loop_sounds_at_the_pitch_that_is_stated_whatever_the_interpolation(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interp: str
) -> None:
    phase = np.arange(64) * 2 * np.pi / 64
    make_waves(monkeypatch, np.sin(phase, dtype=np.float32)[None])
    report = export(asked(trained, to=("npy",), interp=interp, count=1), tmp_path / "export")

    (path,) = (tmp_path / "export").glob("*.npy")
    power = np.abs(np.fft.rfft(np.tile(np.load(path), 64))) ** 2
    # nothing but the pitch and what the straight lines of linear add to it, which is under -50 dB
    assert report.pitch_hz == pytest.approx(RATE_HZ / 256, abs=1e-4)
    assert power[64] > 0.99999 * power.sum()


# lengths


@pytest.mark.parametrize(
    ("source", "samples"),
    [(20, 256), (256, 256), (300, 256), (480, 512), (600, 512), (900, 1024), (1024, 1024), (4000, 1024)],
)
def test_a_loop_has_the_pages_nearest_to_its_sources(trained: Path, tmp_path: Path, source: int, samples: int) -> None:
    report = export(asked(with_source(trained, tmp_path, source), count=1), tmp_path / "export")

    assert report.samples == samples
    assert report.pitch_hz == pytest.approx(RATE_HZ / samples, abs=1e-4)
    (path,) = (tmp_path / "export").glob("*.pcm")
    assert path.stat().st_size == samples


@pytest.mark.parametrize(("source", "pages"), [(1, 1), (256, 1), (257, 2), (3000, 12), (65_280, 255), (10**6, 255)])
def test_a_one_shot_has_its_sources_length_in_whole_pages(
    trained_oneshots: Path, tmp_path: Path, source: int, pages: int
) -> None:
    report = export(asked(with_source(trained_oneshots, tmp_path, source), count=1), tmp_path / "export")

    assert report.samples == 256 * pages
    assert report.pitch_hz is None
    assert report.kind == "oneshot"


@pytest.mark.parametrize("length", [16, 17, 255, 256, 1000, 65_535])
@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_a_length_is_exact(trained: Path, trained_oneshots: Path, tmp_path: Path, length: int, kind: str) -> None:
    run = trained if kind == "loop" else trained_oneshots
    report = export(asked(run, length=str(length), count=1, to=("pcm", "npy")), tmp_path / "export")

    assert report.samples == length
    for path in (tmp_path / "export").glob("*.pcm"):
        assert path.stat().st_size == length
    for path in (tmp_path / "export").glob("*.npy"):
        assert len(np.load(path)) == length


@pytest.mark.parametrize("pages", [1, 2, 3, 255])
def test_pages_stretch_the_period(trained: Path, tmp_path: Path, pages: int) -> None:
    report = export(asked(trained, pages=pages, count=1), tmp_path / "export")

    assert report.samples == 256 * pages
    assert report.pitch_hz == pytest.approx(RATE_HZ / (256 * pages), abs=1e-4)


@pytest.mark.parametrize(("length", "pages"), [("source", 4), ("64", 3), ("96", 3), ("512", 8)])
def test_fill_repeats_the_period(trained: Path, tmp_path: Path, length: str, pages: int) -> None:
    report = export(asked(trained, length=length, pages=pages, fill=True, count=2), tmp_path / "filled")
    single = export(asked(trained, length=length, count=2), tmp_path / "single")

    assert report.samples == 256 * pages
    assert report.pitch_hz == single.pitch_hz
    once = contents(tmp_path / "single")
    for name, data in contents(tmp_path / "filled").items():
        assert data == once[name] * (256 * pages // single.samples)


@pytest.mark.parametrize(
    ("length", "pages", "remedy"), [("100", 1, "--length 128"), ("512", 1, "--length 256"), ("300", 3, "--length 256")]
)
def test_a_period_that_does_not_fill_the_pages_is_refused_with_one_that_does(
    trained: Path, tmp_path: Path, length: str, pages: int, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=f"does not fill {pages} pages .* a whole number of times: .*{remedy}$"):
        export(asked(trained, length=length, pages=pages, fill=True), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_one_shots_have_no_period_to_fill_or_close(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--fill repeats a period, and these are one-shots: leave it out"):
        export(asked(trained_oneshots, pages=4, fill=True), tmp_path / "export")
    with pytest.raises(ConfigError, match="--interp periodic joins the end to the start, and these are one-shots"):
        export(asked(trained_oneshots, interp="periodic"), tmp_path / "export")


@pytest.mark.parametrize(("interp", "same_as"), [("auto", "linear"), ("cubic", None)])
def test_one_shots_go_from_their_first_point_to_their_last(
    trained_oneshots: Path, tmp_path: Path, interp: str, same_as: str | None
) -> None:
    export(asked(trained_oneshots, interp=interp, to=("npy",)), tmp_path / "export")
    if same_as:
        export(asked(trained_oneshots, interp=same_as, to=("npy",)), tmp_path / "same")
        assert contents(tmp_path / "same") == contents(tmp_path / "export")

    generated = mirage_gan.load(trained_oneshots).generate(range(4))
    for wave, path in zip(generated, sorted((tmp_path / "export").glob("*.npy")), strict=True):
        signal = np.load(path)
        assert len(signal) == 3072  # 3,000 in whole pages
        # the same line but for DC and level: the ends keep their proportions to point 21, which is sample 1023.7
        points = np.array([wave[0], wave[21], wave[-1]])
        found = np.array([signal[0], signal[1024], signal[-1]])
        slope, offset = np.polyfit(points, found, 1)
        assert slope > 0
        assert np.abs(points * slope + offset - found).max() < 0.05


def test_the_periodic_interpolation_is_the_default_for_loops(trained: Path, tmp_path: Path) -> None:
    export(asked(trained), tmp_path / "auto")
    export(asked(trained, interp="periodic"), tmp_path / "periodic")
    export(asked(trained, interp="linear"), tmp_path / "linear")

    assert contents(tmp_path / "auto") == contents(tmp_path / "periodic")
    assert contents(tmp_path / "auto") != contents(tmp_path / "linear")


# formats


@pytest.fixture(scope="module")
def everything(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of four sounds in all formats."""
    out = tmp_path_factory.mktemp("all") / "export"
    export(asked(trained, to=SOUND_FILES), out)
    return out


def test_all_formats_hold_the_same_sound(everything: Path, trained: Path) -> None:
    stems = sorted(path.stem for path in everything.glob("*.npy"))
    assert stems == [f"tiny-seed{seed:06}" for seed in range(4)]
    waves = mirage_gan.load(trained).generate(range(4))
    for stem, wave in zip(stems, waves, strict=True):
        exact = np.load(everything / f"{stem}.npy", allow_pickle=False)
        heard, rate_hz = soundfile.read(everything / f"{stem}.wav", dtype="float32")
        assert (exact.dtype, exact.shape, rate_hz) == (np.float32, (256,), 29412)
        text = (everything / f"{stem}.csv").read_text(encoding="ascii").splitlines()
        samples = np.frombuffer((everything / f"{stem}.pcm").read_bytes(), np.uint8)

        assert np.abs(heard - exact).max() < 2 / 32767
        assert np.abs(np.array(text, np.float64) - exact).max() < 1e-6
        assert np.abs(pcm.decode(samples) - exact).max() <= 0.5 / 127 + 1e-6
        # every fourth sample is one of the 64 points, whose drawing is read back around its own middle
        centered = wave - wave.mean()
        drawn = bitmap.load(everything / f"{stem}.png")
        assert len(drawn) == 64
        assert np.abs(drawn - drawn.mean() - centered / np.abs(centered).max()).max() < 0.05
        assert np.corrcoef(exact[::4], centered)[0, 1] > 0.999


def test_pictures_have_one_byte_a_pixel_and_the_size_of_the_wave(everything: Path) -> None:
    for path in everything.glob("*.png"):
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("L", (64, 64))


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_wav_files_loop_and_know_their_note(trained: Path, tmp_path: Path, bits: int) -> None:
    export(asked(trained, to=("wav", "npy"), bits=bits, pages=2), tmp_path / "export")

    for path in (tmp_path / "export").glob("*.wav"):
        chunks = riff_chunks(path.read_bytes())
        fields = struct.unpack("<9I6I", chunks[b"smpl"])
        period_ns, note, fraction, loop_count = fields[2], fields[3], fields[4], fields[7]
        forward, start, end, plays = fields[10], fields[11], fields[12], fields[14]
        assert (forward, start, end, plays, loop_count) == (0, 0, 511, 0, 1)
        assert period_ns == round(1e9 / 29412)
        assert 440 * 2 ** ((note + fraction / 2**32 - 69) / 12) == pytest.approx(RATE_HZ / 512, rel=1e-6)

        with soundfile.SoundFile(path) as file:
            assert (file.samplerate, file.channels, file.frames) == (29412, 1, 512)
            assert file.subtype == {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits]
            heard = file.read(dtype="float64")
        exact = np.load(path.with_suffix(".npy"))
        assert np.abs(heard - exact).max() <= 2 / 2 ** (bits - 1)
        if bits == 8:
            assert min(chunks[b"data"]) >= 1


def test_one_shots_have_no_loop(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("wav",), count=1), tmp_path / "export")

    (path,) = (tmp_path / "export").glob("*.wav")
    assert sorted(riff_chunks(path.read_bytes())) == [b"data", b"fmt "]


def test_a_filled_wav_loops_over_all_of_it_at_the_period_s_pitch(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wav",), pages=4, fill=True, count=1), tmp_path / "export")

    (path,) = (tmp_path / "export").glob("*.wav")
    fields = struct.unpack("<9I6I", riff_chunks(path.read_bytes())[b"smpl"])
    assert fields[12] == 1023
    assert 440 * 2 ** ((fields[3] + fields[4] / 2**32 - 69) / 12) == pytest.approx(RATE_HZ / 256, rel=1e-6)


# seeds


def test_as_many_files_come_as_were_asked_for(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_stage, "_CHUNK", 100)
    for count in (1, 7, 300):  # 300 is more than are made at once
        report = export(asked(trained, count=count, to=("pcm", "csv")), tmp_path / str(count))
        assert len(list((tmp_path / str(count)).glob("*.pcm"))) == count
        assert len(list((tmp_path / str(count)).glob("*.csv"))) == count
        assert (report.sounds, report.files) == (count, 2 * count)


def test_a_seed_is_in_the_name_and_is_one_sound_whatever_the_count(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, count=9, to=("npy", "pcm")), tmp_path / "nine")
    export(asked(trained, count=1, seed=5, to=("pcm", "npy")), tmp_path / "one")
    export(asked(trained, count=300), tmp_path / "many")

    nine, one, many = (contents(tmp_path / name) for name in ("nine", "one", "many"))
    assert sorted(one) == ["tiny-seed000005.npy", "tiny-seed000005.pcm"]
    assert one.items() <= nine.items()
    assert all(many[name] == data for name, data in nine.items() if name.endswith(".pcm"))
    assert entries(tmp_path / "one")["tiny-seed000005.pcm"] == entries(tmp_path / "nine")["tiny-seed000005.pcm"]


def test_it_makes_no_difference_how_many_are_made_at_once(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = asked(trained, count=25, to=("pcm", "wav", "disk"), zip=True)
    export(asked_for, tmp_path / "whole")
    generate, made = Sampler.generate, []

    def watched(self: Sampler, seeds: Iterable[int]) -> NDArray[np.float32]:
        made.append(len(list(seeds)))
        return generate(self, seeds)

    monkeypatch.setattr(Sampler, "generate", watched)
    monkeypatch.setattr(export_stage, "_CHUNK", 10)
    export(asked_for, tmp_path / "parts")

    assert made == [10, 10, 5]
    for path in (tmp_path / "whole").rglob("*.*"):
        assert (tmp_path / "parts" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


def test_memory_does_not_grow_with_the_waves(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = np.random.default_rng(0).uniform(-1, 1, (100, 64)).astype(np.float32)
    monkeypatch.setattr(Sampler, "generate", lambda _, seeds: made[: len(seeds)])
    monkeypatch.setattr(export_stage, "_CHUNK", 100)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            export(asked(trained, count=count, length="16384"), tmp_path / str(count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is loaded once
    # names and figures only: a sound is 16 KB of bytes, and 64 of floats
    assert peak(500) - peak(200) < 300 * 4096


def test_large_seeds_have_names_of_their_own(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, seed=2**31 - 2, count=2), tmp_path / "export")

    assert sorted(contents(tmp_path / "export")) == ["tiny-seed2147483646.pcm", "tiny-seed2147483647.pcm"]


def test_what_is_exported_is_what_the_library_generates(everything: Path, trained: Path) -> None:
    wave = mirage_gan.load(trained).generate([2])[0]

    assert np.array_equal(np.load(everything / "tiny-seed000002.npy"), render(_normal(wave), 256, "periodic"))


def _normal(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    centered = wave - wave.mean()
    return np.asarray(centered / np.abs(centered).max(), np.float32)


# export.json


def test_each_file_is_described(everything: Path, trained: Path) -> None:
    found = entries(everything)

    assert sorted(found) == sorted(contents(everything))
    checkpoint = files.sha256(runs.checkpoint_path(trained, "best"))
    for name, entry in found.items():
        seed = int(name.split("seed")[1].split(".")[0])
        assert entry["seed"] == seed
        assert entry["run"] == "tiny"
        assert entry["checkpoint_sha256"] == checkpoint
        assert (entry["length"], entry["pages"], entry["rate_hz"]) == (256, 1, 29412)
        assert entry["pitch_hz"] == pytest.approx(RATE_HZ / 256, abs=1e-4)
        assert 440 * 2 ** ((entry["midi_note"] - 69) / 12) == pytest.approx(RATE_HZ / 256, rel=1e-5)
        assert entry["latent"] == pytest.approx(latent(seed)[0].tolist(), abs=1e-6)
        assert entry["sha256"] == files.sha256(everything / name)


def test_novelty_is_the_distance_to_the_nearest_training_sound(everything: Path, trained: Path) -> None:
    data, waves = runs.load_data(trained), mirage_gan.load(trained).generate(range(4))

    for seed, wave in enumerate(waves):
        entry = entries(everything)[f"tiny-seed{seed:06}.pcm"]
        best = np.array([_likeness(wave, reference) for reference in data.train.waves])
        assert entry["nearest"] == data.train_ids[int(best.argmax())]
        assert entry["novelty"] == pytest.approx(1 - best.max(), abs=1e-4)


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the largest correlation of two loops over all turns and both polarities, the slow and plain way."""
    a, b = (scipy.signal.resample(wave - wave.mean(), 4 * len(wave)) for wave in (a, b))  # turns by quarter points
    turns = [np.roll(b, shift) for shift in range(len(b))]
    return max(abs(float(a @ turn)) for turn in turns) / float(np.linalg.norm(a) * np.linalg.norm(b))


def test_copies_of_training_sounds_are_counted_and_named(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs.load_data(trained)
    turned = np.roll(-0.5 * data.train.waves[3], 17)
    made_up = mirage_gan.load(trained).generate([0])[0]
    make_waves(monkeypatch, np.array([data.train.waves[7], turned, made_up], np.float32))

    report = export(asked(trained, count=3), tmp_path / "export")

    found = entries(tmp_path / "export")
    assert [found[f"tiny-seed{i:06}.pcm"]["nearest"] for i in (0, 1)] == [data.train_ids[7], data.train_ids[3]]
    assert [found[f"tiny-seed{i:06}.pcm"]["novelty"] for i in (0, 1)] == pytest.approx([0, 0], abs=1e-5)
    assert report.copies == sum(entry["novelty"] < 1 - novelty.TWIN for entry in found.values()) >= 2


def test_faults_are_named_with_their_seeds(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phase = np.arange(64) * 2 * np.pi / 64
    noise = np.random.default_rng(0).uniform(-1, 1, 64)
    waves = [np.sin(phase), np.zeros(64), np.full(64, 0.5), np.clip(2 * np.sin(phase), -1, 1), noise]
    make_waves(monkeypatch, np.array(waves, np.float32))

    report = export(asked(trained, count=5), tmp_path / "export")

    assert report.faults == {"silent": [1], "flat": [2], "clipped": [3], "noise-like": [4]}
    assert entries(tmp_path / "export")["tiny-seed000000.pcm"]["faults"] == []


def test_an_export_folder_grows(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2), out)
    first = contents(out)
    export(asked(trained, count=2, seed=1, to=("csv",)), out)
    export(asked(trained, count=3, seed=10), out)

    assert sorted(entries(out)) == sorted(contents(out))
    assert len(contents(out)) == 7
    assert first.items() <= contents(out).items()


def test_other_settings_make_a_file_anew(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2), out)
    report = export(asked(trained, count=2, pages=2), out)

    assert not report.unchanged
    assert {len(data) for data in contents(out).values()} == {512}
    assert {entry["length"] for entry in entries(out).values()} == {512}


def test_typed_twice_it_changes_nothing(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    first = export(asked(trained, to=SOUND_FILES, zip=True), out)
    times = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    second = export(asked(trained, to=SOUND_FILES, zip=True), out)

    assert not first.unchanged
    assert second == dataclasses.replace(first, unchanged=True)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == times


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_a_file_that_was_lost_or_changed_is_made_again(trained: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "export"
    export(asked(trained), out)
    before = contents(out)
    path = out / "tiny-seed000001.pcm"
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(b"\x80" * 256)

    assert not export(asked(trained), out).unchanged
    assert contents(out) == before


def test_a_run_that_learned_more_is_exported_anew(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    first = export(asked(trained, checkpoint="best"), out)
    again = export(asked(trained, checkpoint=str(runs.checkpoint_path(trained, "last"))), out)

    assert not first.unchanged
    assert not again.unchanged
    used = {entry["checkpoint_sha256"] for entry in entries(out).values()}
    assert used == {files.sha256(runs.checkpoint_path(trained, "last"))}


# zip


def zipped(out: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(out / ZIP) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_all_that_was_asked_for_and_is_the_same_every_time(trained: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(asked(trained, to=("pcm", "wav"), zip=True), tmp_path / name)

    assert (tmp_path / "one" / ZIP).read_bytes() == (tmp_path / "two" / ZIP).read_bytes()
    packed = zipped(tmp_path / "one")
    assert sorted(packed) == sorted([*contents(tmp_path / "one"), MARKER])
    assert contents(tmp_path / "one").items() <= packed.items()
    assert sorted(json.loads(packed[MARKER])["files"]) == sorted(contents(tmp_path / "one"))


def test_a_zip_is_added_to_an_export_that_has_none(trained: Path, tmp_path: Path) -> None:
    export(asked(trained), tmp_path / "export")
    before = contents(tmp_path / "export")

    export(asked(trained, zip=True), tmp_path / "export")

    assert contents(tmp_path / "export") == before
    assert len(zipped(tmp_path / "export")) == 5


def test_a_zip_of_an_earlier_call_is_not_taken_for_this_one(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2, zip=True), out)
    export(asked(trained, count=4), out)
    export(asked(trained, count=4, zip=True), out)

    assert {name for name in zipped(out) if name != MARKER} == set(contents(out))


# what goes wrong


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")

    with pytest.raises(FolderError, match=r"holds files but no export\.json, so it is not ours to replace"):
        export(asked(trained), tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_a_full_disk_leaves_the_export_as_it_was(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2), out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if "seed000003" in self.name:
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            export(asked(trained, count=8, pages=2), out)

    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_export_that_fails_makes_no_folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Sampler, seeds: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Sampler, "generate", broken)
    with pytest.raises(KeyboardInterrupt):
        export(asked(trained), tmp_path / "export")

    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_never_trained_is_named_with_the_remedy(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / runs.CHECKPOINTS)

    with pytest.raises(FolderError, match=r"last\.safetensors is missing; choose a run that was trained, or train it"):
        export(asked(tmp_path / "run"), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_a_damaged_run_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    path = runs.checkpoint_path(tmp_path / "run", "best")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"best\.safetensors is damaged or was cut short"):
        export(asked(tmp_path / "run"), tmp_path / "export")

    files.write_bytes(tmp_path / "run" / runs.MARKER, b'{"format": 1}')
    with pytest.raises(FormatError, match=r"config\.json does not say its identity"):
        export(asked(tmp_path / "run"), tmp_path / "export")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (b'{"format": 2, "files": {}}', r"export\.json has format 2, this mirage-gan reads up to 1"),
        (b'{"format": 1}', r"export\.json lists no files: it was damaged"),
        (b'{"format": 1, "fil', r"export\.json is not valid JSON"),
    ],
)
def test_an_export_that_cannot_be_read_is_not_written_to(
    trained: Path, tmp_path: Path, marker: bytes, message: str
) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / MARKER).write_bytes(marker)

    with pytest.raises(FormatError, match=message):
        export(asked(trained), tmp_path / "export")
    assert (tmp_path / "export" / MARKER).read_bytes() == marker


def test_progress_counts_the_sounds(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int | None]] = []

    class Recorder:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert text == "generating"
            shown.append((done, total))

        def say(self, text: str) -> None:
            pass

    monkeypatch.setattr(export_stage, "_CHUNK", 100)
    export(asked(trained, count=300), tmp_path / "export", Recorder())

    assert shown[:2] == [(0, 300), (100, 300)]
    assert shown[-1] == (300, 300)
