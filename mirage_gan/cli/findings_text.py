"""Print what was found of runs, files and folders as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mirage_gan.cli.report_text import chosen, one_line

if TYPE_CHECKING:
    from mirage_gan.inspecting.report import InspectReport
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
    from rich.console import Console
    from rich.table import Table

    from mirage_gan.judging.evaluate import FIGURES

    chosen(report)
    table = Table(box=None, pad_edge=False)
    for name in ("", "generated", "real sounds", "meaning"):
        table.add_column(name, justify="right" if name in ("generated", "real sounds") else "left")
    for name, meaning in FIGURES.items():
        if name in report.ours:
            interval = report.intervals.get(name)
            spread = f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
            table.add_row(name, f"{report.ours[name]:.3f}{spread}", f"{report.real[name]:.3f}", meaning)
    Console().print(table)
    click.echo(f"{report.run}, step {report.step}: {report.generated} sounds against {report.held_out} held out")
    click.echo(str(report.verdict))


def inspect(found: InspectReport) -> None:
    """Print what a file or folder holds, and its problems."""
    click.echo(one_line(f"{found.path}: {found.what}"))
    for key, value in found.facts.items():
        if value == []:
            continue
        click.echo(one_line(f"  {_FACTS.get(key, key)}: {', '.join(value) if isinstance(value, list) else value}"))
    for problem in found.problems:
        click.echo(one_line(f"  problem: {problem}"))
