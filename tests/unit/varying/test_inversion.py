"""The latent of a sound is found again, wherever a loop begins, and what is found is an address like others."""

from __future__ import annotations

import numpy as np
import pytest

from mirage_gan.judging import novelty
from mirage_gan.models.addresses import Address
from mirage_gan.models.classes import Classes
from mirage_gan.models.families import build
from mirage_gan.models.networks import Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.varying import inversion
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import WholeSound
from tests.support.trainings import Recorder

LOOPS = Spec("wave", "", 64, 4)
CLASSES = Spec("wave", "", 64, 4, conditional="projection", classes=2)
PICTURES = Spec("oneshot", "", ROWS * 32, 4, representation=WholeSound.name)


def sampler(spec: Spec) -> Sampler:
    names = Classes(("bass", "pad")[: spec.classes], (30, 30)[: spec.classes])
    return Sampler(spec, build(spec, seed=0).generator, names)


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("polarity", [1, -1])
def test_the_latent_of_a_turned_loop_is_found_again(seed: int, polarity: int) -> None:
    made = sampler(LOOPS)
    wanted = polarity * np.roll(made.generate([seed])[0], 17)

    found = made.generate([inversion.invert(made, wanted)])

    assert novelty.Index(wanted[None]).nearest(found)[1][0] > 0.98


@pytest.mark.parametrize("name", ["bass", "pad"])
def test_a_sound_of_a_run_with_classes_is_found_in_its_class(name: str) -> None:
    made = sampler(CLASSES)
    wanted = made.generate([Address(5, mix=((name, 1.0),))])[0]

    found = inversion.invert(made, wanted)

    assert found.mix == ((name, 1.0),)
    assert novelty.Index(wanted[None]).nearest(made.generate([found]))[1][0] > 0.98


def test_the_latent_of_a_picture_is_found_again() -> None:
    made = sampler(PICTURES)
    wanted = made.generate([5])[0]
    others = made.generate(range(10, 30))

    found = made.generate([inversion.invert(made, wanted)])[0]

    assert np.square(found - wanted).mean() < 0.1 * np.square(others - wanted).mean(1).min()


def test_a_wave_has_one_latent_of_unit_rms_and_the_search_shows_its_progress() -> None:
    made, progress = sampler(LOOPS), Recorder()
    wanted = np.sin(np.linspace(0, 2 * np.pi, 64, endpoint=False)).astype(np.float32)

    found = inversion.invert(made, wanted, progress)

    assert found == inversion.invert(made, wanted)
    z = found.z
    assert z is not None
    assert np.square(z).mean() == pytest.approx(1, rel=1e-4)
    assert np.array_equal(np.array(z, np.float32), z)
    done, total, _ = progress.shown[-1]
    assert done == total
