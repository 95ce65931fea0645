"""What an export is asked for goes together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import as_json, identity


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


def test_an_export_to_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="--to is missing: name a format, such as --to pcm"):
        ExportConfig(to=())


# WAV files


OPTIONS = {"rate_hz": 44_100, "note": "A2", "seconds": 2.0, "loudness": "equal"}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("to", [("wav",), ("pcm", "wav", "disk")])
def test_an_option_of_wav_files_may_be_given_with_them(option: str, to: tuple[str, ...]) -> None:
    assert getattr(ExportConfig(to=to, **{option: OPTIONS[option]}), option) == OPTIONS[option]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("rate_hz", "--rate is for wav and audition-wav files: choose --to wav, or leave it out"),
        ("note", "--note is for wav files: choose --to wav, or leave it out"),
        ("seconds", "--seconds is for wav files: choose --to wav, or leave it out"),
        ("loudness", "--loudness is for wav and audition-wav files: choose --to wav, or leave it out"),
    ],
)
def test_an_option_of_wav_files_is_refused_by_name_without_them(option: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExportConfig(to=("pcm", "disk"), **{option: OPTIONS[option]})  # type: ignore[arg-type]

    assert str(caught.value) == says


def test_a_file_to_listen_to_takes_only_some_of_them() -> None:
    ExportConfig(to=("audition-wav",), rate_hz=48_000, loudness="equal")
    for option in ("note", "seconds"):
        with pytest.raises(ConfigError, match=f"^--{option} is for wav files: "):
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
