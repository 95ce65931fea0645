"""`samples/` holds what this version makes, to the byte."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import builtin_sounds, percussion, synth
from mirage_gan.base.arrays import Signal
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ

SAMPLES = Path(__file__).parents[2] / "samples"
CONTENTS = builtin_sounds.samples()
LOOPS = {loop.name: loop.signal for loop in synth.loops()}
HITS = {hit.name: hit.signal for hit in percussion.hits()}
SOUNDS = sorted(name for name in CONTENTS if "/" not in name and name != builtin_sounds.TABLE)
ONE_SHOTS = sorted(name for name in CONTENTS if name.startswith("percussion/"))


def signal(name: str) -> Signal:
    data = CONTENTS[name]
    if name.endswith(".pcm"):
        return pcm.decode(np.frombuffer(data, np.uint8))
    read = soundfile.read(io.BytesIO(data), dtype="float32")[0]
    return np.asarray(read, np.float32)


def test_the_files_are_the_ones_that_the_package_makes() -> None:
    found = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file())
    assert found == sorted(CONTENTS) == sorted([*SOUNDS, *ONE_SHOTS, builtin_sounds.TABLE])
    different = [name for name, data in CONTENTS.items() if (SAMPLES / name).read_bytes() != data]
    assert different == []


def test_all_files_together_are_under_a_megabyte() -> None:
    assert sum(len(data) for data in CONTENTS.values()) < 1_000_000


def test_there_are_about_200_loops_some_of_them_headerless() -> None:
    assert 180 <= len(SOUNDS) <= 220
    headerless = [name for name in SOUNDS if name.endswith(".pcm")]
    assert len(headerless) == len(synth.FAMILIES)
    assert all(name.endswith((".wav", ".pcm")) for name in SOUNDS)


def test_there_are_two_one_shots_or_more_of_each_family_in_a_folder_of_its_own() -> None:
    for family in percussion.FAMILIES:
        assert len([name for name in ONE_SHOTS if name.startswith(f"percussion/{family}/{family}-")]) >= 2
    assert len(ONE_SHOTS) < len(SOUNDS) / 4  # so that the folder is learned as loops


def test_every_sound_is_a_different_one() -> None:
    names = [*SOUNDS, *ONE_SHOTS]
    assert len({signal(name).tobytes() for name in names}) == len(names)


def test_every_loop_is_one_page_that_the_machine_plays() -> None:
    for name in SOUNDS:
        samples_8bit = np.rint(signal(name) * (127 if name.endswith(".pcm") else 128)).astype(int)
        assert len(samples_8bit) == 256, name
        assert samples_8bit.min() >= -127, name  # 0x00, the stop code, would be -128
        assert max(samples_8bit.max(), -samples_8bit.min()) == 127, name


def test_the_table_names_every_family_and_its_files() -> None:
    table = CONTENTS[builtin_sounds.TABLE].decode()
    for family in (*synth.FAMILIES, *percussion.FAMILIES):
        names = [name for name in (*SOUNDS, *ONE_SHOTS) if name.rpartition("/")[2].startswith(f"{family}-")]
        row = next(line for line in table.splitlines() if line.startswith(f"| {family} |"))
        assert names[0] in row
        assert names[-1] in row


def test_writing_again_leaves_what_is_there_alone(tmp_path: Path) -> None:
    builtin_sounds.write(tmp_path, CONTENTS)
    written = (path for path in tmp_path.rglob("*") if path.is_file())
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in written} == CONTENTS
    first, second = SOUNDS[:2]
    (tmp_path / first).write_bytes(b"spoiled")
    untouched = (tmp_path / second).stat()
    builtin_sounds.write(tmp_path, CONTENTS)
    assert (tmp_path / first).read_bytes() == CONTENTS[first]
    assert (tmp_path / second).stat().st_ino == untouched.st_ino
    assert (tmp_path / second).stat().st_mtime_ns == untouched.st_mtime_ns


@pytest.mark.parametrize("family", synth.FAMILIES)
def test_every_file_holds_the_loop_of_its_name(family: str) -> None:
    for name in SOUNDS:
        if name.startswith(f"{family}-"):
            difference = signal(name) * (1 if name.endswith(".pcm") else 128 / 127) - LOOPS[name[:-4]]
            assert np.max(np.abs(difference)) <= 1 / 254 + 1e-6, name


def test_every_file_of_percussion_holds_the_one_shot_of_its_name() -> None:
    for name in ONE_SHOTS:
        hit = HITS[Path(name).stem]
        assert len(signal(name)) == len(hit)
        assert np.max(np.abs(signal(name) * 128 / 127 - hit)) <= 1 / 254 + 1e-6, name


def test_all_one_shots_are_made_for_the_demo_in_a_folder_for_each_family() -> None:
    made = builtin_sounds.one_shots()

    assert list(made) == [f"{name.partition('-')[0]}/{name}.wav" for name in HITS]
    for path, data in made.items():
        read, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32")
        assert rate_hz == HEADER_RATE_HZ
        assert np.max(np.abs(read * 32_768 / 32_767 - HITS[Path(path).stem])) < 2e-5  # 16 bits
