"""What a dataset holds of its sounds: one kind is learned, and a part of it held out; the other kind is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.base.errors import SignalError
from mirage_gan.folders import datasets
from mirage_gan.pages import pictures
from mirage_gan.preprocessing import writing
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of
from tests.support.datasets import make, manifest, noise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import MakeLoop


def mixed(folder: Path, make_loop: MakeLoop, *, loops: int, shots: int) -> Path:
    folder.mkdir()
    for i in range(loops):
        soundfile.write(folder / f"loop {i}.wav", make_loop(i), 44_100)
    for i in range(shots):
        soundfile.write(folder / f"shot {i}.wav", noise(i), 22_050)
    return folder


@pytest.mark.parametrize(("loops", "shots", "kept"), [(3, 2, "loop"), (2, 3, "oneshot"), (2, 2, "loop")])
def test_the_majority_is_trained_on_and_the_rest_set_aside(
    tmp_path: Path, make_loop: MakeLoop, loops: int, shots: int, kept: str
) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=loops, shots=shots)

    report = make(source, out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    aside = shots if kept == "loop" else loops
    assert report.kinds == {"loop": loops, "oneshot": shots}
    assert (report.kind, report.aside, report.train) == (kept, aside, loops + shots - aside)
    assert all((row["split"] == "aside") == (row["kind"] != kept) for row in rows)
    assert len(rows) == loops + shots
    assert len(np.load(tmp_path / "out" / "waves.npy")) == len(rows) - aside


def test_the_other_kind_is_kept_on_request(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=3, shots=2)

    report = make(source, out=tmp_path / "out", keep="oneshot")

    assert (report.kind, report.train, report.aside) == ("oneshot", 2, 3)


def test_a_kind_that_is_not_there_cannot_be_kept(tmp_path: Path, sounds: Path) -> None:
    with pytest.raises(SignalError) as caught:
        make(sounds, out=tmp_path / "out", keep="oneshot")

    assert str(caught.value) == "--keep oneshot finds nothing, because all sounds are loops: leave --keep out"
    assert not (tmp_path / "out").exists()


def test_a_fifth_of_the_kept_kind_is_held_out_whatever_is_set_aside(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=10, shots=5)

    report = make(source, out=tmp_path / "out")

    assert (report.train, report.holdout, report.aside) == (8, 2, 5)


def test_the_majority_is_of_sounds_and_not_of_what_is_cut_from_them(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=3, shots=0)
    hits = np.concatenate([noise(i) for i in range(5)])
    for i in range(2):
        soundfile.write(source / f"hits {i}.wav", hits * (1 - 0.1 * i) + 0.01 * i * noise(9, 2.5), 22_050)

    report = make(source, out=tmp_path / "out", split_hits=True)

    assert report.kinds == {"loop": 3, "oneshot": 2}
    assert (report.kind, report.learned, report.waves, report.aside) == ("loop", 3, 13, 10)


@pytest.mark.parametrize(("kind", "skipped"), [("loop", 2), ("oneshot", 0)])
def test_the_kind_can_be_told(tmp_path: Path, make_loop: MakeLoop, kind: str, skipped: int) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=2, shots=2)

    report = make(source, out=tmp_path / "out", kind=kind)

    assert report.kinds == {kind: 4 - skipped}
    assert report.aside == 0
    assert [item.reason.split(":")[0] for item in report.skipped] == ["without a pitch"] * skipped


@pytest.mark.parametrize(("keep", "name", "count"), [("loop", "loop", 12), ("oneshot", "shot", 11)])
def test_the_waves_of_each_split_are_those_of_its_sounds(
    tmp_path: Path, make_loop: MakeLoop, keep: str, name: str, count: int
) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=12, shots=11)
    make(source, out=tmp_path / "out", keep=keep, frames=32)
    for path in source.glob("*.wav"):
        if not path.name.startswith(name):
            path.unlink()
    make(source, out=tmp_path / "alone", frames=32)

    made, alone = (datasets.load(tmp_path / out) for out in ("out", "alone"))

    assert len(made.waves) == len(alone.waves) == count
    assert len(made.ids) == 23
    for split, sounds in (("train", count - 2), ("holdout", 2)):
        part, wanted = made.split(split), alone.split(split)
        assert (part.ids, len(part.ids)) == (wanted.ids, sounds)
        assert np.array_equal(part.load(), wanted.load())


def test_the_marker_tells_what_is_needed_to_play_what_is_learned(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=2, shots=3)
    make(source, out=tmp_path / "shots", rate_hz=20_000, frames=64)
    make(source, out=tmp_path / "loops", keep="loop", rate_hz=20_000)

    shots, loops = (datasets.load_marker(tmp_path / name) for name in ("shots", "loops"))

    assert (shots.form, shots.points, shots.rate_hz) == ("spectrogram", points_of(64), 20_000)
    assert shots.source_samples == pytest.approx(0.5 * 20_000, rel=0.05)
    assert (loops.form, loops.points, loops.source_samples) == (representation.of_kind("loop").name, 64, 256)


def test_on_the_contact_sheet_the_paper_of_what_is_set_aside_is_gray(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=3, shots=1)
    make(source, out=tmp_path / "out")

    with Image.open(tmp_path / "out" / "contact.png") as image:
        sheet = np.asarray(image)
    gap = pictures.GAP
    corners = [(gap + (i // 3) * (129 + gap), gap + (i % 3) * (64 + gap)) for i in range(4)]  # in rows of three
    papers = [int(sheet[y : y + 64, x : x + 64].max()) for y, x in corners]
    assert [row["split"] for row in manifest(tmp_path / "out")] == ["train"] * 3 + ["aside"]
    assert papers == [255] * 3 + [pictures.GRAY]


def test_sounds_that_are_cut_are_noted_with_a_remedy(tmp_path: Path) -> None:
    for i, seconds in enumerate((0.2, 0.2, 0.2, 1.0)):
        soundfile.write(tmp_path / f"{i}.wav", noise(i, seconds), 22_050)

    short, long = (make(tmp_path, out=tmp_path / f"out {frames}", frames=frames) for frames in (None, 128))

    assert (short.frames, long.frames) == (32, 128)
    assert short.notes == [
        "1 of 4 one-shots are longer than 32 frames, and are cut with a fade; --frames 64 keeps more of them"
    ]
    assert long.notes == []


def test_what_is_longer_than_a_bank_is_noted_without_a_remedy() -> None:
    assert writing._note_on_cuts([66_000, 100], 256, "oneshot") == [
        "1 of 2 one-shots are longer than 256 frames, and are cut with a fade"
    ]
    assert writing._note_on_cuts([66_000], 256, "loop") == []
    assert writing._note_on_cuts([256 * 256], 256, "oneshot") == []


def test_no_draft_is_left(tmp_path: Path, make_loop: MakeLoop) -> None:
    make(mixed(tmp_path / "mixed", make_loop, loops=2, shots=2), out=tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "bitmaps", "contact.png", "dataset.json", "manifest.jsonl", "skipped.jsonl", "waves.npy",
    ]  # fmt: skip
