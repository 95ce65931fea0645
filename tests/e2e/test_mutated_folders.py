"""Whatever a file of ours holds after a bit flip or an edit, a command reads it, or says in one line what is wrong."""

from __future__ import annotations

import contextlib
import json
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import demos
from tests.support import damage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.fixtures import Cli, Train

LIKED = [{"seed": 17, "name": "Glass"}, {"seed": 3, "spread": 0.2, "number": 1}, {"seed": 5}]
BEST, LAST = (f"runs/tiny/checkpoints/{name}.safetensors" for name in ("best", "last"))
NEW = ("train", "--model", "wave", "--width", "4", "--steps", "2", "--run", "new", "--device", "cpu")
SOUNDS = ("export", "tiny", "--count", "2")
# file, how it is damaged, command that reads it, cases: fewer where a case takes a tenth of a second
TABLE = [
    ("dataset/dataset.json", damage.damaged_json, ("inspect", "dataset"), 200),
    ("dataset/manifest.jsonl", damage.damaged_lines, ("inspect", "dataset"), 200),
    ("dataset/waves.npy", damage.damaged_array, ("inspect", "dataset"), 200),
    ("dataset/waves.npy", damage.damaged_array, NEW, 20),
    ("runs/tiny/config.json", damage.damaged_json, ("inspect", "runs/tiny"), 200),
    ("runs/tiny/config.json", damage.damaged_json, SOUNDS, 20),
    ("runs/tiny/log.jsonl", damage.damaged_lines, ("inspect", "runs"), 200),
    ("runs/tiny/log.jsonl", damage.damaged_lines, ("train",), 20),
    ("runs/tiny/report.json", damage.damaged_json, ("compare", "runs/tiny", "runs/tiny"), 200),
    ("runs/tiny/report.json", damage.damaged_json, SOUNDS, 20),
    ("runs/tiny/data.npz", damage.damaged_archive, ("inspect", "runs/tiny"), 200),
    ("runs/tiny/data.npz", damage.damaged_archive, SOUNDS, 20),
    (BEST, damage.damaged_checkpoint, ("inspect", "runs/tiny"), 200),
    (BEST, damage.damaged_checkpoint, SOUNDS, 40),
    (LAST, damage.damaged_checkpoint, ("train",), 40),
    ("export/export.json", damage.damaged_json, ("inspect", "export"), 200),
    ("export/export.json", damage.damaged_json, SOUNDS, 20),
    ("liked.json", damage.damaged_json, ("export", "tiny", "--favourites", "liked.json"), 20),
    ("extracted/extract.json", damage.damaged_json, ("inspect", "extracted"), 200),
]


@pytest.mark.parametrize(
    ("name", "damaged", "command", "cases"), TABLE, ids=[f"{command[0]} {name}" for name, _, command, _ in TABLE]
)
def test_a_mutated_file_is_read_or_refused_in_one_line(
    cli: Cli,
    workplace: Path,
    train: Train,
    name: str,
    damaged: Callable[[bytes], st.SearchStrategy[bytes]],
    command: tuple[str, ...],
    cases: int,
) -> None:
    make(cli, name)
    kept = workplace.with_name(f"{workplace.name}-kept")
    shutil.copytree(workplace, kept)
    whole = (kept / name).read_bytes()
    if command == ("train",):
        command = ("train", *train)

    @settings(max_examples=cases, suppress_health_check=list(HealthCheck))
    @given(content=damaged(whole))
    def check(content: bytes) -> None:
        if not command[0].startswith(("inspect", "compare")):  # which write nothing
            shutil.rmtree(workplace)
            shutil.copytree(kept, workplace)
        (workplace / name).write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # of NumPy
            result = cli(*command)
        assert result.exit_code in (0, 1), result.output
        if result.exit_code:
            assert [line[:7] for line in result.stderr.splitlines()].count("Error: ") == 1
            assert "--lr" not in result.stderr, "a damaged file is not for want of a lower rate"

    check()


def make(cli: Cli, name: str) -> None:
    """Make the file that a case damages, where the workplace does not have it."""
    if name == "liked.json":
        Path(name).write_text(json.dumps({"format": 1, "run": "tiny", "favourites": LIKED}))
    elif name.startswith("ex"):
        assert cli("export", "tiny", "--count", 3, "--to", "pcm", "--to", "disk").exit_code == 0
        assert cli("extract", "export/MIR01.img", "--out", "extracted").exit_code == 0


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_demo_is_taken_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / demos.MARKER).write_bytes(data.draw(damage.damaged_json(b'{"format": 1, "kind": "loop"}\n')))
    with contextlib.suppress(MirageGanError):
        demos.claim(tmp_path, "loop")
