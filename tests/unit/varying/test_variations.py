"""Variations of one sound: none without an amount, more with more, each its own, and whole sounds keep their attack."""

from __future__ import annotations

import numpy as np
import pytest

from mirage_gan.audio import synth
from mirage_gan.audio.measuring import onsets
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.varying.variations import Source
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import points_of, samples_of
from tests.support.drums import drums

AMOUNTS = (0.1, 0.2, 0.4, 0.7, 1.0)
DEFAULT = 0.4


def loop(number: int) -> Source:
    shown_as = representation.of_sounds(LOOP)
    loops = synth.loops()
    return Source(shown_as, shown_as.encode(loops[number * len(loops) // 4].signal, 256, align=True))


def drum(number: int) -> Source:
    shown_as = representation.of_sounds(ONE_SHOT)
    return Source(shown_as, shown_as.encode(drums(4, 0)[number], points_of(32), align=False))


DRUMS = [pytest.param(drum(i), id=f"drum {i}") for i in range(4)]
SOURCES = [*(pytest.param(loop(i), id=f"loop {i}") for i in range(4)), *DRUMS]


@pytest.mark.parametrize("source", SOURCES)
def test_an_amount_of_nothing_gives_the_source(source: Source) -> None:
    assert source.vary(0, 3) == pytest.approx(source.wave, abs=1e-5)


@pytest.mark.parametrize("source", SOURCES)
def test_a_seed_is_one_variation(source: Source) -> None:
    again = Source(source.representation, source.wave)
    again.vary(DEFAULT, 1)

    assert np.array_equal(source.vary(DEFAULT, 3), again.vary(DEFAULT, 3))
    assert not np.array_equal(source.vary(DEFAULT, 3), source.vary(DEFAULT, 4))


@pytest.mark.parametrize("source", DRUMS)
def test_a_larger_amount_leads_a_drum_farther(source: Source) -> None:
    known = likeness.of(source.representation).known(source.wave[None])

    far = [known.nearest(np.array([source.vary(amount, seed) for seed in range(16)]))[1].mean() for amount in AMOUNTS]

    assert far == sorted(far)
    assert far[0] > 0.0005
    assert far[-1] > 3 * far[0]


@pytest.mark.parametrize("source", SOURCES)
def test_sixteen_variations_are_new_and_no_twins(source: Source) -> None:
    compared = likeness.of(source.representation)

    waves = np.array([source.vary(DEFAULT, seed) for seed in range(16)])

    assert waves.dtype == np.float32
    assert np.abs(waves).max() <= 1
    assert (compared.known(source.wave[None]).nearest(waves)[1] > 0.02).all()
    assert len(set(compared.clusters(waves).tolist())) == 16


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("amount", AMOUNTS)
def test_how_far_a_loop_goes_follows_from_the_amount_alone(number: int, amount: float) -> None:
    source = loop(number)
    known = likeness.of(source.representation).known(source.wave[None])

    far = known.nearest(np.array([source.vary(amount, seed) for seed in range(4)]))[1]

    assert far.min() >= 0.14 * amount**2
    assert far == pytest.approx(0.14 * amount**2, rel=0.1)


def test_a_loop_of_a_family_is_varied_away_from_its_siblings() -> None:
    shown_as = representation.of_kind(LOOP)
    turn = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    family = np.array([np.sin(turn + bend * np.sin(turn)) for bend in np.linspace(0, 1.2, 8)], np.float32)
    waves = shown_as.normalize(family)
    compared = likeness.of(shown_as)
    apart = compared.known(waves[4:]).nearest(waves[3:4])[1]
    assert 0.005 < apart < 0.02  # no twin, and nearer than a variation goes

    nearest, _ = compared.known(waves).nearest(
        np.array([Source(shown_as, waves[3]).vary(DEFAULT, i) for i in range(16)])
    )

    assert (nearest == 3).mean() > 0.9


@pytest.mark.parametrize("number", range(4))
def test_the_attack_of_a_drum_stays_where_it_is_and_silence_stays_silent(number: int) -> None:
    source = drum(number)
    silent = (source.wave.reshape(ROWS, -1) == -1).all(0)

    for seed in range(3):
        wave = source.vary(DEFAULT, seed)
        hits, own = (
            onsets.find_hits(source.representation.decode(each, samples_of(len(each)), "linear"), HEADER_RATE_HZ)
            for each in (wave, source.wave)
        )
        assert len(hits) == len(own)
        assert hits[0] == pytest.approx(own[0], abs=0.002 * HEADER_RATE_HZ)
        assert wave.reshape(ROWS, -1)[:, silent].max(initial=-1) < -0.9
