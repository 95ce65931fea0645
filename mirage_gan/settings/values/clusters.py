"""Numbers of clusters: kmeans:8."""

from __future__ import annotations

import re
from typing import Final

_KMEANS: Final = re.compile(r"kmeans:([2-9]|[1-9]\d{1,2})")


def parse_clusters(text: str) -> int | None:
    """Return how many clusters k-means is to find, 2 to 999; None if the text does not say so.

    >>> parse_clusters("kmeans:8"), parse_clusters("folders"), parse_clusters("kmeans:1")
    (8, None, None)
    """
    found = _KMEANS.fullmatch(text)
    return int(found[1]) if found else None
