"""Exported instruments, played by somebody else's player: sfizz, as the Python module `pysfizz`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from tests.support.sfz_kits import kit_of, pitch_of, save
from tests.support.wav_exports import cents_off

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.support.fixtures import Cli

pysfizz = pytest.importorskip("pysfizz", reason="sfizz is not installed: pip install pysfizz")

RATE_HZ: Final = 48_000
BLOCK: Final = 256


def load(path: Path) -> Any:
    synth = pysfizz.Synth(sample_rate=RATE_HZ, block_size=BLOCK)
    assert synth.load_sfz_file(path)
    return synth


def play(synth: Any, strokes: dict[float, int], seconds: float) -> NDArray[np.float64]:
    """Strike keys at times in seconds, and release all of them at the end."""
    at = {round(time * RATE_HZ / BLOCK): key for time, key in strokes.items()}
    heard = []
    for block in range(math.ceil((seconds + 0.5) * RATE_HZ / BLOCK)):
        if block in at:
            synth._synth.note_on(0, at[block], 127)
        if block == round(seconds * RATE_HZ / BLOCK):
            for key in at.values():
                synth._synth.note_off(0, key, 0)
        heard.append(np.array(synth._synth.render_block()[0]))
    synth._synth.all_sound_off()
    return np.concatenate(heard).astype(float)


@pytest.mark.parametrize(
    "options", [(), ("--length", 100), ("--rate", 44_100, "--bits", 24), ("--note", "A2")], ids=str
)
def test_sfizz_plays_a_loop_in_tune_over_the_keyboard_without_a_click(
    cli: Cli, workplace: Path, options: tuple[object, ...]
) -> None:
    assert cli("export", "--to", "sfz", "--count", 2, "--prefix", "Übung $1", *options).exit_code == 0

    paths = sorted((workplace / "export").glob("*.sfz"))
    assert len(paths) == 2
    for path in paths:
        synth = load(path)
        assert synth.playable_keys == list(range(128))
        for key in (36, 48, 57, 72):
            heard = play(synth, {0: key}, 2)
            sounding = heard[RATE_HZ // 4 : 2 * RATE_HZ - BLOCK]
            assert np.abs(sounding).max() > 0.1
            assert abs(cents_off(sounding, RATE_HZ, 440 * 2 ** ((key - 69) / 12))) < 2
            assert np.abs(heard[-RATE_HZ // 4 :]).max() < 1e-3
            assert np.abs(np.diff(heard)).max() <= 1.1 * np.abs(np.diff(sounding)).max()


def test_sfizz_plays_a_kit_on_its_keys_and_chokes_hats(tmp_path: Path) -> None:
    kit = kit_of(["snare", "kick", "open hat", "", "closed hat"], ["Bass = 3", "音"])
    keys = [item["key"] for item in kit[-1].about["sounds"]]
    synth = load(save(kit, tmp_path))

    assert synth.playable_keys == sorted(keys)
    for number, key in enumerate(keys):
        heard = play(synth, {0: key}, 0.1)  # a one-shot sounds on after its key is released
        assert abs(cents_off(heard[: RATE_HZ // 2], RATE_HZ, pitch_of(number))) < 2

    snare, kick, opened, _, closed = keys
    for other, is_choked in ((closed, True), (snare, False), (kick, False)):
        alone = play(synth, {0.2: other}, 0.5)
        together = play(synth, {0: opened, 0.2: other}, 0.5)
        left = np.abs(together - alone)[round(0.26 * RATE_HZ) : round(0.3 * RATE_HZ)].max()
        assert (left < 1e-3) == is_choked
