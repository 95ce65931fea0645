"""What lies in a sweep's folder to look at: a sheet and a page, also where runs are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from mirage_gan.folders import runs, sweeps
from mirage_gan.judging import verdict
from mirage_gan.pages import sweep_page
from mirage_gan.sweeping import comparison

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.pages.preview import Shown


def row(place: int, run: str) -> dict[str, Any]:
    return {"run": run, "settings": {"lr": 3e-6 * place, "width": 4}, "state": "done", "score": 1.5 / place}


def pictures(page: str) -> int:
    """Return how many pictures a page holds."""
    return page.count('src="data:image/png;base64,')


def test_a_sweep_is_saved_with_a_sheet_of_a_row_a_run(trained: Path, tmp_path: Path) -> None:
    rows = [row(1, trained.name), row(2, "gone"), row(3, trained.name)]

    comparison.save(tmp_path, rows, trained.parent)

    assert pictures((tmp_path / sweeps.PAGE).read_text(encoding="utf-8")) == 2
    with Image.open(tmp_path / sweeps.SHEET) as sheet:
        # 16 sounds, two runs, each under its caption and each sound under its seed
        assert 4.5 * sheet.height < sheet.width < 6 * sheet.height


def test_without_any_sound_there_is_a_page_and_no_sheet(tmp_path: Path) -> None:
    comparison.save(tmp_path, [row(1, "gone")], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [sweeps.PAGE]


def test_the_page_shows_what_real_sounds_would_score(trained: Path, tmp_path: Path) -> None:
    figures = {"coverage": 0.9, "recall": 0.8, "precision": 0.7, "copy": 0.2, "twins": 0.1}
    judged = {**row(2, trained.name), "figures": figures, "real": figures}

    comparison.save(tmp_path, [row(1, "gone"), judged], trained.parent)

    page = (tmp_path / sweeps.PAGE).read_text(encoding="utf-8")
    assert f'<td class="n">{verdict.score(figures, figures):.3f}</td>' in page
    assert "real sounds" in page[page.index("<svg") :]


def test_a_run_is_shown_by_the_sounds_that_export_makes_of_the_first_seeds(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Shown] = []

    def draw(_rows: object, sounds: list[Shown]) -> Pictures:
        shown.extend(sounds)
        return np.zeros((1, 1), np.uint8)

    monkeypatch.setattr(sweep_page, "sheet", draw)

    comparison.save(tmp_path, [row(1, trained.name)], trained.parent)

    sampler, _ = runs.load_sampler(runs.find_checkpoint(trained, "best"))
    assert np.array_equal(shown[0].waves, shown[0].representation.normalize(sampler.generate(range(16))))
