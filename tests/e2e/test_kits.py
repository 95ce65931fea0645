"""A kit goes onto a disk and comes back: extracted, inspected, and learned again, drum by drum."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import wavfile
from tests.e2e.test_disks import error_of, must
from tests.support import kits
from tests.support.drums import FRAMES, drums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Cli = Callable[..., Result]

RATE_HZ = 22_050


@pytest.fixture
def kit(cli: Cli, tmp_path: Path) -> dict[str, Any]:
    """Export 16 drums, learned at a rate of their own, as a kit; return where each is, by its wavesample's name."""
    (tmp_path / "drums").mkdir()
    for i, signal in enumerate(drums(12, 1)):
        (tmp_path / "drums" / f"{i}.wav").write_bytes(wavfile.build(signal, 29_412, 16))
    must(cli("preprocess", "drums", "--rate", RATE_HZ, "--frames", FRAMES, "--size", 64))
    must(cli("train", "--width", 4, "--steps", 2, "--batch-size", 8, "--every", 2, "--device", "cpu", "--run", "kit"))
    must(
        cli(
            "export",
            "kit",
            "--to",
            "disk",
            "--to",
            "hfe",
            "--to",
            "syx",
            "--to",
            "pcm",
            "--count",
            16,
            "--length",
            4_000,
        )
    )
    (tmp_path / "export" / "MIR01.img").rename(tmp_path / "kit.img")
    (tmp_path / "export" / "MIR01.hfe").rename(tmp_path / "kit.hfe")
    listed = json.loads((tmp_path / "export" / "export.json").read_text())["disks"]["MIR01.img"]["sounds"]
    return {f"{item['bank']}-{item['wavesample']}": item for item in listed}


def test_a_kit_is_extracted_inspected_and_learned_again(cli: Cli, tmp_path: Path, kit: dict[str, Any]) -> None:
    said = must(cli("extract", "kit.hfe"))

    assert said.splitlines()[-1] == "16 sounds of kit.hfe in extracted"
    files = sorted((tmp_path / "extracted").glob("*.wav"))
    assert len(files) == len(kit) == 16
    lengths = {}
    for path in files:
        item = kit[path.name[:4]]
        exported = (tmp_path / "export" / f"kit-seed{item['address']['seed']:06}.pcm").read_bytes()
        samples, rate_hz = soundfile.read(path, dtype="int16")
        held = ((samples >> 8) + 128).astype(np.uint8).tobytes()
        assert held == exported.rstrip(b"\x80")
        assert rate_hz == RATE_HZ
        lengths[path.name[:4]] = len(held)

    facts = json.loads(must(cli("inspect", "kit.img", "--json")))["facts"]
    assert facts["kit"] == "16 one-shots, each on keys of its own"
    for line, (name, item) in zip(facts["drums"], kit.items(), strict=True):
        first, last = item["keys"]
        assert line.startswith(f"{name}: keys {first}-{last} (")
        assert f"{lengths[name] / RATE_HZ:.3f} s at 22,050 Hz" in line
    told = must(cli("inspect", "kit.img")).splitlines()
    assert [line.strip() for line in told if "own speed" in line] == facts["drums"]
    dump = json.loads(must(cli("inspect", "export/MIR01-U1.syx", "--json")))["facts"]
    assert dump["drums"] == [line.replace("U1", "U", 1) for line in facts["drums"] if line.startswith("U1")]

    command = ("preprocess", "kit.img", "kit.hfe", "--out", "again", "--size", 64, "--json")
    report = json.loads(must(cli(*command)))
    assert report["kinds"] == {"oneshot": 16}
    assert report["rates_hz"] == {str(RATE_HZ): 16}
    assert [item["reason"] for item in report["skipped"]] == [f"duplicate of kit.img#{name}" for name in kit]
    rows = [json.loads(line) for line in (tmp_path / "again" / "manifest.jsonl").read_text().splitlines()]
    assert {row["source"].rpartition("#")[2]: row["samples"] for row in rows} == lengths
    assert json.loads(must(cli(*command)))["unchanged"]


@pytest.mark.parametrize("command", ["extract", "inspect", "preprocess"])
def test_a_kit_that_was_cut_short_is_refused_in_one_line(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "kit.img").write_bytes(kits.kit_image(kits.SHORTEST)[:-1_000])

    assert "kit.img" in error_of(cli(command, "kit.img"))
