"""The runs of a sweep side by side: their sounds are made and logs read, for its sheet and page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.judging import verdict
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
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
        The runs, best first, as sweep.json has them.
    model : str, optional
        The user's own networks that the runs are of.
    root : Path
        Where the runs are. One that is not there, because another machine trained it, is shown without its sounds.
    """
    shown = [_sounds(root / row["run"], model) for row in rows]
    if any(each is not None for each in shown):
        files.write_bytes(out / sweeps.SHEET, pictures.encode_png(sweep_page.sheet(rows, shown)))
    logs = [_log(root / row["run"]) for row in rows]
    page = sweep_page.page(out.name, rows, shown, logs, _real_score(rows))
    files.write_bytes(out / sweeps.PAGE, page)


def _real_score(rows: Sequence[dict[str, Any]]) -> float | None:
    """Return what real sounds would score in place of generated ones; nothing where no run was judged beside them."""
    real = next((row["real"] for row in rows if row.get("real")), None)
    return None if real is None else verdict.score(real, real)


def _sounds(run: Path, model: str | None) -> Shown | None:
    """Make a run's sounds, the same latents for every run; none where the run has nothing to make them of."""
    try:
        sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"), model)
        data = runs.load_config(run).data
        made = sampler.from_condition(Condition(latents(sweep_page.SHOWN, 0, Stream.PREVIEW, 0)))
        return Shown.of(made, data.kind, data.source_samples)
    except MirageGanError:
        return None


def _log(run: Path) -> list[dict[str, Any]]:
    """Read the checks of a run; none where its log is damaged, which its training says."""
    try:
        return run_log.load(run)
    except MirageGanError:
        return []
