"""Wavsyn's file: all audio, of the one size that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import SignalError
from mirage_gan.exporting.disks import wavsyn_audio
from mirage_gan.models.addresses import Address
from tests.support.addresses import of_seeds, seeds_of
from tests.support.packed import as_bytes, cycle, fall, loop_of, loop_pages, made_waves, one_shot_of, sounds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.models.addresses import Place


@loop_pages
def test_wavsyns_file_is_all_audio_and_of_the_one_size_that_it_takes(pages: int) -> None:
    file = wavsyn_audio.build_wavsyn(
        of_seeds(range(24)), sounds_of(made_waves(24), loop_of(pages)), loop_of(pages), "play"
    )
    assert len(file) == 393_216
    assert 0 not in file
    for number in range(24):
        block = np.frombuffer(file[16_384 * number : 16_384 * (number + 1)], np.uint8).astype(np.int64)
        size = 256 * (min(pages, 2) if number // 4 % 2 else pages)
        assert np.abs(block[:size] - as_bytes(cycle(number, size))).max() <= 1
        assert np.array_equal(block, np.resize(block[:size], 16_384))


@pytest.mark.parametrize(("layout", "blocks"), [("play", 4), ("split8", 4), ("single", 1)])
def test_wavsyns_files_take_24_sounds_or_6_long_ones(layout: str, blocks: int) -> None:
    room = 6 * blocks
    found = wavsyn_audio.allocate_wavsyn(of_seeds(range(3, 3 + 2 * room + 1)), layout)
    assert list(map(len, found)) == [room, room, 1]
    assert [seed for places in found for seed in seeds_of(places)] == list(range(3, 3 + 2 * room + 1))


def test_what_no_sound_fills_is_silence_for_wavsyn() -> None:
    file = wavsyn_audio.build_wavsyn([Address(0)], sounds_of(made_waves(1), loop_of(1)), loop_of(1), "play")
    assert set(file[16_384:]) == {0x80}


def test_one_shots_too_long_for_wavsyns_blocks_are_refused_and_the_remedies_work() -> None:
    waves: dict[Place, NDArray[np.float32]] = {Address(0): fall(0)}
    with pytest.raises(
        SignalError, match=r"too long for Wavsyn's blocks of 16,384: choose --length 16384, or --layout single$"
    ):
        wavsyn_audio.build_wavsyn([Address(0)], sounds_of(waves, one_shot_of(20_000)), one_shot_of(20_000), "play")
    for shape, layout in ((one_shot_of(16_384), "play"), (one_shot_of(20_000), "single")):
        file = wavsyn_audio.build_wavsyn([Address(0)], sounds_of(waves, shape), shape, layout)
        assert len(file) == 393_216
        assert 0 not in file
