"""Wavsyn's note: its settings fit the audio beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.exporting.export import export
from tests.support import floppy, machine
from tests.support.disk_exports import asked, disks_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


SETTINGS = re.compile(
    r"wavesample (\d): start \[60\] (..), end \[61\] (..), loop \[65\] (on|off)"
    r"(?:, pages \[62, 63\] (..) to (..), fine \[64\] (..))?, tuning \[67, 68\] (\d) / (..)"
)


def settings_of(note: str) -> dict[str, list[floppy.Wave]]:
    """Read the settings of a note, a list for each half; what it does not say is as on a fresh wavesample."""
    found: dict[str, list[floppy.Wave]] = {}
    for half, part in zip("LU", note.split("upper half"), strict=True):
        found[half] = []
        for number, start, end, switch, first, last, fine, coarse, fine_tune in SETTINGS.findall(part):
            assert int(number) == len(found[half]) + 1
            pages = [int(page, 16) for page in (start, end, first or "FE", last or "FE", fine or "FF")]
            tuning = [int(coarse), int(fine_tune, 16)]
            found[half].append(floppy.Wave._make([int(switch == "on"), *tuning, 63, 0, 198, 60, *pages, 0]))
    return found


def play_block(file: bytes, bank: int, wave: floppy.Wave, word: int, ticks: int) -> NDArray[np.int64]:
    """Play a wavesample of a bank of Wavsyn's file with the settings of the note."""
    loop = (wave.loop_start, wave.loop_end, wave.loop_fine) if wave.loop_on else None
    memory = file[65_536 * bank : 65_536 * (bank + 1)]
    chain = machine.tables(wave.start, wave.end, loop)
    return np.array(machine.play(memory, chain, word, ticks, looped=bool(wave.loop_on)))


@pytest.mark.parametrize("pages", [1, 2, 4])
@pytest.mark.parametrize(("layout", "blocks"), [("play", 4), ("single", 1)])
@pytest.mark.usefixtures("tones")
def test_the_settings_of_wavsyns_note_fit_its_audio(
    trained: Path, tmp_path: Path, pages: int, layout: str, blocks: int
) -> None:
    count = 6 * blocks
    export(asked(trained, to=("wavsyn",), count=count, pages=pages, layout=layout), tmp_path)

    file = (tmp_path / "MIR01-wavsyn.raw").read_bytes()
    note = (tmp_path / "MIR01-wavsyn.txt").read_text()
    assert len(file) == 393_216
    assert 0 not in file
    settings = settings_of(note)
    assert [len(part) for part in settings.values()] == [blocks, blocks]
    for bank, name in enumerate(floppy.SOUNDS):
        for number, wave in enumerate(settings[name[0]]):
            size = 256 // blocks  # pages of a block, of Wavsyn's template
            assert (wave.start, wave.end) == (size * number, size * number + size - 1)
            assert wave.start <= wave.loop_start <= wave.loop_end < wave.end
            assert (wave.loop_on, wave.loop_fine) == (1, 0xFF)
            assert wave.loop_start % wave.loop_pages == 0
            keys = range(31) if name[0] == "L" else range(31, 61)
            assert max(abs(floppy.cents_off(key, wave, name)) for key in keys) < 6
            samples = 256 * wave.loop_pages
            heard = play_block(file, bank, wave, 512, 3 * samples)
            once = heard[:samples]
            assert np.array_equal(heard, np.tile(once, 3))
            spectrum = np.abs(np.fft.rfft(once - once.mean()))
            assert np.argmax(spectrum) == 1  # one cycle, no more
            inside = np.abs(np.diff(once)).max()
            assert abs(int(once[0]) - int(once[-1])) <= inside + 1  # the join is a step like others


def test_wavsyns_note_lists_every_sound_where_it_is(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "wavsyn"), count=10), tmp_path)

    file = (tmp_path / "MIR01-wavsyn.raw").read_bytes()
    note = (tmp_path / "MIR01-wavsyn.txt").read_text()
    rows = [line.split() for line in note.splitlines() if re.match(r"[LU][123]\s", line)]
    assert [int(seed) for _, _, seed in rows] == list(range(10))
    for bank, number, seed in rows:
        at = 65_536 * floppy.SOUNDS.index(bank) + 16_384 * (int(number) - 1)
        assert file[at : at + 256] == (tmp_path / f"tiny-seed{int(seed):06}.pcm").read_bytes()
    listed = disks_of(tmp_path)["MIR01-wavsyn.raw"]["sounds"]
    assert [[item["bank"], str(item["wavesample"]), str(item["address"]["seed"])] for item in listed] == rows


def test_wavsyns_note_tells_what_is_left_to_the_user(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wavsyn",)), tmp_path)
    note = (tmp_path / "MIR01-wavsyn.txt").read_text()
    assert "393,216 bytes" in note
    assert "template" in note
    assert "keep the loops on" in note


def test_wavsyns_note_of_one_shots_does_not_ask_for_loops(old_oneshots: Path, tmp_path: Path) -> None:
    export(asked(old_oneshots, to=("wavsyn",), count=5), tmp_path)
    note = (tmp_path / "MIR01-wavsyn.txt").read_text()
    switches = {wave.loop_on for half in settings_of(note).values() for wave in half}
    assert switches == {1} or "keep the loops on" not in note


def test_with_the_settings_of_wavsyns_note_a_one_shot_is_not_followed_by_its_neighbor(
    old_oneshots: Path, tmp_path: Path
) -> None:
    export(asked(old_oneshots, to=("wavsyn",), count=4), tmp_path)
    file = (tmp_path / "MIR01-wavsyn.raw").read_bytes()
    note = (tmp_path / "MIR01-wavsyn.txt").read_text()
    if re.search(r"plays? on|runs? on|runs? into|hear the next sound", note):  # there is no marker that it could keep
        return
    for wave in settings_of(note)["L"]:
        heard = play_block(file, 0, wave, 512, 2 * 16_384)
        assert set(heard[3_072:].tolist()) == {0x80}
