"""Checkpoint files: safetensors whose metadata describes them in JSON. Reading one runs no code from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files, interrupts
from mirage_gan.base.errors import FolderError, FormatError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from torch import Tensor

    Tensors: TypeAlias = dict[str, Tensor]

FORMAT: Final = 1
SUFFIX: Final = ".safetensors"
_KEY: Final = "mirage-gan"


def save(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write a checkpoint file atomically.

    Parameters
    ----------
    path : Path
    tensors : dict of str to tensor
        Tensors of any dtype and shape, on any device.
    about : dict
        The description of the checkpoint: JSON values, without NaN or infinity.
    """
    import safetensors.torch  # noqa: PLC0415 - the training benchmark runs without safetensors installed

    metadata = {_KEY: json.dumps({"format": FORMAT, **about}, allow_nan=False)}
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    files.write_bytes(path, safetensors.torch.save(contiguous, metadata))


def load(
    path: Path, prefix: str = "", remedy: str = "use another checkpoint"
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read the tensors of a checkpoint, and its description.

    Parameters
    ----------
    path : Path
    prefix : str
        Only tensors whose names begin with it are read; it is removed from their names.
    remedy : str
        The end of the error message about a damaged file.

    Returns
    -------
    tensors : dict of str to tensor
        Tensors on the CPU, in the dtypes and shapes that were saved.
    about : dict
        The description that `save` was given, and the "format" of the file.

    Raises
    ------
    FolderError
        If the file does not exist.
    FormatError
        If the file is truncated or damaged, has a newer format, or was not written by mirage-gan.
    """
    import safetensors.torch  # noqa: PLC0415 - as in `save`

    if not path.is_file():
        raise FolderError(f"{path} is missing; choose a run that was trained, or train it first")
    try:
        # the library reports an interrupt as if the file were damaged, so interrupts wait until it is done
        with interrupts.postponed(), safetensors.safe_open(path, framework="pt") as file:
            about: object = files.parse_json((file.metadata() or {}).get(_KEY, "{}"))
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - not a dict
            tensors = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except (safetensors.SafetensorError, ValueError) as error:
        raise FormatError(f"{path} is damaged or was cut short ({error}); {remedy}") from None
    if not isinstance(about, dict):
        raise FormatError(f"{path} says nothing of itself; it was not made by mirage-gan")
    files.check_version(about.get("format"), FORMAT, path)
    return tensors, about
