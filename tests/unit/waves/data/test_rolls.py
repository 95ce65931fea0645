"""Piano rolls hold notes, and give them back."""

from __future__ import annotations

import numpy as np
import torch

from mirage_gan.waves import representation
from mirage_gan.waves.data import pixels, rolls
from mirage_gan.waves.data.rolls import Note


def test_notes_come_back_from_their_picture() -> None:
    notes = [Note(127, 0, 1), Note(0, 0, 128), Note(60, 3, 7), Note(60, 8, 9)]
    (picture,) = rolls.of_notes(notes)
    assert sorted(rolls.to_notes(picture)) == sorted(notes)


def test_a_note_over_a_border_sounds_on_both_sides_and_empty_pictures_are_left_out() -> None:
    first, second = rolls.of_notes([Note(60, 120, 130), Note(60, 600, 601)])[:2]
    assert rolls.to_notes(first) == [Note(60, 120, 128)]
    assert rolls.to_notes(second) == [Note(60, 0, 2)]
    assert len(rolls.of_notes([Note(60, 120, 130), Note(60, 600, 601)])) == 3


def test_any_picture_of_two_levels_is_what_its_notes_draw() -> None:
    picture = np.random.default_rng(0).integers(0, 2, (128, 128)).astype(np.uint8) * 255
    assert np.array_equal(rolls.of_notes(rolls.to_notes(picture))[0], picture)


def test_ink_settles_at_two_levels_and_its_gradient_passes() -> None:
    ink = torch.tensor([0.1, 0.49, 0.51, 0.9], requires_grad=True)
    settled = representation.drawn(rolls.Rolls.name).settle(ink)
    (settled * torch.arange(4)).sum().backward()
    assert settled.round(decimals=6).tolist() == [0, 0, 1, 1]
    assert ink.grad is not None
    assert ink.grad.tolist() == [0, 1, 2, 3]


def test_waves_are_of_two_levels_once_they_are_normalized() -> None:
    waves = np.linspace(-1, 1, 128 * 128, dtype=np.float32)[None]
    assert set(np.unique(pixels.to_levels(representation.of_kind("roll").normalize(waves)))) == {0, 255}
