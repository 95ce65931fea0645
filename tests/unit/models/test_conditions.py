"""Class vectors: how classes are blended into networks."""

from __future__ import annotations

import torch
from torch import nn

from mirage_gan.models.conditions import ClassVectors, blend_classes


def test_labels_and_whole_shares_give_the_same_vectors_bit_for_bit() -> None:
    vectors = ClassVectors(3, 8)
    labels = torch.tensor([2, 0, 1])

    assert torch.equal(vectors(labels), vectors(nn.functional.one_hot(labels, 3).float()))


def test_a_mix_is_between_its_classes() -> None:
    vectors = ClassVectors(3, 8)

    mixed = vectors(torch.tensor([[0.25, 0.0, 0.75]]))

    expected = 0.25 * vectors(torch.tensor([0])) + 0.75 * vectors(torch.tensor([2]))
    torch.testing.assert_close(mixed, expected)


def test_blending_multiplies_the_vectors_at_the_address_where_they_are() -> None:
    part, labels = ClassVectors(3, 8), torch.arange(3)
    network = nn.Sequential(part)
    whole, address = network(labels), part.share.data_ptr()

    for share in (0.0, 0.25, 1.0):
        blend_classes([network], share)
        assert torch.equal(network(labels), share * whole)
    assert part.share.data_ptr() == address  # a CUDA graph reads it there
    assert "0.share" in network.state_dict()  # a checkpoint holds it
