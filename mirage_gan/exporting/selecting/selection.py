"""The selection of a run and of its sounds: those that the user names, or those that follow from the settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.exporting.selecting import ranking
from mirage_gan.folders import runs
from mirage_gan.models.addresses import Address
from mirage_gan.settings.values.seeds import parse_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.outputs.favourites import Favourites
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig
    from mirage_gan.settings.morphing import MorphConfig


def find_run(
    config: ExportConfig | MorphConfig, liked: Favourites | None, root: Path, progress: Progress
) -> tuple[Path, str]:
    """Return the run that the user names, or that the favourites were chosen from, or the newest; and why.

    Parameters
    ----------
    liked : Favourites, optional
        The file that `config.favourites` names.

    Raises
    ------
    FolderError
        If there is no such run.
    """
    if liked is not None and liked.run is not None:
        if config.run is None and (root / liked.run / runs.MARKER).is_file():
            return runs.find(liked.run, root), f"its sounds are the favourites in {config.favourites}"
        if config.run is None or runs.locate(config.run, root).name != liked.run:
            progress.say(f"the sounds of {config.favourites} were chosen from another run, {liked.run}")
    return runs.choose(config.run, root)


def tell_checkpoint(
    config: ExportConfig | MorphConfig, liked: Favourites | None, checkpoint_sha256: str, progress: Progress
) -> None:
    """Say so if favourites were chosen from another checkpoint."""
    if liked is not None and liked.checkpoint_sha256 not in (None, checkpoint_sha256):
        progress.say(f"the sounds of {config.favourites} were chosen from another checkpoint: they changed since")


def choose_addresses(
    config: ExportConfig, liked: Favourites | None, sampler: Sampler, data: Data, progress: Progress
) -> Sequence[Address]:
    """Return the addresses of the sounds to export, each once, with their classes and the names that the user gives.

    Parameters
    ----------
    liked : Favourites, optional
        The file that `config.favourites` names.

    Raises
    ------
    ConfigError
        If the list of seeds is not one, too few sounds pass the tests of `ranking`, the run does not know a class that
        is asked for, or there are more names than sounds.
    FolderError, FormatError
        If the file of seeds is missing or not one.
    TrainingError
        If the network's output is not finite.
    """
    if liked is not None:
        chosen = liked.addresses
    elif config.seeds or len(config.seed) > 1:
        chosen = [Address(seed) for seed in _seeds(config)]
    else:
        chosen = ranking.choose(config, sampler, data, progress)
    chosen = list(dict.fromkeys(sampler.classes.settle(address, config.mix) for address in chosen))
    if len(config.sound_name) > len(chosen):
        raise ConfigError(f"{len(config.sound_name)} names are given with --sound-name, and {len(chosen)} sounds")
    for i, name in enumerate(config.sound_name):
        chosen[i] = replace(chosen[i], name=name)
    return chosen


_MOST_BYTES: Final = 16 << 20  # of a file of seeds


def _seeds(config: ExportConfig) -> tuple[int, ...]:
    if not config.seeds.startswith("@"):
        return parse_seeds(config.seeds) if config.seeds else config.seed
    path = config.seeds[1:]
    if not path or not Path(path).exists():
        raise FolderError(f"--seeds {config.seeds}: there is no file {path}")
    try:
        return parse_seeds(files.read_bytes(Path(path), _MOST_BYTES, "write fewer seeds into it").decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FormatError(f"--seeds {config.seeds}: the file is not text; write seeds into it, such as 3,17") from None
    except ConfigError as error:
        raise FormatError(f"{path}: {str(error).removeprefix('--seeds ')}") from None
