"""Drums are known by the names that people give their folders and files, and no two sounds share a key."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.exporting.instruments import drum_keys
from mirage_gan.exporting.instruments.drum_keys import Drum, assign, drum_of

# from the percussion key map of General MIDI: the keys that a first sound of such a name has
NAMED = {
    36: ["kick", "Kicks", "KickDrum", "bass drum", "BassDrum 01", "bass_drums", "BD", "808bd", "kick_OH_3", "Kik"],
    37: ["rimshot", "Rim Shots", "rim", "side stick", "cross-stick", "snare rim", "RS", "Rims"],
    38: ["snare", "Snares", "SnareDrum", "SD", "snr 2", "snare OH"],
    39: ["clap", "HandClaps", "CP", "hand clap"],
    41: ["floor tom", "FloorToms", "tom floor"],
    42: ["hat closed", "ClosedHat", "closed hi-hats", "CH", "CHH", "HHC", "hats", "Hi-Hat", "HiHats", "HH", "hihat_05"],
    44: ["pedal hat", "hat foot", "HHP", "Pedal HiHat"],
    45: ["low tom", "tom low", "LowTom", "lowtom", "Tom Lo", "LT", "toms", "Tom"],
    46: ["hat open", "OpenHat", "open hi-hats", "OH", "OHH", "HHO", "openhats", "OpenHiHat"],
    47: ["mid tom", "TomMid", "MT"],
    49: ["crash", "Crash Cymbals", "cymbal", "CY", "crashes"],
    50: ["high tom", "HiTom", "hitom", "TomHigh", "HT"],
    51: ["ride", "Rides", "ride cymbal"],
    52: ["china", "Chinese Cymbal"],
    53: ["ride bell", "RideBell"],
    54: ["tambourine", "tamb"],
    55: ["splash", "Splash cymbal"],
    56: ["cowbell", "Cow Bells", "CB"],
    58: ["vibraslap"],
    60: ["bongo high", "bongos", "HiBongo"],
    61: ["bongo low"],
    62: ["conga mute", "muted congas"],
    63: ["conga", "congas", "conga high"],
    64: ["low conga"],
    65: ["timbales"],
    67: ["agogo"],
    69: ["cabasa"],
    70: ["maracas", "Shakers"],
    71: ["whistle"],
    72: ["long whistle"],
    73: ["guiro"],
    75: ["claves", "Clave"],
    76: ["wood block", "WoodBlocks"],
    77: ["woodblock low"],
    79: ["cuica"],
    80: ["mute triangle"],
    81: ["triangle"],
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for key, names in NAMED.items() for name in names])
def test_a_drum_is_known_by_its_names(name: str, key: int) -> None:
    drum = drum_of([name])

    assert drum is not None
    assert assign([drum], [0.0]) == [key]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "flute",
        "bass",
        "bells",
        "custom",
        "phantom",
        "atom",
        "chatter",
        "override",
        "kit 1",
        "primary",
        "high",
        "open",
    ],
)
def test_what_names_no_drum_is_none(name: str) -> None:
    assert drum_of([name]) is None


def test_the_first_name_that_means_a_drum_counts() -> None:
    assert drum_of(["My Favourite", "snares", "kick 3"]) == drum_of(["snare"])


def test_all_drums_are_on_the_keys_of_general_midi() -> None:
    assert all(35 <= key <= 81 for drum in drum_keys._DRUMS for key in drum.keys)
    assert len({drum.words for drum in drum_keys._DRUMS}) == len(drum_keys._DRUMS)


def test_hats_alone_are_choked() -> None:
    assert {drum.words for drum in drum_keys._DRUMS if drum.is_choked} == {"hat", "hat open", "hat pedal"}


some_drums = st.lists(st.none() | st.sampled_from(drum_keys._DRUMS), min_size=1, max_size=128)


@given(some_drums, st.randoms(use_true_random=False))
def test_every_sound_has_a_key_of_its_own_and_drums_have_theirs_first(drums: list[Drum | None], random: object) -> None:
    keys = assign(drums, [random.random() for _ in drums])  # type: ignore[attr-defined]

    assert len(set(keys)) == len(keys) == len(drums)
    assert all(0 <= key <= 127 for key in keys)
    first = {drum.keys[0] for drum in drums if drum is not None}
    for key in first:  # on the first key of a drum is a sound that has it among its own
        holder = drums[keys.index(key)]
        assert holder is not None
        assert key in holder.keys
    used = sorted(key for key in keys if key >= 36)
    free = [key for key in range(36, max(used, default=36)) if key not in used]
    others = [key for key, drum in zip(keys, drums, strict=True) if drum is None or key not in drum.keys]
    assert not others or not free or min(free) > max(others)


def test_unknown_sounds_lie_from_36_upward_and_from_low_to_high() -> None:
    assert assign([None] * 4, [400.0, 100.0, 300.0, 200.0]) == [39, 36, 38, 37]


def test_128_sounds_fill_the_keyboard() -> None:
    keys = assign([None] * 128, list(range(128)))

    assert keys == [*range(36, 128), *reversed(range(36))]


def test_sounds_of_one_drum_go_on_further_keys_and_take_none_of_another() -> None:
    kick, snare, hat = (drum_of([name]) for name in ("kick", "snare", "hat"))
    keys = assign([kick] * 4 + [snare] * 3 + [hat] * 3, [60.0, 70.0, 50.0, 80.0, 500.0, 600.0, 400.0, 7e3, 9e3, 8e3])

    assert keys == [35, 36, 37, 39, 38, 40, 41, 42, 44, 43]


def test_toms_lie_from_low_to_high_and_bongos_the_other_way_round() -> None:
    tom, bongo = drum_of(["tom"]), drum_of(["bongos"])

    assert assign([tom] * 3, [300.0, 100.0, 200.0]) == [50, 45, 47]
    assert assign([tom] * 6, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) == [50, 48, 47, 45, 43, 41]
    assert assign([bongo] * 2, [300.0, 100.0]) == [60, 61]


def test_a_key_that_two_drums_have_goes_to_the_one_whose_first_it_is() -> None:
    hat, pedal = drum_of(["hat"]), drum_of(["pedal hat"])

    keys = assign([hat, hat, pedal], [1.0, 2.0, 3.0])

    assert keys == [42, 36, 44]
    assert Counter(keys).most_common(1)[0][1] == 1
