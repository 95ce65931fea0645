"""A direction does to sounds that it was not found from what its name says, and is the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio.measuring import spectrum
from mirage_gan.auditioning.steering import directions, traits
from mirage_gan.folders import runs
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import Sampler, latent
from mirage_gan.waves.representation import of_kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mirage_gan.auditioning.steering.directions import Direction
    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.addresses import Mix
    from mirage_gan.waves.representation import Representation

UNSEEN = range(1000, 1040)
each_kind = pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])


def opened(run: Path) -> tuple[Sampler, Representation]:
    return runs.load_sampler(runs.find_checkpoint(run, "best"))[0], runs.load_config(run).data.representation


def moved(sampler: Sampler, direction: Direction, by: float) -> Waves:
    places = [latent(seed)[0].numpy() + by * direction.reach * direction.vector for seed in UNSEEN]
    return sampler.generate([Address(z=tuple(map(float, place))) for place in places])


@each_kind
def test_more_of_a_direction_is_more_of_what_its_name_says(kind: str, request: pytest.FixtureRequest) -> None:
    sampler, shown_as = opened(request.getfixturevalue(kind))

    found = directions.find(sampler, shown_as)

    assert 2 <= len(found) <= directions.MOST
    assert len({direction.trait for direction in found}) == len(found)
    for direction in found:
        column = traits.of(shown_as).index(direction.trait)
        low, middle, high = (
            traits.measure(shown_as.normalize(moved(sampler, direction, by)), shown_as)[:, column] for by in (-1, 0, 1)
        )
        assert (high > low).mean() > 0.8, direction.trait
        assert low.mean() < middle.mean() < high.mean(), direction.trait


def test_what_is_moved_to_brighter_has_a_higher_spectrum(trained: Path) -> None:
    sampler, shown_as = opened(trained)
    brighter = next(each for each in directions.find(sampler, shown_as) if each.trait is traits.BRIGHT)

    centers = [
        [spectrum.center_hz(shown_as.decode(wave, 256, "periodic"), 29_412) for wave in shown_as.normalize(waves)]
        for waves in (moved(sampler, brighter, by) for by in (-1, 1))
    ]

    assert np.mean(np.array(centers[1]) > np.array(centers[0])) > 0.8


@each_kind
def test_directions_are_the_same_every_time(kind: str, request: pytest.FixtureRequest) -> None:
    run = request.getfixturevalue(kind)

    once, again = ([each.as_json() for each in directions.find(*opened(run))] for _ in range(2))

    assert once == again
    assert {len(each["vector"]) for each in once} == {64}
    assert all(np.linalg.norm(each["vector"]) == pytest.approx(1, abs=1e-5) for each in once)


def test_sounds_that_are_moved_keep_their_class(conditional: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler, shown_as = opened(conditional)
    asked: list[tuple[Mix, ...]] = []
    generate = sampler.generate

    def noted(places: Iterable[int | Address]) -> Waves:
        addresses = [sampler.classes.settle(place) for place in places]
        asked.append(tuple(address.mix for address in addresses))
        return generate(addresses)

    monkeypatch.setattr(sampler, "generate", noted)
    directions.find(sampler, shown_as)

    drawn, *moved = asked
    assert len(set(drawn)) == 2
    assert moved
    assert all(mixes == drawn[: len(mixes)] for mixes in moved)


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])
def test_a_network_that_makes_one_sound_only_has_no_directions(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler, shown_as = opened(request.getfixturevalue(kind))
    one = sampler.generate([0])
    monkeypatch.setattr(Sampler, "generate", lambda _self, places: np.repeat(one, len(list(places)), axis=0))

    assert directions.find(sampler, shown_as) == []


def test_a_silent_network_has_no_directions(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler, _ = opened(trained)
    monkeypatch.setattr(Sampler, "generate", lambda _self, places: np.zeros((len(list(places)), 256), np.float32))

    assert directions.find(sampler, of_kind("loop")) == []
