"""A preview shows and plays waves as what they are."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.pages import preview
from mirage_gan.pages.preview import Shown
from mirage_gan.settings.choices import LOOP, ONE_SHOT

RAMPS = np.tile(np.linspace(-0.5, 0.5, 64, dtype=np.float32), (20, 1))  # as a generator makes them: not normalized


def heard(sound: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    signal, rate = soundfile.read(io.BytesIO(sound))
    assert rate == 29_412
    return np.asarray(signal)


def test_what_is_shown_is_normalized() -> None:
    assert np.abs(Shown.of(RAMPS, LOOP, 64).waves).max() == 1


def test_a_preview_of_loops_repeats_each_of_sixteen_for_its_time() -> None:
    signal = heard(preview.preview(Shown.of(RAMPS, LOOP, 5_000))[1])

    assert len(signal) / 29_412 == pytest.approx(16 * 0.4, abs=0.1)
    assert (np.diff(signal) < -0.5).sum() > 16 * 150  # a jump back at each end of a cycle


def test_a_preview_of_one_shots_plays_each_of_sixteen_once_at_its_length() -> None:
    signal = heard(preview.preview(Shown.of(RAMPS, ONE_SHOT, 5_000))[1])

    assert len(signal) == 16 * 5_000
    assert (np.diff(signal) < -0.5).sum() == 15  # from the end of one to the start of the next


@pytest.mark.parametrize("kind", [LOOP, ONE_SHOT])
def test_a_picture_draws_a_jump_from_end_to_start_for_loops_only(kind: str) -> None:
    picture = np.asarray(Image.open(io.BytesIO(preview.preview(Shown.of(RAMPS[:1], kind, 64))[0])))

    inked = (picture < 200).sum(axis=0)
    first = int(np.flatnonzero(inked > 1)[0])
    assert (inked[first] > 25) == (kind == LOOP)
