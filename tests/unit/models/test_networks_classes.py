"""Networks that know classes, of every family: what the class changes, and what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from mirage_gan.base.errors import FormatError
from mirage_gan.models.conditions import Condition, blend_classes
from mirage_gan.models.families import build
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import Spec
from mirage_gan.waves.whole_sounds import points_of

if TYPE_CHECKING:
    from mirage_gan.models.networks import Networks

BATCH = 4
FAMILIES: dict[str, dict[str, Any]] = {
    "wave": {"points": 64},
    "dcgan-draw": {"points": 64, "generator": "draw", "spectrum": True},
    "dcgan-paint": {"points": 64, "generator": "paint"},
    "dcgan-patch": {"points": 64, "generator": "draw", "spectrum": True, "discriminator": "patch"},
    "pyramid": {"points": 64},
    "pyramid-paint": {"points": 64, "generator": "paint"},
    "lstm": {"points": 64},
    "oneshot": {"points": points_of(32), "representation": "spectrogram"},
}


def spec(family: str, **changes: object) -> Spec:
    values: dict[str, Any] = {
        "model": family.split("-", maxsplit=1)[0],
        "generator": "",
        "width": 4,
        **FAMILIES[family],
        **changes,
    }
    return Spec(**values)


def answers(networks: Networks, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the waves of the same latents, and the logits of the same waves, as of some classes."""
    z = latents(BATCH, 0, Stream.LATENT, 0)
    with torch.no_grad():
        shown = networks.generator(Condition(z, torch.zeros(BATCH, dtype=torch.int64)))
        return networks.generator.waves(Condition(z, labels)), networks.discriminator(shown, labels)


@pytest.mark.parametrize("conditional", ["projection", "embedding"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_class_reaches_both_networks_once_it_is_blended_in(family: str, conditional: str) -> None:
    networks = build(spec(family, conditional=conditional, classes=3), seed=0)
    one, other = torch.zeros(BATCH, dtype=torch.int64), torch.full((BATCH,), 2)

    for share, is_same in ((0.0, True), (0.5, False), (1.0, False)):
        blend_classes([networks.generator, networks.discriminator], share)
        for a, b in zip(answers(networks, one), answers(networks, other), strict=True):
            assert torch.equal(a, b) is is_same


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_without_classes_have_no_weights_for_them(family: str) -> None:
    networks = build(spec(family), seed=0)

    names = [*networks.generator.state_dict(), *networks.discriminator.state_dict()]
    assert not [name for name in names if "vectors" in name or "share" in name]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_generator_of_classes_is_to_be_told_one(family: str) -> None:
    generator = build(spec(family, conditional="projection", classes=3), seed=0).generator

    with pytest.raises(ValueError, match="is to be told one"):
        generator.waves(Condition(latents(BATCH, 0, Stream.LATENT, 0)))


def test_a_spec_without_classes_is_written_as_before_and_one_with_them_comes_back() -> None:
    assert {"conditional", "classes"}.isdisjoint(spec("wave").as_json())
    told = spec("wave", conditional="embedding", classes=3)
    assert Spec.from_json(told.as_json()) == told


@pytest.mark.parametrize("changes", [{"conditional": "telepathy"}, {"classes": 3}, {"conditional": "projection"}])
def test_a_spec_of_another_version_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(FormatError, match=r"it knows . classes by"):
        Spec.from_json({**spec("wave").as_json(), **changes})
