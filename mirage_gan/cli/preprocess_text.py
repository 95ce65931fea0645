"""Print what became of the sounds that were preprocessed as text."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import click

from mirage_gan.cli.lines import one_line
from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP, ONE_SHOT, SOUND_KINDS
from mirage_gan.settings.wording import are, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from mirage_gan.preprocessing.report import PreprocessReport

_SHOWN: Final = 20  # skipped files, notes, folders and classes that are told one by one


def preprocess(report: PreprocessReport) -> None:
    """Print what became of the sounds."""
    from rich.console import Console
    from rich.table import Table

    for item in report.skipped[:_SHOWN]:
        click.echo(one_line(f"skipped {item.source}: {item.reason}"))
    if len(report.skipped) > _SHOWN:
        click.echo(f"and {len(report.skipped) - _SHOWN} more, in {report.dataset / 'skipped.jsonl'}")
    for note in report.notes[:_SHOWN]:
        click.echo(one_line(f"note {note}"))
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(report):
        table.add_row(name, value)
    console = Console()
    console.print(table)
    _folders(report, console)
    if report.aside:
        other = ONE_SHOT if report.kind == LOOP else LOOP
        aside = report.used - report.learned
        click.echo(
            f"{counted(aside, KINDS_IN_WORDS[other])} {are(aside)} set aside, because more of your sounds are "
            f"{KINDS_IN_WORDS[report.kind]}, or because of --keep; --keep {other} learns them instead"
        )
    if report.warning:
        click.echo(report.warning)
    what = "waves" if report.kind in SOUND_KINDS else KINDS_IN_WORDS[report.kind]
    click.echo(f"{counted(report.waves, what)} in {report.dataset}{' (unchanged)' if report.unchanged else ''}")


def _folders(report: PreprocessReport, console: Console) -> None:
    """Print a line for each folder of sounds, if there are several, with what became of its sounds."""
    from rich.table import Table

    if len(report.folders) < 2:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("folder")
    for name in ("learned", "set aside", "skipped"):
        table.add_column(name, justify="right")
    table.add_column("why not learned")
    for folder, counts in list(report.folders.items())[:_SHOWN]:
        numbers = (str(n or "") for n in (counts.learned, counts.aside, counts.skipped))
        table.add_row(one_line(folder), *numbers, _in_numbers(counts.causes))
    console.print(table)
    if len(report.folders) > _SHOWN:
        click.echo(f"and {len(report.folders) - _SHOWN} more folders")


def _rows(report: PreprocessReport) -> Iterator[tuple[str, str]]:
    if report.kind not in SOUND_KINDS:
        yield "learned", f"{counted(report.learned, KINDS_IN_WORDS[report.kind])} of {report.size}"
        yield "split", f"{report.train} to train on, {report.holdout} held out"
        yield from _classes(report)
        return
    causes = Counter(item.cause for item in report.skipped)
    yield "found", counted(report.found, "sounds")
    whole = f", whole, {report.frames} frames each" if report.frames else ""
    yield "learned", f"{counted(report.learned, KINDS_IN_WORDS[report.kind])}{whole}"
    yield "skipped", f"{len(report.skipped)}{', ' if causes else ''}{_in_numbers(causes)}"
    yield "kinds", ", ".join(counted(count, KINDS_IN_WORDS[kind]) for kind, count in sorted(report.kinds.items()))
    yield "split", f"{report.train} to train on, {report.holdout} held out, {report.aside} set aside"
    yield from _classes(report)
    if report.lengths:
        yield "lengths", "{} to {} samples, median {}".format(*(report.lengths[i] for i in (0, 2, 1)))
    yield "rates", ", ".join(f"{count} at {rate} Hz" for rate, count in report.rates_hz.items())
    if report.pitches_hz:
        yield "pitches", "{:.1f} to {:.1f} Hz, median {:.1f}".format(*(report.pitches_hz[i] for i in (0, 2, 1)))


def _classes(report: PreprocessReport) -> Iterator[tuple[str, str]]:
    """Yield how many there are of each class, unless there are none, or each is a folder of the table below."""
    folders = [PurePosixPath(folder).name for folder in report.folders]
    if set(report.classes) <= {"", *(folders if len(folders) > 1 else ())}:
        return
    told = [f"{name or 'none'} ({count})" for name, count in report.classes.items()]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    yield "classes", one_line(", ".join(told[:_SHOWN]) + more)


def _in_numbers(counts: Mapping[str, int]) -> str:
    """Return how many there are of each.

    >>> _in_numbers({"unreadable": 30, "silent": 2})
    '30 unreadable, 2 silent'
    """
    return ", ".join(f"{count} {name}" for name, count in counts.items())
