"""The commands, and how their errors are shown."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mirage_gan.base import interrupts
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.version import __version__
from mirage_gan.cli import findings_text, preprocess_text, progress_bar, refusals, report_text
from mirage_gan.cli.options import json_option, out_option, settings, table
from mirage_gan.settings.auditioning import AuditionConfig
from mirage_gan.settings.choices import DATASET, EXPORT, SOUND_KINDS
from mirage_gan.settings.demo import FOLDERS, DemoConfig
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.settings.morphing import MorphConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.settings.tables import families, formats
from mirage_gan.settings.training import TrainConfig
from mirage_gan.settings.varying import VaryConfig

if TYPE_CHECKING:
    from collections.abc import Callable


class _Commands(click.Group):
    """Shows an error that the user can fix as one line on stderr, with exit status 1; Ctrl-C exits with 130."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        refusals.complete_streams()
        if isinstance(sys.stdout, TextIOWrapper):
            # what a console of another encoding lacks, such as letters of a file's name, is shown as \u97f3
            sys.stdout.reconfigure(errors="backslashreplace")
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with refusals.explained(), refusals.printing():  # it prints the help of the whole, and the version
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with refusals.explained():
                return super().invoke(ctx)
        except (KeyboardInterrupt, RuntimeError) as error:
            # Before Python 3.12, a KeyboardInterrupt while a class is made, as in an import, becomes the cause of a
            # RuntimeError.
            if isinstance(error, RuntimeError) and not isinstance(error.__cause__, KeyboardInterrupt):
                raise
            click.echo("interrupted; finished work is kept, and the same command does the rest", err=True)
            ctx.exit(130)


class _Command(click.Command):
    """A command whose help is printed as its report is."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with refusals.printing():
            return super().make_context(*args, **kwargs)


_Commands.command_class = _Command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mirage-gan")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn from your own sounds, and make new ones for the Ensoniq Mirage.

    \b
    mirage-gan preprocess wavs/       sounds -> dataset/
    mirage-gan train --lr 4e-6        dataset/ -> runs/
    mirage-gan export --to pcm        newest run -> export/
    """  # noqa: D301 - \b is click's mark for a paragraph to leave alone
    # SIGTERM, which stops a service, and Ctrl-Break, which closes a console of Windows, save and exit as Ctrl-C does
    for number in interrupts.stops():
        if number != signal.SIGINT:
            signal.signal(number, signal.default_int_handler)
    # torchrun starts several processes, which would all do the same work in the same folders
    is_shared = "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("WORLD_SIZE") != "1"
    command = ctx.invoked_subcommand
    if is_shared and command != "train":
        raise ConfigError(f"{command} cannot be shared among processes, only train can: run it without torchrun")


@main.command()
@settings(PreprocessConfig)
@out_option(DATASET)
@json_option
def preprocess(config: PreprocessConfig, out: Path, *, as_json: bool) -> None:
    """Turn sounds into waves and bitmaps, ready to train on."""
    from mirage_gan.preprocessing.preprocess import preprocess as stage

    with progress_bar.progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, preprocess_text.preprocess)


@main.command(epilog=table("Models:", families.help_lines()))
@settings(TrainConfig)
@json_option
def train(config: TrainConfig, *, as_json: bool) -> None:
    """Train on a dataset; run the same command again to continue.

    Several GPUs can train one run together, with `torchrun --nproc-per-node N -m -- mirage_gan train`; on small sets, a
    sweep with a run on each GPU makes better use of them.
    """
    from mirage_gan.training.follower import follow
    from mirage_gan.training.step.process_group import joined
    from mirage_gan.training.train import train as stage

    with joined() as rank:
        if rank:
            follow(config)
            return
        with progress_bar.progress() as progress:
            report = stage(config, progress)
    _print(report, as_json, report_text.train)


@main.command(epilog=table("Models:", families.help_lines()))
@settings(SweepConfig)
@json_option
def sweep(config: SweepConfig, *, as_json: bool) -> None:
    """Train a run for each combination of settings, and rank them; run the same command again to continue."""
    from mirage_gan.sweeping.sweep import sweep as stage

    with progress_bar.progress() as progress:
        report = stage(config, progress)
    _print(report, as_json, report_text.sweep)


@main.command(epilog=table("Formats:", formats.help_lines(formats.exported())))
@settings(ExportConfig)
@out_option(EXPORT)
@json_option
def export(config: ExportConfig, out: Path, *, as_json: bool) -> None:
    """Generate new sounds and write them as files or disks."""
    from mirage_gan.exporting.export import export as stage

    with progress_bar.progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, report_text.export)


@main.command()
@settings(AuditionConfig)
@out_option(EXPORT)
@json_option
def audition(config: AuditionConfig, out: Path, *, as_json: bool) -> None:
    """Open a page in the browser to see, hear, play and choose new sounds, and to make a disk of them.

    The page is served on this machine alone until Ctrl-C. What its buttons make goes into --out.
    """
    from mirage_gan.auditioning.audition import audition as stage

    with progress_bar.progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, report_text.audition)


@main.command()
@settings(EvaluateConfig)
@json_option
def evaluate(config: EvaluateConfig, *, as_json: bool) -> None:
    """Judge whether the sounds of a run are new, varied, plausible, and playable."""
    from mirage_gan.judging.evaluate import evaluate as stage

    with progress_bar.progress() as progress:
        report = stage(config, progress)
    _print(report, as_json, findings_text.evaluate)


@main.command(epilog=table("Formats:", formats.help_lines(formats.morphed())))
@settings(MorphConfig)
@out_option(EXPORT)
@json_option
def morph(config: MorphConfig, out: Path, *, as_json: bool) -> None:
    """Generate a path from seed to seed and back, as one evolving sound or as a wavetable."""
    from mirage_gan.exporting.morphs.morph import morph as stage

    with progress_bar.progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, report_text.morph)


@main.command(epilog=table("Formats:", formats.help_lines(formats.offered(*SOUND_KINDS))))
@settings(VaryConfig)
@out_option(EXPORT)
@json_option
def vary(config: VaryConfig, out: Path, *, as_json: bool) -> None:
    """Make variations of one sound, a loop or a one-shot, and write them as files or disks; no run is needed."""
    from mirage_gan.pipeline.vary import vary as stage

    with progress_bar.progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, report_text.vary)


@main.command()
@click.argument("disk", type=click.Path(path_type=Path))
@out_option("extracted")
@json_option
def extract(disk: Path, out: Path, *, as_json: bool) -> None:
    """Write the sounds of a Mirage disk image or HFE file as WAV."""
    from mirage_gan.inspecting.extract import extract as stage

    _print(stage(disk, out), as_json, report_text.extract)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def inspect(path: Path, *, as_json: bool) -> None:
    """Say what a disk, SysEx, PCM or sound file, bitmap, dataset, run, sweep, checkpoint or export holds.

    Of a folder that holds runs, such as runs/, it prints a table: the newest first, and the settings that differ.
    """
    from mirage_gan.inspecting.inspect import inspect as stage

    _print(stage(path), as_json, findings_text.inspect)


@main.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@json_option
def compare(runs: tuple[str, ...], *, as_json: bool) -> None:
    """Show settings, scores and figures of two runs or more side by side."""
    from mirage_gan.inspecting.compare import compare as stage

    if len(runs) < 2:
        raise click.UsageError(f"{runs[0]} is a single run: name one or more to compare it with")
    _print(stage(runs), as_json, findings_text.compare)


@main.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@json_option
def run(recipe: Path, *, as_json: bool) -> None:
    """Run the stages of a RECIPE.toml, skipping what is unchanged."""
    from mirage_gan.pipeline import recipe as recipes
    from mirage_gan.pipeline import runner

    loaded = recipes.load(recipe)
    with progress_bar.progress() as progress:
        reports = runner.run(loaded, progress)
    _print(reports, as_json, report_text.everything)


@main.command()
@settings(DemoConfig)
@out_option(None, "; of one-shots ".join(FOLDERS.values()))
@json_option
def demo(config: DemoConfig, out: Path | None, *, as_json: bool) -> None:
    """Make sounds, learn from them, and export new ones: all in minutes."""
    from mirage_gan.pipeline.demo import demo as stage

    with progress_bar.progress() as progress:
        reports = stage(config, out or Path(config.folder), progress)
    _print(reports, as_json, report_text.demo)


def _print(report: Any, as_json: bool, say: Callable[[Any], None]) -> None:  # noqa: FBT001 - any report
    with refusals.printing():
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(report), indent=2, default=str))
        else:
            say(report)
