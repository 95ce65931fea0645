"""MIDI files become piano rolls, and a run of these makes MIDI files, by the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from mirage_gan.cli import main
from mirage_gan.folders import datasets
from mirage_gan.judging.plain import music
from mirage_gan.models.architectures import dcgan
from mirage_gan.models.sampling import Sampler
from mirage_gan.preprocessing.data import midi, parts
from mirage_gan.preprocessing.sources import SourceFile
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves.data import pixels, rolls
from mirage_gan.waves.data.rolls import Note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.addresses import Address


EVENTS = 34  # the byte at which those of the file of `tune` begin


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*words: Any) -> tuple[int, str, str]:
    done = CliRunner(catch_exceptions=False).invoke(main, list(map(str, words)))
    return done.exit_code, done.stdout, done.stderr


def save(path: Path, events: list[tuple[str, int, int, int]], channel: int = 0, kind: int = 1) -> None:
    """Save a file of two tracks, the second with events: on or off, note, velocity, ticks of 96 a beat."""
    track = mido.MidiTrack(
        mido.Message(f"note_{name}", channel=channel, note=note, velocity=velocity, time=ticks)
        for name, note, velocity, ticks in events
    )
    mido.MidiFile(type=kind, ticks_per_beat=96, tracks=[mido.MidiTrack(), track]).save(path)


def tune(path: Path, seed: int, shortest: int = 1) -> None:
    random = np.random.default_rng(seed)
    events: list[tuple[str, int, int, int]] = []
    for pitch in random.choice([48, 52, 55, 60, 64, 67], 160).tolist():
        events += [("on", pitch, 80, 0), ("on", pitch, 0, 24 * int(random.integers(shortest, shortest + 3)))]
    save(path, events)


def test_notes_are_read_in_sixteenths_of_the_files_own_beats(tmp_path: Path) -> None:
    save(
        tmp_path / "a.mid",
        [
            ("on", 60, 80, 23),  # nearly a sixteenth late
            ("on", 64, 80, 1),
            ("off", 64, 0, 2),  # shorter than a sixteenth
            ("on", 60, 80, 46),  # struck again while it sounds
            ("on", 60, 0, 48),  # which is a release
            ("on", 72, 80, 0),  # never released
        ],
    )
    (picture,) = midi.load_rolls(tmp_path / "a.mid")
    assert rolls.to_notes(picture) == [Note(64, 1, 2), Note(60, 1, 5)]


def test_rolls_are_learned_judged_and_exported_as_the_same_rolls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dcgan, "PAPER", 0.0)  # so that there are notes after two steps
    (tmp_path / "music").mkdir()
    for i in range(4):
        tune(tmp_path / "music" / f"{i}.mid", i)
    (tmp_path / "music" / "readme.txt").touch()
    assert "piano rolls" in call("preprocess", "--midi", "music")[1]
    made = datasets.load(tmp_path / "dataset")
    assert set(np.unique(pixels.to_levels(np.asarray(made.waves)))) == {0, 255}
    options = ("--width", 2, "--steps", 2, "--batch-size", 4, "--run", "notes")
    assert call("train", *options)[0] == 0
    code, said, _ = call("evaluate", "notes", "--count", 40, "--json")
    assert (code, set(music.FIGURES) <= set(json.loads(said)["ours"])) == (0, True)
    real = json.loads(said)["real"]
    assert real["C"] + real["E"] + real["G"] == pytest.approx(1, abs=1e-3)

    assert call("export", "notes", "--to", "mid", "--to", "png", "--count", 3)[0] == 0
    for seed in range(3):
        stem = tmp_path / "export" / f"notes-seed{seed:06}"
        with Image.open(f"{stem}.png") as picture:
            drawn = np.asarray(picture)
        assert set(np.unique(drawn)) <= {0, 255}
        assert np.array_equal(midi.load_rolls(stem.with_suffix(".mid")), drawn[None])


def test_what_is_too_short_for_a_note_of_the_real_rolls_is_neither_exported_nor_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(4):
        tune(tmp_path / f"{i}.mid", i, shortest=3)
    assert call("preprocess", "--midi", ".")[0] == 0
    assert call("train", "--width", 2, "--steps", 2, "--batch-size", 4, "--run", "notes")[0] == 0

    def generate(self: Sampler, places: Iterable[int | Address]) -> Waves:
        notes = np.random.default_rng(0).random((len(list(places)), self.spec.points)) < 0.6
        return np.where(notes, 1, -1).astype(np.float32)

    monkeypatch.setattr(Sampler, "generate", generate)
    assert call("export", "notes", "--to", "mid", "--count", 2)[0] == 0
    found = json.loads(call("evaluate", "notes", "--count", 40, "--json")[1])["ours"]

    lengths = [
        note.end - note.start
        for path in (tmp_path / "export").glob("*.mid")
        for note in rolls.to_notes(midi.load_rolls(path)[0])
        if note.start > 0 and note.end < rolls.SIDE
    ]
    assert len(lengths) > 100
    assert min(lengths) == 3
    assert found["steps"] > 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty.mid", "empty.mid is empty"),
        ("cut.mid", "cut.mid is no MIDI file, or damaged"),
        ("text.mid", "text.mid is no MIDI file, or damaged"),
        ("drums.mid", "drums.mid is without a note"),
        ("songs.mid", "songs.mid is without a common time"),
        ("frames.mid", "frames.mid is without a common time"),
        ("folder", "no MIDI file under folder"),
    ],
)
def test_bad_files_are_refused_in_a_line_and_skipped_in_one_beside_a_good_one(
    name: str, said: str, tmp_path: Path
) -> None:
    beat = [("on", 60, 80, 0), ("off", 60, 0, 96)]
    save(tmp_path / "drums.mid", beat, channel=9)
    save(tmp_path / "songs.mid", beat, kind=2)
    tune(tmp_path / "good.mid", 0)
    good = (tmp_path / "good.mid").read_bytes()
    (tmp_path / "empty.mid").touch()
    (tmp_path / "cut.mid").write_bytes(good[:100])
    (tmp_path / "text.mid").write_bytes(b"no music")
    (tmp_path / "frames.mid").write_bytes(good[:12] + bytes([0xE7, 40]) + good[14:])  # SMPTE: 25 frames a second
    (tmp_path / "folder").mkdir()
    code, _, refused = call("preprocess", "--midi", name)
    assert (code, said in refused) == (1, True)
    assert refused.count("\n") == 1 + refused.count("reading")
    assert not (tmp_path / "dataset").exists()

    if name == "folder":
        return
    code, told, _ = call("preprocess", "--midi", name, "good.mid")
    assert (code, f"skipped {said}".replace(" is ", ": ") in told) == (0, True)
    made = datasets.load(tmp_path / "dataset")
    counts = made.about.counts
    assert (counts.skipped, counts.used, counts.found) == (1, len(made.waves), len(made.waves) + 1)
    assert f"{len(made.waves)} piano rolls are few" in told
    assert "(unchanged)" in call("preprocess", "--midi", name, "good.mid")[1]


@pytest.fixture(scope="module", name="good")
def _good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("midi") / "good.mid"
    tune(path, 0)
    return path.read_bytes()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.one_of(st.just(EVENTS), st.integers(0, 999)),
    removed=st.integers(0, 20),
    put=st.one_of(
        st.binary(max_size=12),
        st.binary(max_size=4).map(lambda data: b"\0\xff\x59\x02" + data),  # a key signature, of which few are known
        st.binary(max_size=6).map(lambda data: b"\0\xff\x58\x04" + data),  # a time signature
        st.binary(max_size=6).map(lambda data: b"\0\xff\x54\x05" + data),  # an SMPTE offset
    ),
)
@example(at=EVENTS, removed=0, put=b"\0\xff\x59\x02\x40\x00")
def test_any_damage_is_read_or_skipped_in_one_line(
    good: bytes, tmp_path: Path, at: int, removed: int, put: bytes
) -> None:
    (tmp_path / "bad.mid").write_bytes(good[:at] + put + good[at + removed :])

    item = SourceFile("bad.mid", "", form="midi")
    held, skipped = parts.load([item], "roll")

    assert len(held) + len(skipped) == 1
    assert not [each.reason for each in skipped if "\n" in each.reason]


def test_a_folder_that_cannot_be_opened_is_skipped(tmp_path: Path) -> None:
    tune(tmp_path / "good.mid", 0)
    item = SourceFile("closed", "", "unreadable: Permission denied", form="midi")
    held, skipped = parts.load([item, SourceFile("good.mid", "", form="midi")], "roll")
    assert ([part.source.name for part in held], skipped[0].cause) == (["good.mid"], "unreadable")
    table = SourceFile("table.csv", "")
    assert parts.find_kind([SourceFile("closed", "", "unreadable"), table], PreprocessConfig((tmp_path,))) == "row"


def test_who_forgets_the_option_is_told_of_it(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    tune(tmp_path / "music" / "good.mid", 0)
    for words in (("music",), ("music/good.mid",)):
        code, _, refused = call("preprocess", *words)
        assert (code, refused.count("\n"), "--midi learns the" in refused) == (1, 1 + refused.count("reading"), True)


def test_what_is_missing_or_said_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tune(tmp_path / "good.mid", 0)
    assert "leave one out" in call("preprocess", "--midi", "--bytes", "good.mid")[2]
    monkeypatch.setattr(midi, "find_spec", lambda _: None)
    assert 'pip install "mirage-gan[midi]"' in call("preprocess", "--midi", "good.mid")[2]
