"""Scores agree with an outside referee; copies are found however they are turned; faults are named."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.signal
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mirage_gan.audio import resampling, synth
from mirage_gan.base.arrays import Waves
from mirage_gan.judging import metrics
from mirage_gan.waves import cycles
from tests.support import judging, likeness

SHARED = Path(__file__).parents[3].parent / "shared"
REFEREE = SHARED / "checks" / "score.py"
AKWF = SHARED / "data" / "akwf"

some = settings(max_examples=30)
seeds = st.integers(0, 2**32 - 1)


def random_loops(seed: int, count: int, points: int = 256, harmonics: int = 40) -> Waves:
    """Make loops of falling harmonics, each with its own slope, as sounds have."""
    random = np.random.default_rng(seed)
    h = np.arange(1, harmonics + 1)
    level = random.uniform(0, 1, (count, harmonics)) * h ** -random.uniform(0.5, 2.5, (count, 1))
    phase = np.exp(2j * np.pi * random.random((count, harmonics)))
    spectrum = np.zeros((count, points // 2 + 1), complex)
    spectrum[:, 1 : harmonics + 1] = level * phase
    waves = np.fft.irfft(spectrum, points, axis=1)
    return np.asarray(waves / np.max(np.abs(waves), axis=1, keepdims=True), np.float32)


def real_loops(every: int, start: int) -> Waves:
    paths = sorted(AKWF.rglob("*.wav"))[start::every]
    loops = [soundfile.read(path, always_2d=True)[0].mean(1) for path in paths]
    return np.array([cycles.loop_wave(cycle, 256, align=True) for cycle in loops])


# --- the outside referee


@pytest.fixture(scope="module")
def referee() -> ModuleType:
    if not REFEREE.is_file():
        pytest.skip("the outside referee, checks/score.py, is not beside this checkout")
    spec = importlib.util.spec_from_file_location("score", REFEREE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fine(waves: Waves) -> NDArray[np.float64]:
    """Resample as the referee does, to its 1,024 points."""
    return np.asarray(scipy.signal.resample(waves.astype(np.float64), 1024, axis=1))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Waves, Waves]]:
    """Sets to compare: generated, held out."""
    sets = [
        (random_loops(1, 150), random_loops(2, 80)),
        (random_loops(3, 60, harmonics=6), random_loops(4, 150)),
        (np.array([loop.signal for loop in synth.loops()]), random_loops(5, 100)),
    ]
    if AKWF.is_dir():
        sets += [(real_loops(30, 3), real_loops(30, 5)), (random_loops(6, 150), real_loops(30, 9))]
    return sets


def test_the_features_are_the_referees(referee: ModuleType, pairs: list[tuple[Waves, Waves]]) -> None:
    for generated, held_out in pairs:
        for waves in (generated, held_out):
            difference = metrics.harmonic_features(waves) - referee.features(fine(waves))
            assert np.max(np.abs(difference)) < 0.01


def test_coverage_recall_and_precision_are_the_referees(referee: ModuleType, pairs: list[tuple[Waves, Waves]]) -> None:
    for generated, held_out in pairs:
        ours = metrics.overlap(generated, held_out)
        theirs = referee.manifold(referee.features(fine(held_out)), referee.features(fine(generated)))
        assert ours.coverage == pytest.approx(theirs["coverage"], abs=0.01)
        assert ours.recall == pytest.approx(theirs["recall"], abs=0.01)
        assert ours.precision == pytest.approx(theirs["precision"], abs=0.01)
        assert ours.density == pytest.approx(theirs["density"], abs=0.01)


def test_modes_copies_and_twins_are_the_referees(referee: ModuleType, pairs: list[tuple[Waves, Waves]]) -> None:
    for generated, train in pairs:
        ours = judging.score(generated, train, train)
        theirs = referee.judge(fine(generated), fine(train), fine(train), 64, is_train=False)
        for name in ("modes", "copy", "twins"):
            assert ours[name] == pytest.approx(theirs[name], abs=0.01), name


def test_the_nearest_correlation_is_the_referees(referee: ModuleType, pairs: list[tuple[Waves, Waves]]) -> None:
    for generated, held_out in pairs:
        waves, references = fine(generated[:30]), fine(held_out)
        ours = likeness.nearest(waves.astype(np.float32), references.astype(np.float32))[1]
        theirs = referee.best_correlation(waves, references)
        # we try four shifts where the referee tries one, so ours may be a trifle larger
        assert np.all(ours > theirs - 1e-4)
        assert np.all(ours < theirs + 0.01)


# --- harmonic_features


@some
@given(seeds, st.integers(0, 255), st.floats(0.01, 1), st.booleans(), st.booleans())
def test_the_features_are_blind_to_shift_level_polarity_and_direction(
    seed: int, shift: int, gain: float, inverted: bool, reversed_: bool
) -> None:
    wave = random_loops(seed, 1)
    other = gain * np.roll(wave, shift, axis=1) * (-1 if inverted else 1)
    other = other[:, ::-1] if reversed_ else other
    difference = metrics.harmonic_features(wave) - metrics.harmonic_features(np.asarray(other, np.float32))
    assert np.max(np.abs(difference)) < 1e-3


@pytest.mark.parametrize("points", [64, 128, 256, 512, 1024])
def test_the_features_are_levels_of_harmonics_from_0_to_60_db_down(points: int) -> None:
    t = np.arange(points) / points
    wave = np.sin(2 * np.pi * t) + 10**-1.5 * np.cos(6 * np.pi * t) + 10**-3.5 * np.sin(10 * np.pi * t)
    features = metrics.harmonic_features(np.array([wave], np.float32))
    assert features.shape == (1, metrics.HARMONICS)
    assert features[0, 0] == 1
    assert features[0, 2] == pytest.approx(0.5, abs=1e-3)  # 30 dB down
    assert np.count_nonzero(features > 1e-3) == 2  # 70 dB down is below the floor


def test_silence_has_no_features() -> None:
    assert not metrics.harmonic_features(np.zeros((2, 256), np.float32)).any()


# --- overlap


def test_the_held_out_waves_themselves_cover_everything() -> None:
    waves = random_loops(0, 100)
    overlap = metrics.overlap(waves, waves)
    assert (overlap.coverage, overlap.recall, overlap.precision) == (1, 1, 1)


def test_one_sound_over_and_over_covers_next_to_nothing() -> None:
    held_out = random_loops(0, 100)
    overlap = metrics.overlap(np.repeat(held_out[:1], 100, axis=0), held_out)
    assert overlap.precision == 1
    assert overlap.coverage < 0.2
    assert overlap.recall < 0.2


def test_noise_is_nowhere_near_real_sounds() -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (100, 256)).astype(np.float32)
    overlap = metrics.overlap(noise, random_loops(0, 100))
    assert overlap.coverage < 0.1
    assert overlap.precision < 0.1


def test_a_set_smaller_than_a_neighborhood_can_be_compared() -> None:
    for count in (1, 2, 5):
        overlap = metrics.overlap(random_loops(1, count), random_loops(2, 3))
        for value in (overlap.coverage, overlap.recall, overlap.precision):
            assert 0 <= value <= 1


# --- intervals


@pytest.mark.parametrize(
    ("covered", "interval"),
    # of E. B. Wilson's formula, by hand: for none of 20, the high end is z^2 / (20 + z^2)
    [(0, (0.0, 0.1611)), (10, (0.2993, 0.7007)), (20, (0.8389, 1.0))],
)
def test_the_interval_of_a_share_is_wilsons(covered: int, interval: tuple[float, float]) -> None:
    which = np.arange(20) < covered
    found = metrics.Membership(which, ~which, which * 3).intervals()

    assert found["coverage"] == found["precision"] == pytest.approx(interval, abs=1e-4)
    assert found["recall"] == pytest.approx((1 - interval[1], 1 - interval[0]), abs=2e-4)


# --- nearest


def brute_force(waves: Waves, references: Waves) -> NDArray[np.float64]:
    """Correlate every wave with every reference at every shift by a quarter of a point, either polarity."""
    best = np.zeros((len(waves), len(references)))
    for i, wave in enumerate(resampling.resample_loop(waves, 4 * waves.shape[1]).astype(np.float64)):
        a = (wave - wave.mean()) / np.linalg.norm(wave - wave.mean())
        shifted = np.array([np.roll(a, shift) for shift in range(len(a))])
        for j, reference in enumerate(resampling.resample_loop(references, len(wave)).astype(np.float64)):
            b = (reference - reference.mean()) / np.linalg.norm(reference - reference.mean())
            best[i, j] = np.max(np.abs(shifted @ b))
    return best


@settings(max_examples=12)
@given(seeds, st.sampled_from([16, 64]), st.integers(1, 90), st.booleans())
def test_the_nearest_reference_is_the_one_that_brute_force_finds(
    seed: int, points: int, references: int, noise: bool
) -> None:
    random = np.random.default_rng(seed)
    waves = random_loops(seed, 6, points, 7)
    others = random_loops(seed + 1, references, points, 7)
    if noise:  # bounds on the correlation of noise are loose: most references must be tried
        waves, others = (random.standard_normal(x.shape).astype(np.float32) for x in (waves, others))
    index, correlation = likeness.nearest(waves, others)
    everything = brute_force(waves, others)
    assert np.allclose(correlation, everything.max(1), atol=1e-5)
    assert np.allclose(everything[np.arange(len(waves)), index], everything.max(1), atol=1e-5)


@some
@given(seeds, st.data())
def test_a_copy_is_found_however_it_is_turned(seed: int, data: st.DataObject) -> None:
    references = random_loops(seed, 50)
    i = data.draw(st.integers(0, 49))
    copy = np.roll(references[i], data.draw(st.integers(0, 255)))
    copy = copy * data.draw(st.sampled_from([1, -1])) * data.draw(st.floats(0.01, 1)) + data.draw(st.floats(-1, 1))
    index, correlation = likeness.nearest(np.asarray([copy], np.float32), references)
    assert index[0] == i
    assert 0.9999 < correlation[0] <= 1


def test_another_timbre_is_no_copy() -> None:
    t = np.arange(256) / 256
    saw, square = 2 * t - 1, np.where(t < 0.5, 1.0, -1.0)
    _, correlation = likeness.nearest(np.array([saw], np.float32), np.array([square], np.float32))
    assert correlation[0] == pytest.approx(3**0.5 / 2, abs=0.01)  # the integral of their product


def test_silence_resembles_nothing() -> None:
    _, correlation = likeness.nearest(np.zeros((1, 64), np.float32), random_loops(0, 5, 64, 9))
    assert correlation[0] == 0


# --- is_dead


def test_a_batch_of_different_waves_is_alive() -> None:
    assert metrics.is_dead(random_loops(0, 64)) == ""
    assert metrics.is_dead(random_loops(0, 1)) == ""
    assert metrics.is_dead(0.01 * random_loops(0, 64)) == ""  # quiet at first is not dead


@pytest.mark.parametrize("level", [0.0, 0.5, -1.0])
def test_a_flat_batch_is_dead(level: float) -> None:
    waves = np.full((64, 256), level, np.float32)
    assert metrics.is_dead(waves) == "every wave is flat"
    waves += 0.0015 * random_loops(0, 64)  # from peak to peak under a step of 8 bits
    assert metrics.is_dead(waves) == "every wave is flat"


def test_one_lively_wave_keeps_a_batch_alive() -> None:
    waves = np.zeros((64, 256), np.float32)
    waves[5] = random_loops(0, 1)
    assert metrics.is_dead(waves) == ""


def test_a_batch_of_one_wave_over_and_over_is_dead() -> None:
    waves = np.repeat(random_loops(0, 1), 64, axis=0)
    assert metrics.is_dead(waves) == "all waves are the same"
    assert metrics.is_dead(waves + np.float32(1e-4) * random_loops(1, 64)) == ""


# --- faults

t = np.arange(256) / 256


def test_silence_is_named() -> None:
    assert metrics.faults(np.zeros(256, np.float32)) == ["silent"]
    assert metrics.faults(np.asarray(0.001 * np.sin(2 * np.pi * t), np.float32)) == ["silent"]


@pytest.mark.parametrize("level", [-1.0, -0.02, 0.5, 1.0])
def test_a_constant_is_named_flat(level: float) -> None:
    assert metrics.faults(np.full(256, level, np.float32)) == ["flat"]


def test_an_output_that_stays_near_the_center_is_named() -> None:
    # the article's flat pictures stayed at 125 to 130 of 255
    nearly = np.full(256, (126 - 128) / 127, np.float32) + np.float32(0.001) * random_loops(0, 1)[0]
    assert metrics.faults(nearly) == ["flat"]


@some
@given(seeds, st.sampled_from([256, 512, 1024]), st.booleans())
def test_noise_is_named(seed: int, points: int, uniform: bool) -> None:
    random = np.random.default_rng(seed)
    noise = random.uniform(-1, 1, points) if uniform else random.standard_normal(points)
    assert metrics.faults(np.asarray(noise / np.max(np.abs(noise)), np.float32)) == ["noise-like"]


@pytest.mark.parametrize("drive", [1.2, 1.5, 2.0, 3.0])
def test_a_clipped_wave_is_named(drive: float) -> None:
    sine = drive * np.sin(2 * np.pi * t)
    assert metrics.faults(np.asarray(sine.clip(-1, 1), np.float32)) == ["clipped"]


@some
@given(st.integers(2, 254), st.integers(0, 255), st.integers(1, 8))
def test_plain_shapes_have_no_fault(width: int, shift: int, harmonic: int) -> None:
    shapes = {
        "pulse": np.where(t < width / 256, 1.0, -1.0),
        "square": np.where(t < 0.5, 1.0, -1.0),
        "saw": 2 * (t * harmonic % 1) - 1,
        "triangle": 2 * np.abs(2 * t - 1) - 1,
        "sine": np.sin(2 * np.pi * harmonic * t),
    }
    faults = {name: metrics.faults(np.roll(x, shift).astype(np.float32)) for name, x in shapes.items()}
    # a pulse of a hundredth of the cycle is as bright as noise, and rightly called so
    if not 6 <= width <= 250:
        del faults["pulse"]
    assert not any(faults.values()), faults


@some
@given(seeds, st.sampled_from([0.05, 0.5, 1.0]))
def test_ordinary_loops_have_no_fault(seed: int, gain: float) -> None:
    for wave in random_loops(seed, 8):
        assert metrics.faults(np.asarray(gain * wave, np.float32)) == []


@pytest.mark.skipif(not AKWF.is_dir(), reason="the reference sounds are not beside this checkout")
def test_few_real_loops_have_a_fault() -> None:
    waves = real_loops(8, 0)
    faulty = sum(bool(metrics.faults(wave)) for wave in waves)
    assert len(waves) > 400
    assert faulty <= 0.1 * len(waves)
