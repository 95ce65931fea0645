"""The numbers of the machine agree with each other, and with the arithmetic their sources give."""

import pytest

from mirage_gan.mirage import spec
from mirage_gan.mirage.spec import Half


def test_a_disk_is_80_tracks_of_five_large_sectors_and_a_small_one() -> None:
    assert spec.DISK.tracks == 80
    assert spec.DISK.sector_bytes == (1024, 1024, 1024, 1024, 1024, 512)
    assert spec.DISK.track_bytes == 5_632
    assert spec.DISK.bytes == 450_560


def test_sectors_follow_each_other_without_a_gap() -> None:
    places = [(spec.DISK.offset(track, sector), sector) for track in range(80) for sector in range(6)]
    assert places == [(track * 5_632 + sector * 1_024, sector) for track in range(80) for sector in range(6)]


def test_the_tracks_after_the_os_are_all_taken_by_six_sounds() -> None:
    assert spec.FIRST_SOUND_TRACK == spec.OS_TRACKS == 2
    assert spec.FIRST_SOUND_TRACK + len(spec.SOUNDS) * spec.SOUND_TRACKS == spec.DISK.tracks
    large = spec.SOUND_TRACKS * sum(spec.DISK.sector_bytes[: spec.LARGE_SECTORS])
    assert large == 66_560 == spec.DISK.sector_bytes[0] + spec.BANK_BYTES


def test_sounds_alternate_between_the_halves() -> None:
    assert spec.SOUNDS == ("L1", "U1", "L2", "U2", "L3", "U3")


def test_the_directory_of_sounds_is_the_small_sector_of_track_32() -> None:
    assert spec.DISK.offset(spec.SOUND_DIRECTORY_TRACK, spec.SMALL_SECTOR) == 185_344
    assert [1 << spec.FIRST_DIRECTORY_BIT + i for i in range(6)] == [0x02, 0x04, 0x08, 0x10, 0x20, 0x40]


def test_a_half_is_64_kb_in_pages() -> None:
    assert (spec.PAGE_BYTES, spec.BANK_PAGES, spec.BANK_BYTES) == (256, 256, 65_536)


def test_the_parameter_blocks_fill_the_625_bytes() -> None:
    assert spec.CONTROLS_AT == 1
    assert spec.CONTROLS_AT + spec.WAVESAMPLES * spec.CONTROL_BYTES == spec.LISTS_AT == 193
    # a ninth segment list is spare
    assert spec.LISTS_AT + (spec.WAVESAMPLES + 1) * spec.LIST_BYTES == spec.PROGRAMS_AT == 481
    assert spec.PROGRAMS_AT + spec.PROGRAMS * spec.PROGRAM_BYTES == spec.PARAMETER_BYTES == 625


@pytest.mark.parametrize(("half", "parameters_at"), [(spec.LOWER, 0xB31D), (spec.UPPER, 0xB58E)])
def test_segment_lists_lie_where_the_os_copies_the_parameters(half: Half, parameters_at: int) -> None:
    assert half.list_base == parameters_at + 193


def test_the_halves_differ_as_the_machine_tells_them_apart() -> None:
    assert (spec.LOWER.letter, spec.LOWER.register_bit, spec.LOWER.octaves_down, spec.LOWER.nybble) == ("L", 0, 0, 0)
    assert (spec.UPPER.letter, spec.UPPER.register_bit, spec.UPPER.octaves_down, spec.UPPER.nybble) == (
        "U",
        0x40,
        2,
        0x10,
    )
    assert (spec.LOWER.revision, spec.UPPER.revision) == (0xD0, 0xA3)


def test_the_usual_split_is_after_midi_note_66() -> None:
    assert spec.LOWEST_NOTE + spec.LOWER.top_key == 66
    assert spec.UPPER.top_key == spec.KEYS - 1 == 60


def test_the_chip_ticks_at_the_default_sample_time_of_34_microseconds() -> None:
    assert pytest.approx(1_000_000 / 34) == spec.RATE_HZ
    assert spec.HEADER_RATE_HZ == 29_412
    step_hz = spec.RATE_HZ / spec.WORDS_A_SAMPLE
    assert step_hz == pytest.approx(57.445, abs=5e-4)


def test_the_largest_table_is_half_a_bank() -> None:
    assert spec.PAGE_BYTES << spec.MAX_TABLE_CODE == 32_768


def test_samples_keep_clear_of_the_stop_code() -> None:
    assert (spec.STOP, spec.CENTER, spec.STEPS, spec.MARKER_BYTES) == (0x00, 0x80, 127, 16)
    assert spec.CENTER - spec.STEPS == 0x01
    assert spec.CENTER + spec.STEPS == 0xFF
