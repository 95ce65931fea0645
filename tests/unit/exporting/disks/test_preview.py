"""The preview of a disk: every sound once, in tune and without a click."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mirage_gan.exporting.disks import preview
from tests.support import floppy
from tests.support.packed import audio, image_of, loop_of, loop_pages, pack, pack_one_shots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.exporting.disks.packing import Disk


def preview_notes(packed: Disk) -> NDArray[np.float64]:
    """Return the notes of a preview, a row each."""
    signal, rate = soundfile.read(io.BytesIO(preview.preview(packed)))
    assert rate == 29_412
    assert len(signal) % len(packed.placed) == 0
    return np.asarray(signal, np.float64).reshape(len(packed.placed), -1)


def measured_hz(signal: NDArray[np.float64]) -> float:
    """Measure a tone whose first harmonic is the strongest: the peak of its spectrum, between the bins."""
    spectrum = np.log(np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) + 1e-9)
    peak = int(np.argmax(spectrum))
    low, mid, high = spectrum[peak - 1 : peak + 2]
    return float((peak + (low - high) / (2 * (low - 2 * mid + high))) * floppy.TICK_HZ / len(signal))


@pytest.mark.parametrize(("layout", "count"), [("play", 4), ("split8", 16), ("single", 2)])
@loop_pages
def test_each_note_of_a_preview_is_in_tune_on_a_key_that_plays_it(layout: str, count: int, pages: int) -> None:
    (packed,) = pack(count, layout, loop_of(pages))
    for note, item in zip(preview_notes(packed), packed.placed, strict=True):
        hz = measured_hz(note)
        key = round(12 * math.log2(hz / floppy.key_hz(0)))
        assert key in item.keys
        assert abs(floppy.cents(hz, floppy.key_hz(key))) < 6.5


@pytest.mark.parametrize(("layout", "count"), [("play", 4), ("split8", 16)])
def test_a_preview_does_not_click(layout: str, count: int) -> None:
    (packed,) = pack(count, layout, loop_of(1))
    image = image_of(packed)
    for note, item in zip(preview_notes(packed), packed.placed, strict=True):
        loop = audio(image, item.bank, item.number - 1)
        wide = np.resize(loop, 2 * len(loop))
        wave = floppy.waves(image, item.bank)[item.number - 1]
        highest = max(floppy.word(key, wave, item.bank) for key in item.keys)
        steps = range(1, math.ceil(highest / 512) + 1)
        largest = max(int(np.abs(wide[step:] - wide[:-step]).max()) for step in steps)
        assert np.abs(np.diff(note)).max() <= largest / 127 + 0.01
        assert abs(note[0]) < 0.02  # where one note ends and the next begins there is silence
        assert abs(note[-1]) < 0.02
        assert np.abs(note).max() > 0.9


def test_a_preview_of_one_shots_stops_with_them() -> None:
    (packed,) = pack_one_shots(4, "play", 3_000)
    for note in preview_notes(packed):
        assert np.abs(note[:200]).max() > 0.2
        assert not note[-2_000:].any()
