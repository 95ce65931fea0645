"""Firefox and WebKit, Safari's engine, as Debian has them: a page of each, led by the protocol that it speaks itself.

Playwright leads browsers of its own build only. So these speak WebDriver: Firefox over a web socket (WebDriver BiDi),
WebKit over HTTP by Debian's WebKitWebDriver, in a display of its own. A page of either has the few methods of
Playwright's that tests of several browsers need.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.client import ClientConnection

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
PATIENCE: Final = 120  # seconds for a browser to start, or to answer: other processes may hold it up
KEYS: Final = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"}
# Answers what an expression comes to, as JSON; of a function, what it makes of a value.
ANSWER: Final = """async (value) => {
    const found = (%s);
    return JSON.stringify((await (typeof found === "function" ? found(value) : found)) ?? null);
}"""


class OtherPage(Protocol):
    """A page of a browser. `evaluate` and `goto` are as Playwright's, `press` presses one key after the other."""

    def goto(self, url: str) -> None: ...
    def reload(self) -> None: ...
    def evaluate(self, expression: str, value: Any = None) -> Any: ...
    def press(self, *keys: str) -> None: ...


def wait_for(page: OtherPage, condition: str) -> None:
    """Wait until an expression is true in a page."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"it never came to be: {condition}"
        time.sleep(0.05)


class FirefoxPage:
    """The page of a Firefox that listens at a web socket. `said` is what the page wrote on the console."""

    def __init__(self, connection: ClientConnection) -> None:
        self.said: list[str] = []
        self._connection = connection
        self._numbers = itertools.count(1)
        self._call("session.new", capabilities={})
        self._call("session.subscribe", events=["log.entryAdded"])
        self._context = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def reload(self) -> None:
        self._call("browsingContext.reload", context=self._context, wait="complete")

    def evaluate(self, expression: str, value: Any = None) -> Any:
        function = f"async (text) => ({ANSWER % expression})(JSON.parse(text))"
        answer = self._call(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": json.dumps(value)}],
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def press(self, *keys: str) -> None:
        self._call("input.performActions", context=self._context, actions=key_actions(keys))

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(PATIENCE))
            if message.get("method") == "log.entryAdded":
                self.said.append(str(message["params"]["text"]))
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]


class WebKitPage:
    """The page of a WebKit whose driver listens at a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = ""
        options = {"binary": str(WEBKIT), "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        self._session = "/" + self._call("", wanted)["sessionId"]
        self._call("/timeouts", {"script": 1000 * PATIENCE})

    def goto(self, url: str) -> None:
        self._call("/url", {"url": url})

    def reload(self) -> None:
        self._call("/refresh", {})

    def evaluate(self, expression: str, value: Any = None) -> Any:
        script = f"""const done = arguments[1];
            ({ANSWER % expression})(arguments[0]).then(done, (error) => done({{ failed: String(error) }}));"""
        answer = self._call("/execute/async", {"script": script, "args": [value]})
        assert isinstance(answer, str), answer
        return json.loads(answer)

    def press(self, *keys: str) -> None:
        self._call("/actions", {"actions": key_actions(keys)})

    def close(self) -> None:
        self._call("", method="DELETE")

    def _call(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        connection.request(method, f"/session{self._session}{path}", None if body is None else json.dumps(body))
        answer = connection.getresponse()
        value = json.load(answer)["value"]
        connection.close()
        assert answer.status == HTTPStatus.OK, value
        return value


def key_actions(keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the actions of a keyboard on which one key after the other is pressed, as both protocols have them."""
    values = [KEYS.get(key, key) for key in keys]
    strokes = [{"type": kind, "value": value} for value in values for kind in ("keyDown", "keyUp")]
    return [{"type": "key", "id": "keyboard", "actions": strokes}]


@contextmanager
def firefox(profile: Path) -> Iterator[FirefoxPage]:
    """Start Firefox with an empty folder as its profile; it ends with the block."""
    if FIREFOX is None:
        pytest.skip("Firefox is not installed")
    client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with started(command) as process:
        listens = profile / "WebDriverBiDiServer.json"
        wait_until(lambda: listens.exists() and listens.read_text().endswith("}"), process)
        where = json.loads(listens.read_text())
        address = f"ws://{where['ws_host']}:{where['ws_port']}/session"
        with client.connect(address, max_size=None, open_timeout=PATIENCE) as connection:
            yield FirefoxPage(connection)


@contextmanager
def webkit() -> Iterator[WebKitPage]:
    """Start WebKit, its driver and a display for it; they end with the block."""
    driver, display = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if WEBKIT is None or driver is None or display is None:
        pytest.skip("WebKit is not installed, with its driver and Xvfb")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as stack:
        reading, writing = os.pipe()
        screen = [display, "-displayfd", str(writing), "-screen", "0", "1440x900x24"]
        stack.enter_context(started(screen, pass_fds=[writing]))
        os.close(writing)
        with open(reading, encoding="ascii") as said:  # noqa: PTH123 - it is no path
            number = said.readline().strip()
        environment = {**os.environ, "DISPLAY": f":{number}"}
        process = stack.enter_context(started([driver, f"--port={port}"], env=environment))
        wait_until(lambda: is_listening(port), process)
        page = WebKitPage(port)
        stack.callback(page.close)
        yield page


@contextmanager
def started(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that says nothing; it is ended with the block."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is so, while a process that is to bring it about runs."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert process.poll() is None, process.args
        assert time.monotonic() < end, process.args
        time.sleep(0.05)


def is_listening(port: int) -> bool:
    """Return whether something on this machine takes connections at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
