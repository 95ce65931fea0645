"""Checkpoints: safetensors that say all about themselves in JSON, read without running code from them."""

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
    """Write a checkpoint, whole or not at all. `about` is plain JSON values."""
    import safetensors.torch  # noqa: PLC0415 - to train is also to measure, where it may be missing

    metadata = {_KEY: json.dumps({"format": FORMAT, **about}, allow_nan=False)}
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    files.write_bytes(path, safetensors.torch.save(contiguous, metadata))


def load(
    path: Path, prefix: str = "", remedy: str = "use another checkpoint"
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint's tensors, of names with a prefix (which is cut off), and what it says of itself.

    `remedy` is what the message on a damaged file ends with.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is cut short, damaged, of a newer version, or not ours.
    """
    import safetensors.torch  # noqa: PLC0415 - as above

    if not path.is_file():
        raise FolderError(f"{path} is missing; choose a run that was trained, or train it first")
    try:
        # an interrupt within the library comes out of it as an error of the file's
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
