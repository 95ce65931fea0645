"""Values that several settings share: default folders, kinds of sound, and choices."""

from __future__ import annotations

from typing import Final

DATASET: Final = "dataset"  # default folder that `preprocess` writes and `train` reads
EXPORT: Final = "export"  # default folder that `export` and `morph` write

LOOP: Final = "loop"
ONE_SHOT: Final = "oneshot"
PICTURE: Final = "picture"
ROW: Final = "row"
ROLL: Final = "roll"  # a picture of notes
SOUND_KINDS: Final = (LOOP, ONE_SHOT)
KINDS_IN_WORDS: Final = {
    LOOP: "loops",
    ONE_SHOT: "one-shots",
    PICTURE: "pictures",
    ROW: "rows of numbers",
    ROLL: "piano rolls",
}
LEAST_SIDE, MOST_SIDE = 8, 256  # pixels of a picture
MOST_COLUMNS: Final = 4096  # of a row
ADAM: Final = "adam"
OPTIMIZERS: Final = (ADAM, "sgd")

SIZES: Final = (64, 128, 256)
POINTS: Final = (*SIZES, 512, 1024)
MINIBATCH: Final = 4  # waves (packs of waves, with --packing) that --minibatch-std compares
# Augmentations that leave a sound of a kind as good a sound: see `training.step.augment`.
OWN_SYMMETRIES: Final = {
    LOOP: ("rotate", "invert", "reverse", "gain", "tilt"),
    ONE_SHOT: ("tilt", "fade", "stretch", "shift"),
}
SYMMETRIES: Final = tuple(dict.fromkeys(name for names in OWN_SYMMETRIES.values() for name in names))
FRAMES: Final = (32, 64, 128, 256)  # of 256 samples, in a whole sound
# How a discriminator is told the class of what it judges, see `models.networks.DiscriminatorHead`.
UNCONDITIONAL: Final = "none"
PROJECTION: Final = "projection"
CONDITIONAL: Final = (UNCONDITIONAL, PROJECTION, "embedding")
# How much of a bitmap each logit of the discriminator of dcgan judges, see `models.architectures.dcgan`.
WHOLE: Final = "whole"
PATCH: Final = "patch"
DISCRIMINATORS: Final = (WHOLE, PATCH)
LAYOUTS: Final = ("play", "split8", "single", "kit")
