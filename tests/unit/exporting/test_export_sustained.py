"""One-shots that go on while a key is held: what the user is told, and disks with them are not those without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.cli import report_text
from mirage_gan.exporting import order
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.settings.exporting import ExportConfig
from tests.support import floppy, held
from tests.support.disk_exports import asked, disks_of
from tests.support.exports import contents, make_waves

if TYPE_CHECKING:
    from pathlib import Path

SIGNALS = (held.organ(), held.plucked(seconds=0.5), held.voice(), held.noise()[:12_000])
LOOPED = {0, 2}


@pytest.fixture(autouse=True)
def _sounds(monkeypatch: pytest.MonkeyPatch, trained_oneshots: Path) -> None:
    """Let the first seeds be sounds of which some have a steady tail."""
    waves = runs.load_data(trained_oneshots).train.waves[: len(SIGNALS)]
    heard = {wave.tobytes(): signal for wave, signal in zip(waves, SIGNALS, strict=True)}
    make_waves(monkeypatch, waves)
    monkeypatch.setattr(order, "_render", lambda wave, _shape: heard[wave.tobytes()])


def wanted(run: Path, **changes: Any) -> ExportConfig:
    return asked(run, **{"layout": "play", "count": 4, **changes})


def looped(out: Path, name: str) -> set[int]:
    """Return the seeds that are looped on each half of a disk."""
    about = disks_of(out)[name]["sounds"]
    image = (out / name).read_bytes()
    for item in about:
        wave = floppy.waves(image, item["bank"])[item["wavesample"] - 1]
        assert bool(wave.loop_on) is (item["loop"] is not None)
    return {item["address"]["seed"] for item in about if item["loop"] is not None}


@pytest.mark.parametrize("layout", ["play", "single"])
def test_the_user_reads_how_many_sounds_go_on_while_a_key_is_held(
    trained_oneshots: Path, tmp_path: Path, layout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = export(wanted(trained_oneshots, layout=layout), tmp_path)

    assert report.sustained == 2
    assert looped(tmp_path, "MIR01.img") == LOOPED
    report_text.export(report)
    assert "2 of 4 sounds go on while a key is held\n" in capsys.readouterr().out
    again = export(wanted(trained_oneshots, layout=layout), tmp_path)
    assert (again.unchanged, again.sustained) == (True, 2)


def test_the_sheet_states_loop_and_cents_and_the_preview_is_made(trained_oneshots: Path, tmp_path: Path) -> None:
    export(wanted(trained_oneshots, preview=True), tmp_path)

    rows = [line for line in (tmp_path / "MIR01-sheet.txt").read_text().splitlines() if line.startswith(("L1", "U1"))]
    assert ["off" in row for row in rows] == [False, True, False, True] * 2
    assert (tmp_path / "MIR01-preview.wav").is_file()


def test_no_sustain_loops_nothing_and_says_nothing(
    trained_oneshots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = export(wanted(trained_oneshots, sustain=False), tmp_path)

    assert report.sustained is None
    assert looped(tmp_path, "MIR01.img") == set()
    report_text.export(report)
    assert "while a key is held" not in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["kit", "split8"])
def test_where_a_sound_has_few_keys_it_is_not_looped(trained_oneshots: Path, tmp_path: Path, layout: str) -> None:
    report = export(wanted(trained_oneshots, layout=layout), tmp_path)

    assert report.sustained is None
    assert looped(tmp_path, "MIR01.img") == set()


def test_a_disk_of_before_is_not_taken_for_one_that_sustains_nor_replaced(
    trained_oneshots: Path, tmp_path: Path
) -> None:
    plain, sustained = (wanted(trained_oneshots, sustain=value) for value in (False, True))
    export(plain, tmp_path)
    # versions before 0.6.0 knew no sustain, and wrote nothing of it: a disk of theirs looks like this
    assert "sustain" not in disks_of(tmp_path)["MIR01.img"]["disk"]
    before = contents(tmp_path)

    assert export(sustained, tmp_path).disks == ["MIR02.img"]

    assert before.items() <= contents(tmp_path).items()
    assert before["MIR01.img"] != contents(tmp_path)["MIR02.img"]
    for config in (plain, sustained):
        assert export(config, tmp_path).unchanged


def test_what_has_no_loops_is_found_as_before(trained_oneshots: Path, tmp_path: Path) -> None:
    for changes in ({"to": ("wavsyn",)}, {"layout": "kit"}, {"layout": "split8"}):
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        export(wanted(trained_oneshots, **changes), out)
        assert all("sustain" not in about["disk"] for about in disks_of(out).values())


def test_system_exclusive_dumps_hold_the_loops_too(trained_oneshots: Path, tmp_path: Path) -> None:
    report = export(wanted(trained_oneshots, to=("syx",)), tmp_path)

    assert report.sustained == 2
    sounds = disks_of(tmp_path)["MIR01-L1.syx"]["sounds"]
    assert {item["address"]["seed"] for item in sounds if item["loop"] is not None} == LOOPED


def test_the_same_seed_has_the_same_loop_whatever_is_beside_it(trained_oneshots: Path, tmp_path: Path) -> None:
    loops = []
    for count in (1, 4):
        export(wanted(trained_oneshots, count=count), tmp_path / str(count))
        image = (tmp_path / str(count) / "MIR01.img").read_bytes()
        wave = floppy.waves(image, "L1")[0]
        loops.append(floppy.memory(image, "L1")[256 * wave.start : 256 * (wave.end + 1)])
    assert loops[0] == loops[1]


# --- refused where it has no effect


def test_no_sustain_needs_a_format_of_disks() -> None:
    for to in (("pcm",), ("wav",), ("wavsyn",)):
        with pytest.raises(ConfigError, match=r"^--no-sustain is for disks: choose --to disk, or leave it out$"):
            ExportConfig(to=to, sustain=False)


@pytest.mark.parametrize("layout", ["kit", "split8", None])
def test_no_sustain_needs_a_layout_in_which_sounds_sustain(
    trained_oneshots: Path, tmp_path: Path, layout: str | None
) -> None:
    message = (
        rf"^--no-sustain is for one-shots in --layout play or single, and sounds in --layout {layout or 'kit'} do not "
        "sustain: leave it out$"
    )
    with pytest.raises(ConfigError, match=message):
        export(wanted(trained_oneshots, layout=layout, sustain=False), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_no_sustain_is_not_for_loops(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^--no-sustain is for one-shots .*, and these sounds are loops: leave it out$"
    ):
        export(asked(trained, sustain=False), tmp_path / "export")
