"""The database of a sweep: its address, and what it refuses in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import optuna

from mirage_gan.base.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sqlite_address(database: Path) -> str:
    """Return the address of a database file, whose path may hold what stands for something else in an address."""
    from sqlalchemy import URL  # noqa: PLC0415 - Optuna's own dependency

    address = URL.create("sqlite", database=str(database.resolve())).render_as_string()
    return address.replace("{", "{{").replace("}", "}}")  # Optuna fills in what stands in braces


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn what a database refuses into one line."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - Optuna's own dependency

    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
        # where a driver is missing, Optuna says so, and the cause says which
        reason = error.__cause__ if isinstance(error, ImportError) and error.__cause__ else error
        why = str(reason).splitlines()[0].replace(url, without_password(url))
        raise FolderError(f"--storage {without_password(url)}: {why}; check the address and its driver") from None


def without_password(url: str) -> str:
    """Return the address of a database without the name and password that may stand before it."""
    kind, _, rest = url.partition("://")
    return f"{kind}://{rest.rsplit('@', maxsplit=1)[-1]}" if rest else url
