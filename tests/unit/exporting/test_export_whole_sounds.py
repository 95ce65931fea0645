"""Whole sounds are exported until they end, at their own rate, and compared with those that were learned."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import generating
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders import runs
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import CENTER, HEADER_RATE_HZ, PAGE_BYTES
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST, points_of
from tests.support import floppy, riff
from tests.support.disk_exports import disks_of
from tests.support.drums import FRAMES, SAMPLES, TIME, plucked
from tests.support.exports import asked, contents, entries, make_waves
from tests.support.likeness import nearest_drum

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves

TONE_HZ = 220.0
FADE = 16  # samples at the end, in which a sound has nearly faded out


def learned(run: Path) -> Waves:
    return runs.load_data(run).train.waves


def slowed(run: Path, folder: Path, rate_hz: int) -> Path:
    """Copy a run as if its sounds had been learned at another sample rate."""
    shutil.copytree(run, folder)
    about = files.load_json(folder / runs.MARKER)
    about["data"]["rate_hz"] = rate_hz
    files.write_bytes(folder / runs.MARKER, files.encode_json(about))
    return folder


# lengths


@pytest.fixture(scope="module")
def drums(trained_oneshots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the ten drums that were learned and of a tone, as if they had been generated."""
    out = tmp_path_factory.mktemp("drums") / "export"
    with pytest.MonkeyPatch.context() as patch:
        make_waves(patch, np.concatenate([learned(trained_oneshots), plucked(TONE_HZ)[None]]))
        export(asked(trained_oneshots, count=11, to=("pcm", "npy", "wav", "png", "disk")), out)
    return out


def test_whole_sounds_end_where_they_end(drums: Path) -> None:
    lengths = [path.stat().st_size for path in sorted(drums.glob("*.pcm"))]

    assert len(lengths) == 11
    assert len(set(lengths)) > 5
    assert max(lengths) <= SAMPLES < LONGEST
    assert min(lengths) < SAMPLES / 2


def test_whole_sounds_are_what_the_mirage_needs_and_fade_out(drums: Path) -> None:
    for path in sorted(drums.glob("*.pcm")):
        samples = np.frombuffer(path.read_bytes(), np.uint8)
        assert samples.min() >= 1  # 0x00 stops the oscillator
        assert np.abs(samples.astype(int) - CENTER).max() >= 127  # full scale
        assert np.abs(samples[-FADE:].astype(int) - CENTER).max() <= 4  # -30 dB
        assert abs(int(samples[-1]) - CENTER) <= 1
        assert np.array_equal(samples, pcm.encode(np.load(path.with_suffix(".npy"))))


def test_a_sound_that_does_not_end_in_its_frames_fades_out(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = np.sin(2 * np.pi * TONE_HZ * TIME, dtype=np.float32)
    picture = representation.of_sounds(ONE_SHOT).encode(steady, points_of(FRAMES), align=False)
    make_waves(monkeypatch, picture[None])
    export(asked(trained_oneshots, count=1, to=("npy",)), tmp_path / "export")

    signal = np.load(tmp_path / "export" / "shots-seed000000.npy")
    assert len(signal) > 0.99 * SAMPLES
    assert np.abs(signal[-1000:]).max() > 0.5
    assert np.abs(signal[-4:]).max() < 0.1
    assert signal[-1] == 0


def test_each_whole_sound_is_described_by_itself(drums: Path) -> None:
    found = entries(drums)

    assert sorted(found) == sorted(contents_of_sounds(drums))
    for name, entry in found.items():
        signal = np.load((drums / name).with_suffix(".npy"))
        assert (entry["length"], entry["pages"]) == (len(signal), len(signal) / PAGE_BYTES)
        assert entry["rate_hz"] == HEADER_RATE_HZ
    entry = found["shots-seed000010.pcm"]
    assert 1200 * abs(np.log2(entry["pitch_hz"] / TONE_HZ)) < 50  # cents
    assert entry["midi_note"] == pytest.approx(69 + 12 * np.log2(entry["pitch_hz"] / 440), abs=1e-3)
    for hat in (found[f"shots-seed{seed:06}.pcm"] for seed in hats(drums)):
        assert hat["pitch_hz"] is hat["midi_note"] is None


def contents_of_sounds(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if "-seed" in path.name]


def hats(folder: Path) -> list[int]:
    """Return the seeds of those sounds that hold high frequencies almost only, and so have no pitch."""
    found = []
    for seed in range(10):
        signal = np.load(folder / f"shots-seed{seed:06}.npy")
        power = np.abs(np.fft.rfft(signal)) ** 2
        if power[: int(2000 / HEADER_RATE_HZ * len(signal))].sum() < 0.02 * power.sum():
            found.append(seed)
    assert found
    return found


def test_a_wav_of_a_whole_sound_has_its_rate_and_no_loop(drums: Path) -> None:
    chunks = riff.chunks((drums / "shots-seed000010.wav").read_bytes())

    assert int.from_bytes(chunks[b"fmt "][4:8], "little") == HEADER_RATE_HZ
    if b"smpl" in chunks:
        assert int.from_bytes(chunks[b"smpl"][28:32], "little") == 0  # loops


def test_the_report_names_the_longest(trained_oneshots: Path, tmp_path: Path) -> None:
    report = export(asked(trained_oneshots, count=3), tmp_path / "export")

    assert report.samples == max(entry["length"] for entry in entries(tmp_path / "export").values())
    assert (report.kind, report.pitch_hz) == ("oneshot", None)


@pytest.mark.parametrize("settings", [{"length": "1000"}, {"pages": 2}])
def test_a_length_cuts_longer_whole_sounds_with_a_fade(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], drums: Path
) -> None:
    make_waves(monkeypatch, learned(trained_oneshots))
    export(asked(trained_oneshots, count=10, to=("npy",), **settings), tmp_path / "export")

    most = 1000 if "length" in settings else 512
    for path in (tmp_path / "export").glob("*.npy"):
        signal, whole = np.load(path), np.load(drums / path.name)
        assert len(signal) == min(most, len(whole))
        assert abs(signal[-1]) < 0.02
        assert np.array_equal(signal[: most // 4], whole[: most // 4])


def test_whole_sounds_have_no_period_to_fill_or_close(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--fill is for loops, and these sounds are one-shots: leave it out"):
        export(asked(trained_oneshots, pages=4, fill=True), tmp_path / "export")
    with pytest.raises(ConfigError, match=r"--interp periodic is for loops, .*: use linear$"):
        export(asked(trained_oneshots, interp="periodic"), tmp_path / "export")
    assert not (tmp_path / "export").exists()


# seeds


def test_a_seed_is_one_whole_sound_whatever_the_count(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(asked(trained_oneshots, count=5), tmp_path / "five")
    monkeypatch.setattr(generating, "_WHOLE", 2)
    export(asked(trained_oneshots, count=5), tmp_path / "parts")
    export(asked(trained_oneshots, count=1, seed=(3,)), tmp_path / "one")

    five = contents(tmp_path / "five")
    assert len(set(five.values())) == 5
    assert contents(tmp_path / "parts") == five
    assert contents(tmp_path / "one") == {"shots-seed000003.pcm": five["shots-seed000003.pcm"]}


def test_whole_sounds_that_were_exported_are_not_made_again(trained_oneshots: Path, tmp_path: Path) -> None:
    first = export(asked(trained_oneshots, count=2), tmp_path / "export")
    second = export(asked(trained_oneshots, count=2), tmp_path / "export")

    assert (first.unchanged, second.unchanged) == (False, True)
    assert second.samples == first.samples


# novelty


def test_a_whole_sound_that_was_learned_is_a_copy_of_itself(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs.load_data(trained_oneshots)
    make_waves(monkeypatch, np.concatenate([data.train.waves[[4, 7]], plucked(TONE_HZ)[None]]))

    report = export(asked(trained_oneshots, count=3), tmp_path / "export")

    found = [entries(tmp_path / "export")[f"shots-seed{seed:06}.pcm"] for seed in range(3)]
    assert [entry["nearest"] for entry in found[:2]] == [data.train_ids[4], data.train_ids[7]]
    assert [entry["novelty"] for entry in found[:2]] == pytest.approx([0, 0], abs=1e-5)
    assert 0.4 < found[2]["novelty"] < 1
    assert found[2]["nearest"] == data.train_ids[nearest_drum(plucked(TONE_HZ), data.train.waves)]
    assert report.copies == 2


def test_a_silent_whole_sound_is_named(trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waves = learned(trained_oneshots)[:2].copy()
    waves[1] = -1
    make_waves(monkeypatch, waves)

    report = export(asked(trained_oneshots, count=2), tmp_path / "export")

    assert report.faults == {"silent": ["1"]}
    silent = np.frombuffer((tmp_path / "export" / "shots-seed000001.pcm").read_bytes(), np.uint8)
    assert set(silent.tolist()) == {CENTER}


def test_copies_and_twins_are_left_out_of_a_ranked_export(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, other = learned(trained_oneshots)[0], plucked(TONE_HZ)
    make_waves(monkeypatch, np.array([known, other, other] + [known] * 200, np.float32))

    with pytest.raises(ConfigError, match=r"^only 1 of 64 generated sounds are new and good enough"):
        export(asked(trained_oneshots, count=2, min_novelty=0.3, distinct=True), tmp_path / "export")
    export(asked(trained_oneshots, count=1, min_novelty=0.3, distinct=True), tmp_path / "export")

    assert list(contents(tmp_path / "export")) == ["shots-seed000001.pcm"]


# rates


def test_sounds_of_a_lower_rate_are_played_at_it_everywhere(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_waves(monkeypatch, plucked(TONE_HZ)[None])
    run = slowed(trained_oneshots, tmp_path / "shots", HEADER_RATE_HZ // 2)
    for name, source in (("fast", trained_oneshots), ("slow", run)):
        export(asked(source, count=1, to=("wav", "disk"), layout="split8"), tmp_path / name)

    fast, slow = (entries(tmp_path / name)["shots-seed000000.wav"] for name in ("fast", "slow"))
    assert (slow["rate_hz"], fast["rate_hz"]) == (HEADER_RATE_HZ // 2, HEADER_RATE_HZ)
    assert slow["pitch_hz"] == pytest.approx(fast["pitch_hz"] / 2, rel=0.005)
    chunks = riff.chunks((tmp_path / "slow" / "shots-seed000000.wav").read_bytes())
    assert int.from_bytes(chunks[b"fmt "][4:8], "little") == HEADER_RATE_HZ // 2
    fast_key, slow_key = (
        floppy.word(24, floppy.waves((tmp_path / name / "MIR01.img").read_bytes(), "L1")[0], "L1")
        for name in ("fast", "slow")
    )
    assert fast_key == pytest.approx(512, abs=2)  # a sample of the machine's own rate for each one of the sound
    assert slow_key == pytest.approx(fast_key / 2, abs=1)


# disks


def test_a_disk_holds_whole_sounds_of_their_own_lengths_each_with_its_stop(drums: Path) -> None:
    lengths = set()
    for name, about in disks_of(drums).items():
        if not name.endswith(".img"):
            continue
        image = (drums / name).read_bytes()
        for sound in about["sounds"]:
            wave = floppy.waves(image, sound["bank"])[sound["wavesample"] - 1]
            held = floppy.memory(image, sound["bank"])[256 * wave.start : 256 * (wave.end + 1)]
            samples = (drums / f"shots-seed{sound['address']['seed']:06}.pcm").read_bytes()
            assert held == samples + bytes([CENTER]) * (len(held) - len(samples) - 16) + bytes(16)
            assert not wave.loop_on
            lengths.add(len(samples))
    assert len(lengths) > 5


# those of before


def test_a_run_of_before_still_exports_samples_and_disks(old_oneshots: Path, tmp_path: Path) -> None:
    report = export(asked(old_oneshots, to=("pcm", "disk"), layout="play"), tmp_path / "export")

    assert (report.kind, report.samples) == ("oneshot", 3_072)  # 3,000 in whole pages
    assert report.sustained is None  # they have no pitch
    (name,) = report.disks
    image = (tmp_path / "export" / name).read_bytes()
    for seed in range(4):
        samples = (tmp_path / "export" / f"old-seed{seed:06}.pcm").read_bytes()
        wave = floppy.waves(image, "L1")[seed]
        held = floppy.memory(image, "L1")[256 * wave.start : 256 * (wave.end + 1)]
        assert len(samples) == 3_072
        assert held == samples + bytes([CENTER]) * (len(held) - 3_088) + bytes(16)
        assert not wave.loop_on


# rows of a morph


def test_a_morph_of_whole_sounds_is_a_row_of_hits_from_the_first_seed_to_the_last(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    report = morph(MorphConfig(str(trained_oneshots), (1, 3), to=("pcm",), hits=5), tmp_path / "row")
    export(asked(trained_oneshots, count=3, seed=(1,)), tmp_path / "ends")

    row = np.frombuffer(next((tmp_path / "row").glob("*.pcm")).read_bytes(), np.uint8).astype(int)
    spacing = len(row) // 5
    assert (report.kind, report.cycles, report.samples) == ("oneshot", 5, 5 * spacing)
    assert spacing % PAGE_BYTES == 0
    assert len(row) <= LONGEST
    assert report.seconds == pytest.approx(len(row) / HEADER_RATE_HZ, abs=0.01)
    for hit, seed in ((row[:spacing], 1), (row[-spacing:], 3)):
        own = np.frombuffer((tmp_path / "ends" / f"shots-seed{seed:06}.pcm").read_bytes(), np.uint8).astype(int)
        assert np.abs(hit[: len(own)] - own).max() <= 2  # the ends of the path are rounded
        assert set(hit[len(own) :].tolist()) <= {CENTER}
    assert row.min() >= 1
