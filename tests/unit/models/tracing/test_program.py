"""Programs keep their weights in half precision, and say where each part of them is."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from mirage_gan.models.tracing.program import Program, UntraceableError


def test_weights_are_half_precision_in_the_order_in_which_they_were_kept() -> None:
    program = Program(4)
    first, second = torch.tensor([[1.0, 0.1], [-2.0, 3e-8]]), torch.tensor([65504.0])

    assert [program.keep(first.t()), program.keep(second)] == [[0, 4], [4, 1]]
    assert np.frombuffer(program.weights, "<f2").tolist() == np.array([1, -2, 0.1, 3e-8, 65504], np.float16).tolist()


@pytest.mark.parametrize("weight", [65_520.0, -1e9, torch.inf, torch.nan])
def test_a_weight_that_half_precision_cannot_hold_is_refused(weight: float) -> None:
    with pytest.raises(UntraceableError, match="16 bits"):
        Program(4).keep(torch.tensor([1.0, weight]))


def test_arrays_are_numbered_from_the_latent_on() -> None:
    program = Program(4)

    assert [program.add("sin", [0], 4), program.add("sum", [1], 1, count=4)] == [1, 2]
    assert [program.size_of(slot) for slot in range(3)] == [4, 4, 1]
    assert json.loads(json.dumps(program.as_json()))["operations"][1] == {"op": "sum", "in": [1], "size": 1, "count": 4}


def test_what_the_wave_does_not_depend_on_is_removed() -> None:
    program = Program(4)
    unread = program.add("sin", [0], 4)
    program.add("cos", [unread], 4)
    program.wave = program.add("add", [program.add("exp", [0], 4), 0], 4)

    program.prune()

    assert [(about["op"], about["in"]) for about in program.operations] == [("exp", [0]), ("add", [1, 0])]
    assert program.wave == 2
