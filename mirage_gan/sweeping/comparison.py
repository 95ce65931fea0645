"""The runs of a sweep side by side: their sounds are made and logs read, for its sheet and page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.pages import pictures, sweep_page
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves


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
    waves = [_waves(root / row["run"], model) for row in rows]
    if shown := [each for each in waves if each is not None]:
        files.write_bytes(out / sweeps.SHEET, pictures.encode_png(sweep_page.sheet(shown)))
    logs = [_log(root / row["run"]) for row in rows]
    files.write_bytes(out / sweeps.PAGE, sweep_page.page(out.name, rows, waves, logs))


def _waves(run: Path, model: str | None) -> Waves | None:
    """Make a run's sounds, the same latents for every run; none where the run has nothing to make them of."""
    try:
        sampler, _ = runs.load_sampler(runs.find_checkpoint(run, "best"), model)
        return cycles.normalize_waves(
            sampler.from_condition(Condition(latents(sweep_page.SHOWN, 0, Stream.PREVIEW, 0)))
        )
    except MirageGanError:
        return None


def _log(run: Path) -> list[dict[str, Any]]:
    """Read the checks of a run; none where its log is damaged, which its training says."""
    try:
        return run_log.load(run)
    except MirageGanError:
        return []
