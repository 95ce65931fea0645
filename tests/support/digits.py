"""Handwritten digits as IDX files, of those that come with scikit-learn, and a classifier that knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from tests.support import idx

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 28  # pixels, as MNIST has them
CONFIDENT = 0.8  # least probability of a digit that counts as recognized
NONE = 10  # the label of pictures that are no digits


def load() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return 1,797 digits of 8 x 8 pixels, scaled up to 28 x 28: uint8, (digits, 28, 28), and their labels, 0 to 9."""
    found: Any = load_digits()
    small = np.rint(found.images * 255 / 16).astype(np.uint8)
    pictures = [Image.fromarray(each).resize((SIDE, SIDE), Image.Resampling.BICUBIC) for each in small]
    return np.array(pictures, np.uint8), found.target.astype(np.uint8)


def write(folder: Path, count: int | None = None) -> Path:
    """Write the first digits, or all of them, and their labels; return the path of the pictures."""
    pictures, labels = load()
    return idx.write(folder, pictures[:count], labels[:count], packed=True)


@dataclass(frozen=True)
class Recognized:
    """What a classifier makes of pictures."""

    share: float  # of them that it recognizes with confidence
    digits: int  # how many of the ten occur among these
    as_asked: float  # share of all that it takes for the digit that was asked for; NaN if none was


class Classifier:
    """A small network that tells digits apart, and from what is no digit, fitted on four fifths of the real ones.

    A network that knows digits alone has to name one, and names it with confidence for noise, too.

    Attributes
    ----------
    held_out : uint8, (pictures, 28, 28), and uint8, (pictures,)
        The other real digits, and their labels.
    """

    def __init__(self) -> None:
        pictures, labels = load()
        self._network = MLPClassifier((128,), random_state=0, max_iter=300, learning_rate_init=3e-3, tol=1e-3)
        is_held_out = np.arange(len(pictures)) % 5 == 0
        known, names = pictures[~is_held_out], labels[~is_held_out]
        strange = no_digits(known, names)
        shown = _features(np.concatenate([known, strange]))
        self._network.fit(shown, np.concatenate([names, np.full(len(strange), NONE)]))
        self.held_out = pictures[is_held_out], labels[is_held_out]

    def judge(self, pictures: NDArray[np.uint8], asked: NDArray[np.integer[Any]] | None = None) -> Recognized:
        """Judge pictures, uint8, (pictures, 28, 28), of which `asked` are wanted, (pictures,)."""
        beliefs = self._network.predict_proba(_features(pictures))
        named = beliefs.argmax(1)
        sure = (beliefs.max(1) >= CONFIDENT) & (named != NONE)
        as_asked = float("nan") if asked is None else float((named == asked).mean())
        return Recognized(float(sure.mean()), len(set(named[sure].tolist())), as_asked)


def no_digits(pictures: NDArray[np.uint8], labels: NDArray[np.integer[Any]], seed: int = 0) -> NDArray[np.uint8]:
    """Make pictures that are no digits, of digits, (digits, 28, 28): a little more than there are of these.

    They are what goes wrong in a generator: pixels in disorder, quarters in other places, means of many digits, and two
    digits of different labels in one.
    """
    random, some, half = np.random.default_rng(seed), len(pictures) // 4, SIDE // 2
    disorder = random.permuted(pictures[random.integers(0, len(pictures), some)].reshape(some, -1), axis=1)
    quarters = pictures[random.integers(0, len(pictures), some)].reshape(some, 2, half, 2, half)
    moved = np.roll(quarters, (1, 1), axis=(1, 3))  # each to the opposite corner
    means = [pictures[random.integers(0, len(pictures), count)].mean(0) for count in random.integers(3, 40, some)]
    first, second = random.integers(0, len(pictures), (2, 2 * some))
    differ = labels[first] != labels[second]
    both = (pictures[first[differ]].astype(int) + pictures[second[differ]]) // 2
    made = (disorder, moved, np.array(means), both)
    return np.concatenate([each.reshape(-1, SIDE, SIDE) for each in made]).astype(np.uint8)


def _features(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the means of 2 x 2 pixels, (pictures, 196), 0 to 1."""
    half = SIDE // 2
    means = pictures.reshape(len(pictures), half, 2, half, 2).mean(axis=(2, 4))
    return np.asarray(means.reshape(len(pictures), -1) / 255)
