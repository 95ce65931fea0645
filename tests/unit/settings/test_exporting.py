"""What an export is asked for goes together."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import as_json, identity
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.settings.values.seeds import parse_seeds


@pytest.mark.parametrize("length", ["source", "16", "256", "65535"])
def test_a_length_is_a_word_or_a_number(length: str) -> None:
    assert ExportConfig(length=length).length == length


@pytest.mark.parametrize(
    "length", ["15", "65536", "0", "-256", "", "page", "1e3", "256.0", "²", "9" * 5000], ids=lambda text: text[:9]
)
def test_another_length_is_refused_with_what_it_may_be(length: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(length=length)

    assert str(caught.value).startswith("--length is ")
    assert str(caught.value).endswith("; give source, or 16 to 65535 samples")


def test_a_fill_without_pages_names_the_option_that_is_missing() -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(fill=True)

    assert str(caught.value) == "--fill needs --pages: how many pages to fill, such as --pages 4"


def test_two_lengths_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"--length and --pages both set the length"):
        ExportConfig(length="512", pages=2)

    assert ExportConfig(length="256", pages=2, fill=True).pages == 2


def test_without_a_format_samples_are_exported_and_with_a_template_a_disk() -> None:
    assert ExportConfig().formats == ("pcm",)
    assert ExportConfig(template=Path("mine.img")).formats == ("disk",)
    assert ExportConfig(template=Path("mine.img"), to=("hfe",)).formats == ("hfe",)
    assert ExportConfig(to=("wav", "pcm", "wav")).formats == ("wav", "pcm")


def test_as_many_sounds_come_as_are_counted_or_named_or_48() -> None:
    assert ExportConfig().how_many == 48
    assert ExportConfig(sound_name=("Bell", "Organ")).how_many == 2
    assert ExportConfig(sound_name=("Bell",), count=5).how_many == 5


# --- which sounds


WAYS: Final[dict[str, dict[str, Any]]] = {
    "--seed": {"seed": (3, 17)},
    "--seeds": {"seeds": "3,17"},
    "--near": {"near": 3},
    "--favourites": {"favourites": Path("liked.json")},
}
NAMING = [name for name in WAYS if name != "--near"]  # exactly those sounds, however many they are


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(WAYS, 2)))
def test_two_ways_of_saying_which_sounds_are_refused(first: str, second: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(**WAYS[first], **WAYS[second])

    assert str(caught.value) == f"{first} and {second} both say which sounds: leave one out"


@pytest.mark.parametrize("way", NAMING)
def test_a_count_beside_named_sounds_is_refused(way: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(**WAYS[way], count=2)

    assert str(caught.value) == f"{way} names the sounds, and --count says how many: leave --count out"


@pytest.mark.parametrize("way", NAMING)
@pytest.mark.parametrize(
    "choice", [{"rank": "novelty"}, {"min_novelty": 0.1}, {"distinct": True}, {"nearest_class": "bass"}], ids=str
)
def test_a_choice_among_named_sounds_is_refused(way: str, choice: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigError, match=rf"^{way} names the sounds: leave out --rank, --min-novelty, --distinct and "
    ):
        ExportConfig(**WAYS[way], **choice)


@pytest.mark.parametrize("choice", [{"rank": "novelty"}, {"distinct": True}, {"nearest_class": "bass"}], ids=str)
def test_neighbours_and_consecutive_seeds_may_be_counted_and_chosen_among(choice: dict[str, Any]) -> None:
    assert ExportConfig(near=3, count=5, **choice).is_choosy
    assert ExportConfig(seed=(3,), count=5, **choice).is_choosy
    assert not ExportConfig(near=3, count=5).is_choosy


def test_a_spread_without_a_seed_to_be_near_to_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^--spread is how far --near goes: give --near and a seed"):
        ExportConfig(spread=0.5)
    assert ExportConfig(near=3, spread=0.5).spread == 0.5


def test_names_beside_favourites_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^--favourites names its sounds in the file: leave --sound-name out$"):
        ExportConfig(favourites=Path("liked.json"), sound_name=("Bell",))


def test_no_seed_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^--seed is missing: give a seed, such as 0$"):
        ExportConfig(seed=())


# --- lists of seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        ("3,17,40-44", (3, 17, 40, 41, 42, 43, 44)),
        (" 3, 17\n40-41 ,,", (3, 17, 40, 41)),
        ("5-5", (5,)),
        ("000012", (12,)),
        ("9,3", (9, 3)),
        ("2147483647", (2**31 - 1,)),
    ],
)
def test_a_list_of_seeds_is_numbers_and_ranges(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds
    assert ExportConfig(seeds=text).seeds == text


@given(st.lists(st.integers(0, 2**31 - 1) | st.tuples(st.integers(0, 2**31 - 60), st.integers(0, 50)), min_size=1))
def test_any_seeds_and_ranges_come_back_in_their_order(items: list[int | tuple[int, int]]) -> None:
    parts, seeds = [], list[int]()
    for item in items:
        first, more = (item, 0) if isinstance(item, int) else item
        parts.append(f"{first}" if isinstance(item, int) else f"{first}-{first + more}")
        seeds += range(first, first + more + 1)

    assert parse_seeds(",".join(parts)) == tuple(seeds)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5-3", "--seeds names '5-3', which ends before it begins"),
        ("-3", "--seeds names '-3'; give seeds from 0 to 2147483647, such as 3,17,40-44"),
        ("3-", "--seeds names '3-'; "),
        ("3--5", "--seeds names '3--5'; "),
        ("3-4-5", "--seeds names '3-4-5'; "),
        ("1.5", "--seeds names '1.5'; "),
        ("3;4", "--seeds names '3;4'; "),
        ("three", "--seeds names 'three'; "),
        ("2147483648", "--seeds names '2147483648'; "),
        ("00000000000" + "9" * 10, "--seeds names '000000000009999999999'; "),
        ("²", "--seeds names '²'; "),
        ("٣", "--seeds names '٣'; "),
        ("0" * 11 + "9" * 5000, "--seeds names '0000"),
        ("9" * 5000, "--seeds names '9999"),
        ("3\x00", r"--seeds names '3\x00'; "),
        (" ", "--seeds names no seed; give some, such as 3,17,40-44"),
        (",", "--seeds names no seed; give some, such as 3,17,40-44"),
        ("0-1000000", "--seeds names more than 1,000,000 sounds: export them in several parts"),
        ("0-999999,7", "--seeds names more than 1,000,000 sounds: export them in several parts"),
    ],
    ids=lambda text: ascii(text)[:12],
)
def test_a_list_of_seeds_that_is_none_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(seeds=text)

    assert str(caught.value).startswith(says)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 120


@given(st.text())
def test_any_text_is_a_list_of_seeds_or_refused(text: str) -> None:
    try:
        seeds = parse_seeds(text)
    except ConfigError:
        return
    assert seeds
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_file_of_a_list_is_read_later() -> None:
    assert ExportConfig(seeds="@liked.txt").seeds == "@liked.txt"


# --- morphs


def test_pairs_take_the_place_of_seeds() -> None:
    assert MorphConfig(pairs=3).seed == ()
    assert MorphConfig(pairs=3, seed=(100,)).seed == (100,)
    with pytest.raises(ConfigError, match=r"^--pairs chooses the sounds, and --seed names them: leave one out$"):
        MorphConfig(pairs=3, seed=(1, 2))
    with pytest.raises(
        ConfigError, match=r"^--seed is missing: a morph leads from one seed to another, so give two or"
    ):
        MorphConfig(seed=(1,))


# WAV files


OPTIONS = {"rate_hz": 44_100, "note": "A2", "seconds": 2.0, "loudness": "equal"}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("to", [("wav",), ("pcm", "wav", "disk")])
def test_an_option_of_wav_files_may_be_given_with_them(option: str, to: tuple[str, ...]) -> None:
    assert getattr(ExportConfig(to=to, **{option: OPTIONS[option]}), option) == OPTIONS[option]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("rate_hz", "--rate is for wav, audition-wav, chain and sfz files: choose --to wav, or leave it out"),
        ("note", "--note is for wav, chain and sfz files: choose --to wav, or leave it out"),
        ("seconds", "--seconds is for wav and chain files: choose --to wav, or leave it out"),
        ("loudness", "--loudness is for wav, audition-wav, chain and sfz files: choose --to wav, or leave it out"),
    ],
)
def test_an_option_of_wav_files_is_refused_by_name_without_them(option: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(to=("pcm", "disk"), **{option: OPTIONS[option]})  # type: ignore[arg-type]

    assert str(caught.value) == says


def test_a_file_to_listen_to_takes_only_some_of_them() -> None:
    ExportConfig(to=("audition-wav",), rate_hz=48_000, loudness="equal")
    for option in ("note", "seconds"):
        with pytest.raises(ConfigError, match=f"^--{option} is for wav[a-z, ]* chain"):
            ExportConfig(to=("audition-wav",), **{option: OPTIONS[option]})  # type: ignore[arg-type]


def test_a_file_to_listen_to_goes_with_the_options_of_disks() -> None:
    disks = ExportConfig(to=("audition-wav", "disk"), into="L1", layout="split8", preview=True, template=Path("my.img"))

    assert disks.banks == ("L1",)


def test_what_is_no_note_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^--note is H2; give a name from C-1 to G9, such as A2, F#2 or Bb1, "):
        ExportConfig(to=("wav",), note="H2")


def test_options_that_are_left_out_do_not_make_another_export_of_it() -> None:
    plain = ExportConfig(to=("wav",))

    assert not set(OPTIONS) & set(identity(plain, as_json(plain)))
    for option, value in OPTIONS.items():
        given = dataclasses.replace(plain, **{option: value})  # type: ignore[arg-type]
        assert identity(given, as_json(given))[option] == value
