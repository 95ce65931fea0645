"""The runs of a sweep side by side: their sounds are made and logs read, for its sheet and page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.judging import verdict
from mirage_gan.models.latents import Stream, latents
from mirage_gan.pages import pictures, sweep_page
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves


def save(out: Path, rows: Sequence[dict[str, Any]], root: Path) -> None:
    """Write a sweep's contact sheet and page.

    Parameters
    ----------
    out : Path
        The sweep's folder.
    rows : sequence of dict
        The runs, best first, as sweep.json has them.
    root : Path
        Where the runs are. One that is not there, because another machine trained it, is shown without its sounds.
    """
    waves = [_waves(root / row["run"]) for row in rows]
    if any(each is not None for each in waves):
        files.write_bytes(out / sweeps.SHEET, pictures.encode_png(sweep_page.sheet(rows, waves)))
    logs = [run_log.load(root / row["run"]) for row in rows]
    page = sweep_page.page(out.name, rows, waves, logs, _real_score(rows))
    files.write_bytes(out / sweeps.PAGE, page)


def _real_score(rows: Sequence[dict[str, Any]]) -> float | None:
    """Return what real sounds would score in place of generated ones; nothing where no run was judged beside them."""
    real = next((row["real"] for row in rows if row.get("real")), None)
    return None if real is None else verdict.score(real, real)


def _waves(run: Path) -> Waves | None:
    """Make a run's sounds, the same latents for every run; none where the run has nothing to make them of."""
    try:
        sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"))
        return cycles.normalize_waves(sampler.from_latents(latents(sweep_page.SHOWN, 0, Stream.PREVIEW, 0)))
    except MirageGanError:
        return None
