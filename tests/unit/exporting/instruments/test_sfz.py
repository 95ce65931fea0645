"""SFZ text: what is written is read back, whatever samples are called, and each key plays its own pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.exporting.instruments import sfz
from tests.support import sfz_player

if TYPE_CHECKING:
    from pathlib import Path

names = st.text().map(files.allowed_name)


@given(names)
def test_a_name_of_a_sample_has_nothing_that_players_read_in_different_ways(name: str) -> None:
    found = sfz.sample_name(name)

    assert found.isascii()
    assert not set(found) & set("=$#<>\\/\"'&;%\t\n")
    assert found == found.strip()
    assert files.allowed_name(found) == found


@given(st.text("aA=ü $_", max_size=4).map(files.allowed_name), st.text("aA=ü $_", max_size=4).map(files.allowed_name))
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (sfz.sample_name(one).casefold() == sfz.sample_name(other).casefold()) <= (
        one.casefold() == other.casefold()
    )


@pytest.mark.parametrize("name", ["tiny-seed000017", "tiny-seed000017-near0.2-03", "Glass Bell", "A (2) + b"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert sfz.sample_name(name) == name


@pytest.mark.parametrize("name", ["x=1 key=3", "a  b", "$kick", "#include", "kick // 2", "<region>", "音", "-", "end "])
def test_a_sample_of_any_name_is_found(tmp_path: Path, name: str) -> None:
    sample = f"samples/{sfz.sample_name(files.allowed_name(name))}.wav"
    (tmp_path / "samples").mkdir()
    (tmp_path / sample).touch()
    (tmp_path / "a.sfz").write_bytes(sfz.build(name, {"loop_mode": "one_shot"}, [{"lokey": 3, "sample": sample}]))

    (region,) = sfz_player.load(tmp_path / "a.sfz")

    assert region.path == tmp_path / sample
    assert region.opcodes == {"loop_mode": "one_shot", "lokey": "3", "sample": sample}


@given(st.floats(-60, 140))
def test_every_key_plays_its_own_pitch_within_half_a_cent(note: float) -> None:
    found = sfz.tuning(note)

    assert 0 <= found["pitch_keycenter"] <= 127
    assert abs(found.get("transpose", 0)) <= 127
    assert abs(found.get("tune", 0)) <= 100
    for key in (0, 60, 127):
        heard = note + key - found["pitch_keycenter"] + found.get("transpose", 0) + found.get("tune", 0) / 100
        assert abs(heard - key) <= 0.005 + 1e-9


def test_a_pitch_near_a_note_needs_no_more_than_its_cents() -> None:
    assert "transpose" not in sfz.tuning(45.49)
    assert sfz.tuning(69.0) == {"pitch_keycenter": 69}
