"""Who may ask the server of the audition page, and the headers of all its answers.

Any page in the browser can send requests to this machine. The address holds a token that only the user's page knows;
a page of another site that learned it would betray itself by its Host header (DNS rebinding) or its Origin header.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

# an ASGI application: https://asgi.readthedocs.io/en/latest/specs/main.html
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

HEADER: Final = b"x-mirage-gan"  # of all requests that change something: no form, link or picture can send it
_READING: Final = ("GET", "HEAD")
_HTTP_PORT: Final = 80  # which browsers leave out of Host and Origin

_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """An ASGI application that answers for another one where it must not be asked, and adds headers to all answers.

    The other one gets the path without the token.

    Parameters
    ----------
    app : App
        The application.
    token : str
        First part of the path of every request.
    port : int
        Port of the server, on this machine.
    csp : str
        The Content-Security-Policy of the page.
    """

    def __init__(self, app: App, token: str, port: int, csp: str) -> None:
        ending = "" if port == _HTTP_PORT else f":{port}"
        hosts = [f"{name}{ending}" for name in ("127.0.0.1", "localhost", "[::1]")]
        self._app = app
        self._token = token.encode()
        self._hosts = {host.encode() for host in hosts}
        self._origins = {f"http://{host}".encode() for host in hosts}
        headers = {**_HEADERS, "content-security-policy": f"{csp}; frame-ancestors 'none'"}
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            raise ValueError(f"the server takes HTTP alone, not {scope['type']}")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        given, _, rest = str(scope["path"]).removeprefix("/").partition("/")
        status, reason = self._refusal(scope, given)
        if status:
            about = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(reason))]
            await answer({"type": "http.response.start", "status": status, "headers": about})
            await answer({"type": "http.response.body", "body": reason.encode()})
            return
        path = f"/{rest}"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, answer)

    def _refusal(self, scope: Message, token: str) -> tuple[int, str]:
        """Return the status of a refused request and the reason, in ASCII; 0 if it is not refused."""
        headers = [(name.lower(), value.lower()) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 403, "this server answers only by the names of this machine"
        if any(value not in self._origins for name, value in headers if name == b"origin"):
            return 403, "pages from elsewhere are not answered"
        is_ours = secrets.compare_digest(token.encode(errors="replace"), self._token)
        if not is_ours or str(scope["path"]).count("/") < 2:  # without a last slash, the page would not find its parts
            return 404, "not found"
        if scope["method"] not in _READING and (HEADER, b"1") not in headers:
            return 403, f"a change needs the header {HEADER.decode()}: 1"
        return 0, ""
