"""Mixes of classes: pad:0.7,bass:0.3."""

from __future__ import annotations

from typing import Final

from mirage_gan.base.errors import ConfigError

SLACK: Final = 0.0015  # by which shares may miss 1, as they are rounded to a few digits


def parse_mix(text: str) -> tuple[tuple[str, float], ...]:
    """Return the classes that a mix names, with their shares: none for "". Raises ConfigError if it is not a mix.

    >>> parse_mix("pad:0.7, bass:0.3")
    (('pad', 0.7), ('bass', 0.3))
    """
    if not text:
        return ()
    found: dict[str, float] = {}
    for item in text.split(","):
        name, _, share = (part.strip() for part in item.rpartition(":"))
        try:
            found[name] = found.get(name, 0) + float(share)
        except ValueError:
            name = ""
        if not name or not 0 < found[name] < 2:  # also true of NaN
            raise ConfigError(f"--class-mix names {item.strip()[:40]!r}; give classes and shares, as pad:0.7,bass:0.3")
    total = sum(found.values())
    if abs(total - 1) > SLACK:
        raise ConfigError(f"--class-mix {text}: the shares add up to {total:g}; give some that add up to 1")
    return tuple(found.items())
