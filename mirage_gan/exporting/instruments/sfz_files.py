"""The format of SFZ players: an instrument for each loop, or a kit of all one-shots, and the WAVs that they play."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.base.errors import ConfigError
from mirage_gan.base.processes import Workers
from mirage_gan.exporting.instruments import drum_keys, sfz
from mirage_gan.exporting.makers import File
from mirage_gan.exporting.wav import shaping
from mirage_gan.exporting.wav.wav_files import ENDING, WavOrder
from mirage_gan.folders import manifest
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Maker, Sound
    from mirage_gan.exporting.wav.shaping import Recording
    from mirage_gan.models.addresses import Place

SAMPLES: Final = "samples/"  # the folder of the samples of loops, beside their instruments

# What keeps a loop that starts or stops anywhere from clicking, in seconds.
_ATTACK_SECONDS: Final = 0.002
_RELEASE_SECONDS: Final = 0.05

_CHOKE_SECONDS: Final = 0.03  # in which a hat stops that another one chokes
_CHOKED_GROUP: Final = 1


class SfzOrder(WavOrder, Protocol):
    """What a format of instruments must know of one call."""

    @property
    def is_loop(self) -> bool:
        """Whether the sounds are loops."""


def make(order: SfzOrder) -> Maker:
    """Return the maker of instruments for loops, or of a kit for one-shots."""
    return Instruments(order) if order.is_loop else Kit(order)


class Instruments:
    """Makes an instrument of each loop, in tune on all keys, whose WAV is in the folder `SAMPLES`."""

    def __init__(self, order: SfzOrder) -> None:
        self.order = order
        self.wanted = replace(order.wav, seconds=None)

    def names(self) -> list[str]:
        """Return two names per sound: of its instrument and of its sample."""
        return [name for stem in self.order.stems.values() for name in (f"{stem}.sfz", _loop_sample(stem))]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the instrument and the sample of each sound."""
        for place, sound in sounds.items():
            stem = self.order.stems[place]
            made = shaping.record(sound, self.wanted)
            yield File(f"{stem}.sfz", _loop_instrument(stem, made), place, made.about())
            yield File(_loop_sample(stem), made.build(self.order.bits), place, made.about())


def _loop_sample(stem: str) -> str:
    return f"{SAMPLES}{sfz.sample_name(stem)}{ENDING}"


def _loop_instrument(stem: str, made: Recording) -> bytes:
    """Return the instrument of a loop, which says its pitch with the cents, that few players take from the sample."""
    about = made.about()
    shared: sfz.Opcodes = {
        "loop_mode": "loop_continuous",
        "ampeg_attack": _ATTACK_SECONDS,
        "ampeg_release": _RELEASE_SECONDS,
    }
    region: sfz.Opcodes = {
        **sfz.tuning(about["midi_note"]),
        "loop_start": 0,
        "loop_end": len(made.signal) - 1,
        "sample": _loop_sample(stem),
    }
    return sfz.build(f"{stem}, {about['pitch_hz']:.2f} Hz, made by mirage-gan", shared, [region])


class Kit:
    """Makes one kit of all one-shots, a key each, whose WAVs are in a folder of the kit's own name.

    What drum a sound is, is told by the first of these that says it: the user's name for it, the class of its nearest
    training sound, and the name of that sound's file.
    """

    def __init__(self, order: SfzOrder) -> None:
        if len(order.stems) > (most := len(notes.NOTES)):
            raise ConfigError(
                f"--to sfz makes one kit, which has {most} keys, and there are {len(order.stems):,} sounds: choose a "
                f"--count of {most} at most"
            )
        self.order = order
        self.stem = f"{order.collection_stem}-kit"
        self.name = f"{self.stem}.sfz"

    def names(self) -> list[str]:
        """Return the names of the kit and of its samples."""
        return [self.name, *map(self._sample, self.order.stems)]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the samples and the kit."""
        abouts = []
        with Workers(1) as workers:  # whole sounds take long to render, see `export`
            recordings = workers.map(partial(shaping.record, wanted=self.order.wav), sounds.values(), threads=True)
            for place, made in zip(sounds, recordings, strict=True):
                abouts.append(made.about())
                yield File(self._sample(place), made.build(self.order.bits), about={"about": f"sample of {self.name}"})
        drums = [
            drum_keys.drum_of([place.label, sound.nearest_class, manifest.name_of(sound.nearest)])
            for place, sound in sounds.items()
        ]
        keys = drum_keys.assign(drums, [sound.center_hz for sound in sounds.values()])
        held = [
            {"address": place, "key": key, "drum": drum.words if drum else "", "sample": self._sample(place), **about}
            for place, key, drum, about in zip(sounds, keys, drums, abouts, strict=True)
        ]
        regions = {
            key: _key(key, self._sample(place), is_choked=drum is not None and drum.is_choked)
            for place, key, drum in zip(sounds, keys, drums, strict=True)
        }
        shared: sfz.Opcodes = {"loop_mode": "one_shot", "off_mode": "normal", "ampeg_release": _CHOKE_SECONDS}
        content = sfz.build(f"{self.stem}, made by mirage-gan", shared, [regions[key] for key in sorted(regions)])
        yield File(self.name, content, about={"about": "kit for SFZ players", "sounds": held})

    def _sample(self, place: Place) -> str:
        return f"{sfz.sample_name(self.stem)}/{sfz.sample_name(self.order.stems[place])}{ENDING}"


def _key(key: int, sample: str, *, is_choked: bool) -> sfz.Opcodes:
    """Return the opcodes of the key of a kit."""
    choked = {"group": _CHOKED_GROUP, "off_by": _CHOKED_GROUP} if is_choked else {}
    return {"lokey": key, "hikey": key, "pitch_keycenter": key, **choked, "sample": sample}
