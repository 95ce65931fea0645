"""WAV files, taken apart by the rules of RIFF and not by code of the package."""

from __future__ import annotations

import struct


def chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a WAV file by name, in the order of the file; asserts that sizes and pad bytes are right."""
    magic, size, form = struct.unpack_from("<4sI4s", data)
    assert (magic, size, form) == (b"RIFF", len(data) - 8, b"WAVE")
    found = {}
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        found[name] = data[at + 8 : at + 8 + length]
        assert len(found[name]) == length
        at += 8 + length
        if length % 2:
            assert data[at : at + 1] == b"\0"
            at += 1
    assert at == len(data)
    return found
