"""A real server on a real socket: strangers are refused, many are served, and Ctrl-C leaves nothing half written."""

from __future__ import annotations

import http.client
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from mirage_gan.folders.outputs import favourites
from tests.support.answers import leftovers
from tests.support.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Cli

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

LARGE: Final = 40_000_000  # bytes of samples: far more than sockets hold

# what `audition` does, with a page and samples of its own; with "slow", each step of an export takes a while
CHILD = """
import sys, time
from pathlib import Path
from mirage_gan.auditioning import server, workshop
from mirage_gan.auditioning.server import Site
from mirage_gan.base import files
from mirage_gan.folders.outputs.favourites import Shelf

class Slow(workshop.Workshop):
    def make(self, *asked):
        Path("making").touch()
        return super().make(*asked)

run, best = Path("runs/tiny"), Path("runs/tiny/checkpoints/best.safetensors")
digest = files.sha256(best)
if "slow" in sys.argv:
    original = workshop._Notes.update
    def slow(notes, done, total, text=""):
        time.sleep(0.2)
        original(notes, done, total, text)
    workshop._Notes.update = slow
with workshop.pinned(best, digest) as checkpoint:
    shop = Slow(run, {digest: checkpoint}, Path("export"))
    samples = bytes([128]) * int(sys.argv[1])
    site = Site(lambda live: b"<p>" + live.encode(), "default-src 'none'", samples, Shelf(run, digest), shop)
    try:
        server.serve(site, lambda address: print(address, flush=True), opens="opens" in sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@dataclass(frozen=True)
class Server:
    process: Forked
    place: Path
    port: int
    live: str  # "/TOKEN/"

    def ask(
        self, path: str, body: object = None, *, method: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request with its path as it is, and return the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            connection.request(
                method or ("GET" if body is None else "POST"),
                self.live + path,
                content,  # type: ignore[arg-type]  # bytes, or an iterable of them
                {"X-Mirage-Gan": "1", **(headers or {})},
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal, and return the exit code, stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.wait(), out, err


@contextmanager
def started(place: Path, *options: str, samples: int = 1000, **environment: str) -> Iterator[Server]:
    process = Forked(str(samples), *options, place=place, script=CHILD, environment=environment)
    try:
        address = urlsplit(process.stdout.readline().strip())
        assert address.hostname == "127.0.0.1", process.stderr.read()
        assert address.port is not None
        yield Server(process, place, address.port, address.path)
    finally:
        process.kill()
        process.communicate()


def test_a_page_is_served_and_ctrl_c_ends_it_in_silence(workplace: Path) -> None:
    with started(workplace) as server:
        assert len(server.live) > 40
        assert server.ask("") == (200, b"<p>" + server.live.encode())
        assert server.ask("sounds.bin") == (200, b"\x80" * 1000)
        assert server.ask("gone")[0] == 404

        assert server.stop() == (130, "", "")

    assert not (workplace / "export").exists()
    assert leftovers(workplace) == []


def test_a_service_that_is_stopped_ends_too(workplace: Path) -> None:
    with started(workplace) as server:
        code, _, err = server.stop(signal.SIGTERM)

    assert code != 0
    assert err == ""


@pytest.fixture(scope="module")
def server(_workplace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests that leave it as it is; at the end, strangers have not filled the terminal."""
    place = shutil.copytree(_workplace, tmp_path_factory.mktemp("server"), dirs_exist_ok=True)
    with started(place) as server:
        yield server
        assert server.stop()[2] == ""


def test_only_this_machine_is_answered(server: Server) -> None:
    port = server.port
    assert server.ask("", headers={"Host": f"evil.example:{port}"})[0] == 403
    assert server.ask("", headers={"Host": f"localhost:{port}"})[0] == 200
    assert server.ask("favourites", {"set": []}, headers={"Origin": "http://evil.example"})[0] == 403
    assert server.ask("favourites", {"set": []}, headers={"Origin": f"http://127.0.0.1:{port}"})[0] == 200
    assert server.ask("favourites", {"set": []}, headers={"X-Mirage-Gan": ""})[0] == 403
    for live in ("/", "/favourites", f"{server.live[:-2]}x/", "/" + "x" * 43 + "/"):
        assert Server(server.process, server.place, port, live).ask("")[0] == 404
    with pytest.raises(OSError, match="refused"):  # it listens on no other address
        socket.create_connection(("127.0.0.2", port), timeout=5).close()


def raw(server: Server, data: bytes) -> bytes:
    """Send bytes, and return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(data)
        return connection.makefile("rb").readline()


def test_what_is_no_http_is_refused_and_harms_nobody(server: Server) -> None:
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    assert b" 400 " in raw(server, b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\r\n\r\n")  # as a browser that wants TLS
    assert b" 400 " in raw(server, b"GET / HTTP/1.1\r\n\r\n")
    assert b" 400 " in raw(server, b"GET / HTTP/1.1\r\n" + host + host + b"\r\n")
    assert b" 400 " in raw(server, b"GET /" + b"a" * 100_000)
    assert b" 404 " in raw(server, b"GET /%ff%00/ HTTP/1.1\r\n" + host + b"\r\n")
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AA==\r\n"
    assert b" 200 " in raw(server, b"GET " + server.live.encode() + b" HTTP/1.1\r\n" + host + upgrade + b"\r\n")

    assert server.ask("")[0] == 200


def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    assert server.ask("favourites", b" " * 3_000_000)[0] == 413
    assert server.ask("export", iter([b" " * 65_536] * 50))[0] == 413  # in chunks, without a length
    assert server.ask("favourites", b"{}")[0] == 200


OUTSIDE: Final = [
    "../../runs/tiny/config.json", "%2e%2e/%2e%2e/runs/tiny/config.json", "..%2fruns%2ftiny%2fconfig.json",
    "/etc/passwd", "%2fetc%2fpasswd", "gotek/../../runs/tiny/config.json", "export.json", "link.wav",
]  # fmt: skip


def test_no_path_leads_out_of_the_folder(server: Server) -> None:
    made = server.ask("export", {"what": "wav", "sounds": [{"seed": 3, "name": "link"}, {"seed": 4}]})
    assert json.loads(made[1])["files"] == ["link.wav", "tiny-seed000004.wav"]
    (server.place / "export" / "link.wav").unlink()
    (server.place / "export" / "link.wav").symlink_to(server.place / "runs" / "tiny" / "config.json")

    assert server.ask("files/tiny-seed000004.wav")[0] == 200
    assert {path: server.ask(f"files/{path}")[0] for path in OUTSIDE} == dict.fromkeys(OUTSIDE, 404)


def test_what_the_page_makes_is_what_the_command_makes(workplace: Path, cli: Cli) -> None:
    with started(workplace) as server:
        changes = {"set": [{"seed": 17, "name": "Glass Bell"}, {"seed": 3, "name": "../up"}]}
        assert server.ask("favourites", changes)[0] == 200
        sounds = [{"seed": seed, "name": ""} for seed in (3, 17)]
        made = json.loads(server.ask("export", {"what": "wav", "sounds": sounds})[1])
        assert made["out"] == "export"
        bodies = {name: server.ask(f"files/{name}") for name in made["files"]}

    assert cli("export", "--seed", 3, "--seed", 17, "--to", "wav", "--out", "command").exit_code == 0
    for name, (status, body) in bodies.items():
        assert (status, body) == (200, (workplace / "command" / name).read_bytes())
    assert set(bodies) == {"tiny-seed000003.wav", "tiny-seed000017.wav"}
    liked = cli("export", "--favourites", "runs/tiny/favourites.json", "--to", "wav", "--out", "liked")
    assert (liked.exit_code, liked.stderr) == (0, "")
    for name, seed in (("Glass Bell.wav", 17), ("_up.wav", 3)):
        assert (workplace / "liked" / name).read_bytes() == bodies[f"tiny-seed{seed:06}.wav"][1]


def memory_mb(process: Forked) -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the memory of a process is told by Linux")
def test_fifty_clients_are_served_beside_some_who_never_read(workplace: Path) -> None:
    with started(workplace, samples=LARGE) as server:
        head = f"Host: 127.0.0.1:{server.port}\r\n\r\n"
        deaf = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        for connection in deaf[:10]:  # ask for much, and never read
            connection.sendall(f"GET {server.live}sounds.bin HTTP/1.1\r\n{head}".encode())
        for connection in deaf[10:]:  # never finish to ask
            connection.sendall(f"POST {server.live}favourites HTTP/1.1\r\nX-Mirage-Gan: 1\r\n".encode())
        time.sleep(0.5)
        before = memory_mb(server.process)

        def visit(seed: int) -> tuple[int, int, int, int]:
            return (
                server.ask("")[0],
                server.ask("favourites", {"set": [{"seed": seed}]})[0],
                server.ask("favourites")[0],
                len(server.ask("sounds.bin")[1]) if seed % 10 == 0 else LARGE,
            )

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(visit, range(50))) == {(200, 200, 200, LARGE)}

        assert memory_mb(server.process) - before < 60  # not 40 MB for each who does not read
        assert server.stop() == (130, "", "")  # without waiting for those who never read
        for connection in deaf:
            connection.close()

    held = favourites.load(workplace / "runs" / "tiny" / "favourites.json")
    assert {address.seed for address in held.addresses} == set(range(50))
    assert held.revision == 50


def test_two_servers_of_one_run_do_not_lose_each_others_favourites(workplace: Path) -> None:
    with started(workplace) as one, started(workplace) as other:
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit((one, other)[i % 2].ask, "favourites", {"set": [{"seed": i}]}) for i in range(60)]
            assert {future.result()[0] for future in asked} == {200}
        assert one.ask("favourites") == other.ask("favourites")

    assert len(favourites.load(workplace / "runs" / "tiny" / "favourites.json").addresses) == 60


def wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.005)


def request(server: Server, path: str, value: object) -> socket.socket:
    """Send a request, and return the connection on which its answer will come."""
    body = json.dumps(value).encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"POST {server.live}{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Mirage-Gan: 1\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_a_client_that_goes_away_does_not_break_an_export(workplace: Path) -> None:
    with started(workplace, "slow") as server:
        request(server, "export", {"what": "wav", "sounds": [{"seed": 3}]}).close()
        wait_for(workplace / "export" / "tiny-seed000003.wav")

        assert json.loads(server.ask("export", {"what": "wav", "sounds": [{"seed": 4}]})[1])["files"] == [
            "tiny-seed000004.wav"
        ]
        assert server.ask("files/tiny-seed000003.wav")[0] == 200
        assert server.stop() == (130, "", "")


@pytest.mark.parametrize(("what", "delay"), [("disk", 0.0), ("disk", 0.5), ("wavetable", 0.7)])
def test_ctrl_c_during_an_export_leaves_nothing_half_written(workplace: Path, what: str, delay: float) -> None:
    with started(workplace, "slow") as server:
        connection = request(server, "export", {"what": what, "sounds": [{"seed": seed} for seed in range(12)]})
        wait_for(workplace / "making")
        time.sleep(delay)

        code, out, err = server.stop()

        assert (code, out, err) == (130, "", "")
        answered = select.select([connection], [], [], 10)[0]
        assert answered  # an answer, or the end of the connection
        connection.close()
    assert leftovers(workplace) == []
    found = sorted(path.name for path in (workplace / "export").glob("*"))
    assert found in ([], ["MIR01-sheet.html", "MIR01-sheet.txt", "MIR01.img", "export.json"])


def test_a_second_ctrl_c_is_no_traceback(workplace: Path) -> None:
    with started(workplace, "slow") as server:
        request(server, "export", {"what": "wavetable", "sounds": [{"seed": 3}, {"seed": 4}]})
        wait_for(workplace / "making")
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.1)

        code, _, err = server.stop()

    assert (code, err) == (130, "")
    assert leftovers(workplace) == []


def test_the_page_is_opened_in_the_browser(workplace: Path) -> None:
    browser = workplace / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" > opened.part && mv opened.part opened\n')
    browser.chmod(0o755)
    with started(workplace, "opens", BROWSER=f"{browser} %s") as server:
        wait_for(workplace / "opened")
        address = (workplace / "opened").read_text()

        assert address == f"http://127.0.0.1:{server.port}{server.live}"
