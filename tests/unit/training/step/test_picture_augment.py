"""Augmentations of whole sounds: what each moves and how far, and that none spoils or reverses a sound."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mirage_gan.settings.choices import ONE_SHOT, OWN_SYMMETRIES
from mirage_gan.training.step.augment import PROBABILITY
from mirage_gan.training.step.picture_augment import FACTORS, FADE_DB, TILT_DB, VARIED_DB, PictureAugmentation
from mirage_gan.waves import spectrogram
from mirage_gan.waves.spectrogram import BANDS, FLOOR_DB, ROWS

FRAMES = 64
POINTS = ROWS * FRAMES
NAMES = OWN_SYMMETRIES[ONE_SHOT]
COUNT = 400
CPU = torch.device("cpu")
TO_DB = FLOOR_DB / 2
CENTERS, MIDDLES = spectrogram._bands()[0], spectrogram._middles(FRAMES)
each = pytest.mark.parametrize("name", NAMES)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(*names: str) -> PictureAugmentation:
    return PictureAugmentation(POINTS, names, CPU)


def sounds(count: int = COUNT, seed: int = 1) -> Tensor:
    """Pictures of levels above silence everywhere, with room below 1 for any change."""
    return 0.2 * torch.rand(count, POINTS, generator=source(seed)) - 0.1


def chances(count: int, *names: str, seed: int = 0) -> Tensor:
    return torch.rand(len(names), 2, count, generator=source(seed))


def always(names: int, *amounts: float) -> Tensor:
    """Chances by which each sound is changed by so much, 0 to 1."""
    found = torch.zeros(names, 2, len(amounts))
    found[:, 1] = torch.tensor(amounts)
    return found


def within(factor: float) -> float:
    """Return a chance by which a sound is resampled by a factor, and not tilted if it is varied."""
    return (FACTORS.index(factor) + 0.5) / len(FACTORS)


def peak(band: int = 60, frame: int = 32) -> Tensor:
    """Return a picture of one blot that falls off evenly in bands and frames, with its level: shape (1, points)."""
    bands, frames = torch.arange(float(BANDS))[:, None], torch.arange(float(FRAMES))
    blot = 0.9 - ((bands - band).abs() + (frames - frame).abs()) * 0.1
    level = 0.9 - (frames - frame).abs()[None] * 0.1
    return torch.cat([blot, level]).clamp(min=-1).reshape(1, -1)


def top(picture: Tensor) -> tuple[float, float]:
    """Return the center of the loudest band in Hz, and the middle of the loudest frame in samples."""
    bands = picture.view(ROWS, FRAMES)[:BANDS]
    band, frame = divmod(int(bands.argmax()), FRAMES)
    return float(CENTERS[band]), float(MIDDLES[frame])


def decibels(before: Tensor, after: Tensor) -> Tensor:
    found: Tensor = ((after - before) * TO_DB).unflatten(1, (ROWS, FRAMES))
    return found


@pytest.mark.parametrize("factor", FACTORS)
def test_a_varied_peak_moves_in_time_and_band_as_by_resampling(factor: float) -> None:
    before = peak()
    hz, at = top(before[0])

    after = make().vary(before, torch.tensor([within(factor)]))

    new_hz, new_at = top(after[0])
    assert new_hz == pytest.approx(hz / factor, rel=0.03)
    assert new_at == pytest.approx(at * factor, rel=0.035)
    level = after.view(ROWS, FRAMES)[BANDS]
    assert MIDDLES[int(level.argmax())] == pytest.approx(at * factor, rel=0.035)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_resampled_sound_has_the_picture_of_the_sound_that_is_resampled(factor: float) -> None:
    """A tone of another pitch and decay is what the picture of a tone is stretched to."""

    def picture(hz: float, seconds: float) -> Tensor:
        time = torch.arange(FRAMES * 256, dtype=torch.float64) / 29_412
        tone = torch.sin(2 * torch.pi * hz * time) * torch.exp(-time / seconds)
        return torch.from_numpy(spectrogram.picture(tone.float()[None].numpy(), FRAMES)).flatten(1)

    found = make("stretch").augment(picture(900, 0.05), always(1, within(factor)))

    wanted = picture(900 / factor, 0.05 * factor)
    other = picture(900, 0.05)
    loud = wanted > 1 - 40 / TO_DB
    error = (found - wanted)[loud].abs().mean()
    assert error * TO_DB < 2.5
    assert factor == 1 or error < 0.7 * (other - wanted)[loud].abs().mean()


def test_a_factor_of_1_changes_nothing_but_the_tilt() -> None:
    before = sounds(2)

    middle, tilted = make().vary(before, torch.tensor([within(1.0), 0.0]))
    stretched = make("stretch", "shift").augment(before, always(2, within(1.0), 0.0))

    torch.testing.assert_close(middle, before[0])
    torch.testing.assert_close(stretched, before)
    change = decibels(before[1:], tilted[None])[0]
    assert change[BANDS].abs().max() == 0
    torch.testing.assert_close(change[0], torch.full((FRAMES,), VARIED_DB), atol=1e-3, rtol=0)
    torch.testing.assert_close(change[BANDS - 1], torch.full((FRAMES,), -VARIED_DB), atol=1e-3, rtol=0)


def test_all_factors_are_as_likely() -> None:
    before = peak().repeat(1_000, 1)

    after = make().vary(before, torch.rand(1_000, generator=source()))

    places = after.unflatten(1, (ROWS, FRAMES))[:, BANDS]  # a tilt leaves the level
    counts = places.unique(dim=0, return_counts=True)[1]
    assert len(counts) == len(FACTORS)
    assert counts.min() > 150


def test_the_last_chance_of_all_is_the_last_factor() -> None:
    almost = float(torch.tensor(1.0).nextafter(torch.tensor(0.0)))

    after = make().vary(peak(), torch.tensor([almost]))

    assert top(after[0])[1] == pytest.approx(top(peak()[0])[1] * FACTORS[-1], rel=0.035)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_shift_moves_bands_and_leaves_time_and_level(factor: float) -> None:
    before = peak()

    after = make("shift").augment(before, always(1, within(factor)))

    assert top(after[0])[0] == pytest.approx(top(before[0])[0] / factor, rel=0.03)
    assert top(after[0])[1] == top(before[0])[1]
    assert torch.equal(after.view(ROWS, FRAMES)[BANDS], before.view(ROWS, FRAMES)[BANDS])


def test_a_tilt_is_straight_over_the_bands_and_at_most_3_db() -> None:
    before = sounds()

    change = decibels(before, make("tilt").augment(before, always(1, *torch.rand(COUNT, generator=source()))))

    ends = change[:, BANDS - 1, 0]
    straight = ends[:, None] * torch.linspace(-1, 1, BANDS)
    torch.testing.assert_close(change[:, :BANDS], straight[..., None].expand(-1, -1, FRAMES), atol=1e-3, rtol=0)
    assert change[:, BANDS].abs().max() == 0
    assert 2.7 < -ends.min() <= TILT_DB + 1e-3
    assert 2.7 < ends.max() <= TILT_DB + 1e-3


def test_a_fade_is_straight_over_the_frames_and_at_most_6_db_at_the_end() -> None:
    before = sounds()

    change = decibels(before, make("fade").augment(before, always(1, *torch.rand(COUNT, generator=source()))))

    ends = change[:, 0, -1]
    straight = ends[:, None] * torch.linspace(0, 1, FRAMES)
    torch.testing.assert_close(change, straight[:, None].expand(-1, ROWS, -1), atol=1e-3, rtol=0)
    assert 5.4 < -ends.min() <= FADE_DB + 1e-3
    assert 5.4 < ends.max() <= FADE_DB + 1e-3


@pytest.mark.parametrize("amount", [0.0, 0.3, 0.7, 0.99])
def test_silence_stays_silence(amount: float) -> None:
    silence = torch.full((1, POINTS), -1.0)
    ended = silence.clone()
    ended.view(ROWS, FRAMES)[:, :8] = 0.5

    for before in (silence, ended):
        varied = make().vary(before, torch.tensor([amount]))
        changed = make(*NAMES).augment(varied, always(len(NAMES), amount))
        assert torch.equal(changed.view(ROWS, FRAMES)[:, 12:], silence.view(ROWS, FRAMES)[:, 12:])
    assert changed.max() > 0  # what is not silent is not silenced


def test_nothing_is_above_1_or_below_minus_1() -> None:
    before = 2 * torch.rand(COUNT, POINTS, generator=source()) - 1
    before[:, ::7] = 1
    before[:, ::5] = -1

    varied = make().vary(before, torch.rand(COUNT, generator=source(2)))
    after = make(*NAMES).augment(varied, torch.rand(len(NAMES), 2, COUNT, generator=source(3)) * 0.4)

    for found in (varied, after):
        assert found.shape == before.shape
        assert found.max() <= 1 + 1e-6
        assert found.min() >= -1 - 1e-6


def test_a_picture_that_rises_above_1_is_lowered_as_a_whole() -> None:
    before = peak() + 0.1

    change = decibels(before, make("tilt").augment(before, always(1, 0.0)))[0, :BANDS, 32]

    assert top(before[0] + 0)[0] < CENTERS[BANDS // 2]  # where this tilt raises it
    assert change[60] == pytest.approx(0, abs=1e-3)
    assert (change[50:70].diff() < 0).all()


@pytest.mark.parametrize("names", [*((name,) for name in NAMES), NAMES], ids=len)
def test_gradients_flow_to_every_sound(names: tuple[str, ...]) -> None:
    before = sounds(64).requires_grad_()

    make(*names).augment(before, chances(64, *names)).square().sum().backward()

    assert before.grad is not None
    assert before.grad.isfinite().all()
    assert (before.grad.abs().amax(1) > 0).all()


@each
@pytest.mark.parametrize("amount", [0.0, 0.25, 0.5, 0.75, 0.99])
def test_what_comes_first_stays_first(name: str, amount: float) -> None:
    early, late = peak(90, 6), peak(30, 24)
    before = torch.maximum(early, late)

    after = make(name).augment(before, always(1, amount)).view(ROWS, FRAMES)

    high, low = after[70:110].amax(0), after[10:50].amax(0)
    assert int(high.argmax()) + 8 < int(low.argmax())


@each
def test_the_first_chance_decides_which_sounds_change(name: str) -> None:
    before = sounds()
    given = chances(COUNT, name)
    given[0, 1] = 0.3  # of a factor that is not 1, and of a tilt

    after = make(name).augment(before, given)

    assert torch.equal((after != before).any(1), given[0, 0] < PROBABILITY)
    assert torch.equal(after[given[0, 0] >= PROBABILITY], before[given[0, 0] >= PROBABILITY])


@each
def test_the_second_chance_alone_decides_how_much(name: str) -> None:
    before, random_state = sounds(50), torch.get_rng_state()
    kept = before.clone()

    first, second = (make(name).augment(before, chances(50, name)) for _ in range(2))
    other = make(name).augment(before, chances(50, name, seed=1))

    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(before, kept)
    assert torch.equal(torch.get_rng_state(), random_state)


def test_no_augmentation_changes_nothing() -> None:
    before = sounds(8)

    assert torch.equal(make().augment(before, chances(8)), before)


def test_generated_sounds_are_not_rounded_where_networks_compute_in_bf16() -> None:
    before, given = sounds(16), chances(16, *NAMES)
    plain = make(*NAMES).augment(before, given)

    with torch.autocast("cpu", torch.bfloat16):
        rounded = before @ torch.eye(POINTS)
        found = make(*NAMES).augment(before, given)

    assert rounded.dtype == torch.bfloat16
    assert found.dtype == torch.float32
    assert torch.equal(found, plain)
