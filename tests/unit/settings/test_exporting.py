"""What an export is asked for goes together."""

from __future__ import annotations

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig


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
