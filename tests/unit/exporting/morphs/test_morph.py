"""A morph goes there and back without a seam, from one seed's own sound to the other's."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of
from tests.support import bs1770, floppy
from tests.support.drums import FRAMES, drums
from tests.support.exports import asked, entries, make_waves
from tests.support.morphs import CYCLES, cycle_samples, likeness, make, make_brighter, own_sound
from tests.support.riff import chunks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli


# --- the cycles


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


# --- pairs


def routes_of(out: Path) -> dict[str, list[int]]:
    """Return the seeds of each morph in an export folder, by the name of its file."""
    listed = files.load_json(out / "export.json")["disks"]
    return {name: [address["seed"] for address in about["route"]] for name, about in listed.items()}


def test_pairs_are_distinct_and_of_the_most_novel_sounds(trained: Path, tmp_path: Path) -> None:
    report = morph(MorphConfig(str(trained), pairs=4, to=("wavetable",), frames=3), tmp_path / "out")
    export(asked(trained, rank="novelty", count=8), tmp_path / "novel")

    routes = routes_of(tmp_path / "out")
    assert (len(report.files), len(report.routes), len(routes)) == (4, 4, 4)
    seeds = [seed for route in routes.values() for seed in route]
    assert len(set(seeds)) == 8
    assert set(seeds) == {entry["address"]["seed"] for entry in entries(tmp_path / "novel").values()}
    assert sorted(report.routes) == sorted(f"{first} {second}" for first, second in routes.values())
    assert set(report.files) == {
        f"tiny-morph-{first:06}-{second:06}-wavetable.wav" for first, second in routes.values()
    }
    assert len({path.read_bytes() for path in (tmp_path / "out").glob("*.wav")}) == 4


def test_a_morph_of_a_pair_is_the_morph_of_its_seeds(trained: Path, tmp_path: Path) -> None:
    morph(MorphConfig(str(trained), pairs=2, to=("pcm",)), tmp_path / "pairs")
    for name, (first, second) in routes_of(tmp_path / "pairs").items():
        make(trained, tmp_path / "seeds", "pcm", seeds=(first, second))
        assert (tmp_path / "seeds" / name).read_bytes() == (tmp_path / "pairs" / name).read_bytes()


def test_pairs_begin_at_the_seed_that_is_given(trained: Path, tmp_path: Path) -> None:
    morph(MorphConfig(str(trained), (700,), pairs=2, to=("wavetable",), frames=2), tmp_path / "out")

    assert all(700 <= seed < 700 + 4 * 32 for route in routes_of(tmp_path / "out").values() for seed in route)


@pytest.mark.parametrize("form", ["wavetable", "disk", "wav"])
def test_the_same_pairs_find_their_files_again(trained: Path, tmp_path: Path, form: str) -> None:
    config = MorphConfig(str(trained), pairs=2, to=(form,), frames=2)
    first = morph(config, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    assert morph(config, tmp_path / "out") == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_each_pair_has_a_disk_of_its_own(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("disk",)), tmp_path / "out")
    before = (tmp_path / "out" / "MIR01.img").read_bytes()

    report = morph(MorphConfig(str(trained), pairs=3, to=("disk", "hfe")), tmp_path / "out")

    assert report.files == sorted(f"MIR0{number}.{kind}" for number in (2, 3, 4) for kind in ("hfe", "img"))
    assert (tmp_path / "out" / "MIR01.img").read_bytes() == before
    assert len({path.read_bytes() for path in (tmp_path / "out").glob("*.img")}) == 4


def test_too_few_sounds_for_pairs_are_refused_with_the_remedies_of_a_morph(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        morph(MorphConfig(str(trained_oneshots), pairs=9, to=("pcm",)), tmp_path / "out")

    assert str(caught.value) == (
        "--pairs 9 takes 18 sounds that are new, good enough and unlike each other, and shots makes fewer: choose "
        "fewer pairs, name seeds with --seed, or train longer"
    )
    assert not (tmp_path / "out").exists()


def test_pairs_of_one_shots_are_rows_of_hits(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = representation.of_sounds(ONE_SHOT).encode
    candidates = [encode(drum, points_of(FRAMES), align=False) for drum in drums(8, 5)]
    make_waves(monkeypatch, np.array(candidates, np.float32))

    report = morph(MorphConfig(str(trained_oneshots), pairs=1, to=("pcm",), hits=3), tmp_path / "out")

    ((first, second),) = routes_of(tmp_path / "out").values()
    assert first != second
    assert (report.kind, report.cycles) == ("oneshot", 3)


# --- what was made in another way


@pytest.mark.parametrize("change", [{"samples": 1024}, {"bits": 24}, {"frames": 5}, {"checkpoint": "last"}], ids=str)
def test_another_morph_of_the_same_seeds_gets_another_name_and_the_first_stays(
    trained: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    make(trained, tmp_path / "out", "wav", "wavetable", "disk")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.suffix != ".json"}

    report = make(trained, tmp_path / "out", "wav", "wavetable", "disk", **change)

    stem = "tiny-morph-000003-000017-2"
    assert report.files == ["MIR02.img", f"{stem}-wavetable.wav", f"{stem}.wav"]
    after = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert before.items() <= after.items()
    assert make(trained, tmp_path / "out", "wav", "wavetable", "disk", **change).files == report.files
    assert make(trained, tmp_path / "out", "wav", "wavetable", "disk").files == sorted(before)


@pytest.mark.parametrize(
    "run", ["a:b", "CON", "trailing. ", "Übung 1", "🥁", "x" * 240], ids=lambda run: ascii(run)[:9]
)
def test_a_morph_of_a_run_of_any_name_has_a_name_that_all_systems_allow(
    trained: Path, tmp_path: Path, run: str
) -> None:
    (tmp_path / run).symlink_to(trained, target_is_directory=True)
    for seeds in ((3, 17), (3, 18), tuple(range(8)), tuple(range(9))):
        (name,) = make(tmp_path / run, tmp_path / "out", "wavetable", seeds=seeds, frames=2).files
        assert not set(name) & set('<>:"/\\|?*')
        assert name.partition(".")[0] not in ("CON", "trailing")
        assert "-2-wavetable" not in name
    assert len(list((tmp_path / "out").glob("*.wav"))) == 4
