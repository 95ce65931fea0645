"""A morph goes there and back without a seam, from one seed's own sound to the other's, in every format.

Disks are read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

import errno
import itertools
import json
import shutil
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mirage_gan
from mirage_gan.base.errors import ConfigError, FolderError, TrainingError
from mirage_gan.exporting import morph as morphs
from mirage_gan.exporting.morph import MorphReport, morph
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage import playback
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.spec import LOWER, UPPER
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.exporting import MorphConfig
from tests.support import floppy, machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from click.testing import Result
    from numpy.typing import NDArray

    from mirage_gan.models.conditions import Condition

    Cli = Callable[..., Result]
    Describe = Callable[[Path], dict[str, tuple[str, int]]]
    Refuse = Callable[..., AbstractContextManager[list[str]]]

CYCLES = {256: 255, 1024: 63}
cycle_samples = pytest.mark.parametrize("samples", CYCLES)
some = settings(max_examples=50)


def make(run: Path, out: Path, *to: str, seeds: tuple[int, ...] = (3, 17), **changes: Any) -> MorphReport:
    return morph(MorphConfig(str(run), seeds, to, **changes), out)


def chunks(data: bytes) -> dict[bytes, bytes]:
    """Take a WAV file apart as the RIFF rules say, in its order."""
    assert struct.unpack_from("<4sI4s", data) == (b"RIFF", len(data) - 8, b"WAVE")
    found, at = {}, 12
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def own_sound(run: Path, seed: int, samples: int) -> NDArray[np.float64]:
    """Return a seed's own cycle, band-limited to so many samples, without DC and of unit length."""
    (wave,) = mirage_gan.load(run).generate([seed]).astype(np.float64)
    spectrum = np.fft.rfft(wave)
    spectrum[0] = 0
    if samples > len(wave):
        spectrum[-1] /= 2  # half of its highest harmonic is of negative frequency
    cycle = np.fft.irfft(spectrum, samples)
    return np.asarray(cycle / np.linalg.norm(cycle))


def likeness(cycle: NDArray[Any], of: NDArray[np.float64]) -> float:
    """Return how alike two cycles are, whatever their levels: 1 is the same."""
    centered = cycle - cycle.mean()
    return float(centered @ of / np.linalg.norm(centered))


def make_brighter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make tones that differ by their latents in all harmonics but the first, which is strongest."""
    phase = 2 * np.pi * np.arange(64) / 64

    def waves(_: Sampler, condition: Condition) -> NDArray[np.float32]:
        z = condition.z
        weights = 0.3 * (z / z.norm()).numpy()[0, :8]
        total = np.sin(phase) + sum(w * np.sin((h + 2) * phase) for h, w in enumerate(weights))
        return np.asarray(0.5 * total[None], np.float32)

    monkeypatch.setattr(Sampler, "from_condition", waves)


# --- the cycles


def test_the_cycles_that_a_bank_holds_leave_a_page_to_spare() -> None:
    for samples in (256, 512, 1024):
        count = morphs.count_cycles(samples)
        pages = count * samples // 256
        assert pages <= 255 < pages + samples // 256
    assert {samples: morphs.count_cycles(samples) for samples in CYCLES} == CYCLES


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

    signal = morphs.join(np.asarray(frames, np.float32), samples)

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
    pcm = np.frombuffer(path.with_suffix(".pcm").read_bytes(), np.uint8)
    assert np.abs(signal * 128 - (pcm.astype(float) - 128)).max() < 1.6
    if bits == 8:
        assert chunks(path.read_bytes())[b"data"] == pcm.tobytes()


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


# --- disks


def image_of(trained: Path, tmp_path: Path, samples: int, form: str = "disk") -> bytes:
    make(trained, tmp_path / "out", form, samples=samples)
    (path,) = (tmp_path / "out").rglob("*.[ieh]*[gm]" if form != "hfe" else "*.hfe")
    return path.read_bytes()


def test_a_disk_of_short_cycles_has_all_pages_but_one_in_its_loops(trained: Path, tmp_path: Path) -> None:
    image = image_of(trained, tmp_path, 256)

    assert floppy.present(image) == ["L1", "U1"]
    for name in ("L1", "U1"):
        wave = floppy.waves(image, name)[0]
        assert (wave.start, wave.end, wave.loop_start, wave.loop_end, wave.loop_fine) == (0, 0xFF, 0, 0xFE, 0xFF)


def test_a_disk_of_long_cycles_has_short_ones_in_its_upper_half(trained: Path, tmp_path: Path) -> None:
    image = image_of(trained, tmp_path, 1024)

    lower, upper = (floppy.waves(image, name)[0] for name in ("L1", "U1"))
    assert (lower.start, lower.end, lower.loop_start, lower.loop_end, lower.loop_fine) == (0, 0xFC, 0, 0xFB, 0xFF)
    # at the notes of the upper half the chip would step over the marker of longer cycles: 255 of 256
    assert (upper.start, upper.end, upper.loop_start, upper.loop_end, upper.loop_fine) == (0, 0xFF, 0, 0xFE, 0xFF)
    memory = np.frombuffer(floppy.memory(image, "U1"), np.uint8)[: 255 * 256].astype(float)
    for at, seed in ((0, 3), (127, 17)):
        assert likeness(memory.reshape(255, 256)[at], own_sound(trained, seed, 256)) > 0.99


@cycle_samples
def test_the_machine_repeats_the_whole_and_nothing_else(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)
    make(trained, tmp_path / "out", "pcm", samples=samples)
    (path,) = (tmp_path / "out").glob("*.pcm")
    whole = path.read_bytes()

    heard = floppy.render(image, "L1", 0, 512, 2 * len(whole))

    assert bytes(heard) == 2 * whole
    if samples == 256:
        assert bytes(floppy.render(image, "U1", 0, 512, 2 * len(whole))) == 2 * whole


@cycle_samples
def test_on_no_key_does_the_chip_miss_the_end_of_the_loop(trained: Path, tmp_path: Path, samples: int) -> None:
    # it skips bytes at high notes, and only those that it fetches count (section 1.3); what it plays of the pages after
    # the loop is no cycle
    image = image_of(trained, tmp_path, samples)

    missed = []
    for key, (name, number) in floppy.keyboard(image, 1, 0).items():
        wave = floppy.waves(image, name)[number]
        after = 256 * (wave.loop_end + 1)
        memory = np.frombuffer(floppy.memory(image, name), np.uint8).copy()
        memory[:after] = 0x90
        memory[after:][memory[after:] != 0] = 0xFF
        word = floppy.word(key, wave, name)
        chain = machine.read(floppy.parameters(image, name), name[0], number)
        # from the last table on, which alone may run past the loop
        last = machine.Playing(chain.tables[-1:], 0, free_run=False)
        heard = machine.play(memory.tobytes(), last, word, 40_000 * 512 // word, looped=False)
        missed += [key] * (0xFF in heard)
    assert missed == []


@cycle_samples
def test_stop_markers_are_where_the_documents_say_and_nowhere_else(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)

    for name in ("L1", "U1"):
        memory = floppy.memory(image, name)
        after = 256 * (floppy.waves(image, name)[0].loop_end + 1)
        assert memory[after : after + 16] == bytes(16)
        assert 0 not in memory[:after]
        # what the marker displaced, the loop going on, is at the end of the spare page
        assert memory[after + 240 : after + 256] == memory[:16]


@cycle_samples
def test_every_key_is_in_tune_in_both_halves(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: int
) -> None:
    make_brighter(monkeypatch)
    image = image_of(trained, tmp_path, samples)
    banks = disk.parse(image)
    keyboard = floppy.keyboard(image, 1, 0)
    assert list(keyboard) == list(range(61))

    for key, (name, number) in keyboard.items():
        wave = floppy.waves(image, name)[number]
        half, cycle = (LOWER, samples) if name == "L1" else (UPPER, 256)
        heard = playback.key(banks[name], half, 0, key, 2**15, 31 if half is UPPER else 0).astype(float) - 128
        spectrum = np.log(np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) + 1e-9)
        near = round(floppy.key_hz(key) * len(heard) / floppy.TICK_HZ)
        peak = near - 3 + int(np.argmax(spectrum[near - 3 : near + 4]))
        low, middle, high = spectrum[peak - 1 : peak + 2]
        hz = (peak + (low - high) / (2 * (low - 2 * middle + high))) * floppy.TICK_HZ / len(heard)
        assert abs(floppy.cents(hz, floppy.key_hz(key))) < 6
        stated = floppy.playback_hz(floppy.word(key, wave, name)) / cycle
        assert abs(floppy.cents(hz, stated)) < 2


@cycle_samples
def test_all_programs_of_a_disk_are_the_neutral_one_over_all_keys(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)

    for name in ("L1", "U1"):
        assert floppy.programs(image, name) == [floppy.NEUTRAL] * 4
    for program in range(4):
        assert floppy.keyboard(image, 1, program) == {key: ("L1" if key < 31 else "U1", 0) for key in range(61)}


def test_all_kinds_of_disk_are_the_same_disk(trained: Path, tmp_path: Path) -> None:
    report = make(trained, tmp_path / "out", "disk", "edm", "hfe", "gotek")

    stem = "tiny-morph-000003-000017"
    assert report.files == sorted([
        f"{stem}.img", f"{stem}.edm", f"{stem}.hfe",
        "gotek/IMG.CFG", f"gotek/{stem}.img", f"gotek/{stem}-sheet.txt", f"gotek/{stem}-sheet.html",
    ])  # fmt: skip
    image = (tmp_path / "out" / f"{stem}.img").read_bytes()
    assert (tmp_path / "out" / f"{stem}.edm").read_bytes() == image
    assert (tmp_path / "out" / "gotek" / f"{stem}.img").read_bytes() == image
    assert hfe.parse((tmp_path / "out" / f"{stem}.hfe").read_bytes()) == image


def test_the_patch_sheet_tells_of_all_seeds(trained: Path, tmp_path: Path) -> None:
    make(trained, tmp_path / "out", "gotek", seeds=(3, 17, 5))

    for kind in ("txt", "html"):
        (path,) = (tmp_path / "out" / "gotek").glob(f"*-sheet.{kind}")
        table = path.read_text().split("seed")[-1]  # what follows the head of the table
        for seed in (3, 17, 5):
            assert f" {seed}" in table.replace(">", "> ")


@cycle_samples
def test_inspect_finds_no_problem_in_what_is_made(trained: Path, tmp_path: Path, samples: int) -> None:
    make(trained, tmp_path / "out", "pcm", "wav", "disk", "hfe", "wavetable", samples=samples)

    assert inspect(tmp_path / "out").problems == []
    for path in (tmp_path / "out").iterdir():
        if path.suffix != ".json":
            assert inspect(path).problems == [], path.name


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


# --- the folder


def listing(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "export.json").read_bytes())
    return found


def test_a_morph_is_added_to_an_export_and_is_listed_with_its_seeds(cli: Cli, workplace: Path) -> None:
    assert cli("export", "--to", "pcm", "--to", "disk", "--count", 4).exit_code == 0
    before = {path.name: path.read_bytes() for path in (workplace / "export").iterdir()}
    exported = listing(workplace / "export")

    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "disk").exit_code == 0

    out = workplace / "export"
    added = {"tiny-morph-000003-000017.pcm", "tiny-morph-000003-000017.img"}
    assert {path.name for path in out.iterdir()} == set(before) | added
    assert all((out / name).read_bytes() == data for name, data in before.items() if name != "export.json")
    known = listing(out)
    assert known["files"] == exported["files"]
    assert known["disks"].items() >= exported["disks"].items()
    for name in added:
        entry = known["disks"][name]
        assert (entry["run"], entry["seeds"]) == ("tiny", [3, 17])
        assert entry["checkpoint_sha256"] == exported["files"]["tiny-seed000000.pcm"]["checkpoint_sha256"]
    assert inspect(out).problems == []


def test_an_export_is_unchanged_after_a_morph_was_added(cli: Cli, workplace: Path) -> None:
    command = ("export", "--to", "pcm", "--to", "disk", "--count", 4, "--json")
    assert cli(*command).exit_code == 0
    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "wavetable", "--frames", 3).exit_code == 0

    assert json.loads(cli(*command).stdout)["unchanged"]


def test_an_export_of_morphs_alone_is_described(cli: Cli, workplace: Path) -> None:
    assert cli("morph", "--seed", 3, "--seed", 17, "--to", "pcm").exit_code == 0

    result = cli("inspect", "export")

    assert (result.exit_code, result.stderr) == (0, "")
    for line in result.stdout.splitlines():
        assert not line.endswith(": ")  # a fact that says nothing
        assert "problem" not in line


def test_typed_twice_it_works_twice(cli: Cli, workplace: Path) -> None:
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "disk", "--to", "gotek")
    first = cli(*command)
    before = {path: path.read_bytes() for path in (workplace / "export").rglob("*") if path.is_file()}

    second = cli(*command)

    assert (first.exit_code, second.exit_code, second.stdout) == (0, 0, first.stdout)
    assert {path: path.read_bytes() for path in before} == before


def test_the_newest_run_is_taken_where_none_is_named(cli: Cli, workplace: Path) -> None:
    for run in ((), ("tiny",), (workplace / "runs" / "tiny",)):
        result = cli("morph", *run, "--seed", 3, "--seed", 17, "--to", "pcm", "--json")
        assert json.loads(result.stdout)["files"] == ["tiny-morph-000003-000017.pcm"]


def test_another_checkpoint_makes_another_morph(trained: Path, tmp_path: Path) -> None:
    weights = trained / "checkpoints" / "last.safetensors"
    make(trained, tmp_path / "last", "pcm", checkpoint="last")
    make(trained, tmp_path / "path", "pcm", checkpoint=str(weights))

    name = "tiny-morph-000003-000017.pcm"
    assert (tmp_path / "last" / name).read_bytes() == (tmp_path / "path" / name).read_bytes()
    entries = [listing(tmp_path / out)["disks"][name]["checkpoint_sha256"] for out in ("last", "path")]
    assert entries[0] == entries[1]


def test_what_is_made_is_told_in_lines(cli: Cli, workplace: Path) -> None:
    result = cli("morph", "--seed", 3, "--seed", 17, "--seed", 5, "--to", "wav")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "export/tiny-morph-000003-000017-000005.wav",
        "255 cycles from seed 3 to 17 to 5 and back: 65,280 samples, 2.2 s at the Mirage's own rate",
    ]


def test_a_run_is_only_read(trained: Path, tmp_path: Path, describe: Describe) -> None:
    before = describe(trained)

    make(trained, tmp_path / "out", "pcm", "wavetable", frames=3)

    assert describe(trained) == before


def test_progress_counts_the_waves_on_the_way(trained: Path, tmp_path: Path) -> None:
    shown: list[tuple[int, int | None]] = []

    class Recorder:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert text == "generating"
            shown.append((done, total))

        def say(self, text: str) -> None:
            pytest.fail(text)

    morph(MorphConfig(str(trained), (3, 17), ("wavetable",), frames=7), tmp_path / "out", Recorder())

    assert (shown[0], shown[-1]) == ((0, 7), (7, 7))


# --- what goes wrong


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "a morph leads from one seed to another: give --seed twice or more"),
        (("--seed", 3), "a morph leads from one seed to another: give --seed twice or more"),
        (("gone", "--seed", 3, "--seed", 17), "runs/gone is not a run; there are: tiny"),
        (("--seed", 3, "--seed", 17, "--samples", 512), "--samples is 512; it is one of 256, 1024"),
        (("--seed", 3, "--seed", 17, "--frames", 1), "--frames is 1; it must be 2 to 256"),
        (("--seed", 3, "--seed", 17, "--frames", 257), "--frames is 257; it must be 2 to 256"),
        (("--seed", 3, "--seed", 17, "--bits", 12), "--bits is 12; it is one of 8, 16, 24"),
    ],
)
def test_a_setting_that_is_wrong_is_said_in_one_line(
    cli: Cli, workplace: Path, describe: Describe, options: tuple[object, ...], says: str
) -> None:
    before = describe(workplace)

    assert error_of(cli("morph", *options)) == says
    assert describe(workplace) == before


def test_a_format_that_is_unknown_is_wrong_usage(cli: Cli, workplace: Path) -> None:
    result = cli("morph", "--seed", 3, "--seed", 17, "--to", "mp3")

    assert result.exit_code == 2
    assert "'mp3' is not one of 'pcm', 'wav', " in result.stderr


def test_a_run_of_one_shots_has_no_cycles_to_join(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^shots makes oneshots, and a morph joins cycles: train it on loops$"):
        make(trained_oneshots, tmp_path / "out", "pcm")

    assert not (tmp_path / "out").exists()


def test_a_generator_that_is_silent_is_named(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sampler, "from_condition", lambda _, z: np.zeros((len(z), 64), np.float32))

    with pytest.raises(TrainingError, match=r"silent somewhere on the way: train it longer, or choose other seeds$"):
        make(trained, tmp_path / "out", "pcm")

    assert list(tmp_path.iterdir()) == []


def test_many_seeds_make_a_morph_too(cli: Cli, workplace: Path) -> None:
    way = itertools.chain.from_iterable(("--seed", seed) for seed in range(40))

    result = cli("morph", *way, "--to", "pcm")

    assert (result.exit_code, result.stderr) == (0, "")


def test_a_folder_that_is_not_ours_is_left_alone(trained: Path, tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    before = describe(tmp_path)

    with pytest.raises(FolderError, match=r"holds files but no export\.json, so it is not ours to replace"):
        make(trained, tmp_path / "photos", "pcm")

    assert describe(tmp_path) == before


@pytest.mark.parametrize("form", ["disk", "hfe", "pcm", "wav", "wavetable", "gotek"])
def test_a_file_that_was_changed_is_replaced_only_by_force(
    cli: Cli, workplace: Path, describe: Describe, form: str
) -> None:
    command = ("morph", "--seed", 3, "--seed", 17, "--to", form, "--frames", 3)
    assert cli(*command).exit_code == 0
    path = min(path for path in (workplace / "export").rglob("tiny-*") if path.suffix not in (".txt", ".html"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x55")  # as somebody who saved a sound to the disk
    before = describe(workplace / "export")

    says = error_of(cli(*command))

    name = path.relative_to(workplace).as_posix()
    assert says == f"{name} was changed since it was exported: --force replaces it, or choose another --out"
    assert describe(workplace / "export") == before
    assert cli(*command, "--force").exit_code == 0
    assert path.read_bytes() == whole


def test_a_file_of_that_name_that_we_did_not_make_is_replaced_only_by_force(cli: Cli, workplace: Path) -> None:
    assert cli("export", "--to", "pcm", "--count", 2).exit_code == 0
    mine = workplace / "export" / "tiny-morph-000003-000017.pcm"
    mine.write_bytes(b"mine")
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "pcm")

    assert "--force" in error_of(cli(*command))
    assert mine.read_bytes() == b"mine"
    assert cli(*command, "--force").exit_code == 0
    assert len(mine.read_bytes()) == 65_280


def test_a_damaged_run_or_export_is_said_in_one_line(cli: Cli, workplace: Path) -> None:
    command = ("morph", "tiny", "--seed", 3, "--seed", 17, "--to", "pcm")
    shutil.copytree(workplace / "runs" / "tiny", workplace / "kept")
    weights = workplace / "runs" / "tiny" / "checkpoints"
    for path in weights.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert "best.safetensors" in error_of(cli(*command))
    shutil.rmtree(weights)
    assert "is missing" in error_of(cli(*command))
    (workplace / "runs" / "tiny" / "config.json").write_text("{")
    assert "config.json" in error_of(cli(*command))
    (workplace / "export").mkdir()
    (workplace / "export" / "export.json").write_text('{"format": 1}')
    assert "export.json lists no files" in error_of(cli("morph", "./kept", *command[2:]))


@pytest.mark.parametrize("old", [True, False], ids=["beside old files", "as new ones"])
def test_a_full_disk_leaves_nothing_half_written(
    cli: Cli, workplace: Path, describe: Describe, refuse_step: Refuse, old: bool
) -> None:
    short = ("--samples", 1024, "--frames", 2)
    command = ("morph", "--seed", 3, "--seed", 17, "--to", "pcm", "--to", "wav", "--to", "wavetable", *short)
    if old:
        assert cli("export", "--to", "pcm", "--count", 2).exit_code == 0
    target, kept = workplace / "export", workplace / "kept"
    if old:
        shutil.copytree(target, kept)

    def contents() -> dict[str, str]:
        return {name: about[0] for name, about in describe(workplace).items()}

    before = contents()
    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli(*command)
        if step >= len(steps):
            break
        if result.exit_code == 0:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(target)
            if old:
                shutil.copytree(kept, target)
            continue
        assert error_of(result).endswith("No space left on device; make room, or choose another place")
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"

    assert result.exit_code == 0
    assert step > 10
    assert contents() != before
