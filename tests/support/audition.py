"""Data of audition pages, with sounds that can be told apart by ear and eye."""

from __future__ import annotations

import base64
import itertools
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.auditioning import network
from mirage_gan.auditioning.steering import controls
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.addresses import Address
from mirage_gan.models.classes import Classes
from mirage_gan.models.families import build
from mirage_gan.models.networks import Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.choices import PROJECTION
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE_HZ = 29412
HOSTILE = (
    "<script>document.title = 'taken over'</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'`&amp;<!--",
    "../../etc/passwd",
    "🎹🎛",
    "שלום \u202e olleh",
    "x" * 300,
)


def unpacked(text: str) -> bytes:
    """Return the samples that a page holds, as its script unpacks them."""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.cumsum(steps, dtype=np.uint8).tobytes()


def make_data(
    kind: str, count: int = 12, known: int = 5, names: Sequence[str] = ("plain",), seconds: float = 0.3
) -> tuple[dict[str, Any], bytes]:
    """Make the data of a page and its samples: sines of different timbre, or decaying hits of different pitch.

    All texts that come from users or from files are taken from `names` in turn.
    """
    random = np.random.default_rng(0)
    waves = [_wave(kind, random, seconds) for _ in range(count + known)]
    starts = np.cumsum([0, *map(len, waves)])
    at = [[int(start), len(wave)] for start, wave in zip(starts, waves, strict=False)]
    hz = RATE_HZ / 256 if kind == "loop" else None
    place = random.random((count + known, 2)).round(4).tolist()

    def named(i: int) -> str:
        return names[i % len(names)]

    sounds = [
        {
            "address": {"seed": i}, "label": str(i), "at": at[i], "hz": hz,
            "tuning": {"lower": [4, 126], "upper": [6, 126]} if hz else None, "novelty": round(i / count, 3),
            "nearest": i % known, "distance": 1.6, "likeness": f"1.6 times as far as {named(i)}", "class": named(i),
            "faults": ["noise"] if i == count - 1 else [], "brightness": float(random.integers(100, 9000)),
            "noisiness": round(float(random.random()), 2), "seconds": len(waves[i]) / RATE_HZ,
            "features": random.random(12).round(3).tolist(), "map": place[i],
        }
        for i in range(count)
    ]  # fmt: skip
    trained = [
        {"id": f"{i}/{named(i)}.wav", "class": named(i), "at": at[count + i], "hz": hz, "map": place[count + i]}
        for i in range(known)
    ]
    data = {
        "format": 1, "title": f"Run {named(0)}", "run": named(0), "checkpoint_sha256": "ab" * 32, "kind": kind,
        "rate_hz": RATE_HZ, "verdict": {"word": named(0), "said": named(1)}, "command": "mirage-gan export runs/a",
        "morph_command": "mirage-gan morph runs/a", "favourites": [], "sounds": sounds, "known": trained,
        "watch": False, "network": None, "network_missing": "This page makes no new sounds.", "latents": "",
    }  # fmt: skip
    return data, np.concatenate(waves).tobytes()


def add_network(data: dict[str, Any], classes: Sequence[str] = ()) -> dict[str, Any]:
    """Return the data of a page with a small network that has learned nothing; sounds have its classes in turn."""
    known = Classes(tuple(classes), tuple(range(1, len(classes) + 1)))
    conditional: dict[str, Any] = {"conditional": PROJECTION, "classes": len(known)} if known else {}
    if data["kind"] == "loop":
        shape = SoundShape(representation.of_kind("loop"), 256, 1, "periodic", RATE_HZ)
        spec = Spec("wave", "", points=256, width=4, **conditional)
    else:
        shape = SoundShape(representation.of_kind("oneshot"), 65_280, 1, "linear", RATE_HZ)
        spec = Spec("oneshot", "", points_of(32), width=4, representation=shape.representation.name, **conditional)
    addresses = [Address(sound["address"]["seed"]) for sound in data["sounds"]]
    sampler = Sampler(spec, build(spec, seed=0).generator, known)
    if classes:
        sounds = zip(data["sounds"], itertools.cycle(classes), strict=False)
        data = data | {"sounds": [sound | {"address": sound["address"] | {"class": name}} for sound, name in sounds]}
    return data | controls.add(network.embed(sampler, shape), sampler, shape.representation, addresses)


def _wave(kind: str, random: np.random.Generator, seconds: float) -> Any:
    if kind == "loop":
        phase = 2 * np.pi * np.arange(256) / 256
        wave = sum(random.normal() / n * np.sin(n * phase + random.uniform(0, 6)) for n in range(1, 9))
    else:
        time = np.arange(int(RATE_HZ * seconds * random.uniform(0.5, 1))) / RATE_HZ
        wave = np.sin(2 * np.pi * random.uniform(60, 2000) * time) * np.exp(-time * random.uniform(5, 40))
    return np.clip(np.rint(128 + 127 * wave / np.abs(wave).max()), 1, 255).astype(np.uint8)
