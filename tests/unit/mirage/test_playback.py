"""What is rendered is what the chip would play: the loop at its pitch, the sample to its end, and no neighbor."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mirage_gan.base.arrays import Samples
from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import bank, parameter_block, playback, programs, tuning
from mirage_gan.mirage.bank import Bank, Voice
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample
from tests.support import machine

TICK_HZ = 1_000_000 / 34
UNITY = 512  # the word that plays a sample a tick
LOUD = (0x01, 0xFF)  # of neighbors; the samples under test keep off these values

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])


def sine(samples: int, cycles: int = 1) -> Samples:
    phase = 2 * np.pi * cycles * np.arange(samples) / samples
    return np.asarray(np.rint(128 + 120 * np.sin(phase)), np.uint8)


def noise(samples: int, seed: int = 0) -> Samples:
    """Make audio of all bytes but silence, the stop code, and those of loud neighbors."""
    values = np.array([*range(2, 0x80), *range(0x81, 0xFF)], np.uint8)
    return values[np.random.default_rng(seed).integers(0, len(values), samples)]


def loud(samples: int) -> Samples:
    return np.resize(np.array(LOUD, np.uint8), samples)


def once(samples: Samples, top_key: int = 60) -> Voice:
    return Voice(samples, is_loop=False, top_key=top_key, coarse=3, fine=0x4E)


def loop(samples: Samples, top_key: int = 60) -> Voice:
    return Voice(samples, is_loop=True, top_key=top_key, coarse=4, fine=0x7E)


def build(*voices: Voice, half: Half = LOWER) -> Bank:
    return bank.build(half, voices, programs.AUDITION)


def render(made: Bank, number: int, word: int, ticks: int) -> Samples:
    """Play one wavesample of a bank."""
    return playback.voice(made.wave, made.sound.wavesamples[number], word, ticks)


def measured_hz(samples: Samples) -> float:
    """Measure the pitch of a sine: the peak of its spectrum, between the bins."""
    centered = (samples.astype(float) - 128) * np.hanning(len(samples))
    spectrum = np.log(np.abs(np.fft.rfft(centered)) + 1e-9)
    peak = int(np.argmax(spectrum))
    low, mid, high = spectrum[peak - 1 : peak + 2]
    return float((peak + (low - high) / (2 * (low - 2 * mid + high))) * TICK_HZ / len(samples))


def cents(high: float, low: float) -> float:
    return 1200 * math.log2(high / low)


# --- against a model of the machine that knows only its bytes


@st.composite
def waves(draw: st.DrawFn) -> Wavesample:
    start = draw(st.integers(0, 0xFE))
    end = draw(st.integers(start + 1, min(start + draw(st.sampled_from([4, 40, 255])), 0xFF)))
    loop_start = draw(st.integers(start, min(end, 0xFE)))
    loop_end = draw(st.integers(loop_start, end))
    fine = draw(st.sampled_from([0xFF, 0xFF, 0x00, 0x7F]))
    loop_on = draw(st.integers(0, 1))
    return Wavesample(loop_on=loop_on, start=start, end=end, loop_start=loop_start, loop_end=loop_end, loop_fine=fine)


unshrunk = settings(max_examples=50, phases=[Phase.generate], report_multiple_bugs=False)
words = st.one_of(st.integers(100, 2000), st.integers(2000, 40_000), st.just(UNITY))


def as_the_machine(memory: bytes, wave: Wavesample, half: Half, word: int, ticks: int) -> list[int]:
    made = build(loop(sine(256)), half=half)
    parameters = parameter_block.build(replace(made.sound, wavesamples=(wave, *made.sound.wavesamples[1:])), half)
    return machine.play(memory, machine.read(parameters, half.letter, 0), word, ticks, looped=wave.loop_on == 1)


@halves
@settings(max_examples=50)
@given(wave=waves(), word=words, zeros=st.integers(0, 300), seed=st.integers(0, 99))
def test_any_wavesample_in_any_memory_is_played_as_by_the_machine(
    half: Half, wave: Wavesample, word: int, zeros: int, seed: int
) -> None:
    memory = noise(65_536, seed)
    memory[np.random.default_rng(seed).integers(0, 65_536, zeros)] = 0
    memory[::256] |= 1  # no table begins with a stop code; those that do have tests of their own
    found = playback.voice(memory.tobytes(), wave, word, 6000)
    assert found.tolist() == as_the_machine(memory.tobytes(), wave, half, word, 6000)


@halves
@unshrunk  # where it never returns, every attempt to shrink takes seconds
@given(wave=waves(), word=words, share=st.sampled_from([0.1, 0.5, 0.9, 1]), seed=st.integers(0, 99))
def test_tables_that_begin_with_a_stop_are_passed_over_as_by_the_machine(
    half: Half, wave: Wavesample, word: int, share: float, seed: int
) -> None:
    memory = noise(65_536, seed)
    memory[::256][np.random.default_rng(seed).random(256) < share] = 0
    with machine.returning():
        found = playback.voice(memory.tobytes(), wave, word, 3000)
    assert found.tolist() == as_the_machine(memory.tobytes(), wave, half, word, 3000)


# --- pitch


@pytest.mark.parametrize("pages", [1, 2, 4])
@pytest.mark.parametrize("key", [0, 4, 7, 12, 19, 24, 30, 45, 60])
def test_a_loop_of_the_lower_half_sounds_at_the_pitch_of_its_key(pages: int, key: int) -> None:
    assert_in_tune(LOWER, pages, key)


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("key", [31, 36, 43, 48, 55, 60])
def test_a_loop_of_the_upper_half_sounds_at_the_pitch_of_its_key(pages: int, key: int) -> None:
    assert_in_tune(UPPER, pages, key)


def assert_in_tune(half: Half, pages: int, key: int) -> None:
    coarse, fine = tuning.tune_loop(pages, half)
    made = build(Voice(sine(256 * pages), True, 60, coarse, fine), half=half)
    hz = measured_hz(playback.key(made, half, 0, key, 2**15))
    assert abs(cents(hz, tuning.note_hz(36 + key)) - tuning.cents_off(36 + key, coarse, fine, half, 256 * pages)) < 0.5
    assert abs(cents(hz, 440 * 2 ** ((36 + key - 69) / 12))) < 6


@halves
def test_a_chained_loop_sounds_at_its_pitch(half: Half) -> None:
    # 12 pages are two tables, with a cycle of 64 samples
    made = build(once(loud(4000)), loop(np.resize(sine(64), 12 * 256)), half=half)
    assert abs(cents(measured_hz(render(made, 1, UNITY, 2**15)), TICK_HZ / 64)) < 0.5


# --- loops


@pytest.mark.parametrize("word", [256, 512, 768, 1960, 5000])
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_free_run_loop_goes_round_without_losing_its_phase(word: int, pages: int) -> None:
    samples = noise(256 * pages)
    made = build(once(loud(300)), loop(samples), once(loud(300)))
    assert made.sound.wavesamples[1].chain().free_run
    wanted = samples[np.arange(20_000) * word // 512 % len(samples)]
    assert np.array_equal(render(made, 1, word, 20_000), wanted)


@pytest.mark.parametrize(
    ("before", "pages", "tables"),
    [(0, 9, 2), (0, 12, 2), (0, 255, 2), (0, 252, 2), (2, 39, 3), (2, 239, 5), (2, 247, 5), (0, 200, 2)],
)
def test_a_chained_loop_repeats_all_of_itself_and_nothing_else(before: int, pages: int, tables: int) -> None:
    samples = noise(256 * pages)
    voices = [once(loud(300))] * (before // 2) + [loop(samples)]
    left = 256 - (pages + 1 + (8 if before else 0))
    if left >= 2:
        voices.append(once(loud(256 * left - 16)))
    made = build(*voices)
    number = before // 2
    assert len(made.sound.wavesamples[number].chain().tables) == tables
    ticks = 2 * len(samples) + 1000
    assert np.array_equal(render(made, number, UNITY, ticks), np.resize(samples, ticks))


@pytest.mark.parametrize("word", [300, 700, 1960, 8192])
def test_a_chained_loop_restarts_each_table_from_its_top(word: int) -> None:
    samples = noise(256 * 12)  # tables of 8 and, running into the stop marker, 4 pages
    made = build(loop(samples), once(loud(256 * 20)))
    parts = [samples[:2048], samples[2048:]]
    ticks = [np.arange(0, len(part) * 512, word) // 512 for part in parts]
    period = np.concatenate([part[at] for part, at in zip(parts, ticks, strict=True)])
    assert np.array_equal(render(made, 0, word, 3 * len(period)), np.tile(period, 3))


def test_an_attack_is_played_once_before_its_loop() -> None:
    memory = noise(65_536)
    wave = Wavesample(loop_on=1, start=0x00, end=0x3F, loop_start=0x10, loop_end=0x33, loop_fine=0x2B)
    memory[0x332C:0x333C] = 0
    found = playback.voice(memory.tobytes(), wave, UNITY, 30_000)
    around = memory[0x1000:0x332C]
    wanted = np.concatenate([memory[:0x332C], around, around])[:30_000]
    assert np.array_equal(found, wanted)


def test_a_loop_ending_with_its_wavesample_goes_on_too() -> None:
    memory = noise(65_536)
    memory[0x1FE0:0x1FF0] = 0
    wave = Wavesample(loop_on=1, start=0x10, end=0x1F, loop_start=0x18, loop_end=0x1F, loop_fine=0xDF)
    found = playback.voice(memory.tobytes(), wave, UNITY, 10_000)
    around = memory[0x1800:0x1FE0]
    assert np.array_equal(found, np.concatenate([memory[0x1000:0x1FE0], np.resize(around, 10_000 - 0xFE0)]))


@halves
@pytest.mark.parametrize("pages", [1, 2, 4, 9, 12, 252, 255])
@pytest.mark.parametrize("word", [200, 512, 1000, 1960, 4000])
def test_a_loop_clicks_no_more_than_its_own_steps(half: Half, pages: int, word: int) -> None:
    samples = sine(256 * pages, cycles=pages)
    made = build(loop(samples), half=half)
    found = render(made, 0, word, 80_000).astype(int)
    # a tick goes on by word / 512 samples, and at the end of a table by less
    wide = np.resize(samples, len(samples) + 256).astype(int)
    largest = max(np.max(np.abs(wide[step:] - wide[:-step])) for step in range(1, math.ceil(word / 512) + 1))
    assert np.max(np.abs(np.diff(found))) <= largest


# --- samples played once


@pytest.mark.parametrize("word", [256, 512, 1000, 1960, 8192])
@pytest.mark.parametrize("samples", [100, 496, 2000, 0x3000 - 16, 20_000])
def test_a_sample_stops_at_its_end_and_silence_follows(samples: int, word: int) -> None:
    audio = noise(samples)
    made = build(once(audio), once(loud(30_000)))
    found = render(made, 0, word, 120_000)
    pages = made.sound.wavesamples[0].end + 1
    padded = np.concatenate([audio, np.full(256 * pages - 16 - samples, 0x80, np.uint8)])
    if samples == 0x3000 - 16:  # one table of 128 pages, of which it has 48
        assert [(table.page, table.pages) for table in made.sound.wavesamples[0].chain().tables] == [(0, 128)]
    places = np.arange(0, len(padded) * 512, word) // 512
    heard = padded[places][: len(found)]
    assert np.array_equal(found[: len(heard)], heard)
    assert np.all(found[len(heard) :] == 0x80)


@halves
@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("word", [100, 511, 512, 1960, 8192])
def test_no_neighbor_is_ever_heard(half: Half, number: int, word: int) -> None:
    voices = [once(loud(5000)) if k % 2 == 0 else once(noise(1000 * k)) for k in range(7)]
    voices[3] = loop(noise(256 * 13))
    made = build(*voices, half=half)
    found = render(made, number, word, 30_000)
    assert not np.isin(found, LOUD).any()
    assert np.any(found != 0x80)


@pytest.mark.parametrize("word", [512, 1960, 8192])
def test_without_its_marker_the_neighbor_is_heard(word: int) -> None:
    # pages 00-2F are played as a table of 128 pages, section 3.6
    made = build(once(noise(0x3000 - 16)), once(loud(0x5000 - 16)), once(loud(20_000)))
    assert not np.isin(render(made, 0, word, 70_000), LOUD).any()
    memory = bytearray(made.wave)
    memory[0x2FF0:0x3000] = b"\x80" * 16
    found = playback.voice(bytes(memory), made.sound.wavesamples[0], word, 70_000)
    assert np.isin(found, LOUD).any()
    if word == UNITY:
        assert np.array_equal(found[0x3000 : 0x8000 - 16], loud(0x5000 - 16))  # up to the neighbor's own marker
        assert np.all(found[0x8000 - 16 :] == 0x80)


def test_without_its_marker_a_loop_of_many_tables_runs_into_its_neighbor() -> None:
    made = build(loop(noise(256 * 12)), once(loud(5000)))
    memory = bytearray(made.wave)
    memory[0x0C00:0x0C10] = b"\x80" * 16
    assert not np.isin(render(made, 0, UNITY, 5000), LOUD).any()
    assert np.isin(playback.voice(bytes(memory), made.sound.wavesamples[0], UNITY, 5000), LOUD).any()


# --- stops


def test_a_stop_code_halts_a_free_run_loop_for_good() -> None:
    memory = noise(65_536)
    memory[0x1080] = 0
    wave = Wavesample(loop_on=1, start=0x10, end=0x11, loop_start=0x10, loop_end=0x10)
    found = playback.voice(memory.tobytes(), wave, UNITY, 5000)
    assert np.array_equal(found[:0x80], memory[0x1000:0x1080])
    assert np.all(found[0x80:] == 0x80)


def test_a_stop_code_that_is_skipped_over_halts_nothing() -> None:
    memory = noise(65_536)
    memory[0x1081] = 0
    wave = Wavesample(loop_on=1, start=0x10, end=0x11, loop_start=0x10, loop_end=0x10)
    found = playback.voice(memory.tobytes(), wave, 2 * UNITY, 5000)
    assert np.array_equal(found, np.resize(memory[0x1000:0x1100:2], 5000))


def test_a_stop_code_in_a_chain_swaps_to_the_next_table() -> None:
    memory = noise(65_536)
    memory[0x0840] = 0  # in the first of the tables 08-0F, 10-1F
    found = playback.voice(memory.tobytes(), Wavesample(start=0x08, end=0x1F), UNITY, 6000)
    assert np.array_equal(found[: 0x40 + 0x1000], np.concatenate([memory[0x0800:0x0840], memory[0x1000:0x2000]]))
    assert np.all(found[0x40 + 0x1000 :] == 0x80)


def test_a_stop_code_in_a_chained_loop_shortens_its_period() -> None:
    memory = noise(65_536)
    memory[0x0340] = memory[0x0480] = 0  # in both of the tables of a page
    wave = Wavesample(loop_on=1, start=3, end=5, loop_start=3, loop_end=4)
    period = np.concatenate([memory[0x0300:0x0340], memory[0x0400:0x0480]])
    assert np.array_equal(playback.voice(memory.tobytes(), wave, UNITY, 3000), np.resize(period, 3000))


def test_a_loop_of_nothing_but_stops_is_silent() -> None:
    for wave in (
        Wavesample(loop_on=1, start=0, end=1, loop_start=0, loop_end=0),  # in free run
        Wavesample(loop_on=1, start=0, end=9, loop_start=0, loop_end=8),  # chained
        Wavesample(loop_on=0, start=0, end=9),
    ):
        with machine.returning():
            found = playback.voice(bytes(65_536), wave, UNITY, 2000)
        assert found.tolist() == [0x80] * 2000


def test_a_loop_of_nothing_but_stops_after_an_attack_is_silent() -> None:
    memory = noise(65_536)
    memory[0x0100:0x0200] = 0
    wave = Wavesample(loop_on=1, start=0, end=1, loop_start=1, loop_end=1)  # ends with it, so it is no free run
    with machine.returning():
        found = playback.voice(memory.tobytes(), wave, UNITY, 2000)
    assert np.array_equal(found[:256], memory[:256])
    assert np.all(found[256:] == 0x80)


@pytest.mark.parametrize(
    "wave",
    [
        Wavesample(loop_on=1, start=0, end=2, loop_start=1, loop_end=1),  # an attack that is stopped at once
        Wavesample(loop_on=1, start=0, end=1, loop_start=0, loop_end=1, loop_fine=0xDF),
        Wavesample(loop_on=1, start=0, end=2, loop_start=0, loop_end=2, loop_fine=0xDF),
    ],
)
def test_a_stop_code_at_the_top_of_the_first_table_swaps_to_the_next(wave: Wavesample) -> None:
    memory = noise(65_536)
    memory[0] = 0
    with machine.returning():
        found = playback.voice(memory.tobytes(), wave, UNITY, 2000)
    assert found.tolist() == as_the_machine(memory.tobytes(), wave, LOWER, UNITY, 2000)


# --- lengths and errors


@halves
@given(wave=waves(), word=words, ticks=st.integers(1, 3000))
def test_as_many_ticks_are_rendered_as_were_asked_for(half: Half, wave: Wavesample, word: int, ticks: int) -> None:
    memory = np.maximum(noise(65_536), 1).tobytes()
    found = playback.voice(memory, wave, word, ticks)
    assert found.dtype == np.uint8
    assert found.shape == (ticks,)
    assert np.array_equal(found, playback.voice(memory, wave, word, ticks + 500)[:ticks])


@pytest.mark.parametrize("voice", [once(noise(300)), loop(noise(256)), loop(noise(256 * 9))])
def test_no_ticks_are_no_samples(voice: Voice) -> None:
    made = build(voice)
    assert playback.key(made, LOWER, 0, 20, 0).shape == (0,)
    assert render(made, 0, UNITY, 0).shape == (0,)


@pytest.mark.parametrize("word", [0, -5])
def test_a_word_that_plays_nothing_is_refused(word: int) -> None:
    with pytest.raises(FormatError, match=rf"^a frequency word of {word} plays nothing$"):
        render(build(loop(sine(256))), 0, word, 100)


@pytest.mark.parametrize(
    ("wave", "message"),
    [
        (Wavesample(start=5, end=5), "it ends on page 05, not after page 05, where it starts"),
        (
            Wavesample(loop_on=1, start=5, end=9, loop_start=4, loop_end=8),
            "its loop, pages 04 to 08, is not within pages 05 to 09",
        ),
        (
            Wavesample(loop_on=1, start=5, end=9, loop_start=7, loop_end=6),
            "its loop, pages 07 to 06, is not within pages 05 to 09",
        ),
    ],
)
def test_pages_in_no_possible_order_are_refused(wave: Wavesample, message: str) -> None:
    with pytest.raises(FormatError, match=rf"^{message}$"):
        playback.voice(bytes(65_536), wave, UNITY, 100)


@settings(max_examples=50)
@given(parameters=st.binary(min_size=625, max_size=625), key=st.integers(0, 60), seed=st.integers(0, 99))
def test_any_bytes_are_played_or_are_an_error(parameters: bytes, key: int, seed: int) -> None:
    memory = noise(65_536, seed)
    memory[np.random.default_rng(seed).integers(0, 65_536, 3000)] = 0
    memory[::256] |= 1  # see above
    held = Bank(parameter_block.parse(parameters), memory.tobytes())
    for half in (LOWER, UPPER):
        try:
            found = playback.key(held, half, 0, key, 1000)
        except FormatError:
            continue
        assert found.shape == (1000,)
        assert not np.any(found == 0)


# --- keys


@halves
def test_a_key_plays_the_wavesample_that_claims_it(half: Half) -> None:
    flat = [np.full(256, value, np.uint8) for value in (0x90, 0xA0, 0xB0)]
    made = build(*(loop(samples, top_key) for samples, top_key in zip(flat, (9, 9, 40), strict=True)), half=half)
    for key, value in ((0, 0x90), (9, 0x90), (10, 0xB0), (40, 0xB0)):
        assert np.all(playback.key(made, half, 0, key, 50) == value)
    for key in (41, 60):
        assert np.all(playback.key(made, half, 0, key, 50) == 0x80)  # nobody claims it


def test_keys_of_the_lower_half_are_silent_on_the_upper_one() -> None:
    made = build(loop(np.full(256, 0x90, np.uint8), 35), loop(np.full(256, 0xA0, np.uint8), 60), half=UPPER)
    assert np.all(playback.key(made, UPPER, 0, 30, 50, first_key=31) == 0x80)
    assert np.all(playback.key(made, UPPER, 0, 31, 50, first_key=31) == 0x90)
    assert np.all(playback.key(made, UPPER, 0, 36, 50, first_key=31) == 0xA0)


def test_every_program_starts_at_a_wavesample_of_its_own() -> None:
    flat = [np.full(256, value, np.uint8) for value in (0x90, 0xA0, 0xB0, 0xC0)]
    patches = tuple(programs.starting_at(patch, k) for k, patch in enumerate(programs.AUDITION))
    made = bank.build(LOWER, [loop(samples) for samples in flat], patches)
    for program, samples in enumerate(flat):
        assert np.all(playback.key(made, LOWER, program, 30, 50) == samples[0])


@halves
@pytest.mark.parametrize("key", [0, 30, 60])
def test_a_key_plays_its_wavesample_with_its_own_tuning(half: Half, key: int) -> None:
    coarse, fine = 3, 0x4E
    made = build(once(noise(20_000)), half=half)
    word = tuning.frequency_word(36 + key, coarse, fine, half)
    assert np.array_equal(playback.key(made, half, 2, key, 5000), render(made, 0, word, 5000))


@pytest.mark.parametrize("word", [200, 300, 509, 777, 1960, 5000])
@pytest.mark.parametrize(("attack", "pages"), [(3, 1), (8, 4), (10, 8), (5, 12), (8, 23)])
def test_a_loop_takes_as_long_as_is_stated(attack: int, pages: int, word: int) -> None:
    samples = np.full(256 * (attack + pages), 0x90, np.uint8)
    samples[256 * attack : 256 * attack + 16] = 1  # however fast it is played, one of these is heard
    wave = (made := build(replace(loop(samples), loop_start=256 * attack))).sound.wavesamples[0]
    heard = playback.voice(made.wave, wave, word, 40 * pages * 256 * 512 // word)
    starts = np.flatnonzero((heard == 1) & (np.roll(heard, 1) != 1))
    around = (starts[-1] - starts[0]) / (len(starts) - 1)
    # a start is a tick early or late where the loop takes no whole number of ticks, or the attack goes on into it
    assert around == pytest.approx(256 * pages * 512 / word * playback.loop_stretch(wave, word), abs=2.5 / len(starts))
    if wave.chain().free_run:
        assert playback.loop_stretch(wave, word) == 1
