"""Every kind of sound goes through one interface; a loop has no end, and a one-shot has two."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.audio import resampling
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage.spec import BANK_BYTES
from mirage_gan.settings.choices import LOOP, ONE_SHOT, SIZES, SYMMETRIES
from mirage_gan.waves import bitmap, block_means, representation
from tests.support.signals import seeds, some

LOOPS, ONE_SHOTS = representation.of_kind(LOOP), representation.of_kind(ONE_SHOT)
RAMP = np.linspace(-1, 1, 64, dtype=np.float32)  # its ends are as far apart as can be
every = pytest.mark.parametrize("shown_as", representation.REPRESENTATIONS, ids=lambda shown_as: shown_as.name)


def connectors(picture: np.ndarray[tuple[int, int], np.dtype[np.uint8]], column: int) -> int:
    """Return how many rows of a column hold ink."""
    return int((picture[:, column] < 255).sum())


@every
def test_a_representation_is_found_by_its_kind_and_by_its_name(shown_as: representation.Representation) -> None:
    assert representation.of_kind(shown_as.kind) is representation.named(shown_as.name) is shown_as


def test_kinds_and_names_that_are_not_known_are_errors_of_a_file() -> None:
    with pytest.raises(FormatError, match="'chord' is not a kind of sound, which are loop, oneshot"):
        representation.of_kind("chord")
    with pytest.raises(FormatError, match="of the form 'hologram'"):
        representation.named("hologram")


@every
@some
@given(seed=seeds, points=st.sampled_from([64, 128, 256]))
def test_a_wave_survives_its_sound(shown_as: representation.Representation, seed: int, points: int) -> None:
    """What `encode` makes of what `decode` made is the wave itself, where the sound has room for it."""
    wave = np.random.default_rng(seed).uniform(-1, 1, 8).astype(np.float32)
    wave = resampling.resample_loop(wave, points)
    wave = shown_as.encode(wave, points, align=False)

    back = shown_as.encode(shown_as.decode(wave, 16 * points, shown_as.interps[0]), points, align=False)

    assert back.shape == (points,)
    assert np.corrcoef(wave, back)[0, 1] > 0.95


@every
@some
@given(seeds, st.sampled_from([(256, 64), (1024, 256), (512, 128), (128, 128)]))
def test_waves_are_fitted_as_what_they_are(
    shown_as: representation.Representation, seed: int, points: tuple[int, int]
) -> None:
    old, new = points
    waves = np.random.default_rng(seed).uniform(-1, 1, (6, old)).astype(np.float32)

    fitted = shown_as.fit(waves, new)

    assert fitted.shape == (6, new)
    for wave, small in zip(waves, fitted, strict=True):
        wanted = resampling.resample_loop(wave, new) if shown_as is LOOPS else block_means.block_means(wave, new)
        assert np.allclose(small, wanted.clip(-1, 1), atol=1e-5)


@every
@pytest.mark.parametrize(("points", "columns"), [(64, 64), (256, 256), (512, 256), (1024, 256)])
def test_a_picture_has_a_column_a_point_as_far_as_there_are_columns(
    shown_as: representation.Representation, points: int, columns: int
) -> None:
    waves = np.zeros((3, points), np.float32)

    assert shown_as.picture(waves, max(SIZES)).shape == (3, columns, columns)


def test_a_loop_is_drawn_with_its_end_joined_to_its_start_and_a_one_shot_is_not() -> None:
    loop, one_shot = (shown_as.picture(RAMP[None], 64)[0] for shown_as in (LOOPS, ONE_SHOTS))

    for column in (0, -1):
        assert connectors(loop, column) > 25  # half of the way from one end to the other
        assert connectors(one_shot, column) < 6
    assert np.array_equal(loop[:, 1:-1], one_shot[:, 1:-1])


@every
def test_a_network_is_shown_what_people_are(shown_as: representation.Representation) -> None:
    ink = shown_as.draw(torch.from_numpy(RAMP[None].copy()))

    assert np.array_equal(bitmap.to_pixels(ink)[:, 0].numpy(), shown_as.picture(RAMP[None], 64))


def test_a_hole_at_the_end_of_a_drawing_is_filled_around_the_end_of_a_loop_only() -> None:
    ink = bitmap.draw(torch.from_numpy(RAMP[None].copy()), closed=False)
    ink[..., -8:] = 0

    looped, alone = (bitmap.read(ink, closed=closed)[0][0].numpy() for closed in (True, False))

    assert looped[-1] < 0 < alone[-1]  # on the way to the first point; as the last one that is known


def test_a_preview_repeats_a_loop_and_plays_a_one_shot_once() -> None:
    loop = LOOPS.hear(RAMP, 5_000, 0.4)
    one_shot = ONE_SHOTS.hear(RAMP, 5_000, 0.4)

    assert np.array_equal(loop, np.tile(RAMP, len(loop) // 64))
    assert len(loop) / 29_412 == pytest.approx(0.4, abs=0.01)
    assert len(one_shot) == 5_000
    assert (np.diff(one_shot) > 0).all()  # it rises from its one start to its one end


def test_a_preview_of_a_long_one_shot_is_as_long_as_a_bank_holds() -> None:
    assert len(ONE_SHOTS.hear(RAMP, 10_000_000, 0.4)) == BANK_BYTES


def test_a_loop_allows_every_symmetry_and_a_one_shot_none_that_moves_its_attack() -> None:
    assert LOOPS.symmetries == SYMMETRIES
    assert set(ONE_SHOTS.symmetries) == {"invert", "gain", "tilt"}


def test_a_sound_of_which_block_means_leave_nothing_is_refused() -> None:
    hiss = np.tile(np.array([1, -1], np.float32), 6_400)

    with pytest.raises(SignalError, match="flat: nothing of it is left in 64 points; try --points 1024"):
        ONE_SHOTS.encode(hiss, 64, align=True)
