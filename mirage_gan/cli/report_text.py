"""Print what the stages made as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mirage_gan.cli import preprocess_text
from mirage_gan.cli.lines import one_line, print_table
from mirage_gan.settings.choices import ONE_SHOT, SOUND_KINDS
from mirage_gan.settings.fields import number_in_words
from mirage_gan.settings.judging import GOOD
from mirage_gan.settings.wording import WORDS, are, counted, reword

if TYPE_CHECKING:
    from mirage_gan.auditioning.audition import AuditionReport
    from mirage_gan.exporting.export import ExportReport
    from mirage_gan.exporting.morphs.morph import MorphReport
    from mirage_gan.exporting.writing import Written
    from mirage_gan.inspecting.extract import ExtractReport
    from mirage_gan.judging.evaluate import EvaluateReport
    from mirage_gan.pipeline.runner import Reports
    from mirage_gan.pipeline.vary import VaryReport
    from mirage_gan.sweeping.sweep import SweepReport
    from mirage_gan.training.report import TrainReport


def demo(reports: Reports) -> None:
    """Print what the stages did, and what to listen to."""
    everything(reports)
    if reports.preprocess and reports.train and reports.export:
        made = sorted(reports.export.out.glob("*.wav"))[:3]
        previews = sorted((reports.train.run / "previews").glob("*.wav"))[-1:]
        disks = [str(reports.export.out / name) for name in reports.export.disks]
        sheets = sorted(reports.export.out.glob("*-sheet.html"))
        click.echo(f"for your Mirage: {', '.join(disks)}; which key plays what: {', '.join(map(str, sheets))}")
        click.echo(f"listen to {', '.join(map(str, made))}")
        click.echo(f"or to {', '.join(map(str, previews))}; see {reports.preprocess.dataset / 'contact.png'}")


def everything(reports: Reports) -> None:
    """Print what each stage did."""
    if reports.preprocess:
        preprocess_text.preprocess(reports.preprocess)
    if reports.train:
        train(reports.train, goes_on=False)  # its time limit is that of all calls
    if reports.export:
        export(reports.export, is_told=reports.train is not None and reports.train.run == reports.export.run)


def train(report: TrainReport, *, goes_on: bool = True) -> None:
    """Print how the training ended, and, if it is not finished, whether the same command goes on."""
    stopped = "stopped; the same command goes on from here" if goes_on else "stopped, as its time is used up"
    state = "finished" if report.finished else stopped
    if report.resumed_from == report.step and report.finished:
        state = "already finished; nothing to do"
    steps = f" of {report.steps}" if report.steps else ""
    click.echo(one_line(f"{report.run}: step {report.step}{steps}, {state}"))
    click.echo(report.verdict)


def sweep(report: SweepReport) -> None:
    """Print the runs, best first."""
    names = sorted({name for row in report.runs for name in row["settings"]})
    columns = ("#", *(name.replace("_", "-") for name in names), "score", "coverage", "recall", "verdict", "run")
    rows = []
    for place, row in enumerate(report.runs, 1):
        settings = [number_in_words(row["settings"][name]) for name in names]
        figures = [row["score"], *(row.get("figures", {}).get(name) for name in ("coverage", "recall"))]
        numbers = ["" if number is None else f"{number:.3f}" for number in figures]
        verdict = row.get("verdict", "") + ("" if row["state"] == "done" else f" ({row['state']})")
        rows.append([str(place), *settings, *numbers, verdict, row["run"]])
    print_table(columns, rows, left=("verdict", "run"))
    for row in report.runs[:1]:
        click.echo(one_line(f"best: {row['run']}, {row.get('verdict', '')}: {row.get('why', '')}"))
    click.echo(one_line(f"see {report.page}; `mirage-gan export` and `mirage-gan evaluate` use the best run"))
    click.echo("`mirage-gan train --from-sweep newest --max-minutes 60` trains longer with its settings")


def export(report: ExportReport, *, is_told: bool = False) -> None:
    """Print what was written, and the verdict on the run unless the user was told it just before."""
    chosen(report)
    _faults(report)
    if report.copies:
        copies = "1 is practically a copy" if report.copies == 1 else f"{report.copies} are practically copies"
        click.echo(reword(f"{copies} of a training sound; --rank novelty leaves such sounds out", report.kind))
    _written(report)
    verdict = report.verdict
    if verdict is not None and not is_told:
        click.echo(f"{verdict.word}: {verdict.why}" if verdict.word == GOOD else str(verdict))


def vary(report: VaryReport) -> None:
    """Print what was written, and how far the variations are from their sound."""
    _faults(report)
    if report.copies:
        click.echo(f"{report.copies} {are(report.copies)} nearly the sound itself: a higher --amount differs more")
    _written(report)
    far = "" if report.novelty is None else f"; novelty {report.novelty:.3f} in the median, where 0 is the sound itself"
    click.echo(one_line(f"variations of {report.sound} by {report.amount:g}{far}"))
    if report.run is not None:
        click.echo(
            one_line(
                f"made in the latent space of {report.run}, whose nearest sound to it has novelty {report.distance:.3f}"
            )
        )
    if not report.is_near:
        click.echo("this run knows no such sounds: leave --run out, and the variations are made of the sound itself")


def _faults(report: Written) -> None:
    for fault, seeds in report.faults.items():
        shown = f"{', '.join(seeds[:10])}{' ...' if len(seeds) > 10 else ''}"
        click.echo(f"{len(seeds)} {are(len(seeds))} {fault}: seed {shown}")


def _written(report: Written) -> None:
    pitch = f", {report.pitch_hz:.2f} Hz at the Mirage's own rate" if report.pitch_hz else ""
    made = f"{are(report.files)} there, unchanged" if report.unchanged else "written"
    many = WORDS[report.kind].many
    if report.disks:
        cents = "" if report.worst_cents is None else f"; no key is more than {report.worst_cents:.1f} cents off"
        click.echo(f"{_some(report.disks)} with {counted(report.sounds, many)}{cents}")
    if report.sustained is not None:
        click.echo(f"{report.sustained} of {report.sounds} sounds go on while a key is held")
    what = f", {counted(report.sounds, many)}" if report.disks else ""
    most = "" if report.pitch_hz else "up to "
    size = f" of {most}{report.samples} samples{pitch}" if report.kind in SOUND_KINDS and report.samples else ""
    for remark in report.remarks:
        click.echo(remark)
    click.echo(f"{counted(report.files, 'files')}{what}{size} {made} in {report.out}")


def chosen(report: AuditionReport | ExportReport | MorphReport | EvaluateReport) -> None:
    """Print which run was taken, and why, unless the user named it."""
    if report.chosen_as:
        click.echo(one_line(f"run {report.run.name}: {report.chosen_as}"))


def _some(names: list[str]) -> str:
    """Return up to four names, or the first three and the number of the others."""
    named = ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
    return one_line(named)


def audition(report: AuditionReport) -> None:
    """Print where the page is."""
    chosen(report)
    click.echo(one_line(f"{report.sounds} sounds on a page: open {report.file} in a browser"))


def morph(report: MorphReport) -> None:
    """Print what was written."""
    chosen(report)
    for name in report.files:
        click.echo(one_line(f"{report.out / name}"))
    way = f"from seed {report.routes[0].replace(' ', ' to ')}"
    if len(report.routes) > 1:
        click.echo(f"{len(report.routes)} morphs; the first is")
    if report.frames:
        click.echo(f"a wavetable of {report.frames} frames {way}")
    if report.kind == ONE_SHOT:
        click.echo(f"{report.cycles} hits {way}: {report.samples:,} samples, {report.seconds:.1f} s")
    elif report.frames is None or len(report.files) > len(report.routes):
        click.echo(
            f"{report.cycles} cycles {way} and back: {report.samples:,} samples, {report.seconds:.1f} s at the "
            "Mirage's own rate"
        )


def extract(report: ExtractReport) -> None:
    """Print what was written."""
    for problem in report.problems:
        click.echo(one_line(f"skipped {problem}"))
    for name, about in report.sounds.items():
        loop = "" if about["loop"] is None else f", loop {about['loop'][0]} to {about['loop'][1]}"
        click.echo(
            f"{name}: {about['samples']:,} samples at {about['rate_hz']:,} Hz{loop}, MIDI note {about['midi_note']}, "
            f"keys {about['keys']}"
        )
    click.echo(one_line(f"{len(report.sounds)} sounds of {report.disk} in {report.out}"))
