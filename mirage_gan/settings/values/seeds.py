"""Lists of seeds: 3,17,40-44."""

from __future__ import annotations

import re
from typing import Final

from mirage_gan.base.errors import ConfigError

LAST_SEED: Final = 2**31 - 1
MOST: Final = 1_000_000  # sounds of one call


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that a list of numbers and ranges names; raises ConfigError if it is not one.

    >>> parse_seeds("3,17, 40-44")
    (3, 17, 40, 41, 42, 43, 44)
    """
    found: list[int] = []
    for item in text.replace(",", " ").split():
        first, is_range, last = item.partition("-")
        ends = (first, last if is_range else first)
        if not all(re.fullmatch("[0-9]{1,10}", end) and int(end) <= LAST_SEED for end in ends):
            raise ConfigError(f"--seeds names {item[:40]!r}; give seeds from 0 to {LAST_SEED}, such as 3,17,40-44")
        low, high = map(int, ends)
        if low > high:
            raise ConfigError(f"--seeds names {item!r}, which ends before it begins")
        if len(found) + high - low >= MOST:
            raise ConfigError(f"--seeds names more than {MOST:,} sounds: export them in several parts")
        found += range(low, high + 1)
    if not found:
        raise ConfigError("--seeds names no seed; give some, such as 3,17,40-44")
    return tuple(found)
