"""The command line: parses, calls one function, prints its report."""

from __future__ import annotations

import dataclasses
import errno
import json
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mirage_gan import __version__
from mirage_gan.config import Checked, ExportConfig, PreprocessConfig, TrainConfig, base_type, option_name
from mirage_gan.errors import MirageGanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from mirage_gan.runner import Reports
    from mirage_gan.stages.export import ExportReport
    from mirage_gan.stages.preprocess import PreprocessReport
    from mirage_gan.stages.train import TrainReport

# what the system may refuse, and what the user can do about it; any other OSError is a bug of ours
_REFUSALS: Final = {
    errno.EACCES: "choose a place that you may write to",
    errno.EPERM: "choose a place that you may write to",
    errno.EROFS: "choose a place that can be written to",
    errno.ENOSPC: "make room, or choose another place",
    errno.EDQUOT: "make room, or choose another place",
    errno.ENOTDIR: "choose another place",
    errno.EISDIR: "choose another place",
    errno.EBUSY: "choose another place, or close what uses it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "check the disk",
}
_SHOWN = 20  # skipped files listed one by one


class _Commands(click.Group):
    """Turns what a user can mend into one line on stderr: exit 1; and Ctrl-C into exit 130."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MirageGanError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror}; {_REFUSALS[error.errno]}") from None
        except KeyboardInterrupt:
            click.echo("interrupted; what was complete is kept, and the same command does the rest", err=True)
            ctx.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mirage-gan")
def main() -> None:
    """Learn from your own sounds, and make new ones for the Ensoniq Mirage.

    \b
    mirage-gan preprocess wavs/       sounds -> dataset/
    mirage-gan train --lr 4e-6        dataset/ -> runs/
    mirage-gan export --to pcm        newest run -> export/
    """  # noqa: D301 - \b is click's mark for a paragraph to leave alone
    # a service that is told to stop saves as one does at Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def settings(config: type[Checked]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of a config, which it gets as its first argument."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        fields = dataclasses.fields(config)  # type: ignore[arg-type]  # every subclass is a dataclass

        def run(**values: Any) -> None:
            own = {field.name: values.pop(field.name) for field in fields}
            command(config(**own), **values)

        run.__doc__, run.__name__ = command.__doc__, command.__name__
        run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's own
        for field in reversed(fields):
            run = _parameter(field, config)(run)
        return run

    return decorate


def _parameter(field: dataclasses.Field[Any], owner: type) -> Callable[[Any], Any]:
    """Make the option or argument of one field."""
    meta = field.metadata
    wanted, optional, several = base_type(field, owner)
    kind: Any = wanted
    if wanted is Path:
        kind = click.Path(path_type=Path)
    elif meta["choices"]:
        kind = click.Choice([str(choice) for choice in meta["choices"]]) if wanted is str else wanted
    required = field.default is dataclasses.MISSING
    default = None if required else field.default
    if meta["argument"]:
        metavar = f"{field.name.upper().removesuffix('S')}{'...' if several else ''}"
        return click.argument(
            field.name,
            type=kind,
            nargs=-1 if several else 1,
            required=required,
            default=default,
            metavar=metavar if required else f"[{metavar}]",
        )
    text = meta["help"]
    if meta["choices"] and wanted is not str:
        text += f"  [{', '.join(map(str, meta['choices']))}]"
    name = option_name(field)
    if wanted is bool:
        flags = f"{name}/--no-{name[2:]}" if default else name
        return click.option(flags, field.name, default=default, help=text, is_flag=True)
    shown = not optional and default not in (None, ())
    return click.option(
        name,
        field.name,
        type=kind,
        default=default,
        multiple=several,
        help=text,
        show_default=shown,
        metavar=_metavar(kind),
    )


def _metavar(kind: Any) -> str | None:
    return {int: "N", float: "X", str: "TEXT"}.get(kind) if isinstance(kind, type) else None


def _out(default: str) -> Callable[[Any], Any]:
    return click.option(
        "--out", default=default, show_default=True, type=click.Path(path_type=Path), help="Folder to write."
    )


_as_json = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")


@main.command()
@settings(PreprocessConfig)
@_out("dataset")
@_as_json
def preprocess(config: PreprocessConfig, out: Path, *, as_json: bool) -> None:
    """Turn sounds into waves and bitmaps, ready to train on."""
    from mirage_gan.stages.preprocess import preprocess as stage

    with _progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, _tell_preprocess)


@main.command()
@settings(TrainConfig)
@_as_json
def train(config: TrainConfig, *, as_json: bool) -> None:
    """Train on a dataset; the same command again goes on."""
    from mirage_gan.stages.train import train as stage

    with _progress() as progress:
        report = stage(config, progress)
    _print(report, as_json, _tell_train)


@main.command()
@settings(ExportConfig)
@_out("export")
@_as_json
def export(config: ExportConfig, out: Path, *, as_json: bool) -> None:
    """Generate sounds and write them."""
    from mirage_gan.stages.export import export as stage

    with _progress() as progress:
        report = stage(config, out, progress)
    _print(report, as_json, _tell_export)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@_as_json
def inspect(path: Path, *, as_json: bool) -> None:
    """Say what a PCM or sound file, bitmap, dataset, run, checkpoint or export holds."""
    from mirage_gan.stages.inspect import Findings
    from mirage_gan.stages.inspect import inspect as stage

    def tell(found: Findings) -> None:
        click.echo(f"{found.path}: {found.what}")
        for key, value in found.facts.items():
            click.echo(f"  {key}: {', '.join(value) if isinstance(value, list) else value}")
        for problem in found.problems:
            click.echo(f"  problem: {problem}")

    _print(stage(path), as_json, tell)


@main.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@_as_json
def run(recipe: Path, *, as_json: bool) -> None:
    """Run the stages of a RECIPE.toml, skipping what is unchanged."""
    from mirage_gan import recipe as recipes
    from mirage_gan import runner

    loaded = recipes.load(recipe)
    with _progress() as progress:
        reports = runner.run(loaded, progress)
    _print(reports, as_json, _tell_all)


@main.command()
@_out("mirage-demo")
@_as_json
def demo(out: Path, *, as_json: bool) -> None:
    """Make sounds, learn from them, and export new ones: all in minutes."""
    from mirage_gan import runner

    def tell(reports: Reports) -> None:
        _tell_all(reports)
        made = sorted((out / "export").glob("*.wav"))[:3]
        click.echo(f"listen to {', '.join(map(str, made))}")
        previews = sorted((out / "runs" / "demo" / "previews").glob("*.wav"))[-1:]
        click.echo(f"or to {', '.join(map(str, previews))}; see {out / 'dataset' / 'contact.png'}")

    with _progress() as progress:
        reports = runner.demo(out, progress)
    _print(reports, as_json, tell)


def _print(report: Any, as_json: bool, tell: Callable[[Any], None]) -> None:  # noqa: FBT001 - any report
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(report), indent=2, ensure_ascii=False, default=str))
    else:
        tell(report)


def _tell_all(reports: Reports) -> None:
    if reports.preprocess:
        _tell_preprocess(reports.preprocess)
    if reports.train:
        _tell_train(reports.train)
    if reports.export:
        _tell_export(reports.export)


def _tell_preprocess(report: PreprocessReport) -> None:
    from rich.console import Console
    from rich.table import Table

    for item in report.skipped[:_SHOWN]:
        click.echo(f"skipped {item.source}: {item.reason}")
    if len(report.skipped) > _SHOWN:
        click.echo(f"and {len(report.skipped) - _SHOWN} more, in {report.dataset / 'skipped.jsonl'}")
    for note in report.notes[:_SHOWN]:
        click.echo(f"note {note}")
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(report):
        table.add_row(name, value)
    Console().print(table)
    if report.bandwidth_hz:
        click.echo(
            f"one-shots are {report.kind}s of block means: of the median sound, only what is below "
            f"{report.bandwidth_hz:,.0f} Hz is left, its slow shape"
        )
    if report.aside:
        click.echo(f"{report.aside} waves are not {report.kind}s and are set aside; --keep trains on the other kind")
    click.echo(f"{report.waves} waves in {report.dataset}{' (unchanged)' if report.unchanged else ''}")


def _rows(report: PreprocessReport) -> Iterator[tuple[str, str]]:
    reasons: dict[str, int] = {}
    for item in report.skipped:
        reason = item.reason.split(":")[0].split(" of ")[0]
        reasons[reason] = reasons.get(reason, 0) + 1
    yield "found", f"{report.found} sounds"
    yield "used", f"{report.used}"
    yield (
        "skipped",
        f"{len(report.skipped)}" + "".join(f", {count} {reason}" for reason, count in sorted(reasons.items())),
    )
    yield "waves", ", ".join(f"{count} {kind}" for kind, count in sorted(report.kinds.items()))
    yield "split", f"{report.train} to train on, {report.holdout} held out, {report.aside} set aside"
    if report.lengths:
        yield "lengths", "{} to {} samples, median {}".format(*(report.lengths[i] for i in (0, 2, 1)))
    yield "rates", ", ".join(f"{count} at {rate} Hz" for rate, count in report.rates_hz.items())
    if report.pitches_hz:
        yield (
            "pitches",
            "{:.1f} to {:.1f} Hz, median {:.1f}".format(*(report.pitches_hz[i] for i in (0, 2, 1))),
        )


def _tell_train(report: TrainReport) -> None:
    state = "finished" if report.finished else "stopped, goes on by the same command"
    if report.resumed_from == report.step and report.finished:
        state = "finished before; nothing to do"
    click.echo(f"{report.run}: step {report.step}{f' of {report.steps}' if report.steps else ''}, {state}")
    click.echo(report.verdict)


def _tell_export(report: ExportReport) -> None:
    for fault, seeds in report.faults.items():
        click.echo(
            f"{len(seeds)} are {fault}: seed {', '.join(map(str, seeds[:10]))}{' ...' if len(seeds) > 10 else ''}"
        )
    if report.copies:
        click.echo(f"{report.copies} are as good as copies of a training sound (novelty under 0.005 in export.json)")
    pitch = f", {report.pitch_hz:.2f} Hz at the Mirage's own rate" if report.pitch_hz else ""
    made = "are there, unchanged" if report.unchanged else "written"
    click.echo(f"{report.files} files of {report.samples} samples{pitch} {made} in {report.out}")


@contextmanager
def _progress() -> Iterator[_Screen]:
    screen = _Screen()
    try:
        yield screen
    finally:
        screen.close()


class _Screen:
    """Shows progress on stderr: a bar on a terminal, else a line every ten seconds."""

    _SECONDS = 10.0

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._last = time.monotonic()

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Show a state."""
        if not sys.stderr.isatty():
            if time.monotonic() - self._last > self._SECONDS:
                self._last = time.monotonic()
                click.echo(f"{done}{f' of {total}' if total else ''}  {text}", err=True)
            return
        if self._bar is None:
            self._bar = self._make_bar()
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done, total=total, text=text)
        if total is not None and done >= total:
            self._task = None

    def say(self, text: str) -> None:
        """Show a line."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            click.echo(text, err=True)

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()

    @staticmethod
    def _make_bar() -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        return Progress(
            BarColumn(20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=Console(stderr=True),
        )
