"""Sample chains: slices of one length, each with one sound; a slice of a loop is a loop."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.wav import chain
from mirage_gan.exporting.wav.chain import Chain
from mirage_gan.settings.exporting import ExportConfig
from tests.support import bs1770, riff
from tests.support.addresses import of_seeds
from tests.support.disk_exports import disks_of
from tests.support.exports import asked, make_waves
from tests.support.packed import loop_of
from tests.support.wav_exports import cents_off, repeated, waves

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.support.fixtures import Cli

C3_HZ = 130.8128


def chained(run: Path, folder: Path, **settings: object) -> tuple[Path, int, dict[str, NDArray[np.float64]]]:
    """Return the file of an export, its rate, and its slices, as a sampler cuts them: evenly, by their number."""
    report = export(asked(run, to=("chain",), **settings), folder / "export")
    path = folder / "export" / report.disks[0]
    signal, rate_hz = soundfile.read(path)
    cues = riff.cues(path.read_bytes())
    assert len(signal) % len(cues) == 0
    size = len(signal) // len(cues)
    assert list(cues.values()) == [i * size for i in range(len(cues))]
    return path, rate_hz, dict(zip(cues, np.split(signal, len(cues)), strict=True))


@pytest.mark.parametrize(
    ("settings", "hz", "seconds"),
    [
        ({}, C3_HZ, 0.5),
        ({"length": "100"}, C3_HZ, 0.5),
        ({"pages": 4, "fill": True}, C3_HZ, 0.5),
        ({"note": "A2", "rate_hz": 48_000, "bits": 24}, 110.0, 0.5),
        ({"seconds": 0.1, "bits": 8}, C3_HZ, 0.1),
        ({"seconds": 2.0}, C3_HZ, 2.0),
    ],
    ids=str,
)
def test_a_slice_of_a_loop_is_a_loop_at_a_c_and_long_enough(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, object],
    hz: float,
    seconds: float,
) -> None:
    make_waves(monkeypatch, waves(5))
    path, rate_hz, slices = chained(trained, tmp_path, count=5, **settings)

    assert path.name == "tiny-seed000000-chain.wav"
    assert list(slices) == [f"tiny-seed{seed:06}" for seed in range(5)]
    assert rate_hz == settings.get("rate_hz", 44_100)
    for signal in slices.values():
        assert seconds <= len(signal) / rate_hz < seconds + 0.2
        assert len(signal) * hz / rate_hz == pytest.approx(round(len(signal) * hz / rate_hz), abs=0.01)  # periods
        assert abs(cents_off(repeated(signal), rate_hz, hz)) < 0.2
        steps = np.abs(np.diff(np.append(signal, signal[0])))
        assert steps[-1] <= steps[:-1].max()  # the seam is as smooth as the rest
        assert -1.1 < bs1770.true_peak_db(signal) < -0.9


@pytest.mark.parametrize("bits", [8, 16])
def test_slices_of_one_shots_are_as_long_as_the_longest_and_padded_with_silence(
    trained_oneshots: Path, tmp_path: Path, bits: int
) -> None:
    export(asked(trained_oneshots, to=("wav",), rate_hz=44_100, bits=bits), tmp_path / "own")
    _, _, slices = chained(trained_oneshots, tmp_path, bits=bits)

    own = {path.stem: soundfile.read(path)[0] for path in (tmp_path / "own").glob("*.wav")}
    longest = max(map(len, own.values()))
    assert sorted(slices) == sorted(own)
    for name, signal in slices.items():
        assert len(signal) % 441 == 0
        assert longest <= len(signal) < longest + 441
        assert np.array_equal(signal[: len(own[name])], own[name])
        assert not signal[len(own[name]) :].any()


def test_what_a_slicer_must_be_told_is_said_and_listed(cli: Cli, workplace: Path) -> None:
    said = [cli("export", "--to", "chain", "--count", 16).stdout for _ in range(2)]

    entry = disks_of(workplace / "export")["tiny-seed000000-chain.wav"]
    assert (entry["slices"], entry["rate_hz"]) == (16, 44_100)
    line = f"tiny-seed000000-chain.wav: 16 slices of {entry['slice_samples']:,} samples, 0.5"
    for text in said:
        assert sum(each.startswith(line) for each in text.splitlines()) == 1
    assert "unchanged" in said[1]
    assert [item["address"] for item in entry["sounds"]] == [{"seed": seed} for seed in range(16)]
    assert [item["slice"] for item in entry["sounds"]] == list(range(1, 17))
    assert entry["sounds"][3]["start_seconds"] == pytest.approx(3 * entry["slice_samples"] / 44_100, abs=1e-4)


def test_it_is_zipped_and_other_chains_get_other_names(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("chain",)), tmp_path / "out")
    first = (tmp_path / "out" / "tiny-seed000000-chain.wav").read_bytes()

    export(asked(trained, to=("chain",), count=5, zip=True), tmp_path / "out")

    assert (tmp_path / "out" / "tiny-seed000000-chain.wav").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "out" / "export.zip") as archive:
        assert archive.namelist() == ["tiny-seed000000-2-chain.wav", "export.json"]


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
@pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])
def test_sox_cuts_the_same_slices(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    path, rate_hz, slices = chained(request.getfixturevalue(kind), tmp_path, count=3)

    size = len(next(iter(slices.values())))
    said = subprocess.run(["sox", "--info", str(path)], check=True, capture_output=True, text=True)
    assert f"= {3 * size} samples" in said.stdout
    assert said.stderr == ""
    for i, signal in enumerate(slices.values()):
        part = tmp_path / f"{i}.wav"
        subprocess.run(["sox", str(path), str(part), "trim", f"{i * size}s", f"{size}s"], check=True)
        assert np.array_equal(soundfile.read(part)[0], signal)
        assert soundfile.info(part).samplerate == rate_hz


# --- limits


def order_of(count: int, **settings: object) -> ExportOrder:
    config = ExportConfig(to=("chain",), count=count, **settings)  # type: ignore[arg-type]
    return ExportOrder(config, loop_of(1), "run", None, of_seeds(range(count)), DiskNumbers({}, {}))


def test_more_loops_than_a_wav_file_holds_are_refused_before_anything_is_made() -> None:
    Chain(order_of(48_000))
    with pytest.raises(ConfigError) as caught:
        Chain(order_of(49_000))
    with pytest.raises(ConfigError, match=r"100 slices of 600\.00 s are more"):
        Chain(order_of(100, seconds=600.0))

    assert str(caught.value) == (
        "--to chain makes one file, of 2 GiB at most, and 49,000 slices of 0.50 s are more: choose a lower --count, or "
        "shorter --seconds"
    )


def test_too_long_one_shots_are_refused_and_nothing_is_left(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "MOST_BYTES", 20_000)
    with pytest.raises(
        ConfigError, match=r"^--to chain makes one file, .* and 6 slices of 0\.\d\d s are more: choose a lower --count$"
    ):
        export(asked(trained_oneshots, to=("chain",), count=6), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_seconds_are_refused_for_one_shots(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--seconds repeats loops, and these sounds are one-shots: leave it out$"):
        export(asked(trained_oneshots, to=("chain",), seconds=1.0), tmp_path / "out")
