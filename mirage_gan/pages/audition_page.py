"""The page to see, hear and choose sounds on: one self-contained HTML file, or the same page before a server.

Its scripts are ES modules under templates/audition, each by itself for node's tests, and joined here into one inline
script, so that the page needs no build step and opens from a disk, where a browser loads no module.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.pages import html_page

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY: Final = "main"
_IMPORT: Final = re.compile(r'^import \{ [\w, ]+ \} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_STYLES: Final = ("frame", "panels", "training", "steering", "dock", "small")


def page(data: Mapping[str, Any], samples: bytes | None, live: str | None = None) -> bytes:
    """Render the page, and return it encoded as UTF-8.

    Parameters
    ----------
    data : mapping
        What the page shows, as plain JSON values without NaN: title, run, checkpoint_sha256, kind, rate_hz, verdict,
        command, morph_command, favourites, sounds, known, network and network_missing, and watch: whether it follows a
        training by its server.
    samples : bytes or None
        Unsigned 8-bit samples of all sounds, which `at` of each sound points into. None: the page asks the server for
        them.
    live : str, optional
        The path under which a server answers the page, with a slash at its end. Left out, the page is a file that
        loads nothing and sends nothing.
    """
    values = {
        "title": data["title"],
        "kind": data["kind"],
        "verdict": data["verdict"],
        "watch": data["watch"],
        "policy": csp(live=live is not None),
        "style": _style(),
        "script": _script(),
        "data": _inert(json.dumps({**data, "live": live}, allow_nan=False)),
        "samples": "" if samples is None else _packed(samples),
    }
    return html_page.render("audition.html", values)


def csp(*, live: bool = True) -> str:
    """Return the Content Security Policy of the page: its own script and style by their hashes, and nothing else.

    Worklets come from Blob addresses. A live page reaches its own server, a file reaches nothing.
    """
    rules = {
        "default-src": "'none'",
        "script-src": f"'{_hash(_script())}' blob:",
        "worker-src": "blob:",
        "style-src": f"'{_hash(_style())}'",
        "img-src": "data: blob:",
        "connect-src": "'self'" if live else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def bundle(entry: str, sources: Mapping[str, str]) -> str:
    r"""Join ES modules into one script: each once, after all that it imports.

    Parameters
    ----------
    entry : str
        Name of the module that nothing imports.
    sources : mapping
        The text of each module by its name. Imports are single lines of names from "./NAME.js"; no two modules share
        a name at their top level.

    >>> print(bundle("b", {"a": "export const A = 1;", "b": 'import { A } from "./a.js";\nA;'}))
    const A = 1;
    A;
    """
    joined: dict[str, str] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other: {' -> '.join((*above, name))}")
        if name not in joined:
            for needed in _IMPORT.findall(sources[name]):
                add(needed, (*above, name))
            joined[name] = _EXPORT.sub("", _IMPORT.sub("", sources[name])).strip()

    add(entry, ())
    return "\n".join(joined.values())


@cache
def _script() -> str:
    folder = files("mirage_gan.pages") / "templates" / "audition"
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".js")]
    sources = {name.removesuffix(".js"): (folder / name).read_text(encoding="utf-8") for name in names}
    return bundle(_ENTRY, sources)


@cache
def _style() -> str:
    folder = files("mirage_gan.pages") / "templates"
    paths = [folder / "variables.css", *(folder / "audition" / f"{name}.css" for name in _STYLES)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _packed(samples: bytes) -> str:
    """Return samples as the page's `samples.js` unpacks them.

    They are deflated, in base64: for each sample, by how much it is larger than the one before it, modulo 256. What
    sounds moves in small steps, so this takes a quarter to two fifths of the room.
    """
    steps = np.diff(np.frombuffer(samples, np.uint8), prepend=np.uint8(0))
    # The strategy is meant for small numbers at random. With little memory, blocks are short, so that the code follows
    # how loud a sound is.
    packer = zlib.compressobj(9, memLevel=5, strategy=zlib.Z_FILTERED)
    return base64.b64encode(packer.compress(steps.tobytes()) + packer.flush()).decode()


def _inert(text: str) -> str:
    """Return JSON that cannot end the element that it stands in, whatever its texts hold."""
    return text.replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
