"""Self-contained HTML pages from the templates of this package: a page loads no other file."""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(template: str, values: Mapping[str, object]) -> bytes:
    """Render a template, and return the page encoded as UTF-8.

    All text is escaped, so a name cannot become markup. The style sheet and the script are inlined, and the page's
    Content Security Policy forbids the browser to load anything else.

    Parameters
    ----------
    template : str
        File name under templates/.
    values : mapping
        All variables of the template; a missing one is a bug, and raises jinja2.UndefinedError.
    """
    text = _environment().get_template(template).render(values)
    return text.encode(errors="replace")  # a folder's name may hold bytes that are not UTF-8


def data_url(content: bytes, kind: str) -> str:
    """Return the content of a file as a data URL; `kind` is its MIME type.

    >>> data_url(b"abc", "audio/wav")
    'data:audio/wav;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@cache
def colors() -> dict[str, str]:
    """Return the colors of all pages in light mode, by name.

    >>> colors()["paper"], len(colors()) > 10
    ('#fff', True)
    """
    sheet = (files("mirage_gan.pages") / "templates" / "variables.css").read_text(encoding="utf-8")
    light = sheet[: sheet.index("@media")]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+);", light))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("mirage_gan.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
