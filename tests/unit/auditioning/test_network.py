"""A page has the network of its run, or says why not."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest

from mirage_gan.auditioning import network
from mirage_gan.auditioning.audition import PAGE, audition
from mirage_gan.exporting import rendering
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.folders import runs
from mirage_gan.models.networks import Spec
from mirage_gan.settings.auditioning import AuditionConfig
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.waves import representation
from tests.support.page_networks import untrained

OWN = Path(__file__).parents[3] / "pipelines" / "own_networks.py"


def embedded(run: Path, spec: Spec | None = None) -> dict[str, Any]:
    """Embed the network of a run, or another one instead, whose sounds are those of the run."""
    shape = rendering.choose_shape(ExportConfig(run=str(run)), runs.load_config(run))
    sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"))
    return network.embed(sampler if spec is None else untrained(spec), shape)


def test_the_network_of_a_run_is_embedded_with_what_its_sounds_have_in_common(trained: Path) -> None:
    found = embedded(trained)

    assert found["network_missing"] == ""
    assert found["network"]["latent"] == 64
    assert found["network"]["classes"] == []
    assert found["network"]["directions"] == []
    assert found["network"]["sound"].keys() == {"rate_hz", "hz", "tuning"}
    assert len(base64.b64decode(found["network"]["weights"])) > 1000


def test_a_page_to_share_has_the_network_and_no_training_sound(trained: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(trained, tmp_path / "run"))
    runs.leave_sources_out(run)

    audition(AuditionConfig(run=str(run), file=True, count=2), tmp_path / "export")

    page = (tmp_path / "export" / PAGE).read_text(encoding="utf-8")
    assert '"known": []' in page
    assert '"network": {"latent": 64' in page


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (Spec("dcgan", "paint", points=64, width=4), "its network uses aten.clamp"),
        (Spec(f"{OWN}:networks", "", points=64, width=4), "its network uses aten"),
    ],
    ids=["paint", "own"],
)
def test_a_network_that_no_program_expresses_is_missing_and_why_is_said(trained: Path, spec: Spec, why: str) -> None:
    found = embedded(trained, spec)

    assert found["network"] is None
    assert found["network_missing"].startswith(f"This page makes no new sounds by itself, because {why}")
    assert found["network_missing"].endswith(".")


def test_a_network_that_knows_classes_is_embedded_with_their_names_and_sounds() -> None:
    sampler = untrained(Spec("wave", "", 64, 4, conditional="projection", classes=2))
    shape = SoundShape(representation.of_kind(LOOP), 256, 1, "periodic")

    found = network.embed(sampler, shape)["network"]

    assert found["classes"] == [("a", 10), ("b", 11)]
    assert found["latent"] == 64


def test_sounds_that_no_program_makes_are_missing(old_oneshots: Path) -> None:
    assert "block-means" in embedded(old_oneshots)["network_missing"]
