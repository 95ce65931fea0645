"""What went wrong in the article that this project grew from: one test for each, named after our promise."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from click.testing import Result
from numpy.typing import NDArray
from PIL import Image

import mirage_gan
from mirage_gan.audio import resampling, wavfile
from mirage_gan.folders import runs
from mirage_gan.judging import metrics
from mirage_gan.mirage import pcm
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, Generator, Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.training import watchdog
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.waves import bitmap
from mirage_gan.waves.spectrogram import ROWS
from tests.support.addresses import seeds_of
from tests.support.answers import FULL

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Cli = Callable[..., Result]
Floats = NDArray[np.float32]

POINTS = 64
MODELS = [
    Spec(model, generator, points, 4)
    for model, generator in (("wave", ""), ("dcgan", "draw"), ("dcgan", "paint"))
    for points in (64, 128, 256)
]
TRAIN = ["--width", "4", "--batch-size", "8", "--steps", "4", "--every", "2", "--device", "cpu", "--run", "small"]


def must(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    return result


def bytes_of(folder: Path, pattern: str = "*.pcm") -> list[NDArray[np.uint8]]:
    return [np.frombuffer(path.read_bytes(), np.uint8) for path in sorted(folder.glob(pattern))]


def square(points: int) -> Floats:
    return np.where(np.arange(points) < points // 2, 1, -1).astype(np.float32)


# his failure: 256x256 in, 259x259 out


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: f"{spec.model}{spec.generator}{spec.points}")
def test_output_size_equals_input_size_always(spec: Spec) -> None:
    networks = build(spec, seed=0)
    real, condition = torch.zeros(2, spec.points), Condition(torch.randn(2, LATENT))

    with torch.no_grad():
        assert networks.generator(condition).shape == networks.present(real).shape
        assert networks.generator.waves(condition).shape == real.shape


@pytest.mark.parametrize("model", [["wave"], ["dcgan"], ["dcgan", "--generator", "paint"]])
def test_a_bitmap_that_comes_out_has_the_size_of_those_that_went_in(cli: Cli, sounds: Path, model: list[str]) -> None:
    must(cli("preprocess", sounds))  # 256 x 256, as the article's
    must(cli("train", "--model", *model, *TRAIN, "--steps", 1))
    must(cli("export", "--to", "png", "--count", 2))

    shown = {Image.open(path).size for path in Path("dataset/bitmaps").glob("*.png")}
    made = {Image.open(path).size for path in Path("export").glob("*.png")}
    assert shown == made == {(256, 256)}


# his failure: values -5..+3 cast to uint8 wrapped around


@pytest.mark.parametrize("spec", MODELS[::3], ids=lambda spec: f"{spec.model}{spec.generator}")
def test_output_is_bounded_then_scaled_and_clipped_before_any_cast(
    cli: Cli, workplace: Path, monkeypatch: pytest.MonkeyPatch, spec: Spec
) -> None:
    wild = build(spec, seed=0).generator
    with torch.no_grad():
        for parameter in wild.parameters():
            parameter.mul_(3)  # before its bound, this one goes far beyond -5..+3
    sampler = Sampler(spec, wild)
    monkeypatch.setattr(runs, "load_sampler", lambda _path, _model: (sampler, {}))

    must(cli("export", "--to", "pcm", "--count", 4))

    for wave, samples in zip(sampler.generate(range(4)), bytes_of(Path("export")), strict=True):
        assert np.abs(wave).max() <= 1
        assert samples.min() >= 1
        if np.ptp(wave) < 1 / 255:  # driven so hard that it is flat at full scale, which is silence
            assert set(samples.tolist()) == {0x80}
            continue
        # a value that wraps around jumps to the other end; these follow the wave, up to the rounding
        wanted = resampling.resample_loop(wave - wave.mean(), 256)
        wanted = wanted - wanted.mean()
        assert np.abs(pcm.decode(samples) - wanted / np.abs(wanted).max()).max() < 0.01


# his failure: a plotting library saved 4 bytes a pixel, in viridis


def test_one_byte_a_sample_and_a_pixel(cli: Cli, workplace: Path) -> None:
    must(cli("export", "--to", "pcm", "--to", "png", "--count", 3, "--length", 1000))

    assert [len(samples) for samples in bytes_of(Path("export"))] == [1000] * 3
    for path in [*Path("export").glob("*.png"), *Path("dataset/bitmaps").glob("*.png")]:
        with Image.open(path) as picture:
            assert (picture.mode, len(picture.tobytes())) == ("L", POINTS * POINTS)  # gray


def test_no_plotting_library_is_in_the_path() -> None:
    plotting = {"matplotlib", "pylab", "seaborn", "plotly", "bokeh", "altair", "cv2", "imageio", "skimage"}
    imported = set()
    for path in Path(mirage_gan.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])

    assert "numpy" in imported
    assert not imported & plotting
    required = {word.split(">")[0].split(";")[0].strip() for word in metadata.requires("mirage-gan") or []}
    assert not required & plotting


# his failure: the line was too thick to read back


def test_a_bitmap_gives_one_value_a_column_and_says_how_sure_it_is() -> None:
    t = np.arange(256) / 256
    saw = 2 * t - 1
    waves = np.array([np.sin(2 * np.pi * t), square(256), saw, np.sin(2 * np.pi * 60 * t)], np.float32)

    pixels = bitmap.draw_pixels(waves)
    values, confidence = bitmap.read(bitmap.to_ink(torch.from_numpy(pixels))[:, None])

    assert values.shape == confidence.shape == (4, 256)
    error = values.numpy() - waves
    assert (10 * np.log10(np.square(waves).mean(1) / (np.square(error).mean(1) + 1e-12)) > 45).all()  # dB
    assert (confidence == 1).all()
    # a line as thick as his: read all the same, and known to be unsure
    thick = np.minimum.reduce([np.roll(pixels, shift, 1) for shift in range(-6, 7)])
    _, unsure = bitmap.read(bitmap.to_ink(torch.from_numpy(thick))[:, None])
    assert unsure.median() < 0.5


# his failure: drawn points were never joined


@pytest.mark.parametrize("size", [64, 128, 256])
def test_the_drawn_line_is_connected_vertical_jumps_included(size: int) -> None:
    random = np.random.default_rng(0)
    spikes = np.where(np.arange(size) == size // 3, 1, -1)
    waves = np.array([square(size), spikes, random.uniform(-1, 1, size), np.zeros(size)], np.float32)

    for picture in bitmap.draw_pixels(waves):
        inked = picture < 255 - 60  # well visible, at least half of the connector's ink
        ends = []
        for column in inked.T:
            rows = np.flatnonzero(column)
            assert len(rows) == rows[-1] - rows[0] + 1  # one stroke, without a hole
            ends.append((rows[0], rows[-1]))
        for (top, bottom), (next_top, next_bottom) in zip(ends, ends[1:] + ends[:1], strict=True):
            assert top <= next_bottom + 1
            assert next_top <= bottom + 1


# his failure: the tail of a file was dropped by an integer division


@pytest.mark.parametrize("samples", [1000, 1001, 1023, 1025, 1279])
def test_every_sample_of_a_file_counts(cli: Cli, tmp_path: Path, samples: int) -> None:
    burst = np.random.default_rng(0).uniform(-0.5, 0.5, samples).astype(np.float32)
    (tmp_path / "wavs").mkdir()
    # the loudest sample decides the scale, so that a change at the end changes nothing but the end
    burst[10] = 1
    for name, tail in (("a", 0.9), ("b", 0.0)):
        burst[-1] = tail
        (tmp_path / "wavs" / f"{name}.wav").write_bytes(wavfile.build(burst, 29_412, 24))
    must(cli("preprocess", "wavs", "--kind", "oneshot", "--frames", 32))

    a, b = np.load("dataset/waves.npy").reshape(2, ROWS, 32)[:, -1]  # the levels of the waveforms

    last = int(np.flatnonzero(a > -1)[-1])
    assert np.abs(a - b).argmax() == last
    assert a[last] > b[last] + 5e-3
    assert np.allclose(a[: last - 1], b[: last - 1], atol=1e-3)  # but for what the change does to the DC offset


# his failure: a batch size of 8 gave arrays of nothing but zeros


@pytest.mark.parametrize("batch_size", [1, 8, 50])
@pytest.mark.parametrize("model", [["wave"], ["dcgan"], ["dcgan", "--generator", "paint"]])
def test_any_batch_size_works(cli: Cli, workplace: Path, batch_size: int, model: list[str]) -> None:
    run = f"batch{batch_size}"
    must(cli("train", "--model", *model, *TRAIN, "--batch-size", batch_size, "--run", run))
    must(cli("export", run, "--to", "npy", "--count", 8))

    assert metrics.is_dead(mirage_gan.load(run).generate(range(64))) == ""
    for path in Path("export").glob("*.npy"):
        assert np.abs(np.load(path)).max() == 1


def test_dead_output_stops_the_run_with_a_message(cli: Cli, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = Trainer._follow

    def silenced(self: Trainer) -> None:
        follow(self)
        with torch.no_grad():
            for parameter in self.average.parameters():
                parameter.zero_()

    monkeypatch.setattr(Trainer, "_follow", silenced)
    monkeypatch.setattr(watchdog, "DEAD_AFTER", 5)  # 1,000 in earnest

    result = cli("train", "--model", "wave", *TRAIN, "--steps", 100, "--run", "dead")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(
        "Error: training is dead at step 8: every wave is flat. Try another --seed, --lr "
    )


# his failure: flat output near 125-130, taken for sound


def test_flat_silent_clipped_and_noisy_output_is_detected_and_named(
    cli: Cli, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    t = np.arange(POINTS) / POINTS
    random = np.random.default_rng(0)
    waves = np.array(
        [
            np.sin(2 * np.pi * t),
            (random.choice([125, 126], POINTS) - 128) / 127 / 10 + 0.01,  # within one of his bytes
            np.zeros(POINTS),
            np.clip(3 * np.sin(2 * np.pi * t), -1, 1) * np.where(t < 0.75, 1, 0.5),
            random.uniform(-1, 1, POINTS),
        ],
        np.float32,
    )
    monkeypatch.setattr(Sampler, "generate", lambda _, places: waves[seeds_of(places)])

    said = must(cli("export", "--to", "pcm", "--count", 5)).stdout

    assert "1 is flat: seed 1\n" in said
    assert "1 is silent: seed 2\n" in said
    assert "1 is clipped: seed 3\n" in said
    assert "1 is noise-like: seed 4\n" in said
    listing = json.loads(Path("export/export.json").read_text(encoding="utf-8"))["files"]
    assert [listing[name]["faults"] for name in sorted(listing)] == [
        [],
        ["flat"],
        ["silent"],
        ["clipped"],
        ["noise-like"],
    ]
    assert "problem" not in must(cli("inspect", "export/tiny-seed000000.pcm")).stdout
    assert "problem: silent" in must(cli("inspect", "export/tiny-seed000002.pcm")).stdout


# his failure: 40 files were asked for, a dozen came


@pytest.mark.parametrize("count", [1, 40, 300])
def test_as_many_files_come_out_as_were_asked_for(cli: Cli, workplace: Path, count: int) -> None:
    said = must(cli("export", "--to", "pcm", "--count", count)).stdout

    assert len(bytes_of(Path("export"))) == count
    assert f"{count} file{'s' * (count > 1)} of 256 samples" in said
    assert len(json.loads(Path("export/export.json").read_text(encoding="utf-8"))["files"]) == count


@pytest.mark.parametrize("step", [0, 5, 20, 45])
def test_where_not_all_files_can_be_written_none_is_and_it_is_an_error(
    cli: Cli, workplace: Path, refuse_step: Callable[..., AbstractContextManager[list[str]]], step: int
) -> None:
    with refuse_step(step, 28):
        result = cli("export", "--to", "pcm", "--count", 40)

    written = bytes_of(Path("export")) if Path("export").is_dir() else []
    assert (result.exit_code, len(written)) in ((1, 0), (0, 40))
    if result.exit_code:
        assert FULL in result.stderr


# his failure: Colab cut the training off at 400 iterations


def test_a_training_that_is_cut_off_goes_on_by_the_same_command(cli: Cli, workplace: Path) -> None:
    command = ["train", "--model", "wave", *TRAIN, "--steps", 60, "--every", 20, "--run", "cut", "--json"]
    whole = [*command[:-2], "whole", "--json"]

    first = json.loads(must(cli(*command, "--max-minutes", 0.002)).stdout)
    again = json.loads(must(cli(*command)).stdout)
    must(cli(*whole))

    assert 0 < first["step"] <= 60
    assert Path("runs/cut/checkpoints/last.safetensors").is_file()
    assert (again["resumed_from"], again["step"], again["finished"]) == (first["step"], 60, True)
    assert "already finished; nothing to do" in must(cli(*command[:-1])).stdout
    for path in ("checkpoints/last.safetensors", "data.npz"):
        a, b = (Path("runs", run, path) for run in ("cut", "whole"))
        if a.suffix == ".npz":
            assert a.read_bytes() == b.read_bytes()
        else:
            one, other = (mirage_gan.load(run, "last").generate(range(4)) for run in ("cut", "whole"))
            assert np.array_equal(one, other)


def test_a_time_limit_ends_a_training_saved(cli: Cli, workplace: Path) -> None:
    report = json.loads(
        must(cli("train", "--model", "wave", "--width", 4, "--max-minutes", 0.005, "--run", "timed", "--json")).stdout
    )

    assert report["step"] > 0
    assert report["steps"] is None
    assert mirage_gan.load("timed").generate([0]).shape == (1, POINTS)


# his failure: the generator of his library had no latent; it filtered training pictures, so nothing could be new


def test_what_is_generated_comes_from_a_latent_alone() -> None:
    for spec in MODELS[::3]:
        generator = build(spec, seed=0).generator
        assert isinstance(generator, Generator)
        with torch.no_grad():
            one, other = generator.waves(Condition(torch.randn(2, LATENT, generator=torch.Generator().manual_seed(0))))
        assert not torch.equal(one, other)
