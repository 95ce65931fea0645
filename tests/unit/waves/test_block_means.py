"""Of one-shots every sample counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.base.arrays import Signal
from mirage_gan.waves import block_means
from tests.support.signals import seeds, some


@some
@given(
    arrays(np.float32, st.integers(1, 3000), elements=st.floats(-1, 1, width=32)),
    st.sampled_from([64, 128, 256]),
)
def test_block_means_keep_the_total_at_any_length(signal: Signal, points: int) -> None:
    means = block_means.block_means(signal, points)
    assert means.shape == (points,)
    total = float(np.sum(signal, dtype=np.float64))
    assert float(np.sum(means, dtype=np.float64)) * len(signal) / points == pytest.approx(total, abs=1e-3)
    assert signal.min() - 1e-5 <= means.min()
    assert means.max() <= signal.max() + 1e-5


@some
@given(seeds, st.integers(1, 20_000), st.data())
def test_every_sample_counts_in_a_block_mean(seed: int, samples: int, data: st.DataObject) -> None:
    signal = np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)
    # the last ones most of all: an integer division would drop them
    at = data.draw(st.one_of(st.just(samples - 1), st.integers(0, samples - 1)))
    changed = signal.copy()
    changed[at] += 0.5
    assert not np.array_equal(block_means.block_means(signal, 256), block_means.block_means(changed, 256))
