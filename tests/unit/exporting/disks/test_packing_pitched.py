"""One-shots with a pitch are played as notes where they have all keys, and else at their own speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.exporting.disks.packing import HALVES, tune_to_pitch
from mirage_gan.exporting.export import export
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of
from tests.support import floppy
from tests.support.disk_exports import asked, disks_of
from tests.support.drums import FRAMES, noise_bursts, plucked
from tests.support.exports import entries, make_waves

if TYPE_CHECKING:
    from pathlib import Path

TONES_HZ = (110.0, 220.0, 330.0)  # then a sound without a pitch


@pytest.fixture(autouse=True)
def _sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    burst = representation.of_sounds(ONE_SHOT).encode(noise_bursts(1)[0], points_of(FRAMES), align=False)
    make_waves(monkeypatch, np.array([*map(plucked, TONES_HZ), burst]))


@pytest.mark.parametrize(("layout", "count"), [("play", 4), ("single", 2)])
def test_every_key_plays_its_own_note(trained_oneshots: Path, tmp_path: Path, layout: str, count: int) -> None:
    report = export(asked(trained_oneshots, to=("disk", "wav"), layout=layout, count=count), tmp_path)

    measured = {entry["address"]["seed"]: entry["pitch_hz"] for entry in entries(tmp_path).values()}
    image = (tmp_path / "MIR01.img").read_bytes()
    for item in disks_of(tmp_path)["MIR01.img"]["sounds"]:
        seed, name = item["address"]["seed"], item["bank"]
        wave = floppy.waves(image, name)[item["wavesample"] - 1]
        if seed == len(TONES_HZ):
            assert item["worst_cents"] is None
            continue
        off = [
            floppy.cents(measured[seed] * floppy.playback_hz(floppy.word(key, wave, name)) / 29_412, floppy.key_hz(key))
            for key in range(item["keys"][0] - 1, item["keys"][1])
        ]
        assert np.abs(off).max() < 20  # a low key of a high sound is slow, and slow speeds have few steps
        assert np.abs(off).max() == pytest.approx(item["worst_cents"], abs=0.1)
        assert abs(floppy.cents(measured[seed], TONES_HZ[seed])) < 40  # rebuilt from levels in bands, it is not exact
    assert report.worst_cents is not None


def test_in_a_kit_or_side_by_side_they_keep_their_own_speed(trained_oneshots: Path, tmp_path: Path) -> None:
    for layout in ("kit", "split8"):
        export(asked(trained_oneshots, layout=layout, count=4), tmp_path / layout)
        image = (tmp_path / layout / "MIR01.img").read_bytes()
        for item in disks_of(tmp_path / layout)["MIR01.img"]["sounds"]:
            assert item["worst_cents"] is None
            wave = floppy.waves(image, item["bank"])[item["wavesample"] - 1]
            middle = (item["keys"][0] + item["keys"][1] - 2) // 2
            speed = floppy.playback_hz(floppy.word(middle, wave, item["bank"]))
            assert abs(floppy.cents(speed, 29_412)) < 6


@pytest.mark.parametrize("hz", [41.3, 110, 2_300])
def test_pitches_of_notes_are_in_range_on_both_halves(hz: float) -> None:
    assert all(tune_to_pitch(29_412, hz, half) is not None for half in HALVES)


def test_a_pitch_out_of_the_machines_range_is_left_at_its_own_speed() -> None:
    assert [tune_to_pitch(29_412, hz, half) for hz in (5.0, 13_000.0) for half in HALVES].count(None) >= 2
