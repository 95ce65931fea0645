"""The programs are legal, differ, and leave a single oscillator in peace."""

from dataclasses import replace

import pytest

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block, programs
from mirage_gan.mirage.parameter_block import Patch, SoundParameters
from mirage_gan.mirage.spec import LOWER
from mirage_gan.mirage.wavesample import Wavesample

WAVES = (Wavesample(),) * 8

# section 3.2: the highest value of each byte; 9 and 32 to 35 are spare
HIGHEST = (1, 99, 99, 99, 252, 124, 198, 160, 4, 0, 7, 1, *((31,) * 5 + (124,) * 5) * 2, 0, 0, 0, 0)


def block(patch: Patch) -> bytes:
    """Return a program's 36 bytes."""
    return parameter_block.build(SoundParameters(WAVES, (patch,) * 4), LOWER)[481:517]


def test_there_is_a_program_for_each_of_the_four_places() -> None:
    assert programs.AUDITION == (programs.NEUTRAL, programs.PLUCKED, programs.PAD, programs.SWEEP)
    assert len({block(patch) for patch in programs.AUDITION}) == 4


@pytest.mark.parametrize("patch", programs.AUDITION)
def test_every_program_keeps_to_the_documented_ranges(patch: Patch) -> None:
    assert SoundParameters(WAVES, (patch,) * 4).problems() == []
    assert all(value <= highest for value, highest in zip(block(patch), HIGHEST, strict=True))


@pytest.mark.parametrize("patch", programs.AUDITION)
def test_every_program_plays_one_oscillator_from_the_first_wavesample_on(patch: Patch) -> None:
    data = block(patch)
    assert (data[3], data[4], data[5]) == (0, 0, 4)  # no detune, all of oscillator 1, whatever the velocity
    assert (data[10], data[11]) == (0, 0)


@pytest.mark.parametrize("patch", programs.AUDITION)
def test_every_program_is_heard(patch: Patch) -> None:
    data = block(patch)
    assert data[6] > 0  # the filter opens
    assert data[23] == 31  # and the amplitude peaks at its highest


def test_the_neutral_program_is_the_documented_one() -> None:
    wanted = bytes.fromhex("000E000000 04C600000000 00 001F001F0A 0000000000 001F001F0A 0000000000 00000000")
    assert block(programs.NEUTRAL) == wanted


def test_a_pluck_dies_away_and_the_others_are_held() -> None:
    sustain = {name: block(getattr(programs, name))[25] for name in ("NEUTRAL", "PLUCKED", "PAD", "SWEEP")}
    assert sustain == {"NEUTRAL": 31, "PLUCKED": 0, "PAD": 31, "SWEEP": 31}


@pytest.mark.parametrize("patch", programs.AUDITION)
@pytest.mark.parametrize("wavesample", range(8))
def test_a_program_for_another_wavesample_differs_in_nothing_else(patch: Patch, wavesample: int) -> None:
    before, after = block(patch), block(programs.starting_at(patch, wavesample))
    assert after[10] == wavesample
    assert after[:10] + after[11:] == before[:10] + before[11:]


def test_there_is_no_ninth_wavesample_to_start_at() -> None:
    made = SoundParameters(WAVES, (programs.starting_at(programs.PAD, 8), *programs.AUDITION[1:]))
    with pytest.raises(FormatError, match=r"^program 1: initial wavesample \[27\] is 8; it must be 0 to 7$"):
        parameter_block.build(made, LOWER)


def test_a_program_for_another_wavesample_leaves_the_first_as_it_was() -> None:
    before = replace(programs.SWEEP)
    programs.starting_at(programs.SWEEP, 3)
    assert before == programs.SWEEP
