"""Rendered sounds: what the Mirage needs, at the length and the pitch that were asked for, without a click."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mirage_gan
from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import CENTER, PAGE_BYTES, RATE_HZ
from mirage_gan.waves.interpolation import render
from tests.support.exports import asked, contents, make_waves

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def with_source(trained: Path, folder: Path, source_samples: int) -> Path:
    """Copy a run as if it had learned from sounds of another length."""
    shutil.copytree(trained, folder / "run")
    config = files.load_json(folder / "run" / runs.MARKER)
    config["data"]["source_samples"] = source_samples
    files.write_bytes(folder / "run" / runs.MARKER, files.encode_json(config))
    return folder / "run"


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
def test_a_one_shot_of_before_has_its_sources_length_in_whole_pages(
    old_oneshots: Path, tmp_path: Path, source: int, pages: int
) -> None:
    report = export(asked(with_source(old_oneshots, tmp_path, source), count=1), tmp_path / "export")

    assert report.samples == 256 * pages
    assert report.pitch_hz is None
    assert report.kind == "oneshot"


@pytest.mark.parametrize("length", [16, 17, 255, 256, 1000, 65_535])
@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_a_length_is_exact(trained: Path, old_oneshots: Path, tmp_path: Path, length: int, kind: str) -> None:
    run = trained if kind == "loop" else old_oneshots
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
    assert single.samples is not None
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


def test_one_shots_of_before_have_no_period_to_fill_or_close(old_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--fill is for loops, and these sounds are one-shots: leave it out"):
        export(asked(old_oneshots, pages=4, fill=True), tmp_path / "export")
    with pytest.raises(ConfigError, match="--interp periodic is for loops, and these sounds are one-shots"):
        export(asked(old_oneshots, interp="periodic"), tmp_path / "export")


@pytest.mark.parametrize(("interp", "same_as"), [("auto", "linear"), ("cubic", None)])
def test_one_shots_of_before_go_from_their_first_point_to_their_last(
    old_oneshots: Path, tmp_path: Path, interp: str, same_as: str | None
) -> None:
    export(asked(old_oneshots, interp=interp, to=("npy",)), tmp_path / "export")
    if same_as:
        export(asked(old_oneshots, interp=same_as, to=("npy",)), tmp_path / "same")
        assert contents(tmp_path / "same") == contents(tmp_path / "export")

    generated = mirage_gan.load(old_oneshots).generate(range(4))
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
