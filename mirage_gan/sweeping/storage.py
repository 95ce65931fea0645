"""The database of a sweep: its URL, how several processes open and share it, and its errors as one-line messages."""

from __future__ import annotations

import random
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import optuna

from mirage_gan.base.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy

_COLLISIONS: Final = 5  # retries, as workers that create the database at the same time collide
_PATIENCE: Final = 60  # seconds that a process waits for the others' transactions


def sqlite_address(database: Path) -> str:
    """Return the URL of an SQLite file; special characters in its path are escaped."""
    from sqlalchemy import URL  # noqa: PLC0415 - Optuna's own dependency

    address = URL.create("sqlite", database=str(database.resolve())).render_as_string()
    return address.replace("{", "{{").replace("}", "}}")  # Optuna applies str.format to the URL


def open_storage(url: str, heartbeat: int, grace: int) -> optuna.storages.RDBStorage:
    """Open or create a database, while other processes may do the same.

    Parameters
    ----------
    url : str
    heartbeat : int
        Seconds between a worker's signs of life.
    grace : int
        Seconds without one after which a worker counts as lost.
    """
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - Optuna's own dependency

    for _ in range(_COLLISIONS):
        # Optuna checks for its tables before it creates them: of workers that do so at once, all but one may fail
        with suppress(DBAPIError):
            return _open(url, heartbeat, grace)
        time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - nothing secret
    return _open(url, heartbeat, grace)


def _open(url: str, heartbeat: int, grace: int) -> optuna.storages.RDBStorage:
    """Open or create a database.

    Optuna takes a waiting trial in a transaction that first reads its state. SQLite's transactions lock the file at
    their first change, not when they begin: two workers could read that the same trial waits, and both take it. So with
    SQLite every transaction begins with the lock, and the driver, which would begin another one, begins none itself.
    """
    from sqlalchemy import event, make_url  # noqa: PLC0415 - Optuna's own dependency

    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = optuna.storages.RDBStorage(
            url,
            engine_kwargs={"connect_args": {"timeout": _PATIENCE, "isolation_level": None}} if is_sqlite else None,
            heartbeat_interval=heartbeat,
            grace_period=grace,
        )
    if is_sqlite:
        event.listen(storage.engine, "begin", _begin_with_lock)
    return storage


def _begin_with_lock(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def storage_errors(url: str, *, is_named: bool) -> Iterator[None]:
    """Re-raise database errors as FolderError, with a one-line message.

    Parameters
    ----------
    is_named : bool
        Whether the user named the database; otherwise it is the file that a sweep keeps in its folder.
    """
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - Optuna's own dependency

    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
        # if a driver is missing, the cause of Optuna's ImportError names it; its errors of storage say nothing
        is_wrapped = not isinstance(error, SQLAlchemyError) and error.__cause__ is not None
        why = str(error.__cause__ if is_wrapped else error).splitlines()[0].replace(url, without_password(url))
        if is_named:
            raise FolderError(f"--storage {without_password(url)}: {why}; check the address and its driver") from None
        raise FolderError(
            f"{_file(url)} cannot be used: {why}; end other programs that use it, or move it away, and the same "
            "command makes it again and keeps the runs"
        ) from None


def _file(url: str) -> str:
    """Return the path that `sqlite_address` made a URL of, as the user would write it."""
    from sqlalchemy import make_url  # noqa: PLC0415 - Optuna's own dependency

    path = Path(make_url(url.replace("{{", "{").replace("}}", "}")).database or "")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def without_password(url: str) -> str:
    """Return the URL of a database without user name and password."""
    kind, _, rest = url.partition("://")
    return f"{kind}://{rest.rsplit('@', maxsplit=1)[-1]}" if rest else url
