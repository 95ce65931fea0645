"""The data of an audition page: what is said of a run, and the sounds of one of its checkpoints."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.auditioning import network
from mirage_gan.auditioning.collection import collect
from mirage_gan.auditioning.steering import controls
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import rendering
from mirage_gan.exporting.selecting.selection import choose_addresses
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import addresses
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.wording import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.base.progress import Progress
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.folders.outputs.favourites import Favourites
    from mirage_gan.models.addresses import Address
    from mirage_gan.settings.auditioning import AuditionConfig

_FORMAT: Final = 1


@dataclass(frozen=True)
class Shown:
    """What a page shows: its data, as plain JSON values, and the samples that they refer to."""

    data: dict[str, Any]
    samples: bytes


def empty(config: AuditionConfig, run: Path, starred: Sequence[Address]) -> Shown:
    """Return the page of a run whose sounds come later, as checkpoints do while it is trained.

    Raises
    ------
    ConfigError
        If settings do not suit the run.
    FolderError, FormatError
        If the run is damaged or newer.
    """
    model = config.model or str(runs.load_config(run).spec["model"])
    about = _about(config, run, "", runs.argument(run, model))
    return Shown(about | {"step": 0, "favourites": _told(starred), "sounds": [], "known": [], **network.LATER}, b"")


def gather(
    config: AuditionConfig,
    run: Path,
    checkpoint: Path,
    digest: str,
    liked: Favourites | None,
    kept: Favourites,
    progress: Progress,
) -> Shown:
    """Generate the sounds of a checkpoint, and describe them, the run, and what the user liked before.

    Parameters
    ----------
    digest : str
        Hash of the checkpoint.
    liked : Favourites, optional
        The file that `config.favourites` names.
    kept : Favourites
        Those in the run's folder.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the run.
    FolderError, FormatError
        If the run or the checkpoint is missing, damaged or newer.
    TrainingError
        If the network's output is not finite.
    """
    shape = _shape(config, run)
    sampler, state = runs.load_sampler(checkpoint, config.model)
    waves = runs.load_data(run)
    chosen = choose_addresses(config.selection, liked, sampler, waves, progress)
    # what was liked before is shown too, whatever else is, so that nothing starred is out of sight
    known = {replace(address, name="") for address in chosen}
    chosen = [*chosen, *(address for address in kept.addresses if replace(address, name="") not in known)]
    collected = collect(chosen, sampler, waves, shape, progress)
    starred = kept.addresses if liked is None else liked.addresses
    about = _about(config, run, digest, runs.argument(run, sampler.spec.model))
    sounds = {"step": state.step, "favourites": _told(starred), "sounds": collected.sounds, "known": collected.known}
    steered = controls.add(network.embed(sampler, shape), sampler, shape.representation, dict.fromkeys(chosen))
    return Shown(about | sounds | steered, collected.samples)


def _shape(config: AuditionConfig, run: Path) -> SoundShape:
    """Return the length of the sounds; raises ConfigError if a run makes none."""
    known = runs.load_config(run)
    if not known.data.representation.is_sound:
        raise ConfigError(
            f"{run.name} makes {KINDS_IN_WORDS[known.data.kind]}, and a page is to hear sounds: export them instead, "
            f"--to {WORDS[known.data.kind].form}"
        )
    return rendering.choose_shape(config.selection, known)


def _about(config: AuditionConfig, run: Path, digest: str, named: str) -> dict[str, Any]:
    """Return what a page says of a run and a checkpoint, by its hash; `named` is the run on a command line."""
    shape = _shape(config, run)
    judgment = runs.judgment_of(run, digest)
    named += "" if config.checkpoint == "best" else f" --checkpoint {shlex.quote(config.checkpoint)}"
    return {
        "format": _FORMAT,
        "title": f"Run {run.name}",
        "run": run.name,
        "checkpoint_sha256": digest,
        "kind": "loop" if shape.is_loop else "one-shot",
        "rate_hz": shape.rate_hz,
        "verdict": None
        if judgment is None
        else {"word": judgment.verdict.word, "said": f"{judgment.verdict.why}; {judgment.verdict.remedy}"},
        "command": f"mirage-gan export {named}",
        "morph_command": f"mirage-gan morph {named}",
        "watch": config.watch,
    }


def _told(starred: Sequence[Address]) -> list[dict[str, Any]]:
    return [addresses.as_json(address) | {"name": address.name} for address in starred]
