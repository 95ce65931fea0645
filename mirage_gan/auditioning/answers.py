"""Answers of the server of the audition page: bytes piece by piece, JSON, and errors in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response, StreamingResponse

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PIECE: Final = 1 << 16  # bytes that are sent at once, so that a client that does not read holds little memory


def send(content: bytes, media_type: str) -> Response:
    """Return bytes as an answer, piece by piece."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), _PIECE):
            yield content[start : start + _PIECE]

    return StreamingResponse(pieces(), headers={"content-length": str(len(content))}, media_type=media_type)


def send_json(value: dict[str, Any], status: int = 200) -> Response:
    """Return JSON as an answer: in ASCII, because names may hold what is no valid Unicode."""
    return Response(json.dumps(value, allow_nan=False).encode(), status, media_type="application/json")


def in_words(error: MirageGanError | OSError) -> str:
    """Return what an error that is no bug of ours says."""
    if isinstance(error, MirageGanError):
        return str(error)
    place = files.place_of(error)
    return f"{place}: {error.strerror}" if place else str(error.strerror)
