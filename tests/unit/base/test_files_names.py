"""Names that a user chooses reach a file system as they are, but for what some system forbids."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirage_gan.base import files

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in range(32)}
DEVICES = ["CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in "123456789¹²³")]
# the longest ending that an export gives to a name, and two characters for its number
ENDING = "-2-wavetable.wav"


@given(name=st.text())
@example(name="")
@example(name="..")
@example(name="trailing. . ")
@example(name="x" * 300)
@example(name="🎹" * 300)
@example(name="\u0344" * 80)  # two characters in its normal form
@example(name="a" * 119 + ". b")
@example(name="\ud800")
@example(name="\x00\x1b[31m\x85\u2028\u202e")
@example(name="<\u0338>\u0338")
def test_names_that_windows_or_fat_forbid_never_reach_a_file(name: str) -> None:
    allowed = files.allowed_name(name)

    assert allowed
    assert not FORBIDDEN & set(allowed)
    assert allowed.isprintable()
    assert allowed == allowed.strip(" .")
    assert allowed.partition(".")[0].strip().upper() not in DEVICES
    assert len(os.fsencode(allowed + ENDING)) <= 255
    assert len((allowed + ENDING).encode("utf-16-le")) // 2 <= 255


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("form", ["{}", "{}.txt", "{} .a.b", " {} "])
def test_a_device_of_windows_is_no_name_in_any_case_and_with_any_ending(device: str, form: str) -> None:
    for name in (form.format(device), form.format(device.lower())):
        allowed = files.allowed_name(name)
        assert allowed.partition(".")[0].strip().upper() not in DEVICES
        assert files.allowed_name(f"x{name.strip()}") == f"x{name.strip()}"


@given(name=st.text(st.characters(categories=["L", "N"], max_codepoint=0x2FF), min_size=1, max_size=40))
@example(name="Glass Bell")
@example(name="Übung 1 (leise) & Co_-+=!,;'~@#$%^")
@example(name="шум")
@example(name="音")
def test_a_name_that_all_systems_allow_is_kept(name: str) -> None:
    normal = unicodedata.normalize("NFC", name)
    if normal.upper() not in DEVICES:
        assert files.allowed_name(name) == normal


@given(name=st.text())
def test_what_is_allowed_once_is_allowed_again(name: str) -> None:
    allowed = files.allowed_name(name)

    assert files.allowed_name(allowed) == allowed
