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


def cues(data: bytes) -> dict[str, int]:
    """Return the cue points of a WAV file by name, each as its first sample; asserts that each point has one name."""
    found = chunks(data)
    (count,) = struct.unpack_from("<I", found[b"cue "])
    assert len(found[b"cue "]) == 4 + 24 * count
    starts = {}
    for i in range(count):
        number, order, chunk, chunk_start, block_start, sample = struct.unpack_from(
            "<II4s3I", found[b"cue "], 4 + 24 * i
        )
        assert (order, chunk, chunk_start, block_start) == (sample, b"data", 0, 0)
        starts[number] = sample
    names = {}
    labels, at = found[b"LIST"], 4
    assert labels[:4] == b"adtl"
    while at < len(labels):
        name, length = struct.unpack_from("<4sI", labels, at)
        text = labels[at + 12 : at + 8 + length]
        assert (name, text[-1:]) == (b"labl", b"\0")
        names[int.from_bytes(labels[at + 8 : at + 12], "little")] = text[:-1].decode()
        at += 8 + length + length % 2
    assert names.keys() == starts.keys()
    assert len(set(names.values())) == count
    return {names[number]: starts[number] for number in starts}
