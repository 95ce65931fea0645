"""A half holds what was put into it, apart from each other, and stops where it should."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.arrays import Samples
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage import bank, parameter_block, programs, wavesample
from mirage_gan.mirage.bank import Bank, Voice
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])


def noise(samples: int, seed: int = 0) -> Samples:
    """Make audio of all legal bytes."""
    return np.random.default_rng(seed).integers(1, 256, samples, dtype=np.uint8)


def once(samples: int, seed: int = 0) -> Voice:
    return Voice(noise(samples, seed), is_loop=False, top_key=60, coarse=3, fine=0x4E)


def loop(pages: int, seed: int = 0) -> Voice:
    return Voice(noise(256 * pages, seed), is_loop=True, top_key=60, coarse=4, fine=0x7E)


def build(*voices: Voice, half: Half = LOWER) -> Bank:
    return bank.build(half, voices, programs.AUDITION)


def pages_of(voice: Voice) -> int:
    """Return how many pages a voice takes: 16 bytes more than it is long, or for a loop a page more."""
    if voice.is_loop:
        return len(voice.samples) // 256 + 1
    return max(2, (len(voice.samples) + 16 + 255) // 256)


def starts_of(voices: list[Voice]) -> tuple[list[int], int]:
    """Put voices one after the other at the pages that section 3.7 allows; return those and the pages in all."""
    page = 0
    starts = []
    for voice in voices:
        step = min(len(voice.samples) // 256, 8) if voice.is_loop else 1
        while page % step:
            page += 1
        starts.append(page)
        page += pages_of(voice)
    return starts, page


lengths = st.one_of(st.integers(0, 2000), st.integers(2000, 20_000))
loop_pages = st.one_of(st.sampled_from([1, 2, 4]), st.integers(8, 80))
voices_of_any_kind = st.one_of(
    st.builds(once, lengths, st.integers(0, 99)), st.builds(loop, loop_pages, st.integers(0, 99))
)
sets = st.lists(voices_of_any_kind, min_size=1, max_size=8)


# --- where things lie


@halves
@given(voices=sets)
def test_every_set_that_fits_is_laid_out_as_documented_and_no_other(half: Half, voices: list[Voice]) -> None:
    starts, pages = starts_of(voices)
    if pages > 256:
        with pytest.raises(SignalError, match=r"do not fit into the 256 pages of one half"):
            build(*voices, half=half)
        return
    made = build(*voices, half=half)
    assert len(made.wave) == 65_536
    assert made.sound.problems() == []
    assert made.sound.patches == programs.AUDITION
    assert made.sound.revision == {"L": 0xD0, "U": 0xA3}[half.letter]
    memory = np.frombuffer(made.wave, np.uint8)
    ours = np.zeros(65_536, bool)
    for voice, start, wave in zip(voices, starts, made.sound.wavesamples, strict=False):
        assert (wave.start, wave.end) == (start, start + pages_of(voice) - 1)
        assert (wave.coarse, wave.fine, wave.top_key) == (voice.coarse, voice.fine, voice.top_key)
        at, after = 256 * wave.start, 256 * (wave.end + 1)
        assert not ours[at:after].any()
        ours[at:after] = True
        assert np.array_equal(memory[at : at + len(voice.samples)], voice.samples)
        marker = at + len(voice.samples) if voice.is_loop else after - 16
        assert np.array_equal(np.flatnonzero(memory[at:after] == 0) + at, np.arange(marker, marker + 16))
    assert np.all(memory[~ours] == 0x80)


@halves
@given(voices=sets)
def test_every_voice_comes_back_as_it_was_put_in(half: Half, voices: list[Voice]) -> None:
    if starts_of(voices)[1] > 256:
        return
    made = build(*voices, half=half)
    for number, voice in enumerate(voices):
        found = bank.audio(made, number)
        assert len(found) == 256 * pages_of(voice) - 16
        if voice.is_loop:  # switched off, it goes on as the loop does
            wanted = np.concatenate([voice.samples, voice.samples])[: len(found)]
        else:
            wanted = np.concatenate([voice.samples, np.full(len(found) - len(voice.samples), 0x80, np.uint8)])
        assert np.array_equal(found, wanted)


@given(voices=sets)
def test_loops_start_where_the_machine_plays_them_well(voices: list[Voice]) -> None:
    if starts_of(voices)[1] > 256:
        return
    made = build(*voices)
    for voice, wave in zip(voices, made.sound.wavesamples, strict=False):
        assert wave.loop_on == voice.is_loop
        if voice.is_loop:
            pages = len(voice.samples) // 256
            assert (wave.loop_start, wave.loop_end, wave.loop_fine) == (wave.start, wave.start + pages - 1, 0xFF)
            assert wave.end == wave.loop_end + 1  # one to spare
            assert wave.start % pages == 0 if pages in {1, 2, 4} else f"{wave.start:02X}"[1] in "08"
            assert bank.is_good_loop(wave) is (pages in {1, 2, 4})


@halves
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_short_loop_is_repeated_by_the_chip_itself(half: Half, pages: int) -> None:
    made = build(once(300), loop(pages), half=half)
    assert parameter_block.build(made.sound, half)[1 + 24 + 20] == 1


def test_the_rest_of_the_wavesamples_is_hidden() -> None:
    for half, top_key in ((LOWER, 30), (UPPER, 60)):
        voices = [replace(loop(1, k), top_key=key) for k, key in enumerate((5, 17, top_key))]
        made = build(*voices, half=half)
        assert made.sound.wavesamples[3:] == (wavesample.unused(half, top_key),) * 5
        assert parameter_block.used(made.sound) == [0, 1, 2]


def test_page_numbers_are_those_of_the_documents_rules() -> None:
    made = build(loop(1), loop(2), loop(4), loop(8), once(1000), loop(9), once(0), loop(1))
    places = [(wave.start, wave.end) for wave in made.sound.wavesamples]
    assert places == [
        (0x00, 0x01),
        (0x02, 0x04),
        (0x08, 0x0C),
        (0x10, 0x18),
        (0x19, 0x1C),
        (0x20, 0x29),
        (0x2A, 0x2B),
        (0x2C, 0x2D),
    ]


# --- loops that an attack leads to


def held(attack: int, pages: int, seed: int = 0) -> Voice:
    """Make a voice of so many pages that are played once, and so many that are looped then."""
    return replace(loop(attack + pages, seed), loop_start=256 * attack)


after_attacks = st.builds(held, st.integers(1, 60), loop_pages, st.integers(0, 99))


@halves
@given(before=st.integers(0, 40), voice=after_attacks)
def test_a_loop_after_an_attack_starts_where_the_machine_plays_it_well(half: Half, before: int, voice: Voice) -> None:
    made = build(once(256 * (2 + before) - 16), voice, once(300), half=half)
    wave, after = made.sound.wavesamples[1:3]
    pages = (len(voice.samples) - voice.loop_start) // 256
    assert made.sound.problems() == []
    assert wave.start - (2 + before) < min(pages, 8)  # pages that are left free
    assert wave.loop_start == wave.start + voice.loop_start // 256
    assert wave.loop_start % min(pages, 8) == 0
    assert (wave.loop_end, wave.loop_fine) == (wave.loop_start + pages - 1, 0xFF)
    assert (wave.end, after.start) == (wave.loop_end + 1, wave.end + 1)
    memory = np.frombuffer(made.wave, np.uint8)
    spare = 256 * wave.end
    assert np.array_equal(memory[256 * wave.start : spare], voice.samples)
    assert not memory[spare : spare + 240].any()  # more than a marker: high keys jump over one
    assert np.array_equal(memory[spare + 240 : spare + 256], voice.samples[voice.loop_start :][:16])


@halves
@given(voice=after_attacks)
def test_switched_off_a_loop_after_an_attack_ends_16_bytes_after_the_loop(half: Half, voice: Voice) -> None:
    found = bank.audio(build(voice, half=half), 0)
    assert np.array_equal(found, np.concatenate([voice.samples, voice.samples[voice.loop_start :][:16]]))


@pytest.mark.parametrize("loop_start", [1, 100, 257])
def test_a_loop_that_does_not_start_with_a_page_is_refused(loop_start: int) -> None:
    voice = replace(loop(9), samples=noise(256 * 8 + loop_start), loop_start=loop_start)
    with pytest.raises(SignalError, match=rf"^a loop from sample {loop_start} on does not start with a page of 256$"):
        build(voice)


@pytest.mark.parametrize("pages", [3, 5, 6, 7])
def test_after_an_attack_too_a_loop_of_a_bad_length_is_refused(pages: int) -> None:
    with pytest.raises(SignalError, match=rf"^a loop of {256 * pages:,} samples plays badly on the Mirage: "):
        build(held(4, pages))


# --- stop markers (section 3.6)


@pytest.mark.parametrize(("samples", "pages"), [(0, 2), (1, 2), (496, 2), (497, 3), (752, 3), (753, 4), (65_520, 256)])
def test_a_sample_played_once_ends_with_its_marker(samples: int, pages: int) -> None:
    assert bank.once_pages(samples) == pages
    made = build(once(samples))
    assert made.sound.wavesamples[0].end == pages - 1
    end = 256 * pages
    assert made.wave[:samples] == noise(samples).tobytes()
    assert made.wave[samples : end - 16] == b"\x80" * (end - 16 - samples)
    assert made.wave[end - 16 : end] == bytes(16)
    assert made.wave[end:] == b"\x80" * (65_536 - end)


@pytest.mark.parametrize("pages", [1, 2, 4, 8, 9, 100])
def test_a_loop_is_followed_by_its_marker_and_keeps_what_that_displaced(pages: int) -> None:
    made = build(loop(pages))
    samples = noise(256 * pages).tobytes()
    spare = made.wave[256 * pages : 256 * (pages + 1)]
    assert made.wave[: 256 * pages] == samples
    assert spare[:16] == bytes(16)
    assert spare[16:0xF0] == samples[16:0xF0]  # the loop goes on
    assert spare[0xF0:] == samples[:16]  # the bytes under the marker


@pytest.mark.parametrize("pages", [255, 252])
@halves
def test_a_loop_may_fill_the_half_but_for_its_spare_page(half: Half, pages: int) -> None:
    made = build(loop(pages), half=half)
    wave = made.sound.wavesamples[0]
    assert (wave.start, wave.end) == (0, pages)
    assert (wave.loop_start, wave.loop_end, wave.loop_fine) == (0, pages - 1, 0xFF)
    spare = made.wave[256 * pages : 256 * (pages + 1)]
    samples = noise(256 * pages)
    assert made.wave[: 256 * pages] == samples.tobytes()
    assert (spare[:16], spare[0xF0:]) == (bytes(16), samples[:16].tobytes())
    assert np.array_equal(bank.audio(made, 0), np.concatenate([samples, samples[:240]]))
    entries = "003F 803F" if half is LOWER else "007F 807F"
    assert parameter_block.build(made.sound, half)[193:].startswith(bytes.fromhex(entries))


def test_what_is_put_in_is_not_changed() -> None:
    voices = [loop(1), loop(8), once(100)]
    before = [voice.samples.copy() for voice in voices]
    build(*voices)
    assert all(np.array_equal(voice.samples, kept) for voice, kept in zip(voices, before, strict=True))


# --- what does not fit


@pytest.mark.parametrize("count", [0, 9])
def test_a_half_holds_one_to_eight_samples(count: int) -> None:
    with pytest.raises(SignalError, match=rf"^one half of the Mirage holds 1 to 8 samples, not {count}$"):
        build(*(loop(1) for _ in range(count)))


@pytest.mark.parametrize("samples", [0, 255, 257, 128, 256 * 3, 256 * 5, 256 * 6, 256 * 7, 256 * 8 + 1, 65_281])
def test_a_loop_of_a_bad_length_is_refused(samples: int) -> None:
    voice = Voice(noise(samples), is_loop=True, top_key=60, coarse=4, fine=0x7E)
    expected = rf"^a loop of {samples:,} samples plays badly on the Mirage: use 256, 512 or 1,024 samples, or a "
    with pytest.raises(SignalError, match=expected):
        build(voice)


@pytest.mark.parametrize("voice", [loop(8), once(2000)])
@pytest.mark.parametrize("byte", [0, 15, 1999])
def test_a_stop_code_inside_audio_is_refused_with_its_place(voice: Voice, byte: int) -> None:
    samples = voice.samples.copy()
    samples[[byte, -1]] = 0
    expected = rf"^byte {byte} of sample 2 is 0x00, the Mirage's stop code; audio is 0x01 to 0xFF$"
    with pytest.raises(FormatError, match=expected):
        build(loop(1), replace(voice, samples=samples))


def test_a_sample_too_long_for_the_half_is_refused_with_what_fits() -> None:
    build(once(65_520))
    expected = r"^1 samples of up to 65,521 bytes do not fit into .*: the longest that fit have 65,520 bytes each$"
    with pytest.raises(SignalError, match=expected):
        build(once(65_521))


def test_a_loop_of_all_pages_is_refused() -> None:
    build(loop(255))
    with pytest.raises(SignalError, match=r"do not fit into the 256 pages of one half"):
        build(loop(256))


def promised(*voices: Voice) -> int:
    """Return how many bytes each sample may have, as the error says."""
    with pytest.raises(SignalError, match=r"bytes each$") as caught:
        build(*voices)
    return int(str(caught.value).split(" fit have ")[1].split(" bytes")[0].replace(",", ""))


@pytest.mark.parametrize("count", range(1, 9))
def test_samples_as_long_as_the_error_says_do_fit_and_longer_ones_do_not(count: int) -> None:
    fits = promised(*[once(65_536)] * count)
    build(*[once(fits)] * count)
    assert promised(*[once(fits + 1)] * count) == fits


@pytest.mark.parametrize("count", range(1, 9))
def test_loops_as_long_as_the_error_says_do_fit(count: int) -> None:
    fits = promised(*[loop(256)] * count)
    build(*[loop(fits // 256)] * count)


@pytest.mark.parametrize(
    ("name", "value", "of_voice"),
    [
        ("top key", 61, (61, 4, 0)),
        ("top key", -1, (-1, 4, 0)),
        ("coarse tune", 8, (60, 8, 0)),
        ("coarse tune", -1, (60, -1, 0)),
        ("fine tune", 256, (60, 4, 256)),
        ("fine tune", -1, (60, 4, -1)),
    ],
)
def test_a_parameter_out_of_range_is_refused(name: str, value: int, of_voice: tuple[int, int, int]) -> None:
    voice = Voice(noise(256), True, *of_voice)
    with pytest.raises(FormatError, match=rf"^wavesample 2: {name} \[\d\d\] is {value}; it must be 0 to"):
        build(loop(1), voice)


# --- audio of any bank


def with_wave(wave: Wavesample, memory: bytes) -> Bank:
    made = build(loop(1))
    return Bank(replace(made.sound, wavesamples=(wave, *made.sound.wavesamples[1:])), memory)


def test_audio_ends_at_an_earlier_stop_marker() -> None:
    memory = bytearray(b"\x90" * 65_536)
    memory[0x1234:0x1244] = bytes(16)
    found = bank.audio(with_wave(Wavesample(start=0x10, end=0x1F), bytes(memory)), 0)
    assert found.tolist() == [0x90] * 0x234


def test_audio_without_markers_is_all_but_the_place_of_the_last_one() -> None:
    memory = noise(65_536).tobytes()
    for wave in (
        Wavesample(start=0x10, end=0x1F),
        Wavesample(loop_on=1, start=0x10, end=0x1F, loop_start=0x18, loop_end=0x1A),
        Wavesample(loop_on=1, start=0x10, end=0x1F, loop_start=0x18, loop_end=0x1F, loop_fine=0xDF),
    ):
        assert bank.audio(with_wave(wave, memory), 0).tobytes() == memory[0x1000:0x1FF0]


@pytest.mark.parametrize(("loop_end", "loop_fine"), [(0x10, 0x00), (0x18, 0x7F), (0x1E, 0xFF), (0x1F, 0xDF)])
def test_audio_under_a_loops_marker_is_put_back(loop_end: int, loop_fine: int) -> None:
    memory = bytearray(noise(65_536).tobytes())
    whole = bytes(memory[0x1000:0x1FF0])
    marker = 256 * loop_end + loop_fine + 1
    memory[0x1FF0:0x2000] = memory[marker : marker + 16]
    memory[marker : marker + 16] = bytes(16)
    wave = Wavesample(
        loop_on=1, start=0x10, end=0x1F, loop_start=min(loop_end, 0x18), loop_end=loop_end, loop_fine=loop_fine
    )
    assert bank.audio(with_wave(wave, bytes(memory)), 0).tobytes() == whole
    assert bank.loop_samples(wave) == (256 * min(loop_end, 0x18), marker)


@pytest.mark.parametrize("loop_fine", [0xF0, 0xF8, 0xFE, 0xFF])
def test_audio_of_a_loop_too_near_its_end_for_a_marker_is_all_but_its_place(loop_fine: int) -> None:
    memory = bytearray(noise(65_536).tobytes())
    memory[0x1FF0:0x2010] = bytes(32)
    wave = Wavesample(loop_on=1, start=0x10, end=0x1F, loop_start=0x18, loop_end=0x1F, loop_fine=loop_fine)
    assert bank.audio(with_wave(wave, bytes(memory)), 0).tobytes() == memory[0x1000:0x1FF0]


def test_audio_of_a_loop_that_displaced_zeros_ends_with_the_loop() -> None:
    memory = bytearray(noise(65_536).tobytes())
    memory[0x1B00:0x1B10] = bytes(16)
    memory[0x1FF0:0x2000] = bytes(16)  # as on a real disk, section 3.6
    wave = Wavesample(loop_on=1, start=0x10, end=0x1F, loop_start=0x18, loop_end=0x1A)
    assert bank.audio(with_wave(wave, bytes(memory)), 0).tobytes() == memory[0x1000:0x1B00]


@given(st.binary(min_size=625, max_size=625), st.integers(0, 7), st.integers(0, 99))
def test_any_bytes_hold_audio_or_are_an_error(parameters: bytes, number: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    memory = random.integers(0, 256, 65_536, dtype=np.uint8)
    memory[random.integers(0, 65_536, 2000)] = 0
    try:
        found = bank.audio(Bank(parameter_block.parse(parameters), memory.tobytes()), number)
    except FormatError:
        return
    assert not np.any(found == 0)


@pytest.mark.parametrize(
    "wave", [Wavesample(start=9, end=9), Wavesample(loop_on=1, start=0x10, end=0x20, loop_start=0x11, loop_end=0x21)]
)
def test_audio_of_pages_in_no_possible_order_is_refused(wave: Wavesample) -> None:
    with pytest.raises(FormatError, match=r"^wavesample 1: it"):
        bank.audio(with_wave(wave, bytes(65_536)), 0)


@pytest.mark.parametrize(
    ("is_good", "wave"),
    [
        (True, Wavesample(loop_on=1, start=0, end=9, loop_start=3, loop_end=3)),
        (True, Wavesample(loop_on=1, start=0, end=9, loop_start=2, loop_end=3)),
        (True, Wavesample(loop_on=1, start=0, end=9, loop_start=4, loop_end=7)),
        (False, Wavesample(loop_on=0, start=0, end=9, loop_start=4, loop_end=7)),
        (False, Wavesample(loop_on=1, start=0, end=9, loop_start=3, loop_end=3, loop_fine=0xFE)),
        (False, Wavesample(loop_on=1, start=0, end=9, loop_start=3, loop_end=4)),  # from an odd page
        (False, Wavesample(loop_on=1, start=0, end=9, loop_start=2, loop_end=5)),  # no multiple of 4
        (False, Wavesample(loop_on=1, start=0, end=9, loop_start=4, loop_end=6)),  # 3 pages
    ],
)
def test_good_loops_are_told_from_bad_ones(*, is_good: bool, wave: Wavesample) -> None:
    assert bank.is_good_loop(wave) is is_good
