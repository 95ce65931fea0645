"""Events for TensorBoard: the curves of a run's log, and the pictures and sounds of its previews.

They hold nothing that the log and the previews do not hold, and are written anew from these whenever a training begins,
goes on or goes back. So a training that was killed leaves neither gaps nor steps that occur twice, and a run that was
trained without them gets them later.
"""

from __future__ import annotations

import io
import time
import wave
from contextlib import suppress
from dataclasses import fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from mirage_gan.base.errors import ConfigError
from mirage_gan.folders import run_log, runs
from mirage_gan.pages import preview
from mirage_gan.training.step.trainer import Stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_NAME: Final = "events.out.tfevents."  # by which TensorBoard knows its files; it reads them in the order of their names
_PICTURES: Final = f"seeds 0 to {preview.COUNT - 1}"
_SOUNDS: Final = f"seeds 0 to {preview.HEARD - 1}"
_UNPLOTTED: Final = frozenset({"step", "seconds", run_log.KIND})
_STATS: Final = frozenset(field.name for field in fields(Stats))
_GRAY: Final = 1  # TensorBoard's number of a color space


def check_installed() -> None:
    """Raise ConfigError unless TensorBoard is installed."""
    if find_spec("tensorboard") is None:
        raise ConfigError(
            "--tensorboard needs a package that is not installed: pip install 'mirage-gan[tensorboard]', or leave the "
            "option out"
        )


class Events:
    """Writes the events of a run in training, if they are wanted; `check_installed` must have passed then."""

    def __init__(self, run: Path, *, wanted: bool) -> None:
        self._run = run
        self._folder = run / runs.EVENTS
        self._wanted = wanted
        self._path = self._folder
        self._began = 0.0  # when the run would have begun if it had never stopped, in seconds since 1970

    def begin(self, rows: Sequence[dict[str, Any]]) -> None:
        """Remove all events, and write those of a log, oldest line first."""
        if not self._wanted:
            return
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # noqa: PLC0415 - it is an extra

        self._folder.mkdir(exist_ok=True)
        for path in self._folder.glob(f"{_NAME}*"):
            # a TensorBoard that has a file open goes on to the next one if the file is empty, but not if it is gone
            if path.stat().st_size:
                path.write_bytes(b"")
            else:
                with suppress(PermissionError):  # Windows keeps a file that somebody has open
                    path.unlink()
        self._path = self._folder / f"{_NAME}{time.time_ns()}.mirage-gan"
        self._began = time.time() - (rows[-1]["seconds"] if rows else 0.0)
        # a log that starts anew makes a TensorBoard that is open forget what it has read so far
        start = SessionLog(status=SessionLog.START)
        self._write(
            [Event(wall_time=self._began, file_version="brain.Event:2"), self._event(0, 0.0, session_log=start)]
        )
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, Any]) -> None:
        """Write the events of a line of the log, whose preview is there already if it is a check."""
        if not self._wanted:
            return
        from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in _scalars(row)]
        if run_log.KIND not in row:
            values += self._preview(row["step"])
        self._write([self._event(row["step"], row["seconds"], summary=Summary(value=values))])

    def _preview(self, step: int) -> Iterator[Any]:
        """Yield the picture and the sound of a preview as they are on the disk, as far as they are there."""
        from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415

        picture, sound = (runs.preview_path(self._run, step, suffix) for suffix in (".png", ".wav"))
        if picture.is_file():
            content = picture.read_bytes()
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
            shown = Summary.Image(width=width, height=height, colorspace=_GRAY, encoded_image_string=content)
            yield Summary.Value(tag=_PICTURES, image=shown)
        if sound.is_file():
            content = sound.read_bytes()
            with wave.open(io.BytesIO(content)) as file:
                rate_hz, samples = file.getframerate(), file.getnframes()
            heard = Summary.Audio(
                sample_rate=rate_hz, num_channels=1, length_frames=samples, encoded_audio_string=content,
                content_type="audio/wav",
            )  # fmt: skip
            yield Summary.Value(tag=_SOUNDS, audio=heard)

    def _event(self, step: int, seconds: float, **content: Any) -> Any:
        from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415

        return Event(wall_time=self._began + seconds, step=step, **content)

    def _write(self, events: Sequence[Any]) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415

        with self._path.open("ab") as file:
            writer = RecordWriter(file)
            for event in events:
                writer.write(event.SerializeToString())


def _scalars(row: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the figures of a line of the log, by tag: what the training measures itself, and the figures of checks."""
    for name, value in row.items():
        if name not in _UNPLOTTED and isinstance(value, (int, float)):
            yield f"{'training' if name in _STATS else 'checks'}/{name}", float(value)
