"""The built-in one-shots are many, varied, clean, and the same ones every time."""

from collections import Counter

import numpy as np
import pytest

from mirage_gan.audio import percussion
from mirage_gan.audio.measuring import onsets, pitch
from mirage_gan.base.arrays import Signal
from mirage_gan.judging import metrics
from mirage_gan.judging.oneshots import descriptors, figures
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ

HITS = percussion.hits()
SIGNALS = [hit.signal for hit in HITS]
FAMILY = np.array([hit.family for hit in HITS])
SECONDS = np.array([len(signal) for signal in SIGNALS]) / HEADER_RATE_HZ


def of(family: str) -> list[Signal]:
    return [hit.signal for hit in HITS if hit.family == family]


def share_above(signal: Signal, hz: float) -> float:
    power = np.abs(np.fft.rfft(signal.astype(np.float64))) ** 2
    return float(power[np.fft.rfftfreq(len(signal), 1 / HEADER_RATE_HZ) > hz].sum() / power.sum())


def test_there_are_120_one_shots_in_families_of_one_size() -> None:
    assert len(HITS) == 120
    assert Counter(hit.family for hit in HITS) == dict.fromkeys(percussion.FAMILIES, percussion.EACH)
    assert set(percussion.FAMILIES) == {"kick", "snare", "hat", "clap", "tom", "bell", "click", "voice"}


def test_every_one_shot_has_a_name_of_its_own() -> None:
    assert len({hit.name for hit in HITS}) == len(HITS)
    assert all(hit.name.startswith(f"{hit.family}-") for hit in HITS)


def test_the_one_shots_are_the_same_every_time() -> None:
    again = percussion.hits()
    assert [hit.name for hit in again] == [hit.name for hit in HITS]
    assert all(np.array_equal(hit.signal, signal) for hit, signal in zip(again, SIGNALS, strict=True))


def test_their_peak_is_1_and_they_have_no_dc() -> None:
    assert {signal.dtype for signal in SIGNALS} == {np.dtype(np.float32)}
    assert all(np.abs(signal).max() == 1 for signal in SIGNALS)
    assert max(abs(float(signal.mean(dtype=np.float64))) for signal in SIGNALS) < 1e-6


def test_no_one_shot_is_faulty() -> None:
    assert {hit.name: found for hit in HITS if (found := metrics.faults(hit.signal))} == {}


def test_they_begin_and_end_without_a_click() -> None:
    step = 1 / 127  # of 8 bits
    assert max(abs(float(signal[0])) for signal in SIGNALS) < step
    assert max(float(np.abs(signal[-8:]).max()) for signal in SIGNALS) < step / 4
    # nothing is cut off: there is little for the fade of the end to do
    before = round(onsets.FADE_SECONDS * HEADER_RATE_HZ)
    assert max(float(np.abs(signal[-2 * before : -before]).max()) for signal in SIGNALS) < 0.03


def test_they_begin_at_once() -> None:
    assert max(onsets.find_attack(signal, HEADER_RATE_HZ) for signal in SIGNALS) < 0.002 * HEADER_RATE_HZ


def test_lengths_go_from_20_milliseconds_to_a_second_and_a_half() -> None:
    assert 0.02 <= SECONDS.min() < 0.03
    assert 1.3 < SECONDS.max() <= 1.5
    assert len(set(SECONDS)) > 110


def test_nothing_is_mirrored_at_half_the_sample_rate() -> None:
    assert max(share_above(signal, 14_000) for signal in SIGNALS) < 1e-3


@pytest.mark.parametrize(
    ("family", "hz", "at_most"), [("kick", 5000, 0.03), ("tom", 9000, 1e-2), ("bell", 12_500, 1e-2)]
)
def test_pitched_families_have_nothing_where_no_partial_of_them_is(family: str, hz: float, at_most: float) -> None:
    assert max(share_above(signal, hz) for signal in of(family)) < at_most


def test_every_one_is_recognized_as_one_hit_and_not_as_a_loop() -> None:
    assert [hit.name for hit in HITS if pitch.is_loop(hit.signal, HEADER_RATE_HZ)] == []
    assert [hit.name for hit in HITS if len(onsets.find_hits(hit.signal, HEADER_RATE_HZ)) > 1] == []


def test_no_two_are_the_same_in_8_bits() -> None:
    assert len({pcm.encode(signal).tobytes() for signal in SIGNALS}) == len(HITS)


def test_a_family_is_a_sort_of_sound_and_each_member_differs() -> None:
    features = figures.features(SIGNALS, 64)
    distance = np.linalg.norm(features[:, None] - features[None], axis=2)
    np.fill_diagonal(distance, np.inf)

    assert np.mean(FAMILY[distance.argmin(axis=1)] == FAMILY) > 0.9
    assert figures.Known.of(features).twins(features) == 0
    assert distance.min() > 0.01  # 0.7 dB on average


def test_families_are_told_apart_by_ear() -> None:
    described = {family: descriptors.describe(of(family)) for family in percussion.FAMILIES}
    mean = {
        family: dict(zip(descriptors.DESCRIPTORS, described[family].mean(axis=0), strict=True)) for family in described
    }

    assert max(mean, key=lambda family: mean[family]["low"]) == "kick"
    assert max(mean, key=lambda family: mean[family]["high"]) == "hat"
    assert min(mean, key=lambda family: mean[family]["length"]) == "click"
    assert max(mean, key=lambda family: mean[family]["length"]) == "bell"
    assert mean["snare"]["flatness"] > mean["tom"]["flatness"] + 10


def test_a_kick_falls_in_pitch() -> None:
    for signal in of("kick"):
        rising = np.flatnonzero((signal[:-1] <= 0) & (signal[1:] > 0))[:40]
        late = signal[3000:]
        slow = np.flatnonzero((late[:-1] <= 0) & (late[1:] > 0))
        assert len(rising) > 1
        assert np.median(np.diff(slow)) > 1.2 * np.min(np.diff(rising))


def test_hats_are_closed_and_open() -> None:
    seconds = SECONDS[FAMILY == "hat"]

    assert 4 <= np.sum(seconds < 0.15) <= 11
    assert np.sum(seconds > 0.25) == percussion.EACH - np.sum(seconds < 0.15)
