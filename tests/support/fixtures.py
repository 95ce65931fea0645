"""Types of what the fixtures of `tests.conftest` give."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from click.testing import Result

from mirage_gan.base.arrays import Signal

Cli = Callable[..., Result]
Describe = Callable[[Path], dict[str, tuple[str, int]]]
Hold = Callable[[Path], AbstractContextManager[None]]
MakeLoop = Callable[..., Signal]
Refuse = Callable[..., AbstractContextManager[list[str]]]
Train = tuple[str, ...]
WriteLoops = Callable[[Path, int], list[Path]]
