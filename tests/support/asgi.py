"""Requests to an ASGI application without a server, exactly as they are written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from mirage_gan.auditioning.guard import App, Message

PORT = 8123
TOKEN = "the-token"  # noqa: S105 - of a server that nobody starts
OURS = {"host": f"127.0.0.1:{PORT}", "x-mirage-gan": "1"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    read: int  # pieces of the request that were read

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: App,
    path: str,
    *pieces: bytes,
    method: str = "GET",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    leaves: bool = False,
) -> Answer:
    """Send a request: a path as it stands in a request's first line, and the pieces of a body.

    With `leaves`, the client goes away after them.
    """
    given = OURS if headers is None else headers
    listed = list(given.items()) if isinstance(given, dict) else given
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in listed],
        "server": ("127.0.0.1", PORT),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }
    sent: list[Message] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        if read < len(pieces) or (not pieces and not read and not leaves):
            body = pieces[read] if pieces else b""
            read += 1
            return {"type": "http.request", "body": body, "more_body": leaves or read < len(pieces)}
        if leaves:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()  # it stays, and says nothing more
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(app(scope, receive, send), 60))
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert not rest[-1].get("more_body", False)
    answered = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(answered) == len(start["headers"])
    return Answer(start["status"], answered, b"".join(message.get("body", b"") for message in rest), read)
