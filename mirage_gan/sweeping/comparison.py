"""The comparison of a sweep's runs, on a contact sheet and a page: sounds of each run, and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.judging import verdict
from mirage_gan.pages import pictures, sweep_page
from mirage_gan.pages.preview import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def save(out: Path, rows: Sequence[dict[str, Any]], root: Path, model: str | None = None) -> None:
    """Write a sweep's contact sheet and page.

    Parameters
    ----------
    out : Path
        The sweep's folder.
    rows : sequence of dict
        The runs, best first, with the keys of sweep.json.
    root : Path
        The folder of the runs. A run that is missing there, because another machine trained it, is shown without its
        sounds.
    model : str, optional
        The user's own networks, FILE.py:NAME, if the runs use them.
    """
    shown = [_sounds(root / row["run"], model) for row in rows]
    logs = [_log(root / row["run"]) for row in rows]
    page = sweep_page.page(out.name, rows, shown, logs, _real_score(rows))
    with sweeps.turn(out):
        if any(each is not None for each in shown):
            files.write_bytes(out / sweeps.SHEET, pictures.encode_png(sweep_page.sheet(rows, shown)))
        files.write_bytes(out / sweeps.PAGE, page)


def _real_score(rows: Sequence[dict[str, Any]]) -> float | None:
    """Return the score of real sounds in place of generated ones; None if no run was compared with them."""
    real = next((row["real"] for row in rows if "coverage" in row.get("real", {})), None)
    return None if real is None else verdict.score(real, real)


def _sounds(run: Path, model: str | None) -> Shown | None:
    """Generate a run's sounds of the first seeds; None if the run cannot be loaded."""
    try:
        sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"), model)
        data = runs.load_config(run).data
        return Shown.of(
            sampler.generate(range(sweep_page.SHOWN)), data.representation, data.source_samples, data.rate_hz
        )
    except MirageGanError:
        return None


def _log(run: Path) -> list[dict[str, Any]]:
    """Return the checks in a run's log; none if it is damaged, which the next training of the run reports."""
    try:
        return run_log.load(run)
    except MirageGanError:
        return []
