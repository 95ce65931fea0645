"""Folders that 0.1.0 wrote are read, gone on with and exported from as that version did.

`0.1.0.tar.xz` holds what these commands of 0.1.0 made of ten of the built-in sounds, less the previews and the page of
the sweep, which can be made again. Each run was stopped, and saved, at step 20 of 40.

    mirage-gan preprocess sounds --points 64 --size 64
    mirage-gan train --run wave --model wave ...          see TRAIN
    mirage-gan train --run dcgan --model dcgan ...        see TRAIN
    mirage-gan export wave --to pcm --to wav --to disk --count 2 --checkpoint last
    mirage-gan sweep dataset --name rates ...             see SWEEP

`0.1.0-resumed.json` holds three numbers for each tensor of the runs at step 40, as 0.1.0 trained them to their end.
Another processor may round the last bit of a sum in another way, so tensors are compared within a tolerance that is
small beside what one step changes, and sample bytes within one level; on one machine both are equal to the bit, which
`tests.bench.sums` shows.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from numpy.typing import NDArray

HERE: Final = Path(__file__).parent
TRAIN: Final = (
    "--width",
    "2",
    "--steps",
    "40",
    "--every",
    "20",
    "--lr",
    "1e-3",
    "--batch-size",
    "8",
    "--device",
    "cpu",
)
MODELS: Final = {
    "wave": ("--model", "wave"),
    "dcgan": ("--model", "dcgan", "--size", "64", "--ema-half-life", "0"),
}
# How far a weight may end from where it ended then, in how far it had to go; of all weights, the median. A drawing has
# corners, where rounding decides which way a gradient goes, so dcgan on another number of threads differs by 0.1 here;
# wave differs by 0.02 on a processor with other vector instructions. A training that went another way differs by 1.
WITHIN: Final = {"wave": 0.1, "dcgan": 0.3}
OF_SWEEP: Final = ("--model", "wave", "--width", "2", "--steps", "10", "--batch-size", "8", "--device", "cpu")
SWEEP: Final = ("--name", "rates", "--lr", "1e-3", "--lr", "1e-2", *OF_SWEEP)
EXPORT: Final = ("wave", "--to", "pcm", "--to", "wav", "--to", "disk", "--count", "2", "--checkpoint", "last")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """The folders of 0.1.0: sounds/, dataset/, runs/, export/ and sweeps/; `cli` runs beside them."""
    with tarfile.open(HERE / "0.1.0.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def tensors(run: Path) -> dict[str, NDArray[Any]]:
    return safetensors.numpy.load_file(run / "checkpoints" / "last.safetensors")


def summary(tensor: NDArray[Any]) -> list[float]:
    """Return a tensor's mean, its root mean square, and its mean under weights that no two places share."""
    x = np.ravel(tensor).astype(np.float64)
    return [float(x.mean()), float(np.sqrt(np.mean(x**2))), float(np.mean(x * np.cos(np.arange(len(x)))))]


def differences(of: dict[str, NDArray[Any]], expected: dict[str, list[float]]) -> list[float]:
    """Return how far the summary of each weight and average is from what is expected."""
    assert sorted(of) == sorted(expected)
    return [
        float(np.abs(np.subtract(summary(of[name]), numbers)).max())
        for name, numbers in expected.items()
        if "#" not in name  # what the optimizer keeps follows from gradients, which rounding changes most
    ]


@pytest.mark.parametrize("name", MODELS)
def test_the_same_command_goes_on_with_a_run_to_the_same_tensors(
    name: str, golden: Path, cli: Callable[..., Result]
) -> None:
    expected = json.loads((HERE / "0.1.0-resumed.json").read_text(encoding="utf-8"))[name]
    run = golden / "runs" / name
    before = differences(tensors(run), expected)

    result = cli("train", "dataset", "--run", name, *MODELS[name], *TRAIN)

    assert result.exit_code == 0, result.output
    assert "going on from step 20" in result.stderr
    after = differences(tensors(run), expected)
    assert np.median(np.divide(after, before)) < WITHIN[name]


def test_a_run_without_a_name_is_found_by_the_name_that_it_had(golden: Path, cli: Callable[..., Result]) -> None:
    ranked = json.loads((golden / "sweeps" / "rates" / "sweep.json").read_text(encoding="utf-8"))["runs"]
    named = next(row["run"] for row in ranked if row["settings"]["lr"] == 1e-3)

    assert cli("train", "dataset", "--lr", "1e-3", *OF_SWEEP, "--max-minutes", "0").exit_code == 0

    assert (golden / "runs" / named).is_dir(), sorted(path.name for path in (golden / "runs").iterdir())


def test_the_same_export_finds_its_files_unchanged(golden: Path, cli: Callable[..., Result]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (golden / "export").iterdir()}

    result = cli("export", *EXPORT)

    assert result.exit_code == 0, result.output
    assert "are there, unchanged" in result.output
    assert {path.name: path.stat().st_mtime_ns for path in (golden / "export").iterdir()} == before


RENAMED: Final = {"wave-play-seed000000.img": "MIR01.img"} | {
    f"wave-play-seed000000-sheet.{kind}": f"MIR01-sheet.{kind}" for kind in ("html", "txt")
}


def test_a_new_export_has_the_same_bytes(golden: Path, cli: Callable[..., Result]) -> None:
    assert cli("export", *EXPORT, "--out", "again").exit_code == 0

    compared = 0
    for path in sorted((golden / "export").iterdir()):
        if path.suffix not in (".pcm", ".img"):
            continue
        was = np.frombuffer(path.read_bytes(), np.uint8).astype(int)
        now = np.frombuffer((golden / "again" / RENAMED.get(path.name, path.name)).read_bytes(), np.uint8).astype(int)
        assert was.shape == now.shape
        assert np.abs(was - now).max() <= 1
        assert np.count_nonzero(was != now) <= len(was) // 50
        compared += 1
    assert compared == 3


def test_export_json_says_the_same(golden: Path, cli: Callable[..., Result]) -> None:
    assert cli("export", *EXPORT, "--out", "again").exit_code == 0

    was, now = (json.loads((golden / name / "export.json").read_text(encoding="utf-8")) for name in ("export", "again"))
    assert was.keys() == now.keys()
    for section in ("files", "disks"):
        assert {RENAMED.get(name, name) for name in was[section]} == now[section].keys()
        for name, entry in was[section].items():
            assert_same(entry, now[section][RENAMED.get(name, name)])


def assert_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Assert that an entry of the first format, and one of the second, say the same of a file or of a sound."""
    expected = {key: value for key, value in old.items() if key != "seed"}
    if "seed" in old:
        expected["address"] = {"seed": old["seed"]}
    if "layout" in old:
        expected["stem"] = "MIR01"
    if "nearest" in old:
        expected["nearest_class"] = ""  # which version 0.1.0 did not know
    assert new.keys() == expected.keys()
    for key in expected.keys() - {"sha256", "novelty", "sounds"}:
        assert new[key] == expected[key], key
    for was, now in zip(old.get("sounds", []), new.get("sounds", []), strict=True):
        assert_same(was, now)


def test_the_same_sounds_make_the_same_dataset(golden: Path, cli: Callable[..., Result]) -> None:
    assert cli("preprocess", "sounds", "--points", "64", "--size", "64", "--out", "again").exit_code == 0

    old, new = golden / "dataset", golden / "again"
    np.testing.assert_allclose(np.load(new / "waves.npy"), np.load(old / "waves.npy"), atol=1e-6)
    assert (new / "manifest.jsonl").read_bytes() == (old / "manifest.jsonl").read_bytes()
    names = sorted(path.relative_to(old) for path in (old / "bitmaps").iterdir())
    assert names == sorted(path.relative_to(new) for path in (new / "bitmaps").iterdir())
    for name in names:
        pictures = [np.asarray(Image.open(folder / name), int) for folder in (old, new)]
        assert np.abs(pictures[0] - pictures[1]).max() <= 1, name
    was, now = (json.loads((folder / "dataset.json").read_text(encoding="utf-8")) for folder in (old, new))
    for key in was.keys() - {"version", "waves_sha256"}:
        assert now[key] == was[key], key


def test_a_sweep_that_is_done_is_ranked_again_and_trains_nothing(golden: Path, cli: Callable[..., Result]) -> None:
    was = json.loads((golden / "sweeps" / "rates" / "sweep.json").read_text(encoding="utf-8"))

    result = cli("sweep", "dataset", *SWEEP)

    assert result.exit_code == 0, result.output
    assert json.loads((golden / "sweeps" / "rates" / "sweep.json").read_text(encoding="utf-8")) == was
    assert sorted(path.name for path in (golden / "runs").iterdir()) == ["dcgan", "wave"]


@pytest.mark.parametrize("folder", ["dataset", "runs/wave", "runs/dcgan", "export", "sweeps/rates"])
def test_inspect_finds_nothing_wrong(folder: str, golden: Path, cli: Callable[..., Result]) -> None:
    result = cli("inspect", folder, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["problems"] == []


@pytest.mark.parametrize("name", MODELS)
def test_a_run_is_judged(name: str, golden: Path, cli: Callable[..., Result]) -> None:
    result = cli("evaluate", name, "--count", "50", "--json")

    assert result.exit_code == 0, result.output
    judged = json.loads(result.output)
    assert judged["step"] == 20
    assert judged["held_out"] == 2
