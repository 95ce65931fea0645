"""Only the user's own page is answered, and every answer says what the browser must not do with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.auditioning.guard import Guard
from tests.support.asgi import OURS, PORT, TOKEN, ask

if TYPE_CHECKING:
    from mirage_gan.auditioning.guard import Message, Receive, Send

HOSTS = [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"LocalHost:{PORT}"]


async def echo(scope: Message, _receive: Receive, send: Send) -> None:
    """Answer with the path."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


GUARD = Guard(echo, TOKEN, PORT, "default-src 'none'")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_the_page_of_this_machine_is_answered(host: str, method: str) -> None:
    for origin in ({}, {"origin": f"http://{host.lower()}"}):
        answer = ask(GUARD, f"/{TOKEN}/files/a.img", method=method, headers={**OURS, **origin, "host": host})
        assert (answer.status, answer.body) == (200, b"/files/a.img")


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1:{PORT + 1}",
        f"127.0.0.1:{PORT}.evil.example", f"localhost.evil.example:{PORT}", f"evil@127.0.0.1:{PORT}",
        f"127.0.0.1:{PORT}, evil.example", f"0.0.0.0:{PORT}", f"2130706433:{PORT}",
    ],
)  # fmt: skip
def test_a_foreign_host_is_refused(host: str) -> None:
    answer = ask(GUARD, f"/{TOKEN}/", headers={**OURS, "host": host})

    assert (answer.status, answer.body) == (403, b"this server answers only by the names of this machine")


@pytest.mark.parametrize("headers", [[], [("host", HOSTS[0])] * 2, [("host", HOSTS[0]), ("Host", "evil.example")]])
def test_there_is_one_host(headers: list[tuple[str, str]]) -> None:
    assert ask(GUARD, f"/{TOKEN}/", headers=headers).status == 403


@pytest.mark.parametrize(
    "origin",
    [
        "", "null", "http://evil.example", f"https://127.0.0.1:{PORT}", "http://127.0.0.1", f"http://127.0.0.1:{PORT}/",
        f"http://127.0.0.1:{PORT + 1}", f"http://127.0.0.1:{PORT}.evil.example", "file://",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_origin_is_refused(origin: str, method: str) -> None:
    answer = ask(GUARD, f"/{TOKEN}/", method=method, headers={**OURS, "origin": origin})

    assert (answer.status, answer.body) == (403, b"pages from elsewhere are not answered")


def test_an_origin_beside_a_foreign_one_is_refused() -> None:
    headers = [*OURS.items(), ("origin", f"http://127.0.0.1:{PORT}"), ("origin", "http://evil.example")]

    assert ask(GUARD, f"/{TOKEN}/", headers=headers).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/", "//", f"/{TOKEN}", f"//{TOKEN}/", "/favourites", f"/{TOKEN[:-1]}/", f"/{TOKEN}x/", f"/{TOKEN.upper()}/",
        f"/x/{TOKEN}/", f"/{TOKEN}%00/", "/%ff/", "/%C3%BC/", f"/{TOKEN}%2f",
    ],
)  # fmt: skip
def test_without_the_token_nothing_is_found(path: str) -> None:
    if path == f"/{TOKEN}%2f":  # a slash is a slash
        assert ask(GUARD, path).body == b"/"
        return
    answer = ask(GUARD, path)

    assert (answer.status, answer.body) == (404, b"not found")


@pytest.mark.parametrize("sent", [{}, {"x-mirage-gan": "0"}, {"x-mirage-gan": ""}, {"content-type": "text/plain"}])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_change_needs_a_header_that_no_form_can_send(sent: dict[str, str], method: str) -> None:
    answer = ask(GUARD, f"/{TOKEN}/favourites", method=method, headers={"host": HOSTS[0], **sent})

    assert (answer.status, answer.body) == (403, b"a change needs the header x-mirage-gan: 1")


def test_reading_needs_no_header() -> None:
    assert ask(GUARD, f"/{TOKEN}/", headers={"host": HOSTS[0]}).status == 200


@pytest.mark.parametrize("path", [f"/{TOKEN}/", "/", f"/{TOKEN}/gone"])
def test_every_answer_says_what_a_browser_must_not_do_with_it(path: str) -> None:
    headers = ask(GUARD, path).headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


def test_browsers_leave_out_the_port_of_http() -> None:
    guard = Guard(echo, TOKEN, 80, "")

    assert ask(guard, f"/{TOKEN}/", headers={"host": "localhost", "origin": "http://localhost"}).status == 200
    assert ask(guard, f"/{TOKEN}/", headers={"host": "evil.example"}).status == 403


def test_there_are_no_web_sockets() -> None:
    scope: dict[str, Any] = {"type": "websocket", "path": f"/{TOKEN}/", "headers": []}

    with pytest.raises(ValueError, match="the server takes HTTP alone"):
        asyncio.run(GUARD(scope, None, None))  # type: ignore[arg-type]  # it calls neither
