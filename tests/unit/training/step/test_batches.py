"""Batches: random, and yet a function of the seed and the step alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.models.latents import Stream, latents
from mirage_gan.training.step.batches import Batches, sample_inputs

seeds = st.integers(0, 2**31 - 1)


@given(waves=st.integers(1, 40), batch_size=st.integers(1, 100), seed=seeds, epoch=st.integers(0, 5))
def test_every_wave_comes_once_an_epoch(waves: int, batch_size: int, seed: int, epoch: int) -> None:
    batches = Batches(np.arange(waves), batch_size, seed)
    last = ((epoch + 1) * waves - 1) // batch_size
    stream = torch.cat([batches[i] for i in range(last + 1)])

    order = stream[epoch * waves : (epoch + 1) * waves]

    assert sorted(order.tolist()) == list(range(waves))


@given(waves=st.integers(1, 40), batch_size=st.integers(1, 100), seed=seeds, data=st.data())
def test_a_batch_does_not_depend_on_what_was_asked_before(
    waves: int, batch_size: int, seed: int, data: st.DataObject
) -> None:
    asked = data.draw(st.lists(st.integers(0, 500), max_size=10))
    index = data.draw(st.integers(0, 500))
    used = Batches(np.arange(waves), batch_size, seed)
    for i in asked:
        used[i]

    assert torch.equal(used[index], Batches(np.arange(waves), batch_size, seed)[index])


@pytest.mark.parametrize("batch_size", [1, 8, 12, 13, 1000])
def test_a_batch_is_full_even_where_it_is_larger_than_the_dataset(batch_size: int) -> None:
    batch = Batches(np.arange(12), batch_size, seed=0)[3]

    assert batch.shape == (batch_size,)
    assert batch.min() >= 0
    assert batch.max() < 12


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    batches = Batches(np.arange(50), 50, seed=0)

    assert not torch.equal(batches[0], batches[1])
    assert not torch.equal(batches[0], Batches(np.arange(50), 50, seed=1)[0])


def test_an_epoch_has_one_wave_of_every_family() -> None:
    families = np.array([0, 1, 0, 3, 1, 0, 6])

    batches = Batches(families, 4, seed=0)

    epochs = [set(batches[i].tolist()) for i in range(40)]
    assert all(sorted(families[list(epoch)]) == [0, 1, 3, 6] for epoch in epochs)
    assert set.union(*epochs) == set(range(7))  # each of them at some time


def test_drawing_does_not_disturb_the_randomness_of_others() -> None:
    before = torch.get_rng_state()

    latents(3, 0, Stream.SCORE, 0)
    Batches(np.arange(12), 8, seed=0)[0]

    assert torch.equal(torch.get_rng_state(), before)


def test_all_that_is_random_in_a_step_has_numbers_of_its_own() -> None:
    batches = Batches(np.arange(12), 8, seed=0)

    first, again, other = (sample_inputs(batches, 0, index, 2) for index in (3, 3, 4))

    assert all(torch.equal(a, b) for a, b in zip(first.tensors(), again.tensors(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first.tensors(), other.tensors(), strict=True))
    assert not torch.equal(first.mix, first.variation)
    for number in (first.mix, first.variation):
        assert number.shape == (8,)
        assert 0 <= number.min() < number.max() < 1


def test_a_part_of_the_inputs_is_of_the_same_waves_in_all_of_them() -> None:
    whole = sample_inputs(Batches(np.arange(12), 8, seed=0), 0, 0, 2)

    part = whole.part(slice(2, 5))

    assert torch.equal(part.rows, whole.rows[2:5])
    assert torch.equal(part.z, whole.z[2:5])
    assert torch.equal(part.chances, whole.chances[:, :, :, 2:5])
    assert torch.equal(part.mix, whole.mix[2:5])
    assert torch.equal(part.variation, whole.variation[2:5])
