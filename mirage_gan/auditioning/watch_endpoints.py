"""What the server of the audition page answers a page that watches a training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from mirage_gan.auditioning.answers import in_words, send, send_json
from mirage_gan.auditioning.watch import CHECKPOINTS, PREVIEWS
from mirage_gan.base.errors import MirageGanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from mirage_gan.auditioning.editions import Editions


class WatchEndpoints:
    """Answers how the training goes, previews of its checks, and the sounds of its checkpoints.

    That a run is replaced or removed meanwhile is no fault of the page, and browsers log each answer with a status of
    400 or more as one. So errors that a user can cause are answers too: `error`, with status 200.
    """

    def __init__(self, editions: Editions) -> None:
        self._editions = editions

    def routes(self) -> list[Route]:
        """Return the routes, below the page's own path."""
        return [
            Route("/progress", self.progress),
            Route("/preview/{step:int}.{kind}", self.preview),
            Route("/checkpoint/{name}", self.checkpoint),
        ]

    async def progress(self, _request: Request) -> Response:
        """Answer how far the training is."""
        return await _answer(lambda: json.dumps(self._editions.watch.progress(), allow_nan=False).encode())

    async def checkpoint(self, request: Request) -> Response:
        """Answer the data of the page, for the sounds of a checkpoint."""
        name = request.path_params["name"]
        if name not in CHECKPOINTS:
            raise HTTPException(404)
        return await _answer(lambda: self._editions.sounds(name))

    async def preview(self, request: Request) -> Response:
        """Answer the picture or the sounds of a check, or with status 204 that there is none."""
        step, suffix = request.path_params["step"], f".{request.path_params['kind']}"
        if suffix not in PREVIEWS:
            raise HTTPException(404)
        content = await run_in_threadpool(self._editions.watch.preview, step, suffix)
        return Response(status_code=204) if content is None else send(content, PREVIEWS[suffix])


async def _answer(make: Callable[[], bytes]) -> Response:
    try:
        return send(await run_in_threadpool(make), "application/json")
    except (MirageGanError, OSError) as error:
        return send_json({"error": in_words(error)})
