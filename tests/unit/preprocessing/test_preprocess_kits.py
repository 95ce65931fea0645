"""A kit on a disk gives its drums back as one-shots, and what the loop of a wavesample decides.

Kits are ours (`tests.support.kits`), read by the documents; other disks are made by hand (`tests.support.foreign`).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.mirage.formats import hfe
from tests.support import foreign, kits
from tests.support.datasets import manifest
from tests.support.disk_sources import make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.preprocessing.report import PreprocessReport


def content(data: bytes) -> str:
    """Return what a dataset calls the content of a sound, of these bytes around 0x80."""
    signal = (np.frombuffer(data, np.uint8).astype("<f4") - np.float32(128)) / np.float32(127)
    return hashlib.sha256(signal.tobytes()).hexdigest()


def read(tmp_path: Path, image: bytes, **changes: Any) -> tuple[PreprocessReport, dict[str, dict[str, Any]]]:
    """Preprocess one disk; return the report, and the row of each wavesample by its name."""
    (tmp_path / "kit.img").write_bytes(image)
    report = make(tmp_path / "kit.img", out=tmp_path / "out", **changes)
    return report, {row["source"].rpartition("#")[2]: row for row in manifest(tmp_path / "out")}


@pytest.mark.parametrize("rate_hz", [29_412, 22_050])
@pytest.mark.parametrize(
    "lengths",
    [kits.VERY_DIFFERENT, kits.SHORTEST, kits.LONGEST, (9_000, 100)],
    ids=["different", "short", "cut", "two"],
)
def test_each_drum_comes_back_once_with_its_bytes_and_rate(
    tmp_path: Path, lengths: Sequence[int], rate_hz: int
) -> None:
    image = kits.kit_image(lengths, rate_hz)

    report, rows = read(tmp_path, image, rate_hz=rate_hz)

    assert (report.used, report.skipped, report.kinds) == (len(lengths), [], {"oneshot": len(lengths)})
    assert report.rates_hz == {rate_hz: len(lengths)}
    drums = kits.drums_on(image)
    assert {name: row["content"] for name, row in rows.items()} == {
        name: content(data) for name, (data, _) in drums.items()
    }
    if lengths is not kits.LONGEST:  # which are cut to fit
        assert sorted(row["samples"] for row in rows.values()) == sorted(lengths)
    for name, row in rows.items():
        keys = drums[name][1].replace("#", "s")
        assert re.fullmatch(rf"kit-{name}-{keys}-[0-9a-f]{{8}}", row["id"])
        assert row["class"] == f"kit-{name[:2]}"


def test_an_hfe_file_of_a_kit_gives_the_same_drums(tmp_path: Path) -> None:
    image = kits.kit_image(kits.VERY_DIFFERENT)
    (tmp_path / "kit.hfe").write_bytes(hfe.build(image))
    make(tmp_path / "kit.hfe", out=tmp_path / "of-hfe")

    _, rows = read(tmp_path, image)

    assert [row["id"] for row in manifest(tmp_path / "of-hfe")] == [row["id"] for row in rows.values()]


def test_a_wavesample_without_a_loop_is_a_one_shot_though_it_is_one_period(tmp_path: Path) -> None:
    memory = np.asarray(np.rint(128 + 100 * np.sin(2 * np.pi * np.arange(65_536) / 496)), np.uint8)
    image = foreign.sound("L1", foreign.wave(0, 1, top_key=30), memory=memory)

    _, rows = read(tmp_path, image)
    (row,) = rows.values()
    assert (row["kind"], row["samples"], row["rate_hz"]) == ("oneshot", 496, 29_412)

    _, rows = read(tmp_path, image, kind="loop")
    (row,) = rows.values()
    assert row["kind"] == "loop"


def test_a_rate_that_is_told_for_headerless_audio_is_taken_where_the_keys_tell_none(tmp_path: Path) -> None:
    waves = [foreign.wave(0, 0x20, top_key=30), foreign.wave(0x21, 0x40, top_key=33, tuning=(1, 0))]

    _, rows = read(tmp_path, foreign.sound("L1", *waves), raw_rate_hz=20_000)

    assert rows["L1-1"]["rate_hz"] == 20_000
    # the middle of keys 31 to 33 is MIDI 68: 2 ** (1 + 6.53915 + 68 / 12) Hz
    assert rows["L1-2"]["rate_hz"] == pytest.approx(9_446, abs=15)


def test_padding_is_no_part_of_a_one_shot_but_silence_inside_is(tmp_path: Path) -> None:
    memory = np.full(65_536, 0x80, np.uint8)
    memory[:100], memory[3_000:3_100] = foreign.noise(100, 1), foreign.noise(100, 2)
    memory[3_099] = 0xFF

    _, rows = read(tmp_path, foreign.sound("L1", foreign.wave(0, 0x20, top_key=30), memory=memory))

    assert rows["L1-1"]["samples"] == 3_100
    assert rows["L1-1"]["content"] == content(memory[:3_100].tobytes())


def test_a_silent_one_shot_is_said_to_be_silent(tmp_path: Path) -> None:
    memory = foreign.tones()
    memory[:0x2100] = 0x80
    waves = [foreign.wave(0, 0x20, top_key=20), foreign.wave(0x21, 0x40, top_key=30)]

    report, rows = read(tmp_path, foreign.sound("L1", *waves, memory=memory))

    assert list(rows) == ["L1-2"]
    assert [item.cause for item in report.skipped] == ["silent"]


def test_a_sound_with_an_attack_and_a_loop_is_its_loop_or_if_one_shots_are_asked_for_all_of_it(tmp_path: Path) -> None:
    image = foreign.sound("L1", foreign.wave(0x10, 0x30, (0x24, 0x24, 0xFF)), memory=(memory := foreign.tones()))

    _, rows = read(tmp_path, image)
    assert (rows["L1-1"]["kind"], rows["L1-1"]["content"]) == ("loop", content(memory[0x2400:0x2500].tobytes()))

    _, rows = read(tmp_path, image, kind="oneshot")
    assert (rows["L1-1"]["kind"], rows["L1-1"]["content"]) == ("oneshot", content(memory[0x1000:0x30F0].tobytes()))


def test_a_loop_without_an_attack_is_no_more_than_its_loop(tmp_path: Path) -> None:
    memory = foreign.tones()

    _, rows = read(tmp_path, foreign.sound("L1", foreign.wave(0, 8, (0, 3, 0xFF)), memory=memory), kind="oneshot")

    assert rows["L1-1"]["content"] == content(memory[:0x400].tobytes())
