"""The server of the audition page, on this machine alone.

It needs the extra `audition`, so nothing else imports it at the top of a module.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from mirage_gan.auditioning.answers import in_words, send, send_json
from mirage_gan.auditioning.guard import Guard
from mirage_gan.auditioning.watch_endpoints import WatchEndpoints
from mirage_gan.base.errors import ConfigError, MirageGanError
from mirage_gan.folders.outputs import page_requests
from mirage_gan.folders.outputs.addresses import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.auditioning.editions import Editions
    from mirage_gan.auditioning.workshop import Workshop
    from mirage_gan.folders.outputs.favourites import Favourites, Shelf

HOST: Final = "127.0.0.1"
MOST_BODY: Final = 1 << 20  # bytes of a request: more than 10,000 seeds with names, or 700 latents
_CLIENTS: Final = 200  # connections; systems allow a process 256 open files or more
_GRACE: Final = 2.0  # seconds that answers underway have left when the server stops


@dataclass(frozen=True)
class Site:
    """What the server shows, and what does its work.

    Attributes
    ----------
    page : callable
        Takes the path under which the server answers, such as "/TOKEN/", and returns the page's HTML.
    csp : str
        The page's Content-Security-Policy.
    samples : bytes
        The samples that the page fetches.
    shelf : Shelf
        The run's favourites.
    workshop : Workshop
        Makes files of sounds.
    editions : Editions, optional
        The sounds of the run's checkpoints, for a page that watches its training.
    """

    page: Callable[[str], bytes]
    csp: str
    samples: bytes
    shelf: Shelf
    workshop: Workshop
    editions: Editions | None = None


def serve(site: Site, tell: Callable[[str], None], *, port: int = 0, opens: bool = True) -> None:
    """Serve a page on this machine until Ctrl-C, which then is raised as KeyboardInterrupt.

    At Ctrl-C, answers underway have two seconds left, and files that are being made are not; see `Workshop`.

    Parameters
    ----------
    site : Site
        What is served.
    tell : callable
        Takes the address of the page, as soon as it can be opened.
    port : int
        0 is any free one.
    opens : bool
        Whether to open the page in the browser, if there is one with a screen.

    Raises
    ------
    ConfigError
        If the port is taken, or not for this user.
    """
    with _listen(port) as listener:
        token = secrets.token_urlsafe(32)
        number = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(site, token, number),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_CLIENTS,
        )
        address = f"http://{HOST}:{number}/{token}/"
        tell(address)
        if opens and _has_screen():
            # some systems wait until the browser is closed
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        _Server(config, site.workshop).run(sockets=[listener])


def check_port(port: int) -> None:
    """Raise ConfigError, as `serve` does, if the port is taken or not for this user."""
    _listen(port).close()


def create_app(site: Site, token: str, port: int) -> Guard:
    """Return the ASGI application of a page, which answers under /TOKEN/ on a port of this machine."""
    endpoints = _Endpoints(site, site.page(f"/{token}/"))
    routes = [
        Route("/", endpoints.page),
        Route("/sounds.bin", endpoints.samples),
        Route("/favourites", endpoints.favourites),
        Route("/favourites", endpoints.change_favourites, methods=["POST"]),
        Route("/export", endpoints.export, methods=["POST"]),
        Route("/files/{name:path}", endpoints.file),
    ]
    if site.editions is not None:
        routes += WatchEndpoints(site.editions).routes()
    handlers: dict[Any, Any] = {MirageGanError: _explain, OSError: _explain, ClientDisconnect: _forget}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # it would lead to the path without the token
    return Guard(app, token, port, site.csp)


class _Endpoints:
    """Answers requests. What blocks runs in threads, and files are made by one at a time."""

    def __init__(self, site: Site, page: bytes) -> None:
        self._site = site
        self._page = page
        self._making = asyncio.Lock()
        self._made: set[str] = set()  # files that may be downloaded

    async def page(self, _request: Request) -> Response:
        return send(self._page, "text/html; charset=utf-8")

    async def samples(self, _request: Request) -> Response:
        return send(self._site.samples, "application/octet-stream")

    async def favourites(self, _request: Request) -> Response:
        return send_json(_told(await run_in_threadpool(self._site.shelf.load)))

    async def change_favourites(self, request: Request) -> Response:
        change = page_requests.parse_change(await _body(request))
        return send_json(_told(await run_in_threadpool(self._site.shelf.change, change)))

    async def export(self, request: Request) -> Response:
        order = page_requests.parse_order(await _body(request))
        make = self._site.workshop.make
        async with self._making:  # a client that goes away meanwhile does not break it off
            made = await run_in_threadpool(make, order.what, order.sounds, order.checkpoint_sha256)
        self._made.update(made.files)
        return send_json({"files": made.files, "said": made.said, "out": str(self._site.workshop.out)})

    async def file(self, request: Request) -> Response:
        name, out = request.path_params["name"], self._site.workshop.out
        path = out / name
        # a link may have taken the place of a file since it was made
        if name not in self._made or not path.is_file() or path.resolve() != out.resolve() / name:
            raise HTTPException(404)
        return FileResponse(path, media_type="application/octet-stream", filename=path.name)


async def _body(request: Request) -> bytes:
    """Read the body of a request, which may not say its length beforehand."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise HTTPException(413)
    return bytes(body)


def _told(held: Favourites) -> dict[str, Any]:
    return {
        "revision": held.revision,
        "favourites": [as_json(address) | {"name": address.name} for address in held.addresses],
        "rejected": list(map(as_json, held.rejected)),
    }


async def _explain(_request: Request, error: MirageGanError | OSError) -> Response:
    """Say what went wrong, where it is no bug of ours."""
    return send_json({"error": in_words(error)}, 400)


async def _forget(_request: Request, _error: ClientDisconnect) -> Response:
    return Response(status_code=400)  # nobody reads it


def _listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reasons = {errno.EADDRINUSE: "is taken", errno.EACCES: "is not for everybody to use"}
        reason = reasons.get(error.errno or 0, f"cannot be used ({error.strerror})")
        raise ConfigError(f"--port {port} {reason}: choose another, or leave it out to get a free one") from None


def _has_screen() -> bool:
    """Return whether a browser has a screen; on Linux without one, a text browser would take over the terminal."""
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))


class _Server(uvicorn.Server):
    """A server that stops soon, whatever its clients do, and leaves no work half done."""

    def __init__(self, config: uvicorn.Config, workshop: Workshop) -> None:
        super().__init__(config)
        self._workshop = workshop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Break off the making of files, let answers end, and then close the connections of those who do not read."""
        self._workshop.close()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = asyncio.get_running_loop().time() + _GRACE
        while self.server_state.connections and not self.force_exit and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # A second Ctrl-C does not abandon the work, which ends soon: what is left of it is cleared away.
        while self.server_state.tasks:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)
