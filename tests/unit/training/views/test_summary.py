"""A run's page and curves are there at any moment, of old runs too, and cost the training next to nothing."""

from __future__ import annotations

import base64
import html
import re
import shlex
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from mirage_gan.base import files
from mirage_gan.folders import run_log, runs
from mirage_gan.pages import pictures, preview
from mirage_gan.pages.prints import training_strip
from mirage_gan.training import plan
from mirage_gan.training.train import train
from mirage_gan.training.views import summary
from mirage_gan.training.views.summary import Summary
from tests.support.trainings import Impatient, tiny

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.pages.prints.training_strip import Moment

DRAWN = (runs.PAGE, runs.CURVES, runs.STRIP, runs.ANIMATION)
REAL = {"coverage": 0.9, "recall": 0.8, "precision": 0.7, "copy": 0.0, "twins": 0.0}


def page_of(run: Path) -> str:
    return html.unescape((run / runs.PAGE).read_text(encoding="utf-8"))


def shown(run: Path) -> list[str]:
    """Return the captions of the strips on the page of a run."""
    return re.findall(r"<figcaption>(Step .*?)</figcaption>", page_of(run))


def test_a_run_that_has_ended_is_described_with_its_verdict(unbroken: Path) -> None:
    report = runs.load_report(unbroken)
    assert report is not None
    assert report.judgment is not None
    page = page_of(unbroken)

    assert f'dir="auto">{report.judgment.verdict.word}</b>' in page
    assert f"{report.judgment.verdict.why}; {report.judgment.verdict.remedy}. The best checkpoint is of step" in page
    assert f'<td class="n">{report.judgment.ours["twins"]:.3f}</td>' in page
    assert "last check at step 40 of 40" in page
    assert page.count("<svg") == 4
    with Image.open(unbroken / runs.CURVES) as picture:
        picture.load()
        assert picture.width > 250  # `draw_coarsely` draws a quarter of it


def test_the_best_and_the_last_check_are_named_with_the_checkpoint_that_makes_their_sounds(unbroken: Path) -> None:
    best = max(run_log.load(unbroken), key=lambda line: float(line["score"]))["step"]
    said = dict.fromkeys((10, 20, 30, 40), "")
    said[40] = ", the last check: export --checkpoint last"
    said[best] = ", the best check, whose checkpoint export takes" if best < 40 else ", the last check and the best one"

    assert shown(unbroken) == [f"Step {step}{about}." for step, about in said.items()]


def test_commands_name_the_run_and_are_such_as_a_shell_takes(dataset: Path, tmp_path: Path) -> None:
    run = train(tiny(dataset, tmp_path / "my run", steps=2)).run

    commands = re.findall(r"<pre[^>]*>(.*?)</pre>", page_of(run))
    assert len(commands) == 4
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "mirage-gan"
        assert words[2] == str(run)


def test_a_training_can_be_followed(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run"), Impatient(15))

    page = page_of(tmp_path / "run")
    assert "It is judged when the training ends; it is too early to tell" in page
    assert "The check at step 10." in page
    assert "badge" not in page[page.index("<main>") :]
    assert (tmp_path / "run" / runs.CURVES).is_file()


def test_a_run_without_a_check_has_a_page_that_says_so(dataset: Path, tmp_path: Path) -> None:
    run = train(tiny(dataset, tmp_path / "run", max_minutes=0)).run

    assert "the run ended before its first check" in page_of(run)
    assert not (run / runs.CURVES).exists()


def test_a_run_of_an_earlier_version_gets_a_page_without_the_previews_of_other_latents(
    dataset: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, run), Impatient(25))
    for name in (runs.PAGE, runs.CURVES):
        (run / name).unlink()
    for step in (10, 20):  # as versions before 0.5.0 wrote it
        path = runs.preview_path(run, step, ".png")
        path.write_bytes(pictures.encode_png(np.asarray(Image.open(path))))

    train(tiny(dataset, run))

    assert [caption.split(".")[0].split(",")[0] for caption in shown(run)] == ["Step 30", "Step 40"]
    with Image.open(run / runs.ANIMATION) as moving:
        assert moving.n_frames == 2  # type: ignore[attr-defined]
    assert page_of(run).count("<svg") == 4
    assert (run / runs.CURVES).is_file()


def test_lost_previews_are_left_out(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(unbroken, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / runs.PREVIEWS)

    train(tiny(dataset, tmp_path / "run"))  # it is finished, and only described again

    assert shown(tmp_path / "run") == []
    assert "<audio" not in page_of(tmp_path / "run")


def test_the_same_run_is_described_by_the_same_bytes(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(unbroken, tmp_path / unbroken.name)
    train(tiny(dataset, tmp_path / unbroken.name))
    first = {name: (tmp_path / unbroken.name / name).read_bytes() for name in DRAWN}

    train(tiny(dataset, tmp_path / unbroken.name))

    assert {name: (tmp_path / unbroken.name / name).read_bytes() for name in first} == first


def test_while_it_trains_a_run_is_described_in_a_small_share_of_the_time(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    written: list[float] = []

    def write(path: Path, _content: bytes) -> None:
        if path.name == runs.PAGE:
            written.append(now[0])
            now[0] += 0.25

    monkeypatch.setattr(summary, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(files, "write_bytes", write)
    made = Summary(tmp_path, plan.resolve(tiny(dataset, None)), REAL)
    checks: list[dict[str, Any]] = []
    for second in range(1, 41):
        now[0] += 1
        line = {"step": second, "seconds": float(second), "score": 0.5}
        checks.append({**line, "coverage": 0.5, "recall": 0.5, "precision": 0.5})
        made.follow(checks)

    assert written == pytest.approx([101, 110.25, 119.5, 128.75, 138])  # 0.25 s every 9.25 s: 2.7 %
    made.save(checks)
    assert len(written) == 6


# --- the same seeds over time


def test_a_run_that_has_ended_has_a_strip_to_print_and_an_animation_which_its_page_shows(unbroken: Path) -> None:
    page = page_of(unbroken)
    with Image.open(unbroken / runs.STRIP) as strip:
        assert strip.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    with Image.open(unbroken / runs.ANIMATION) as moving:
        assert moving.n_frames == 4  # type: ignore[attr-defined]  # only pictures of several frames have it

    assert page.count('src="data:image/webp;base64,') == 2
    assert base64.b64encode((unbroken / runs.ANIMATION).read_bytes()).decode() in page


def test_the_strip_has_a_column_for_each_check_with_the_best_one_marked(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[Moment]] = []
    strip = training_strip.strip

    def drawn(title: str, moments: Sequence[Moment]) -> Pictures:
        seen.append(moments)
        return strip(title, moments)

    monkeypatch.setattr(training_strip, "strip", drawn)
    shutil.copytree(unbroken, tmp_path / "run")
    train(tiny(dataset, tmp_path / "run"))

    best = max(run_log.load(unbroken), key=lambda line: float(line["score"]))["step"]
    assert [(moment.step, moment.is_best) for moment in seen[-1]] == [(step, step == best) for step in (10, 20, 30, 40)]
    cells = preview.cells(runs.preview_path(unbroken, 30, ".png").read_bytes())
    assert cells is not None
    assert np.array_equal(seen[-1][2].cells, preview.without_details(cells)[:16])


def test_while_it_trains_there_is_a_strip_and_no_animation_yet(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run"), Impatient(15))

    assert (tmp_path / "run" / runs.STRIP).is_file()
    assert not (tmp_path / "run" / runs.ANIMATION).exists()
    assert page_of(tmp_path / "run").count('src="data:image/webp;base64,') == 1


def test_a_run_without_previews_has_neither(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(unbroken, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / runs.PREVIEWS)
    for name in (runs.STRIP, runs.ANIMATION):
        (tmp_path / "run" / name).unlink()

    train(tiny(dataset, tmp_path / "run"))

    assert not (tmp_path / "run" / runs.STRIP).exists()
    assert not (tmp_path / "run" / runs.ANIMATION).exists()
    assert "data:image/webp" not in page_of(tmp_path / "run")
