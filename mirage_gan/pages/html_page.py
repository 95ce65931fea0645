"""Pages in HTML from the templates of this room; a page needs nothing else, and sends for nothing."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(template: str, values: Mapping[str, object]) -> bytes:
    """Fill in a template, as UTF-8.

    Text is escaped wherever it stands, so a name cannot become markup. The style sheet and the script become part of
    the page, and its policy has a browser load nothing from elsewhere.

    Parameters
    ----------
    template : str
        File name under templates/.
    values : mapping
        All that the template names; one that is missing is a bug, and raises jinja2.UndefinedError.
    """
    text = _environment().get_template(template).render(values)
    return text.encode(errors="replace")  # a folder's name may hold bytes that are no UTF-8


def data_url(content: bytes, kind: str) -> str:
    """Return a file as a URL that holds it.

    >>> data_url(b"abc", "audio/wav")
    'data:audio/wav;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


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
