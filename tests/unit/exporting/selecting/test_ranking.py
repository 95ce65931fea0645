"""Ranked exports: as many as asked for, without faults, copies and twins, the best first, and the same again."""

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from numpy.typing import NDArray

import mirage_gan
from mirage_gan.exporting.selecting import ranking
from mirage_gan.folders import runs
from mirage_gan.judging import metrics, novelty
from mirage_gan.waves.cycles import normalize_waves
from tests.support import likeness

Cli = Callable[..., Result]


def entries(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "export.json").read_text())["files"].values())


def figures(workplace: Path, seeds: list[int]) -> tuple[Any, Any]:
    """Return novelty and strangeness of seeds, from the library."""
    waves = normalize_waves(mirage_gan.load(workplace / "runs" / "tiny").generate(seeds))
    train = runs.load_data(workplace / "runs" / "tiny").train.waves
    return 1 - likeness.nearest(waves, train)[1], metrics.Neighborhoods(train).relative_distances(waves)


@pytest.mark.parametrize("rank", ["novelty", "quality", "balanced"])
def test_a_ranked_export_has_as_many_sounds_as_asked_for_and_no_twins(workplace: Path, cli: Cli, rank: str) -> None:
    result = cli("export", "tiny", "--rank", rank, "--count", "5")
    assert result.exit_code == 0, result.stderr
    chosen = [entry["address"]["seed"] for entry in entries(workplace / "export")]
    assert len(set(chosen)) == 5
    assert all(seed < 5 * 32 for seed in chosen)
    waves = normalize_waves(mirage_gan.load(workplace / "runs" / "tiny").generate(chosen))
    assert novelty.twins(waves) == 0
    assert all(not entry["faults"] and entry["novelty"] >= 0.005 for entry in entries(workplace / "export"))


def test_novelty_keeps_the_newest_and_quality_the_most_plausible(workplace: Path, cli: Cli) -> None:
    for rank in ("novelty", "quality"):
        assert cli("export", "tiny", "--rank", rank, "--count", "3", "--out", rank).exit_code == 0
    new, plausible = (
        [entry["address"]["seed"] for entry in entries(workplace / rank)] for rank in ("novelty", "quality")
    )
    assert figures(workplace, new)[0].mean() >= figures(workplace, plausible)[0].mean()
    assert figures(workplace, plausible)[1].mean() <= figures(workplace, new)[1].mean()


def test_a_seed_is_the_same_sound_ranked_or_not(workplace: Path, cli: Cli) -> None:
    assert cli("export", "tiny", "--rank", "novelty", "--count", "2").exit_code == 0
    for path in sorted((workplace / "export").glob("*.pcm")):
        seed = int(path.stem.rpartition("seed")[2])
        assert cli("export", "tiny", "--seed", seed, "--count", "1", "--out", f"one{seed}").exit_code == 0
        assert (workplace / f"one{seed}" / f"tiny-seed{seed:06}.pcm").read_bytes() == path.read_bytes()


def test_files_of_a_ranked_export_sort_by_rank(workplace: Path, cli: Cli) -> None:
    assert cli("export", "tiny", "--rank", "novelty", "--count", "12").exit_code == 0
    index = json.loads((workplace / "export" / "export.json").read_text())["files"]
    names = sorted(index)
    assert [index[name]["rank"] for name in names] == list(range(1, 13))
    assert [index[name]["novelty"] for name in names] == sorted(
        (index[name]["novelty"] for name in names), reverse=True
    )
    assert names == [f"tiny-rank{i:03}-seed{index[name]['address']['seed']:06}.pcm" for i, name in enumerate(names, 1)]


@pytest.mark.parametrize("options", [("--rank", "balanced"), ("--rank", "novelty"), ("--distinct",)], ids=" ".join)
def test_it_makes_no_difference_how_many_are_judged_at_once(
    workplace: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    assert cli("export", "tiny", *options, "--count", "6", "--out", "whole").exit_code == 0
    monkeypatch.setattr(ranking, "_CHUNK", 4)
    assert cli("export", "tiny", *options, "--count", "6", "--out", "parts").exit_code == 0

    assert (workplace / "whole" / "export.json").read_bytes() == (workplace / "parts" / "export.json").read_bytes()


def test_no_candidate_is_judged_twice(workplace: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    everything, _ = figures(workplace, list(range(64)))
    faults = metrics.faults
    judged = 0

    def count(wave: NDArray[np.float32]) -> list[str]:
        nonlocal judged
        judged += 1
        return faults(wave)

    monkeypatch.setattr(metrics, "faults", count)
    least = float(np.sort(everything)[-3])  # so that more candidates are tried, and more
    result = cli("export", "tiny", "--min-novelty", least, "--rank", "novelty", "--count", "4")

    assert result.exit_code in (0, 1)
    assert [f"choosing among {4 * times}" in result.stderr for times in (4, 8, 16)] == [True] * 3
    asked = 4 * (32 if "choosing among 128" in result.stderr else 16)
    assert judged == asked + (4 if result.exit_code == 0 else 0)  # export tells of faults too


def test_typed_twice_it_does_nothing_the_second_time(
    workplace: Path, cli: Cli, describe: Callable[[Path], dict[str, tuple[str, int]]]
) -> None:
    command = ("export", "tiny", "--rank", "balanced", "--count", "3", "--to", "pcm", "--to", "disk")
    assert cli(*command).exit_code == 0
    before = describe(workplace / "export")
    assert cli(*command).exit_code == 0
    assert describe(workplace / "export") == before


def test_the_least_novelty_is_kept_to(workplace: Path, cli: Cli) -> None:
    everything, _ = figures(workplace, list(range(40)))
    least = round(float(np.quantile(everything, 0.6)), 4)
    result = cli("export", "tiny", "--min-novelty", least, "--count", "4")
    assert result.exit_code == 0, result.stderr
    found = entries(workplace / "export")
    assert len(found) == 4
    assert all(entry["novelty"] >= least - 1e-6 for entry in found)


def test_too_few_that_pass_are_an_error_in_one_line_and_nothing_is_written(workplace: Path, cli: Cli) -> None:
    result = cli("export", "tiny", "--min-novelty", "1", "--count", "2")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(
        "Error: only 0 of 64 generated sounds are new and good enough, and --count asks for 2: "
    )
    assert not (workplace / "export").exists()


def test_distinct_waves_keep_the_first_of_twins() -> None:
    t = np.arange(256) / 256
    sine, saw = np.sin(2 * np.pi * t), 2 * t - 1
    waves = np.array([sine, -np.roll(sine, 10), saw, 0.5 * saw, np.sin(4 * np.pi * t)], np.float32)
    assert likeness.distinct(waves).tolist() == [0, 2, 4]
    assert likeness.distinct(waves[:0]).tolist() == []


def test_a_wave_of_the_known_ones_is_not_strange() -> None:
    random = np.random.default_rng(0)
    known = np.asarray(np.cumsum(random.standard_normal((30, 256)), axis=1), np.float32)
    hoods = metrics.Neighborhoods(known)
    assert (hoods.relative_distances(known) == 0).all()
    noise = np.asarray(random.standard_normal((5, 256)), np.float32)
    assert (hoods.relative_distances(noise) > 0.5).all()


# --- the class of the nearest training sound


def classes_of(workplace: Path) -> dict[str, str]:
    """Return the class of each training sound, by its id."""
    data = runs.load_data(workplace / "runs" / "tiny")
    assert data.train_classes is not None
    return dict(zip(data.train_ids, data.train_classes, strict=True))


@pytest.mark.parametrize(
    "options", [(), ("--rank", "novelty"), ("--distinct",), ("--near", "3", "--spread", "1")], ids=str
)
def test_nearest_class_exports_only_sounds_nearest_to_it(workplace: Path, cli: Cli, options: tuple[str, ...]) -> None:
    known = classes_of(workplace)
    assert cli("export", "tiny", "--count", "60", "--out", "all").exit_code == 0
    wanted = Counter(known[entry["nearest"]] for entry in entries(workplace / "all")).most_common()[0][0]
    assert wanted
    assert {known[entry["nearest"]] for entry in entries(workplace / "all")} != {wanted}

    result = cli("export", "tiny", "--nearest-class", wanted, "--count", "3", *options)

    assert result.exit_code == 0, result.stderr
    found = entries(workplace / "export")
    assert len(found) == 3
    assert {known[entry["nearest"]] for entry in found} == {wanted}
    assert "are there, unchanged" in cli("export", "tiny", "--nearest-class", wanted, "--count", "3", *options).stdout


def test_disks_of_two_classes_are_two_disks(workplace: Path, cli: Cli) -> None:
    known = classes_of(workplace)
    assert cli("export", "tiny", "--count", "60", "--out", "all").exit_code == 0
    common = Counter(known[entry["nearest"]] for entry in entries(workplace / "all")).most_common(2)
    for number, (name, _) in enumerate(common, 1):
        result = cli("export", "tiny", "--to", "disk", "--nearest-class", name, "--count", "1", "--json")
        assert json.loads(result.stdout)["disks"] == [f"MIR0{number}.img"]


def test_a_class_that_no_sound_is_of_is_refused_with_those_that_there_are(workplace: Path, cli: Cli) -> None:
    result = cli("export", "tiny", "--nearest-class", "organ")

    assert result.exit_code == 1
    assert result.stderr == "Error: --nearest-class organ: no training sound is of it; there are bass, lead\n"
    assert not (workplace / "export").exists()


def test_a_run_without_classes_says_so(workplace: Path, cli: Cli) -> None:
    path = workplace / "runs" / "tiny" / runs.DATA
    with zipfile.ZipFile(path) as archive:
        held = {info: archive.read(info) for info in archive.infolist() if "classes" not in info.filename}
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in held.items():
            archive.writestr(info, content)

    result = cli("export", "tiny", "--nearest-class", "bass")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: --nearest-class: this run was begun before 0.5.0, and does not know classes; train it anew\n"
    )
    assert not (workplace / "export").exists()
    assert cli("export", "tiny").exit_code == 0


def test_too_few_sounds_near_a_class_are_refused_by_its_name(workplace: Path, cli: Cli) -> None:
    result = cli("export", "tiny", "--nearest-class", "bass", "--min-novelty", "1", "--count", "2")

    assert result.exit_code == 1
    assert "only 0 of 64 generated sounds are new and good enough and nearest to a bass, and --count" in result.stderr


# --- candidates


def test_candidates_are_consecutive_seeds_or_neighbours_of_one(workplace: Path, cli: Cli) -> None:
    options = ("--rank", "quality", "--count", "3")
    assert cli("export", "tiny", *options, "--seed", "500", "--out", "seeds").exit_code == 0
    assert cli("export", "tiny", *options, "--near", "500", "--spread", "0.8", "--out", "near").exit_code == 0

    assert all(500 <= entry["address"]["seed"] < 500 + 3 * 32 for entry in entries(workplace / "seeds"))
    for entry in entries(workplace / "near"):
        assert (entry["address"]["seed"], entry["address"]["spread"]) == (500, 0.8)
        assert 1 <= entry["address"]["number"] <= 3 * 32


def test_no_candidate_is_beyond_the_last_seed(workplace: Path, cli: Cli) -> None:
    last = 2**31 - 1
    result = cli("export", "tiny", "--rank", "novelty", "--count", "2", "--seed", last - 5)

    assert result.exit_code == 0, result.stderr
    assert all(last - 5 <= entry["address"]["seed"] <= last for entry in entries(workplace / "export"))
