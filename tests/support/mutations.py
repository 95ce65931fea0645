"""Mutated files by a random generator: some bytes changed, moved, lost or added, or a value of a text or an archive."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Mutate = Callable[[random.Random, bytes], bytes]

_HEAD: Final = 96  # bytes in which most headers end
# Values of JSON and TOML, keys included: texts, numbers and words.
_VALUE: Final = re.compile(rb'"(?:[^"\\\n]|\\.)*"|-?\d[\d.]*(?:[eE][-+]?\d+)?|true|false|null')
_ODD: Final = (
    b"null", b"true", b"0", b"-1", b"2.5", b"1e999", b"NaN", b"-Infinity", b"9223372036854775808", b"1" * 5000, b'""',
    b"[]", b"{}", b'"../../stray"', b'"a\\u0000b"', b'"\\ud800"', b"[" * 2000, b'"' + b"x" * 5000 + b'"', b'"CON"',
)  # fmt: skip
_WORDS: Final = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\x00\x00\xc0\x7f",
    b"\x01\0\0\0",
)


def mutated_bytes(dice: random.Random, content: bytes) -> bytes:
    """Return a file with bits flipped, bytes overwritten, lost, repeated or added, or cut short; mostly early on."""
    data = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 8))):
        at = dice.randrange(min(_HEAD, len(data)) if dice.random() < 0.5 else len(data)) if data else 0
        length = dice.choice((1, 2, 4, 16, 300))
        match dice.randrange(7):
            case 0 if data:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at : at + length] = dice.randbytes(length)
            case 2:
                data[at : at + 4] = dice.choice(_WORDS)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length] * dice.choice((1, 2, 50))
            case 5:
                data[at:at] = dice.choice((b"\0", b"\xff", b"\n", b"\xf7")) * length
            case _:
                if dice.random() < 0.3:
                    del data[at:]
    return bytes(data)


def mutated_text(dice: random.Random, content: bytes) -> bytes:
    """Return a JSON or TOML file with a value replaced by an odd one, or with bytes changed."""
    values = list(_VALUE.finditer(content))
    if not values or dice.random() < 0.3:
        return mutated_bytes(dice, content)
    for found in sorted(dice.sample(values, min(len(values), dice.choice((1, 1, 2)))), key=lambda m: -m.start()):
        new = dice.choice((*_ODD, dice.choice(values)[0]))
        content = content[: found.start()] + new + content[found.end() :]
    return content


def mutated_archive(dice: random.Random, content: bytes) -> bytes:
    """Return a zip archive, such as a .npz, with a member changed and its checksum right, or with bytes changed."""
    if dice.random() < 0.4:
        return mutated_bytes(dice, content)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    name = dice.choice(sorted(members))
    members[name] = mutated_bytes(dice, members[name])
    if dice.random() < 0.1:
        members[dice.choice(("../../stray.npy", "other.npy"))] = members.pop(name)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as new:
        for key, member in members.items():
            new.writestr(key, member)
    return file.getvalue()


def mutated_checkpoint(dice: random.Random, content: bytes) -> bytes:
    """Return a safetensors file with a value of its JSON header replaced and its length right, or bytes changed."""
    if dice.random() < 0.3:
        return mutated_bytes(dice, content)
    end = 8 + int.from_bytes(content[:8], "little")
    header, tensors = content[8:end], content[end:]
    if dice.random() < 0.3:
        tensors = mutated_bytes(dice, tensors)[: len(tensors)].ljust(len(tensors), b"\0")
    else:
        # what a checkpoint says of itself is JSON in a JSON text
        parts = re.split(rb'("mirage-gan":")', header, maxsplit=1)
        where = dice.randrange(len(parts))
        value = parts[where].replace(b'\\"', b'"')
        parts[where] = (
            mutated_text(dice, value).replace(b'"', b'\\"') if where == 2 else mutated_text(dice, parts[where])
        )
        header = b"".join(parts)
    return len(header).to_bytes(8, "little") + header + tensors
