"""Every kind of sound goes through one interface; a loop has no end, and a one-shot has a start and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.audio import resampling
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage.spec import BANK_BYTES
from mirage_gan.settings.choices import LOOP, ONE_SHOT, OWN_SYMMETRIES, SIZES
from mirage_gan.waves import bitmap, block_means, representation, whole_sounds
from mirage_gan.waves.block_means import BlockMeans
from mirage_gan.waves.loops import Cycle
from mirage_gan.waves.whole_sounds import WholeSound
from tests.support.signals import seeds, some

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Waves

LOOPS, WHOLE, BEFORE = Cycle(), WholeSound(), BlockMeans()
RAMP = np.linspace(-1, 1, 64, dtype=np.float32)  # its ends are as far apart as can be
every = pytest.mark.parametrize("shown_as", representation.REPRESENTATIONS, ids=lambda shown_as: shown_as.name)
of_sounds = pytest.mark.parametrize("shown_as", [LOOPS, WHOLE, BEFORE], ids=lambda shown_as: shown_as.name)
of_lines = pytest.mark.parametrize("shown_as", [LOOPS, BEFORE], ids=lambda shown_as: shown_as.name)


def points_of(shown_as: representation.Representation) -> int:
    if not shown_as.is_sound:
        return 32 * 32
    return 64 if shown_as.is_line else whole_sounds.points_of(32)


def made(shown_as: representation.Representation, count: int = 3) -> Waves:
    """Waves of random values, as a generator may make them."""
    return np.random.default_rng(0).uniform(-1, 1, (count, points_of(shown_as))).astype(np.float32)


def connectors(picture: np.ndarray[tuple[int, int], np.dtype[np.uint8]], column: int) -> int:
    """Return how many rows of a column hold ink."""
    return int((picture[:, column] < 255).sum())


@every
def test_a_representation_is_found_by_its_name_whatever_the_kind_is_learned_as_now(
    shown_as: representation.Representation,
) -> None:
    assert representation.named(shown_as.name) is shown_as
    assert representation.stored(shown_as.kind, shown_as.name) is shown_as


def test_a_kind_is_learned_in_one_way_and_was_in_another_before_0_4_0() -> None:
    assert (representation.of_kind(LOOP), representation.of_kind(ONE_SHOT)) == (LOOPS, WHOLE)
    assert (representation.stored(LOOP, ""), representation.stored(ONE_SHOT, "")) == (LOOPS, BEFORE)


@pytest.mark.parametrize("find", [representation.of_kind, lambda kind: representation.stored(kind, "")])
def test_kinds_that_are_not_known_are_errors_of_a_file(find: Callable[[str], representation.Representation]) -> None:
    with pytest.raises(FormatError, match="'chord' is not a kind of sound, which are loop, oneshot"):
        find("chord")


@pytest.mark.parametrize("find", [representation.named, lambda name: representation.stored(LOOP, name)])
def test_names_that_are_not_known_are_errors_of_a_file(find: Callable[[str], representation.Representation]) -> None:
    with pytest.raises(FormatError, match="of the form 'hologram'"):
        find("hologram")


def test_networks_of_pictures_are_not_built_for_what_is_not_drawn() -> None:
    with pytest.raises(FormatError, match="of the form 'row' are not drawn"):
        representation.drawn("row")


@of_sounds
def test_what_is_drawn_for_a_network_is_square_ink_from_paper_to_black(
    shown_as: representation.DrawnRepresentation,
) -> None:
    waves = made(shown_as)

    ink = shown_as.draw(torch.from_numpy(waves))
    side = shown_as.side(waves.shape[1])

    assert ink.shape == (3, 1, side, side)
    assert ink.min() == 0
    assert 0.9 < ink.max() <= 1


@of_sounds
def test_what_is_drawn_for_a_network_is_read_back(shown_as: representation.DrawnRepresentation) -> None:
    waves = made(shown_as)

    back = shown_as.read(shown_as.draw(torch.from_numpy(waves)), waves.shape[1])

    assert back.numpy() == pytest.approx(waves, abs=1e-3)


@every
def test_what_is_normalized_stays_as_it_is(shown_as: representation.Representation) -> None:
    once = shown_as.normalize(made(shown_as))

    assert np.abs(once).max() <= 1
    assert shown_as.normalize(once) == pytest.approx(once, abs=1e-5)


@of_lines
def test_a_line_is_normalized_to_a_peak_of_1_around_its_mean(shown_as: representation.Representation) -> None:
    waves = shown_as.normalize(made(shown_as) * np.float32(0.25) + np.float32(0.5))

    assert np.abs(waves).max(axis=1) == pytest.approx(1, abs=1e-5)
    assert waves.mean(axis=1) == pytest.approx(0, abs=1e-5)


@every
@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("count", [0, 3])
def test_details_are_drawn_at_the_size_that_is_asked_for(
    shown_as: representation.Representation, count: int, size: int
) -> None:
    waves = np.tile(made(shown_as, count), 2) if shown_as.is_line else made(shown_as, count)  # 128 points hold 64, too

    found = shown_as.details(waves, size)

    assert found.shape == (count, size, size)
    assert found.dtype == np.uint8


@of_sounds
@pytest.mark.parametrize("interp", ["periodic", "cubic", "linear"])
def test_a_sound_has_the_length_that_is_asked_for_or_ends_before(
    shown_as: representation.Representation, interp: str
) -> None:
    wave = shown_as.normalize(made(shown_as, 1))[0]
    sound = shown_as.decode(wave, 700, interp if interp in shown_as.interps else shown_as.interps[0])

    assert sound.shape == (700,)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= 1 + 1e-6


@of_lines
@some
@given(seed=seeds, points=st.sampled_from([64, 128, 256]))
def test_a_line_survives_its_sound(shown_as: representation.SoundRepresentation, seed: int, points: int) -> None:
    """What `encode` makes of what `decode` made is the wave itself, where the sound has room for it."""
    wave = np.random.default_rng(seed).uniform(-1, 1, 8).astype(np.float32)
    wave = resampling.resample_loop(wave, points)
    wave = shown_as.encode(wave, points, align=False)

    back = shown_as.encode(shown_as.decode(wave, 16 * points, shown_as.interps[0]), points, align=False)

    assert back.shape == (points,)
    assert np.corrcoef(wave, back)[0, 1] > 0.95


@of_lines
@some
@given(seeds, st.sampled_from([(256, 64), (1024, 256), (512, 128), (128, 128)]))
def test_lines_are_fitted_as_what_they_are(
    shown_as: representation.Representation, seed: int, points: tuple[int, int]
) -> None:
    old, new = points
    waves = np.random.default_rng(seed).uniform(-1, 1, (6, old)).astype(np.float32)

    fitted = shown_as.fit(waves, new)

    assert fitted.shape == (6, new)
    for wave, small in zip(waves, fitted, strict=True):
        wanted = resampling.resample_loop(wave, new) if shown_as is LOOPS else block_means.block_means(wave, new)
        assert np.allclose(small, wanted.clip(-1, 1), atol=1e-5)


@of_lines
@pytest.mark.parametrize(("points", "columns"), [(64, 64), (256, 256), (512, 256), (1024, 256)])
def test_a_picture_has_a_column_a_point_as_far_as_there_are_columns(
    shown_as: representation.Representation, points: int, columns: int
) -> None:
    waves = np.zeros((3, points), np.float32)

    assert shown_as.picture(waves, max(SIZES)).shape == (3, columns, columns)


def test_a_loop_is_drawn_with_its_end_joined_to_its_start_and_an_old_one_shot_is_not() -> None:
    loop, one_shot = (shown_as.picture(RAMP[None], 64)[0] for shown_as in (LOOPS, BEFORE))

    for column in (0, -1):
        assert connectors(loop, column) > 25  # half of the way from one end to the other
        assert connectors(one_shot, column) < 6
    assert np.array_equal(loop[:, 1:-1], one_shot[:, 1:-1])


@of_lines
def test_a_network_is_shown_the_lines_that_people_are(shown_as: representation.DrawnRepresentation) -> None:
    ink = shown_as.draw(torch.from_numpy(RAMP[None].copy()))

    assert np.array_equal(bitmap.to_pixels(ink)[:, 0].numpy(), shown_as.picture(RAMP[None], 64))


def test_a_hole_at_the_end_of_a_drawing_is_filled_around_the_end_of_a_loop_only() -> None:
    ink = bitmap.draw(torch.from_numpy(RAMP[None].copy()), closed=False)
    ink[..., -8:] = 0

    looped, alone = (bitmap.read(ink, closed=closed)[0][0].numpy() for closed in (True, False))

    assert looped[-1] < 0 < alone[-1]  # on the way to the first point; as the last one that is known


def test_a_preview_repeats_a_loop_and_plays_an_old_one_shot_once() -> None:
    loop = LOOPS.hear(RAMP, 5_000, 0.4)
    one_shot = BEFORE.hear(RAMP, 5_000, 0.4)

    assert np.array_equal(loop, np.tile(RAMP, len(loop) // 64))
    assert len(loop) / 29_412 == pytest.approx(0.4, abs=0.01)
    assert len(one_shot) == 5_000
    assert (np.diff(one_shot) > 0).all()  # it rises from its one start to its one end


def test_a_preview_of_a_long_old_one_shot_is_as_long_as_a_bank_holds() -> None:
    assert len(BEFORE.hear(RAMP, 10_000_000, 0.4)) == BANK_BYTES


def test_a_kind_allows_its_own_symmetries_and_a_one_shot_none_that_moves_its_attack() -> None:
    assert LOOPS.symmetries == OWN_SYMMETRIES[LOOP]
    assert WHOLE.symmetries == OWN_SYMMETRIES[ONE_SHOT]
    assert not {"rotate", "reverse"} & {*WHOLE.symmetries, *BEFORE.symmetries}


def test_a_sound_of_which_block_means_leave_nothing_is_refused() -> None:
    hiss = np.tile(np.array([1, -1], np.float32), 6_400)

    with pytest.raises(SignalError, match="flat: nothing of it is left in 64 points; try --points 1024"):
        BEFORE.encode(hiss, 64, align=True)


# --- the curve that people see


@every
def test_the_curve_that_shows_a_wave_is_the_line_or_the_level(shown_as: representation.Representation) -> None:
    waves = made(shown_as)
    curves = shown_as.outline(waves)

    if not shown_as.is_sound:
        assert curves.shape[0] == 3
    elif not shown_as.is_line:
        assert np.array_equal(curves, waves.reshape(3, -1, 32)[:, -1])
    elif shown_as.closed:
        assert np.array_equal(curves[:, :-1], waves)
        assert np.array_equal(curves[:, -1], waves[:, 0])  # it ends as it began
    else:
        assert np.array_equal(curves, waves)
