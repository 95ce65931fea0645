"""The families of networks are programs; `tests/e2e/test_page_network.py` runs them."""

from __future__ import annotations

import pytest

from mirage_gan.models import families
from mirage_gan.models.networks import Spec
from mirage_gan.models.tracing.operations import HANDLERS
from mirage_gan.models.tracing.program import UntraceableError
from mirage_gan.models.tracing.recorder import record


@pytest.mark.parametrize(
    "spec",
    [
        Spec("wave", "", points=64, width=4),
        Spec("dcgan", "draw", points=64, width=4, spectrum=True),
        Spec("dcgan", "paint", points=129 * 32, width=4, representation="spectrogram"),
        Spec("oneshot", "", points=129 * 32, width=4, representation="spectrogram"),
    ],
    ids=lambda spec: spec.model,
)
def test_a_program_holds_each_weight_once(spec: Spec) -> None:
    generator = families.build(spec, 0).generator
    weights = sum(weight.numel() for weight in generator.parameters())

    program = record(generator, HANDLERS)

    assert program.size_of(program.wave) == spec.points
    assert len(program.weights) == 2 * weights


def test_a_painter_of_lines_is_refused_because_a_line_is_read_back_by_what_no_program_has() -> None:
    with pytest.raises(UntraceableError, match=r"clamp\.default, which no program has"):
        record(families.build(Spec("dcgan", "paint", points=64, width=4), 0).generator, HANDLERS)
