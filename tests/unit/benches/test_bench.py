from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.base.errors import TrainingError
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.plan import resolve
from tests.bench import cures, family, quality, rivals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("make", [rivals.article, rivals.textbook])
def test_rivals_make_bitmaps_of_the_size_that_they_learn_from(make: Callable[..., rivals.Rival], size: int) -> None:
    pictures = torch.randint(256, (3, 1, size, size), dtype=torch.uint8)
    rival = make(pictures, batch_size=2)

    ink = rival.make(2)

    assert ink.shape == (2, 1, size, size)
    assert 0 <= ink.min() <= ink.max() <= 1
    assert rival.discriminator(rivals.shown(pictures)).shape == (3,)


def test_the_articles_generator_filters_training_pictures() -> None:
    pictures = torch.full((1, 1, 64, 64), 200, dtype=torch.uint8)

    assert torch.equal(rivals.article(pictures).start(2), rivals.shown(pictures).expand(2, -1, -1, -1))


def test_the_quality_bench_has_a_row_for_all(
    workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "COUNT", 20)
    out = workplace / "quality.json"

    quality.main([str(workplace / "dataset"), "--minutes", "0.001", "--seeds", "1", "--json", str(out)])

    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line.split(" | ")[0] for line in table[2:]] == ["| article", "| textbook", "| wave", "| dcgan", "| real"]
    rows = json.loads(out.read_text())["rows"]
    assert all(set(quality.FIGURES) <= set(found) for name in rows for found in rows[name])


def test_the_cures_bench_goes_on_where_it_stopped(
    workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cures, "COUNT", 20)
    out = workplace / "cures.json"
    call = [str(workplace / "dataset"), "--steps", "2", "--workers", "1", "--only", "generator,packing 2"]

    cures.main([*call, "--seeds", "1", "--json", str(out)])
    first = capsys.readouterr().out
    cures.main([*call, "--seeds", "2", "--json", str(out)])
    second = capsys.readouterr().out

    assert "5 runs, 5 of them to train" in first
    assert "10 runs, 5 of them to train" in second
    assert len(out.read_text().splitlines()) == 10
    table = [line.split(" | ")[:2] for line in second.splitlines() if line.startswith("| ")]
    assert sorted(name for name, runs in table if runs == "2") == [
        "| defaults", "| defaults", "| generator paint", "| packing 2", "| packing 2"
    ]  # fmt: skip


def test_every_cure_is_a_setting_that_a_run_can_have() -> None:
    for model in ("wave", "dcgan"):
        for cure in cures.cures(model):
            assert cures.Job("data", model, cure, seed=0, steps=2, size=64).config.model == model


def test_a_run_that_keeps_nothing_counts_as_nothing(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise TrainingError("training broke down")

    monkeypatch.setattr(cures, "train", break_down)
    job = cures.Job("data", "wave", "defaults", seed=0, steps=2, size=64)

    _, row = cures.measure((job, workplace / "dataset"))

    assert (row["score"], row["failed"]) == (0, "training broke down")
    assert "1, 1 failed" in cures.table([row])


def test_the_bench_of_families_has_a_row_for_each_and_goes_on_where_it_stopped(
    workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(family, "COUNT", 4)
    out, score, figures = workplace / "family.jsonl", workplace / "score.py", dict.fromkeys(family.FIGURES, 0.25)
    score.write_text(f"import json\nprint(json.dumps({ {'ours': figures, 'real': figures} }))")
    call = [str(score), str(workplace / "wavs"), "--steps", "2", "--rounds", "1", "--only", "wave;lstm"]

    family.main([*call, "--seeds", "1", "--json", str(out)])
    first = out.read_text()
    capsys.readouterr()
    family.main([*call, "--seeds", "2", "--json", str(out)])

    assert out.read_text().startswith(first)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["row"], line["seed"]) for line in lines if line["row"] != family.REAL] == [
        ("wave", 0), ("lstm", 0), ("wave", 1), ("lstm", 1)
    ]  # fmt: skip
    table = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row[:3] for row in table[1:3]] == [["| wave", "2", "2"], ["| lstm", "2", "2"]]
    assert table[1][4] == "0.25 ± 0.00"


def test_every_row_of_the_bench_of_families_is_a_training(workplace: Path) -> None:
    for name, settings in family.ROWS.items():
        plan = resolve(TrainConfig(dataset=workplace / "dataset", **settings))
        assert plan.spec.model == name.split(", ")[0]
