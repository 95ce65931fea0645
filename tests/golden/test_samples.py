"""`samples/` holds what this version makes, to the byte."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import builtin_sounds, synth
from mirage_gan.base.arrays import Signal
from mirage_gan.mirage import pcm

SAMPLES = Path(__file__).parents[2] / "samples"
CONTENTS = builtin_sounds.contents()
LOOPS = {loop.name: loop.signal for loop in synth.loops()}
SOUNDS = sorted(name for name in CONTENTS if name != builtin_sounds.TABLE)


def signal(name: str) -> Signal:
    data = CONTENTS[name]
    if name.endswith(".pcm"):
        return pcm.decode(np.frombuffer(data, np.uint8))
    read = soundfile.read(io.BytesIO(data), dtype="float32")[0]
    return np.asarray(read, np.float32)


def test_the_files_are_the_ones_that_the_package_makes() -> None:
    assert sorted(path.name for path in SAMPLES.iterdir()) == sorted(CONTENTS)
    different = [name for name, data in CONTENTS.items() if (SAMPLES / name).read_bytes() != data]
    assert different == []


def test_all_files_together_are_under_a_megabyte() -> None:
    assert sum(len(data) for data in CONTENTS.values()) < 1_000_000


def test_there_are_about_200_loops_some_of_them_headerless() -> None:
    assert 180 <= len(SOUNDS) <= 220
    headerless = [name for name in SOUNDS if name.endswith(".pcm")]
    assert len(headerless) == len(synth.FAMILIES)
    assert all(name.endswith((".wav", ".pcm")) for name in SOUNDS)


def test_every_sound_is_a_different_one() -> None:
    assert len({signal(name).tobytes() for name in SOUNDS}) == len(SOUNDS)


def test_every_sound_is_one_page_that_the_machine_plays() -> None:
    for name in SOUNDS:
        samples_8bit = np.rint(signal(name) * (127 if name.endswith(".pcm") else 128)).astype(int)
        assert len(samples_8bit) == 256, name
        assert samples_8bit.min() >= -127, name  # 0x00, the stop code, would be -128
        assert max(samples_8bit.max(), -samples_8bit.min()) == 127, name


def test_the_table_names_every_family_and_its_files() -> None:
    table = CONTENTS[builtin_sounds.TABLE].decode()
    for family in synth.FAMILIES:
        names = [name for name in SOUNDS if name.startswith(f"{family}-")]
        row = next(line for line in table.splitlines() if line.startswith(f"| {family} |"))
        assert names[0] in row
        assert names[-1] in row


def test_writing_again_leaves_what_is_there_alone(tmp_path: Path) -> None:
    builtin_sounds.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == CONTENTS
    first, second = SOUNDS[:2]
    (tmp_path / first).write_bytes(b"spoiled")
    untouched = (tmp_path / second).stat()
    builtin_sounds.write(tmp_path)
    assert (tmp_path / first).read_bytes() == CONTENTS[first]
    assert (tmp_path / second).stat().st_ino == untouched.st_ino
    assert (tmp_path / second).stat().st_mtime_ns == untouched.st_mtime_ns


@pytest.mark.parametrize("family", synth.FAMILIES)
def test_every_file_holds_the_loop_of_its_name(family: str) -> None:
    for name in SOUNDS:
        if name.startswith(f"{family}-"):
            difference = signal(name) * (1 if name.endswith(".pcm") else 128 / 127) - LOOPS[name[:-4]]
            assert np.max(np.abs(difference)) <= 1 / 254 + 1e-6, name
