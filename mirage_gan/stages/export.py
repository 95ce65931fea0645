"""A run -> sounds that the Mirage, and everybody else, can play."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import scipy.interpolate

from mirage_gan import bitmap, cycles, files, pictures, wavfile
from mirage_gan.config import ExportConfig, as_json
from mirage_gan.errors import ConfigError, FormatError
from mirage_gan.gan import metrics
from mirage_gan.gan.sample import Sampler, latent
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ, LOOP_PAGES, MAX_PAGES, PAGE_BYTES, RATE_HZ
from mirage_gan.progress import SILENT, Progress
from mirage_gan.stages import dataset, runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.arrays import Signal, Waves

FORMAT: Final = 1
MARKER: Final = "export.json"
ZIP: Final = "export.zip"
_CHUNK = 256  # sounds in memory at once


@dataclass(frozen=True)
class ExportReport:
    """What was written."""

    out: Path
    run: Path
    files: int
    sounds: int
    samples: int
    pitch_hz: float | None
    kind: str
    copies: int
    faults: dict[str, list[int]]  # fault -> seeds
    unchanged: bool


@dataclass(frozen=True)
class _Shape:
    """How a wave becomes samples."""

    kind: str
    period: int  # samples of one period, or of a one-shot
    repeats: int
    interp: str

    @property
    def samples(self) -> int:
        """Samples of a file."""
        return self.period * self.repeats

    @property
    def pitch_hz(self) -> float | None:
        """The pitch at the Mirage's own rate."""
        return round(RATE_HZ / self.period, 4) if self.kind == "loop" else None


def export(config: ExportConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> ExportReport:
    """Generate sounds and add them to the folder `out`.

    File i holds seed `config.seed` + i, and says so in its name. The same run, seed and settings give the same bytes.
    All files of a call are generated before the first is written.

    Raises
    ------
    ConfigError
        If settings do not go with each other or with the run.
    FolderError, FormatError
        If the run or checkpoint is missing, damaged or newer, or `out` is not ours.
    TrainingError
        If the network's output is not finite.
    """
    files.check_target(out, MARKER)
    run = runs.find(config.run, root)
    about = runs.load_config(run)
    shape = _shape(config, about)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path)
    digest = files.sha256(path)
    known = load_entries(out)
    made = {
        "run": run.name,
        "checkpoint_sha256": digest,
        "settings": _settings(config),
        "length": shape.samples,
    }
    seeds = range(config.seed, config.seed + config.count)
    wanted = {f"{run.name}-seed{seed:06}.{form}": seed for seed in seeds for form in config.to}
    unchanged = _is_current(out, known, wanted, made)
    if not unchanged:
        with files.adding(out, MARKER) as new:
            known |= _write(new, config, shape, sampler, runs.load_data(run), made, run.name, progress)
            about = {"format": FORMAT, "files": dict(sorted(known.items()))}
            (new / MARKER).write_bytes(files.encode_json(about))
    if config.zip:
        packed = _zip(out, [*sorted(wanted), MARKER])
        if not (out / ZIP).is_file() or (out / ZIP).read_bytes() != packed:
            files.write_bytes(out / ZIP, packed)
    entries = [known[f"{run.name}-seed{seed:06}.{config.to[0]}"] for seed in seeds]
    names = sorted({fault for entry in entries for fault in entry["faults"]})
    return ExportReport(
        out=out,
        run=run,
        files=len(wanted),
        sounds=config.count,
        samples=shape.samples,
        pitch_hz=shape.pitch_hz,
        kind=shape.kind,
        copies=sum(entry["novelty"] < 1 - metrics.TWIN for entry in entries),
        faults={name: [entry["seed"] for entry in entries if name in entry["faults"]] for name in names},
        unchanged=unchanged,
    )


def _settings(config: ExportConfig) -> dict[str, Any]:
    """Return the settings that decide a file's bytes."""
    return {key: as_json(config)[key] for key in ("length", "pages", "fill", "interp", "bits")}


def _shape(config: ExportConfig, about: dict[str, Any]) -> _Shape:
    try:
        kind, source = about["data"]["kind"], about["data"]["source_samples"]
    except KeyError as error:
        raise FormatError(f"{runs.MARKER} of the run does not say its {error}; train again") from None
    interp = config.interp if config.interp != "auto" else "periodic" if kind == "loop" else "linear"
    if interp == "periodic" and kind != "loop":
        raise ConfigError("--interp periodic joins the end to the start, and these are one-shots: use linear or cubic")
    if config.length != "source":
        period = int(config.length)
    elif config.pages is not None and not config.fill:
        period = config.pages * PAGE_BYTES
    elif kind == "loop":
        # nearest as the ear measures: by ratio
        period = min((PAGE_BYTES * pages for pages in LOOP_PAGES), key=lambda length: abs(np.log(length / source)))
    else:
        period = PAGE_BYTES * min(MAX_PAGES, max(1, -(-source // PAGE_BYTES)))
    if not config.fill or config.pages is None:
        return _Shape(kind, period, 1, interp)
    total = config.pages * PAGE_BYTES
    if kind != "loop":
        raise ConfigError("--fill repeats a period, and these are one-shots: leave it out")
    if total % period:
        raise ConfigError(
            f"a period of {period} samples does not fill {config.pages} pages ({total} samples) a whole number of "
            f"times: choose --length {_divisor(total, period)}"
        )
    return _Shape(kind, period, total // period, interp)


def _divisor(total: int, period: int) -> int:
    return min((d for d in range(16, total + 1) if total % d == 0), key=lambda d: abs(d - period))


def load_entries(out: Path) -> dict[str, dict[str, Any]]:
    """Return the entry of each file in an export folder; none if there is no folder. Raises FormatError."""
    if not (out / MARKER).is_file():
        return {}
    known = files.load_json(out / MARKER, version=FORMAT).get("files")
    if not isinstance(known, dict):
        raise FormatError(f"{out / MARKER} lists no files: it was damaged; choose another --out")
    return known


def _is_current(out: Path, known: dict[str, dict[str, Any]], wanted: dict[str, int], made: dict[str, Any]) -> bool:
    """Tell whether all wanted files are there, made the same way."""
    try:
        return all(
            name in known
            and all(known[name].get(key) == value for key, value in made.items())
            and files.sha256(out / name) == known[name]["sha256"]
            for name in wanted
        )
    except (OSError, KeyError):
        return False


def _write(
    folder: Path,
    config: ExportConfig,
    shape: _Shape,
    sampler: Sampler,
    data: runs.Data,
    made: dict[str, Any],
    name: str,
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    """Generate and write all files; return their entries."""
    entries: dict[str, dict[str, Any]] = {}
    references = data.train if len(data.train) else data.holdout
    for start in range(0, config.count, _CHUNK):
        progress.update(start, config.count, "generating")
        seeds = range(config.seed + start, config.seed + min(config.count, start + _CHUNK))
        raw = sampler.generate(seeds)
        waves = cycles.normalize_waves(raw)
        index, correlation = metrics.nearest(waves, references)
        signals = [render(wave, shape.period, shape.interp, closed=shape.kind == "loop") for wave in waves]
        for i, seed in enumerate(seeds):
            about = {
                "seed": seed,
                **made,
                "latent": [round(float(v), 6) for v in latent(seed)[0]],
                "pages": shape.samples / PAGE_BYTES,
                "pitch_hz": shape.pitch_hz,
                "midi_note": None if shape.pitch_hz is None else round(wavfile.midi_note(shape.pitch_hz), 4),
                "rate_hz": HEADER_RATE_HZ,
                "nearest": data.train_ids[index[i]],
                "novelty": round(1 - float(correlation[i]), 6),
                "faults": metrics.faults(raw[i]),
            }
            for form in config.to:
                content = FORMATS[form](np.tile(signals[i], shape.repeats), waves[i], shape, config)
                (folder / f"{name}-seed{seed:06}.{form}").write_bytes(content)
                sha = hashlib.sha256(content).hexdigest()
                entries[f"{name}-seed{seed:06}.{form}"] = {**about, "sha256": sha}
    progress.update(config.count, config.count, "generating")
    return entries


def render(wave: Waves, samples: int, interp: str, *, closed: bool = True) -> Signal:
    """Turn the points of one wave into samples: DC removed, just under full scale.

    Parameters
    ----------
    wave : float32, shape (points,)
    samples : int
    interp : str
        periodic: band-limited. linear, cubic: between neighboring points.
    closed : bool
        Whether the wave is a cycle, whose last point is followed by the first, or a one-shot, which ends there.

    Returns
    -------
    float32, shape (samples,)
        Peak 1, which is byte 0xFF or 0x01; a flat wave is silence.
    """
    if interp == "periodic":
        signal = cycles.resample_loop(wave, samples).astype(np.float64)
    else:
        points = np.append(wave, wave[:1]) if closed else wave
        at = np.linspace(0, len(points) - 1, samples, endpoint=not closed)
        where = np.arange(len(points))
        ends: Literal["periodic", "not-a-knot"] = "periodic" if closed else "not-a-knot"
        spline = scipy.interpolate.CubicSpline(where, points, bc_type=ends)
        signal = np.interp(at, where, points) if interp == "linear" else spline(at)
    signal = signal - signal.mean()
    peak = np.max(np.abs(signal))
    return np.asarray(signal / peak if peak > 1e-6 else np.zeros(samples), np.float32).clip(-1, 1)


def _pcm(signal: Signal, _wave: Waves, _shape: _Shape, _config: ExportConfig) -> bytes:
    return pcm.encode(signal).tobytes()


def _wav(signal: Signal, _wave: Waves, shape: _Shape, config: ExportConfig) -> bytes:
    return wavfile.build(signal, HEADER_RATE_HZ, config.bits, loop_hz=shape.pitch_hz)


def _npy(signal: Signal, _wave: Waves, _shape: _Shape, _config: ExportConfig) -> bytes:
    return dataset.encode_array(signal)


def _csv(signal: Signal, _wave: Waves, _shape: _Shape, _config: ExportConfig) -> bytes:
    return ("".join(f"{value:.7f}\n" for value in signal)).encode()


def _png(_signal: Signal, wave: Waves, _shape: _Shape, _config: ExportConfig) -> bytes:
    return pictures.encode_png(bitmap.draw_pixels(cycles.fit_columns(wave[None]))[0])


FORMATS: Final[dict[str, Callable[[Signal, Waves, _Shape, ExportConfig], bytes]]] = {
    "pcm": _pcm,
    "wav": _wav,
    "npy": _npy,
    "csv": _csv,
    "png": _png,
}


def _zip(out: Path, names: list[str]) -> bytes:
    """Pack files; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), (out / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
