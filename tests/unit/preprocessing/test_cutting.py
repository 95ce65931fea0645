"""What each file is taken for, a loop or a one-shot, and what is said of files that are of no use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.audio.measuring import pitch
from mirage_gan.base.errors import SignalError
from mirage_gan.preprocessing import cutting
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support.datasets import make, manifest, noise, reasons, tone
from tests.support.drums import drums
from tests.support.signals import Cycle

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves

RATE = 44_100
AKWF = 600  # samples of a cycle of the AKWF collection


def cut(signal: Signal, kind: str = "auto", rate_hz: int = RATE, **settings: Any) -> cutting.Cut:
    return cutting.cut(signal, rate_hz, kind, PreprocessConfig((Path("sounds"),), **settings))


def burst(seconds: float, decay: float, seed: int = 0) -> Signal:
    """Noise that dies away, peak 1."""
    t = np.arange(round(seconds * RATE)) / RATE
    made = np.random.default_rng(seed).standard_normal(len(t)) * np.exp(-t / decay)
    return np.asarray((made - made.mean()) / np.abs(made - made.mean()).max(), np.float32)


def akwf(number: int) -> Signal:
    """One cycle as in the AKWF collection: 600 samples at 44.1 kHz, peak 1."""
    cycle = Cycle(number, harmonics=5 + 10 * number).points(AKWF)
    return np.asarray(cycle / np.abs(cycle).max(), np.float32)


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.09])
def test_a_short_hat_that_dies_away_is_a_one_shot(seconds: float) -> None:
    for seed in range(10):
        found = cut(burst(seconds, seconds / 6, seed))

        assert (found.kind, len(found), len(found.waves)) == ("oneshot", 1, 0)


@pytest.mark.parametrize("seconds", [0.005, 0.01, 0.014])
def test_what_is_too_short_to_die_away_is_a_cycle(seconds: float) -> None:
    assert cut(burst(seconds, seconds / 6)).kind == "loop"


def test_a_short_file_of_even_noise_is_a_cycle() -> None:
    assert cut(burst(0.05, 10)).kind == "loop"


@pytest.mark.parametrize(("samples", "kind"), [(2047, "oneshot"), (2048, "loop")])
def test_a_power_of_two_is_a_cycle_even_if_it_dies_away(samples: int, kind: str) -> None:
    assert cut(burst(samples / RATE, 0.007)).kind == kind


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("number", range(10))
def test_a_cycle_that_is_repeated_under_some_noise_becomes_the_cycle(number: int, times: int) -> None:
    cycle = akwf(number)
    hiss = np.random.default_rng(number).standard_normal(times * AKWF) * np.sqrt(np.mean(cycle**2)) * 10 ** (-40 / 20)
    signal = np.asarray(np.tile(cycle, times) + hiss, np.float32)

    found, wanted = cut(signal / np.abs(signal).max()), cut(cycle)

    assert (found.kind, found.samples, found.pitch_hz) == ("loop", AKWF, RATE / AKWF)
    assert found.waves.shape == wanted.waves.shape == (1, 256)
    error = np.mean((found.waves - wanted.waves) ** 2) / np.mean(wanted.waves**2)
    assert 10 * np.log10(error) < -36


def test_the_mean_of_repeated_periods_has_less_noise_than_each() -> None:
    cycle = akwf(1)
    hiss = 0.01 * np.random.default_rng(0).standard_normal(6 * AKWF)
    signal = np.asarray(np.tile(cycle, 6) + hiss, np.float32)

    errors = [np.mean((cut(part).waves - cut(cycle).waves) ** 2) for part in (signal, signal[:AKWF])]

    assert errors[0] < 0.4 * errors[1]


def test_told_to_be_a_loop_a_short_file_is_one_period_whatever_it_holds() -> None:
    found = cut(np.tile(akwf(1), 3), "loop")

    assert (found.samples, len(found.waves)) == (3 * AKWF, 1)


def test_a_long_note_is_a_one_shot_and_gives_cycles_if_told_to() -> None:
    note = tone(1.0, 220, RATE)

    whole, cycles = cut(note), cut(note, "loop", cycles=5)

    assert (whole.kind, len(whole.whole_sounds), len(whole.waves)) == ("oneshot", 1, 0)
    assert whole.pitch_hz == pytest.approx(220, rel=0.001)
    assert whole.samples == RATE
    assert (cycles.kind, cycles.waves.shape, cycles.whole_sounds) == ("loop", (5, 256), [])
    assert cycles.samples == round(RATE / 220)


def test_a_long_sound_without_a_pitch_gives_no_cycle() -> None:
    with pytest.raises(SignalError, match=r"^without a pitch: no cycle can be cut from it; leave --kind out"):
        cut(noise(1, rate_hz=RATE), "loop")


@pytest.mark.parametrize("kind", ["auto", "oneshot"])
def test_a_drum_is_a_one_shot_pitched_or_not(kind: str) -> None:
    for drum in drums(9, 3):
        found = cut(drum, kind, 29_412)
        assert (found.kind, len(found.whole_sounds)) == ("oneshot", 1)


def test_a_loop_that_is_told_to_be_a_one_shot_is_learned_whole() -> None:
    found = cut(akwf(2), "oneshot")

    assert (found.kind, len(found.whole_sounds), found.samples) == ("oneshot", 1, AKWF)
    assert len(found.whole_sounds[0]) == pytest.approx(AKWF * 29_412 / RATE, abs=20)


@pytest.mark.parametrize(
    ("samples", "kind"), [(pitch.LOOP_MAX_SAMPLES, "loop"), (pitch.LOOP_MAX_SAMPLES + 1, "oneshot")]
)
def test_a_short_file_ends_at_4096_samples(samples: int, kind: str) -> None:
    assert cut(np.sin(2 * np.pi * np.arange(samples) / samples + 0.5).astype(np.float32)).kind == kind


def test_a_short_file_ends_at_a_tenth_of_a_second() -> None:
    for samples, kind in ((800, "loop"), (801, "oneshot")):
        found = cut(np.sin(2 * np.pi * np.arange(samples) / samples + 0.5).astype(np.float32), rate_hz=8_000)
        assert found.kind == kind


# files that are of no use, or of little

CLICK = np.pad(np.array([0.9], np.float32), (5_000, 10_000))


@pytest.mark.parametrize("kind", ["auto", "loop", "oneshot"])
@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (np.full(1, 0.5), "too short: it has 1 samples, and at least 16 are needed"),
        (np.zeros(30_000), "silent: it peaks at 0.00000 of full scale"),
        (np.full(30_000, 0.5), "flat: it stays at a level of 0.500, a DC offset without a sound"),
        (noise(seconds=3.0), "too long: 3.0 s is over --max-seconds 2; shorten it, or raise that"),
    ],
    ids=["one sample", "silence", "offset", "too long"],
)
def test_what_is_no_sound_is_refused_in_one_line(tmp_path: Path, signal: Waves, reason: str, kind: str) -> None:
    soundfile.write(tmp_path / "bad.wav", signal, 22_050)

    with pytest.raises(SignalError) as caught:
        make(tmp_path, out=tmp_path / "out", kind=kind, max_seconds=2.0)

    assert str(caught.value) == f"no usable sound under {tmp_path}: {(tmp_path / 'bad.wav').as_posix()} is {reason}"
    assert not (tmp_path / "out").exists()


def test_a_click_is_a_one_shot_of_its_own_and_no_loop(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "click.wav", CLICK, RATE)

    report = make(tmp_path, out=tmp_path / "out")

    assert (report.kind, report.learned, report.notes) == ("oneshot", 1, [])
    picture = np.load(tmp_path / "out" / "waves.npy").reshape(129, -1)
    assert picture[:, 0].max() == 1
    assert (picture[:, picture.shape[1] // 2 :] == -1).all()
    with pytest.raises(SignalError, match="is without a pitch: no cycle can be cut from it"):
        make(tmp_path, out=tmp_path / "other", kind="loop")


def test_of_eight_channels_the_mean_is_learned(tmp_path: Path) -> None:
    drum = drums(1, 0)[0]
    for name, sound in (("one", drum), ("eight", np.stack([drum] * 8, axis=1))):
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE)

    report = make(tmp_path / "eight.wav", tmp_path / "one.wav", out=tmp_path / "out")

    assert report.learned == 1
    assert reasons(report) == {"one.wav": f"duplicate of {(tmp_path / 'eight.wav').as_posix()}"}


def test_three_sounds_make_a_dataset_with_a_warning(tmp_path: Path) -> None:
    for i, drum in enumerate(drums(3, 0)):
        soundfile.write(tmp_path / f"{i}.wav", drum, RATE)

    report = make(tmp_path, out=tmp_path / "out")

    assert (report.learned, report.holdout) == (3, 0)
    assert report.warning.startswith("3 sounds are few")
    assert "\n" not in report.warning


def test_sounds_that_are_all_equal_are_one(tmp_path: Path) -> None:
    for i in range(12):
        soundfile.write(tmp_path / f"{i:02}.wav", drums(1, 0)[0], RATE)

    report = make(tmp_path, out=tmp_path / "out")

    assert (report.used, report.holdout, len(report.skipped)) == (1, 0, 11)
    assert {item.reason for item in report.skipped} == {f"duplicate of {(tmp_path / '00.wav').as_posix()}"}
    assert len(manifest(tmp_path / "out")) == 1
