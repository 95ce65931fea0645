"""A GAN of one sound gives the sound without noise, changes more with more noise, and a seed is one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.audio import synth
from mirage_gan.audio.measuring import onsets
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.varying import singan
from mirage_gan.varying.variations import Source
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of, samples_of
from tests.support.drums import drums
from tests.support.trainings import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.varying.singan import SoundGan


def cells(kind: str) -> np.ndarray:
    shown_as = representation.of_sounds(kind)
    if kind == LOOP:
        wave = shown_as.encode(synth.loops()[70].signal, 64, align=True)
    else:
        wave = shown_as.encode(drums(4, 0)[1], points_of(32), align=False)
    return Source(shown_as, wave).cells


@pytest.fixture(scope="module", params=[LOOP, ONE_SHOT])
def trained(request: pytest.FixtureRequest) -> Iterator[tuple[np.ndarray, SoundGan]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(singan, "_STEPS", 40)
        patch.setattr(singan, "_MOST_CELLS", 40 * 2048)
        yield cells(request.param), singan.train(cells(request.param))


def test_the_finest_scale_is_that_of_the_source(trained: tuple[np.ndarray, SoundGan]) -> None:
    source, gan = trained

    made = gan.make(1, 0)

    assert made.shape == source.shape
    assert made.dtype == np.float32
    assert len(gan.generators) == len(gan.scales) > 2


def test_without_noise_the_source_comes_back(trained: tuple[np.ndarray, SoundGan]) -> None:
    source, gan = trained

    assert np.square(gan.make(0, 0) - source).mean() < 0.1 * source.var()


def test_more_noise_leads_farther(trained: tuple[np.ndarray, SoundGan]) -> None:
    source, gan = trained

    far = [
        np.mean([np.square(gan.make(strength, seed) - source).mean() for seed in range(6)])
        for strength in (0, 0.5, 1, 2)
    ]

    assert far == sorted(far)


def test_a_seed_is_one_picture(trained: tuple[np.ndarray, SoundGan]) -> None:
    _, gan = trained

    assert np.array_equal(gan.make(1, 3), gan.make(1, 3))
    assert not np.array_equal(gan.make(1, 3), gan.make(1, 4))


@pytest.mark.parametrize("trained", [ONE_SHOT], indirect=True)
@pytest.mark.parametrize("amount", [0.4, 1])
def test_the_attack_of_a_drum_stays_where_it_is(trained: tuple[np.ndarray, SoundGan], amount: float) -> None:
    shown_as = representation.of_sounds(ONE_SHOT)
    source = Source(shown_as, shown_as.encode(drums(4, 0)[1], points_of(32), align=False), trained[1])

    own, *made = (
        onsets.find_hits(shown_as.decode(wave, samples_of(len(wave)), "linear"), HEADER_RATE_HZ)
        for wave in (source.wave, *(source.vary(amount, seed) for seed in range(3)))
    )

    assert [hits[0] for hits in made] == pytest.approx([own[0]] * 3, abs=0.005 * HEADER_RATE_HZ)


def test_a_sound_is_learned_in_one_way_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singan, "_STEPS", 3)
    progress = Recorder()
    source = cells(LOOP)
    first = singan.train(source, progress)
    torch.rand(7)
    state = torch.get_rng_state()

    again = singan.train(source)

    assert np.array_equal(first.make(1, 0), again.make(1, 0))
    assert torch.equal(torch.get_rng_state(), state)
    total = 3 * len(first.scales)
    assert [done for done, _, _ in progress.shown] == sorted(done for done, _, _ in progress.shown)
    assert progress.shown[-1] == (total, total, "training on the sound")


def test_the_discriminator_sees_a_few_cells_at_a_time() -> None:
    """What is far from a cell makes no difference to it; a loop has no end."""
    judge = singan._network(singan._CIRCLE, is_judge=True).eval()
    source = torch.zeros(1, 1, 1, 64)
    source[..., 0] = 1

    with torch.no_grad():
        changed = (judge(source) != judge(torch.zeros_like(source)))[0, 0, 0].tolist()

    assert changed[1]
    assert changed[-1]
    assert not any(changed[16:48])
