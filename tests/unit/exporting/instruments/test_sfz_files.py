"""Instruments for SFZ players: every key plays the right sound at the right pitch, and hats choke each other."""

from __future__ import annotations

import dataclasses
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders import runs
from mirage_gan.settings.morphing import MorphConfig
from tests.support import sfz_player
from tests.support.disk_exports import disks_of
from tests.support.exports import asked, entries, make_waves, named
from tests.support.sfz_kits import kit_of, pitch_of, save
from tests.support.wav_exports import cents_off, hear, waves

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.exporting.makers import File

RATE_HZ = 29_412


def hz_of(key: int) -> float:
    return float(440 * 2 ** ((key - 69) / 12))


# --- loops


SHAPES: list[dict[str, Any]] = [
    {},
    {"length": "100"},
    {"pages": 4},
    {"pages": 4, "fill": True},
    {"rate_hz": 44_100},
    {"note": "A2", "bits": 24},
    {"length": "65000"},
]


@pytest.mark.parametrize("settings", SHAPES, ids=str)
def test_every_key_plays_a_loop_in_tune(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    make_waves(monkeypatch, waves(4))
    export(asked(trained, to=("sfz",), **settings), tmp_path / "out")

    instruments = sorted((tmp_path / "out").glob("*.sfz"))
    assert [path.name for path in instruments] == [f"tiny-seed{seed:06}.sfz" for seed in range(4)]
    for path in instruments[:2]:
        regions = sfz_player.load(path)
        assert regions[0].path == tmp_path / "out" / "samples" / f"{path.stem}.wav"
        for key in (36, 45, 60, 83):
            heard = sfz_player.play(regions, [(0, key)], 2)
            assert abs(cents_off(heard[4_410:88_200], 44_100, hz_of(key))) < 1


def test_a_loop_goes_on_until_the_key_is_released_and_clicks_nowhere(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("sfz",), count=2), tmp_path / "out")

    for path in (tmp_path / "out").glob("*.sfz"):
        heard = sfz_player.play(sfz_player.load(path), [(0, 57)], 1)
        sounding, after = heard[:44_100], heard[44_100 + 2_210 :]
        assert heard[0] == 0
        assert np.abs(sounding[-400:]).max() > 0.3
        assert not after.any()
        period = 44_100 // 220
        steepest = np.abs(np.diff(sounding[5 * period : 15 * period])).max()
        assert np.abs(np.diff(heard)).max() <= 1.05 * steepest


def test_the_samples_of_loops_are_the_files_of_wav(trained: Path, tmp_path: Path) -> None:
    for options in ({}, {"rate_hz": 48_000, "loudness": "equal", "bits": 8}):
        out = tmp_path / str(len(options))
        export(asked(trained, to=("wav", "sfz"), **options), out)
        for path in out.glob("*.wav"):
            assert (out / "samples" / path.name).read_bytes() == path.read_bytes()


def test_samples_stay_loops_beside_plain_audio(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wav", "sfz"), seconds=2.0, count=1), tmp_path)

    assert hear(tmp_path / "tiny-seed000000.wav").loop is None
    assert hear(tmp_path / "samples" / "tiny-seed000000.wav").loop == (0, 255)


def test_more_of_the_same_loops_are_added_and_the_first_stay(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("sfz",), count=2), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.[sw]*")}

    export(asked(trained, to=("sfz",), count=3), tmp_path / "out")

    after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.[sw]*")}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 2


def test_export_json_describes_each_file_of_a_loop(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("sfz",), count=1, loudness="equal"), tmp_path / "out")

    found = entries(tmp_path / "out")
    assert sorted(found) == ["samples/tiny-seed000000.wav", "tiny-seed000000.sfz"]
    for entry in found.values():
        assert entry["address"] == {"seed": 0}
        assert (entry["length"], entry["rate_hz"]) == (256, 29_412)
        assert entry["loudness_lufs"] == pytest.approx(-23, abs=0.01)


def test_a_morph_is_an_instrument_that_evolves(trained: Path, tmp_path: Path) -> None:
    report = morph(MorphConfig(str(trained), (3, 17), to=("sfz",)), tmp_path / "out")

    name = "tiny-morph-000003-000017"
    assert report.files == [f"samples/{name}.wav", f"{name}.sfz"]
    (region,) = sfz_player.load(tmp_path / "out" / f"{name}.sfz")
    assert region.number("loop_end", 0) == 255 * 256 - 1
    assert region.speed(46) * RATE_HZ / 256 == pytest.approx(hz_of(46), rel=5e-4)
    assert morph(MorphConfig(str(trained), (3, 17), to=("sfz",)), tmp_path / "out").files == report.files


def test_a_row_of_hits_is_refused(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^--to sfz is for a morph of loops, and shots makes one-shots: use pcm or wav$"
    ):
        morph(MorphConfig(str(trained_oneshots), (3, 17), to=("sfz",)), tmp_path / "out")


# --- kits


def test_a_kit_plays_each_one_shot_on_a_key_of_its_own_as_it_is(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("sfz", "wav"), count=5), tmp_path / "out")

    (kit,) = (tmp_path / "out").glob("*.sfz")
    assert kit.name == "shots-seed000000-kit.sfz"
    regions = sfz_player.load(kit)
    assert {region.path.parent for region in regions} == {tmp_path / "out" / "shots-seed000000-kit"}
    assert [region.keys for region in regions] == [range(key, key + 1) for key in range(36, 41)]
    centers = []
    for region in regions:
        key = region.keys[0]
        own, rate_hz = soundfile.read(tmp_path / "out" / region.path.name)
        heard = sfz_player.play(regions, [(0, key)], 0.01)  # a one-shot is played to its end
        at = np.arange(len(heard)) * rate_hz / 44_100
        expected = np.interp(at, np.arange(len(own)), own, right=0)
        assert np.abs(heard[: len(own)] - expected[: len(own)]).max() < 1e-6
        power = np.abs(np.fft.rfft(own)) ** 2
        centers.append((np.fft.rfftfreq(len(own), 1 / rate_hz) * power).sum() / power.sum())
    assert centers == sorted(centers)


def saved(kit: list[File], folder: Path) -> list[sfz_player.Region]:
    return sfz_player.load(save(kit, folder))


def keys_of(kit: list[File]) -> list[int]:
    return [item["key"] for item in kit[-1].about["sounds"]]


def test_known_drums_are_on_the_keys_of_general_midi_and_sound_so(tmp_path: Path) -> None:
    kit = kit_of(["snare", "kick", "Open Hats", "", "closed hats", "kick", "crash", "a flute"])
    regions = saved(kit, tmp_path)

    assert keys_of(kit) == [38, 35, 46, 37, 42, 36, 49, 39]
    for i, key in enumerate(keys_of(kit)):
        heard = sfz_player.play(regions, [(0, key)], 0.5)
        assert abs(cents_off(heard[:20_000], 44_100, pitch_of(i))) < 2


def test_a_hat_is_choked_by_every_hat_and_by_nothing_else(tmp_path: Path) -> None:
    regions = saved(kit_of(["open hat", "closed hat", "snare", "pedal hat"]), tmp_path)

    def after(*strokes: tuple[float, int]) -> float:
        """Return how loud the open hat is 50 ms after a stroke at 0.2 s."""
        heard = sfz_player.play(regions, [(0, 46), *strokes], 0.5)
        alone = sfz_player.play(regions, strokes, 0.5) if strokes else np.zeros_like(heard)
        return float(np.abs((heard - alone)[round(0.25 * 44_100) : round(0.3 * 44_100)]).max())

    assert after() > 0.2
    assert after((0.2, 38)) == pytest.approx(after())
    assert after((0.2, 42)) == after((0.2, 44)) == after((0.2, 46)) == 0


def test_what_the_user_calls_a_sound_counts_before_its_class_and_the_name_of_a_file_after_it() -> None:
    kit = kit_of(
        ["kit 3", "snare", "kick"], ["", "", "Big Clap"], ["crash-2-0000bd11", "kick-1a2b3c4d", "hat-1a2b3c4d"]
    )

    assert keys_of(kit) == [49, 38, 39]
    assert [item["drum"] for item in kit[-1].about["sounds"]] == ["crash", "snare", "clap"]
    assert keys_of(kit_of(["", ""], ids=["flute-ab00bd11", "flute-00bd0000-02"])) == [36, 37]


def test_names_of_sounds_are_no_trouble_for_players(tmp_path: Path) -> None:
    regions = saved(kit_of(["", "", "", ""], ["Bass = 3", "音", "鼓", "$x #1 // a"]), tmp_path)

    assert len({region.path for region in regions}) == 4


def test_export_json_lists_the_sounds_of_a_kit_with_their_keys(trained_oneshots: Path, tmp_path: Path) -> None:
    report = export(asked(trained_oneshots, to=("sfz",), loudness="equal"), tmp_path / "out")

    assert report.disks == ["shots-seed000000-kit.sfz"]
    listed = disks_of(tmp_path / "out")
    assert len(listed) == 5
    sounds = listed["shots-seed000000-kit.sfz"]["sounds"]
    assert [item["address"] for item in sounds] == [{"seed": seed} for seed in range(4)]
    assert sorted(item["key"] for item in sounds) == [36, 37, 38, 39]
    for item in sounds:
        signal, rate_hz = soundfile.read(tmp_path / "out" / item["sample"])
        assert (len(signal), rate_hz) == (item["length"], item["rate_hz"])
        assert "novelty" in item
        assert "loudness_lufs" in item


def test_the_class_of_the_nearest_training_sound_says_what_a_generated_sound_is(
    trained_oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = runs.load_data(trained_oneshots)
    classes = [f"{'Snares' if i % 2 else 'Kicks'} {i}" for i in range(len(data.train_ids))]
    monkeypatch.setattr(runs, "load_data", lambda _run: dataclasses.replace(data, train_classes=classes))

    export(asked(trained_oneshots, to=("sfz", "pcm"), count=3), tmp_path / "out")

    sounds = disks_of(tmp_path / "out")["shots-seed000000-kit.sfz"]["sounds"]
    for item in sounds:
        assert item["nearest_class"] == classes[data.train_ids.index(item["nearest"])]
        assert item["drum"] == ("snare" if "Snares" in item["nearest_class"] else "kick")
    assert {item["key"] for item in sounds} & {36, 38}
    assert {entry["nearest_class"] for entry in entries(tmp_path / "out").values()} <= set(classes)


def test_more_sounds_than_keys_are_refused(trained_oneshots: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        export(asked(trained_oneshots, to=("sfz",), count=129), tmp_path / "out")

    assert str(caught.value) == (
        "--to sfz makes one kit, which has 128 keys, and there are 129 sounds: choose a --count of 128 at most"
    )
    assert not (tmp_path / "out").exists()


# --- both


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])
def test_typed_twice_they_are_found_unchanged_and_zipped(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    run = request.getfixturevalue(kind)
    reports = [export(asked(run, to=("sfz",), count=3, zip=True), tmp_path / "out") for _ in range(2)]

    assert [report.unchanged for report in reports] == [False, True]
    made = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert reports[0].files == len(made - {"export.json", "export.zip"})
    with zipfile.ZipFile(tmp_path / "out" / "export.zip") as archive:
        assert set(archive.namelist()) == made - {"export.zip"}


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])
def test_another_bit_depth_gets_other_names_and_the_first_still_play(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    run = request.getfixturevalue(kind)
    export(asked(run, to=("sfz",), count=2), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.[sw]*")}

    export(asked(run, to=("sfz",), count=2, bits=24), tmp_path / "out")

    after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.[sw]*")}
    assert before.items() <= after.items()
    assert len(after) == 2 * len(before)
    for path in (tmp_path / "out").glob("*.sfz"):
        depths = {soundfile.info(region.path).subtype for region in sfz_player.load(path)}
        assert depths == {"PCM_24" if "-2" in path.name else "PCM_16"}


@pytest.mark.parametrize("kind", ["trained", "trained_oneshots"])
def test_files_of_somebody_elses_keep_their_names(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    run = request.getfixturevalue(kind)
    export(asked(run, to=("sfz",), count=1), tmp_path / "out")
    theirs = max((tmp_path / "out").rglob("*.wav"))
    sample = theirs.relative_to(tmp_path / "out")
    (tmp_path / "other" / sample).parent.mkdir(parents=True)
    (tmp_path / "other" / sample).write_bytes(b"theirs")
    (tmp_path / "other" / "export.json").write_bytes(b'{"format": 2, "files": {}, "disks": {}}')

    export(named(run, to=("sfz",), seeds="0"), tmp_path / "other")

    assert (tmp_path / "other" / sample).read_bytes() == b"theirs"
    (instrument,) = (tmp_path / "other").glob("*.sfz")
    assert "seed000000-2" in instrument.name
    assert [region.path.read_bytes() for region in sfz_player.load(instrument)] == [theirs.read_bytes()]


def test_a_sound_is_named_after_its_place_whatever_its_run_is_called(trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "Übung $1"
    try:
        run.symlink_to(trained, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no such link")
    export(named(run, to=("sfz",), count=2), tmp_path / "out")

    for path in (tmp_path / "out").glob("*.sfz"):
        assert path.name.startswith("Übung $1-seed")
        assert len(sfz_player.load(path)) == 1
    assert len(list((tmp_path / "out" / "samples").iterdir())) == 2
