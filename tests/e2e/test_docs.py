"""Every command that the README and the papers show works as typed, made small; and what they point at is there."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from PIL import Image

from mirage_gan.audio import builtin_sounds
from mirage_gan.cli import main
from mirage_gan.pages import pictures
from mirage_gan.pipeline import demo
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.sweeping import workers
from mirage_gan.training.train import train as train_stage
from tests.bench import audition_picture
from tests.support.sweeping import Inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

ROOT: Final = Path(__file__).parents[2]
PAPERS: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# what stands for something in a command
PLACEHOLDERS: Final = {
    "DISK": "mydisk.img",
    "THING": "dataset",
    "RECIPE.toml": "smoke.toml",
    "FORMAT": "pcm",
    "RUN": "tiny",
    "SOUND": "sound.wav",
}
# what makes a command small, in the place of what it says, or beside it
SMALL: Final[dict[str, dict[str, str]]] = {
    "train": {"--max-minutes": "0.002", "--width": "2", "--device": "cpu", "--batch-size": "8", "--every": "10"},
    "sweep": {
        "--minutes-per-run": "0.01",
        "--steps": "4",
        "--width": "2",
        "--device": "cpu",
        "--trials": "2",
        "--workers": "1",
    },
    "export": {"--count": "4"},
    "vary": {"--count": "2"},
    "audition": {"--count": "4"},
    "evaluate": {"--count": "40"},
}
ONLY_IF_SAID: Final = ("--minutes-per-run", "--trials", "--workers")
# what an option would contradict
UNLESS: Final = {"--count": "--seeds", "--width": "--weights-from", "--steps": "--minutes-per-run"}
# commands that are shown and not run here, and why
ELSEWHERE: Final = {
    r"\S*python3? -m venv ": "an environment is what this test runs in; the checks make one by this very line",
    r"\S*pip install ": "the same",
    r"torchrun ": "tests/e2e/test_torchrun.py starts it",
    r"gw write ": "needs a drive",
    r"\S*python -m pytest": "this is it",
    r"mirage-gan$": "the program's name",
}


def commands() -> Iterator[tuple[str, str]]:
    """Yield the name of a paper and a command: lines of shell blocks, and `mirage-gan ...` in a sentence or a table."""
    for paper in PAPERS:
        text = paper.read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            for line in block.splitlines():
                for part in re.split(r" && |; ", line.partition("  #")[0].strip()):
                    yield paper.name, part.strip()
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for part in re.findall(r"`((?:mirage-gan|python -m tests\.bench)[^`]*)`", prose):
            yield paper.name, " ".join(part.split())


def of_powershell() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of a paper and the words of a command in PowerShell, which has no backslash but in names.

    Source: "about_Parsing", Microsoft's documentation of PowerShell.
    """
    for paper in PAPERS:
        for block in re.findall(r"```powershell\n(.*?)```", paper.read_text(encoding="utf-8"), re.DOTALL):
            for line in re.split(r"\n|; ", block.replace("`\n", " ").strip()):
                words = re.findall(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""", line)
                yield paper.name, [re.sub(r"[\"']", "", word) for word in words]


SHOWN: Final = sorted(set(commands()))
OURS: Final = [(paper, line) for paper, line in SHOWN if re.match(r"(?:\S*/)?mirage-gan ", line)]
BENCHES: Final = [(paper, line) for paper, line in SHOWN if line.startswith("python -m tests.bench")]


def small(words: list[str]) -> list[str]:
    """Return the words of a command with what makes it small."""
    words = [PLACEHOLDERS.get(word, word) for word in words]
    for option, value in SMALL.get(words[0], {}).items():
        if option in words:
            words[words.index(option) + 1] = value
        elif option not in ONLY_IF_SAID and UNLESS.get(option) not in words:
            words += [option, value]
    if words[0] == "audition" and "--file" not in words:
        words.append("--file")  # a server would go on until Ctrl-C
    return words


def test_the_papers_show_commands() -> None:
    assert {"README.md", "training.md"} <= {paper for paper, _ in OURS}
    assert len(OURS) > 20
    assert len(BENCHES) > 5


def test_every_command_is_run_here_or_it_is_known_where() -> None:
    strays = [
        (paper, line)
        for paper, line in SHOWN
        if line and (paper, line) not in OURS + BENCHES and not any(re.match(way, line) for way in ELSEWHERE)
    ]

    assert strays == []


POWERSHELL: Final = list(of_powershell())
PROGRAMS_OF_WINDOWS: Final = {r".venv\Scripts\mirage-gan": "mirage-gan", r".venv\Scripts\pip": "pip"}
# beside our own command: what a program is called with
OTHERS: Final = {
    "python": ["-m", "venv", ".venv"],
    "pip": ["install", "torch==2.13.0", "."],
    r".venv\Scripts\Activate.ps1": [],
}


def test_the_papers_show_commands_for_powershell() -> None:
    assert {"README.md", "windows.md"} <= {paper for paper, _ in POWERSHELL}
    assert len({words[1] for _, words in POWERSHELL if words[0].endswith("mirage-gan")}) >= 4


@pytest.mark.parametrize(
    ("paper", "words"), POWERSHELL, ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_a_command_for_powershell_has_options_that_exist(paper: str, words: list[str]) -> None:
    program = PROGRAMS_OF_WINDOWS.get(words[0], words[0])
    if program in OTHERS:
        assert words[1:] == OTHERS[program]
        return
    assert program == "mirage-gan"
    command = main.commands[words[1]]

    values = command.make_context(words[1], list(words[2:])).params  # a usage error, if it does not know an option

    given = [word for word in words[2:] if not word.startswith("-")]
    assert [word for word in given if word not in str(values).replace("\\\\", "\\")] == []


@pytest.mark.parametrize(("paper", "line"), OURS, ids=lambda value: value)
def test_a_command_that_is_shown_works(
    cli: Callable[..., Result], workplace: Path, monkeypatch: pytest.MonkeyPatch, paper: str, line: str
) -> None:
    words = shlex.split(line)[1:]
    if words[0] == "COMMAND":
        for name in main.commands:
            assert cli(name, *words[1:]).exit_code == 0
        return
    monkeypatch.setattr(workers, "WorkerPool", Inline)  # tests/e2e/test_sweep_kill.py starts processes
    if words[0] == "demo":
        _shorten_the_demo(monkeypatch)
    shutil.copytree(ROOT / "pipelines", "pipelines")
    text = (ROOT / "pipelines" / "smoke.toml").read_text(encoding="utf-8")
    Path("smoke.toml").write_text(text.replace('"samples"', '"wavs"').replace("300", "4"), encoding="utf-8")
    if any(word in " ".join(words) for word in ("mydisk", "DISK")):
        must(cli("export", "tiny", "--to", "disk", "--count", "4", "--out", "mydisks"))
        shutil.copy(next(Path("mydisks").glob("*.img")), "mydisk.img")
    shutil.copy(next(Path("wavs").rglob("*.wav")), "sound.wav")
    if "newest" in words:
        must(cli("sweep", *small(["sweep", "--lr", "1e-3"])[1:]))
    if {"--class", "--class-mix", "--conditional"} & set(words):
        make_classes(train=words[0] != "train")
    if "--model" in words and words[0] != "train":
        must(cli(*small(["train", "--model", words[words.index("--model") + 1]])))

    must(cli(*small(words)))


def make_classes(*, train: bool) -> None:
    """Put the sounds into folders, one for each class, and make a dataset, and a run, of them."""
    for i, path in enumerate(sorted(Path("wavs").glob("*.wav"))):
        folder = Path("wavs", "bass" if i % 2 else "pad")
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
    preprocess(PreprocessConfig(sources=(Path("wavs"),), points=64, size=64), Path("dataset"))
    if train:
        config = TrainConfig(conditional="projection", steps=4, width=2, batch_size=8, device="cpu")
        train_stage(config)


def _shorten_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in demo.STEPS:
        monkeypatch.setitem(demo.STEPS, kind, 4)
        monkeypatch.setitem(demo.EXPORTS, kind, dataclasses.replace(demo.EXPORTS[kind], count=4))
    few = dict(list(builtin_sounds.one_shots().items())[::15])
    monkeypatch.setattr(builtin_sounds, "one_shots", lambda: few)


def must(result: Result) -> None:
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(("paper", "line"), BENCHES, ids=lambda value: value)
def test_a_measure_that_is_shown_knows_its_options(paper: str, line: str) -> None:
    words = shlex.split(line)[2:]
    own = words[: words.index("--")] if "--" in words else words  # what follows is for `mirage-gan train`
    shown = [word.partition("=")[0] for word in own if word.startswith("--")]
    assert (ROOT / f"{words[0].replace('.', '/')}.py").is_file() or words[0] == "tests.bench"
    if not shown:
        return
    assert [option for option in shown if option not in help_of(words[0])] == []


@functools.cache
def help_of(module: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout


def test_every_link_between_papers_leads_somewhere() -> None:
    broken = []
    for paper in PAPERS:
        text = paper.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            path, _, anchor = target.partition("#")
            place = paper.parent / path if path else paper
            if not place.exists() or (anchor and anchor not in anchors(place)):
                broken.append((paper.name, target))

    assert broken == []


def anchors(paper: Path) -> set[str]:
    """Return what headings are linked by, as code hosts make it of them."""
    headings = re.findall(r"^#+ (.*)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_file_that_a_paper_names_is_there() -> None:
    named = re.compile(r"`((?:mirage_gan|tests|pipelines|docs|samples)/[\w/.-]+|(?:[a-z_]+/)+[a-z_]+\.(?:py|html))`")
    missing = []
    for paper, name in itertools.chain.from_iterable(
        ((paper, name) for name in named.findall(paper.read_text(encoding="utf-8")))
        for paper in PAPERS
        if paper.name != "mirage.md"  # which names files of other projects
    ):
        if not any((base / name).exists() for base in (ROOT, ROOT / "mirage_gan")):
            missing.append((paper.name, name))

    assert missing == []


def test_the_readme_is_short_and_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 150
    assert [name for name in main.commands if f"`{name}" not in text and f"mirage-gan {name}" not in text] == []


def test_the_picture_of_the_readme_is_the_built_in_loops_as_they_are_drawn_today(tmp_path: Path) -> None:
    """`mirage-gan preprocess samples/*-*` makes it, of the loops alone: dataset/contact.png."""
    loops = sorted((ROOT / "samples").glob("*-*"))
    preprocess(PreprocessConfig(sources=tuple(loops)), tmp_path / "dataset")

    drawn = (tmp_path / "dataset" / "contact.png").read_bytes()
    assert drawn == (ROOT / "docs" / "pictures" / "contact.png").read_bytes()
    assert pictures.MAX_CELLS > 203


def test_the_picture_of_the_page_shows_what_it_looks_like_today() -> None:
    """`python -m tests.bench.audition_picture` makes it."""
    with Image.open(audition_picture.PICTURE) as picture:
        assert picture.text[audition_picture.LOOK] == audition_picture.look()  # type: ignore[attr-defined]  # of a PNG
