"""Print what was found of runs, files and folders as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mirage_gan.cli.lines import one_line, print_table
from mirage_gan.cli.report_text import chosen
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.fields import number_in_words
from mirage_gan.settings.wording import WORDS

if TYPE_CHECKING:
    from mirage_gan.inspecting.compare import ComparedRun, CompareReport
    from mirage_gan.inspecting.report import InspectReport, RunRow
    from mirage_gan.judging.evaluate import EvaluateReport

# facts of `inspect` whose keys, which --json keeps, do not read well
_FACTS: Final = {
    "waves of": "kind of sound",
    "steps wanted": "planned steps",
    "clarity": "how steady the pitch is (0 to 1)",
    "step at the loop point, to the largest inside": "jump at the loop point (1 = the largest jump inside)",
}


def evaluate(report: EvaluateReport) -> None:
    """Print the figures beside those of real sounds, and the verdict."""
    from mirage_gan.judging.meanings import FIGURES, meaning

    chosen(report)
    rows = []
    for name in FIGURES:
        if name in report.ours:
            interval = report.intervals.get(name)
            spread = f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
            rows.append(
                [name, f"{report.ours[name]:.3f}{spread}", f"{report.real[name]:.3f}", meaning(name, report.kind)]
            )
    things = WORDS[report.kind].many
    print_table(("", "generated", f"real {things}", "meaning"), rows, left=("", "meaning"))
    _classes(report.classes, things)
    against = f"{report.generated} {things} against {report.held_out} held out"
    click.echo(one_line(f"{report.run}, step {report.step}: {against}"))
    click.echo(str(report.verdict))


def _classes(classes: dict[str, dict[str, float]], things: str) -> None:
    """Print the figures of each class beside those of real `things` of it, and how many are recognized in all."""
    from mirage_gan.judging.classes.figures import GOAL, recognized

    if not classes:
        return
    names = ("coverage", "recall", "recognized")
    rows = []
    for name, found in classes.items():
        pairs = [f"{_number(found.get(each))} ({_number(found.get(f'real_{each}'))})" for each in names]
        rows.append([name, *(f"{found[count]:g}" for count in ("generated", "held_out")), *pairs])
    print_table((f"class (real {things} in brackets)", "generated", "held out", *names), rows, left=("class",))
    ours, real = recognized(classes)
    click.echo(
        f"{ours:.0%} of the generated {things} are recognized as of the class that was asked for, {real:.0%} of the "
        f"held-out ones; the goal is {GOAL * real:.0%} or more"
    )


def inspect(found: InspectReport) -> None:
    """Print what a file or folder holds, and its problems."""
    from mirage_gan.inspecting.report import RunsReport

    click.echo(one_line(f"{found.path}: {found.what}"))
    for key, value in found.facts.items():
        if value == []:
            continue
        name = _FACTS.get(key, key)
        if isinstance(value, list) and any(", " in item for item in value):
            click.echo(one_line(f"  {name}:"))
            for item in value:
                click.echo(one_line(f"    {item}"))
            continue
        click.echo(one_line(f"  {name}: {', '.join(value) if isinstance(value, list) else value}"))
    for problem in found.problems:
        click.echo(one_line(f"  problem: {problem}"))
    if isinstance(found, RunsReport):
        _runs(found.runs)


def _runs(rows: list[RunRow]) -> None:
    """Print a line for each run of a folder."""
    names = list(next((row.settings for row in rows if not row.problem), {}))
    columns = ["run", *map(_option, names), "step", "score", "verdict", "MB"]
    cells = []
    for row in rows:
        settings = [_value(row.settings.get(name)) for name in names]
        state = "damaged" if row.problem else row.verdict or "not judged"
        cells.append([row.run, *settings, _step(row), _number(row.score), state, f"{row.size_bytes / 1e6:.1f}"])
    print_table(columns, cells, left=("run", "verdict"))


def compare(report: CompareReport) -> None:
    """Print the settings in which runs differ, and what they came to: a column for each run."""
    from mirage_gan.judging.meanings import FIGURES, meaning

    names = [run.run.name for run in report.runs]
    if len(set(names)) < len(names):
        names = [str(run.run) for run in report.runs]
    judgments = [run.judgment for run in report.runs]
    rows = [[_option(name), *map(_value, values), "", ""] for name, values in report.settings.items()]
    rows += [[name, *values, "", ""] for name, values in _came_to(report.runs).items()]
    real: dict[str, float] = {}
    for judgment in judgments:  # real sounds have the same figures, where the runs learned the same
        real |= judgment.real if judgment and report.shares_data else {}
    kinds = {run.kind for run in report.runs}
    kind = kinds.pop() if len(kinds) == 1 else LOOP  # of several kinds all are called sounds
    for name in FIGURES:
        figures = [judgment.ours.get(name) if judgment else None for judgment in judgments]
        if any(figure is not None for figure in figures):
            beside = _number(real.get(name)) if real else ""
            rows.append([name, *map(_number, figures), beside, meaning(name, kind)])
    print_table(["", *names, f"real {WORDS[kind].many}" if real else "", "meaning"], rows, left=("", "meaning"))
    if not report.settings:
        click.echo("their settings are the same")
    for run in report.runs:
        if run.judgment:
            click.echo(one_line(f"{run.run.name}: {run.judgment.verdict}"))
    for line in (*report.notes, *(run.missing for run in report.runs if run.missing)):
        click.echo(one_line(line))


def _came_to(runs: list[ComparedRun]) -> dict[str, list[str]]:
    """Return what stands for each run before its figures, by the names of the rows."""
    return {
        "step": [_step(run) for run in runs],
        "minutes trained": [f"{run.seconds / 60:.1f}" for run in runs],
        "best step": [_value(run.best_step) for run in runs],
        "verdict": [run.judgment.verdict.word if run.judgment else "not judged" for run in runs],
        "score": [_number(run.score) for run in runs],
    }


def _option(name: str) -> str:
    return name.replace("_", "-")


def _step(run: RunRow | ComparedRun) -> str:
    if run.step is None:
        return "-"
    return f"{run.step:,} of {run.steps:,}" if run.steps else f"{run.step:,}"


def _value(value: object) -> str:
    return "-" if value in (None, "") else number_in_words(value)


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"
