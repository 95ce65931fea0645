"""The database of a sweep: its URL, and its errors as one-line messages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import optuna

from mirage_gan.base.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sqlite_address(database: Path) -> str:
    """Return the URL of an SQLite file; special characters in its path are escaped."""
    from sqlalchemy import URL  # noqa: PLC0415 - Optuna's own dependency

    address = URL.create("sqlite", database=str(database.resolve())).render_as_string()
    return address.replace("{", "{{").replace("}", "}}")  # Optuna applies str.format to the URL


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Re-raise database errors as FolderError, with a one-line message."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - Optuna's own dependency

    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
        # if a driver is missing, the cause of Optuna's ImportError names it
        reason = error.__cause__ if isinstance(error, ImportError) and error.__cause__ else error
        why = str(reason).splitlines()[0].replace(url, without_password(url))
        raise FolderError(f"--storage {without_password(url)}: {why}; check the address and its driver") from None


def without_password(url: str) -> str:
    """Return the URL of a database without user name and password."""
    kind, _, rest = url.partition("://")
    return f"{kind}://{rest.rsplit('@', maxsplit=1)[-1]}" if rest else url
