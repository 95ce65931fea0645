"""Waves survive being drawn, and line drawings made elsewhere can be read."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mirage_gan.base.arrays import Pictures, Waves
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.waves import bitmap, cycles

SIZES = (64, 128, 256)
AKWF = Path(__file__).parents[3].parent / "shared" / "data" / "akwf"

some = settings(max_examples=40)
sizes = st.sampled_from(SIZES)
seeds = st.integers(0, 2**32 - 1)


def read_back(pixels: Pictures) -> tuple[Waves, Waves]:
    values, confidence = bitmap.read(bitmap.to_ink(torch.from_numpy(pixels))[:, None])
    return values.numpy(), confidence.numpy()


def snr_db(waves: Waves, copies: Waves) -> NDArray[np.float64]:
    noise = np.square(waves.astype(np.float64) - copies).sum(1)
    snr: NDArray[np.float64] = 10 * np.log10(np.square(waves).sum(1) / np.maximum(noise, 1e-30))
    return snr


def row_of(values: Waves) -> NDArray[np.float64]:
    """Give the row that stands for a value, by the documented scale."""
    size = values.shape[-1]
    rows: NDArray[np.float64] = (1 - values.astype(np.float64)) * (size - 1 - 2 * bitmap.MARGIN) / 2 + bitmap.MARGIN
    return rows


def shapes(size: int, seed: int) -> Waves:
    """Squares of any width, saws of any slope, noise, spikes and sines, each somewhere in its cycle."""
    random = np.random.default_rng(seed)
    t = np.arange(size)
    made = [
        np.where(t < random.integers(1, size), 1.0, -1.0),
        2 * (t * random.integers(1, 9) % size) / size - 1,
        random.uniform(-1, 1, size),
        np.sign(random.standard_normal(size)),
        np.where(t == 0, 1.0, random.uniform(-0.5, 0.5, size)),
        np.sin(2 * np.pi * random.integers(1, size // 2) * t / size + 0.2),
    ]
    return np.array([np.roll(wave, random.integers(size)) for wave in made], np.float32)


# --- drawing and reading back


@some
@given(sizes, seeds)
def test_a_wave_is_read_back_from_its_drawing_at_60_db_or_better(size: int, seed: int) -> None:
    waves = shapes(size, seed)
    values, confidence = read_back(bitmap.draw_pixels(waves))
    assert snr_db(waves, values).min() >= 60
    assert confidence.min() > 0.999


@some
@given(sizes.flatmap(lambda size: arrays(np.float32, (1, size), elements=st.floats(-1, 1, width=32))))
def test_every_value_of_any_wave_is_read_back_within_a_hundredth_of_a_row(waves: Waves) -> None:
    values, _ = read_back(bitmap.draw_pixels(waves))
    assert np.max(np.abs(row_of(values) - row_of(waves))) < 0.01


@pytest.mark.skipif(not AKWF.is_dir(), reason="the reference sounds are not beside this checkout")
def test_real_loops_are_read_back_from_their_drawings() -> None:
    loops = [soundfile.read(path, always_2d=True)[0].mean(1) for path in sorted(AKWF.rglob("*.wav"))[::5]]
    waves = np.array([cycles.loop_wave(cycle, 256, align=True) for cycle in loops])
    values, _ = read_back(bitmap.draw_pixels(waves))
    snr = snr_db(waves, values)
    assert len(waves) > 700
    assert np.median(snr) >= 45
    assert np.percentile(snr, 5) >= 30


def test_a_drawing_of_the_same_wave_is_the_same_bytes_everywhere() -> None:
    # multiples of 1/128: every step of the drawing is exact, so no rounding of any machine can differ
    wave = ((np.arange(256) * 37 % 257 - 128) / 128).clip(-1, 1).astype(np.float32)
    pixels = bitmap.draw_pixels(np.stack([wave, np.roll(np.sort(wave), 9)]))
    golden = "ab56feb956625881d5342c66e99e043439269b17d9a41edb02546aec10721ed6"
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == golden


@some
@given(sizes, st.integers(1, 70), seeds)
def test_a_wave_is_drawn_the_same_alone_and_in_any_batch(size: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    waves = random.uniform(-1, 1, (count, size)).astype(np.float32)
    pick = int(random.integers(count))
    assert np.array_equal(bitmap.draw_pixels(waves)[pick], bitmap.draw_pixels(waves[pick : pick + 1])[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 8, 33])
def test_a_bitmap_is_as_wide_and_high_as_its_wave_is_long(size: int, count: int) -> None:
    waves = np.zeros((count, size), np.float32)
    pixels = bitmap.draw_pixels(waves)
    assert pixels.shape == (count, size, size)
    assert pixels.dtype == np.uint8
    assert bitmap.draw(torch.from_numpy(waves)).shape == (count, 1, size, size)
    values, confidence = read_back(pixels)
    assert values.shape == confidence.shape == (count, size)


@some
@given(sizes, seeds)
def test_the_line_is_connected_vertical_jumps_and_the_end_included(size: int, seed: int) -> None:
    ink = 1 - bitmap.draw_pixels(shapes(size, seed)) / 255 >= 0.2  # as dark as the eye takes for a line
    top = ink.argmax(1)
    bottom = size - 1 - ink[:, ::-1].argmax(1)
    assert np.all(ink.sum(1) == bottom - top + 1)  # no gap within a column, and no empty one
    # from each column to the next, and from the last to the first, the strokes touch at least by a corner
    assert np.all(np.roll(top, -1, axis=1) <= bottom + 1)
    assert np.all(np.roll(bottom, -1, axis=1) >= top - 1)


@some
@given(sizes, seeds)
def test_the_point_is_darker_than_the_stroke_that_connects_it(size: int, seed: int) -> None:
    waves = shapes(size, seed)
    ink = bitmap.draw(torch.from_numpy(waves))[:, 0].numpy()
    rows = np.arange(size)[None, :, None]
    away = np.abs(rows - row_of(waves)[:, None]) >= bitmap.REACH
    assert ink.max(1).min() >= 0.75  # the nearest row is at most half a row off
    assert ink[away].max(initial=0) <= bitmap.CONNECTOR


def test_what_is_beyond_full_scale_is_drawn_at_the_edge_and_never_wraps_around() -> None:
    wild = np.array([[-5.0, 3.0, 1.0, -1.0, 1e6, -1e6, np.inf, -np.inf] * 8], np.float32)
    assert np.array_equal(bitmap.draw_pixels(wild), bitmap.draw_pixels(wild.clip(-1, 1)))
    ink = bitmap.draw(torch.from_numpy(wild))
    assert float(ink.min()) == 0
    assert float(ink.max()) <= 1


def test_ink_and_pixels_are_each_others_inverse() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(bitmap.to_pixels(bitmap.to_ink(levels)), levels)


# --- gradients: a generator of points is judged by its drawing


@some
@given(sizes, seeds)
def test_a_drawing_has_a_finite_gradient(size: int, seed: int) -> None:
    waves = torch.from_numpy(shapes(size, seed)).requires_grad_()
    weights = torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (size, size)).astype(np.float32))
    (bitmap.draw(waves) * weights).sum().backward()
    assert waves.grad is not None
    assert torch.isfinite(waves.grad).all()
    assert bool((waves.grad != 0).any())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("above", [True, False])
def test_the_gradient_pulls_the_line_to_where_it_should_be(size: int, above: bool) -> None:
    t = torch.arange(size) / size
    waves = (0.5 * torch.sin(2 * torch.pi * t))[None].requires_grad_()
    row = 2 / (size - 1 - 2 * bitmap.MARGIN)
    target = bitmap.draw(waves.detach() + (row if above else -row))
    (bitmap.draw(waves) - target).square().mean().backward()
    assert waves.grad is not None
    downhill = -waves.grad[0] if above else waves.grad[0]
    assert float((downhill > 0).float().mean()) > 0.9


def test_a_line_is_found_by_following_the_gradient() -> None:
    t = torch.arange(64) / 64
    wanted = (0.6 * torch.sin(2 * torch.pi * t))[None]
    waves = (wanted + 0.05 * torch.cos(6 * torch.pi * t)).clone().requires_grad_()
    optimizer = torch.optim.Adam([waves], lr=2e-3)
    before = float((waves.detach() - wanted).abs().max())
    for _ in range(150):
        optimizer.zero_grad()
        (bitmap.draw(waves) - bitmap.draw(wanted)).square().mean().backward()
        optimizer.step()
    assert float((waves.detach() - wanted).abs().max()) < before / 4


# --- what the confidence says


def picture(size: int, *strokes: tuple[int, int, int]) -> torch.Tensor:
    """Paint black strokes (column, first row, rows) on white."""
    ink = torch.zeros(1, 1, size, size)
    for column, first, rows in strokes:
        ink[0, 0, first : first + rows, column] = 1
    return ink


def test_a_thin_stroke_is_read_with_full_confidence() -> None:
    for rows in (1, 2, 3):
        _, confidence = bitmap.read(picture(64, (10, 30, rows)))
        assert float(confidence[0, 10]) == pytest.approx(1)


def test_a_tall_stroke_is_read_at_its_middle_with_less_confidence() -> None:
    values, confidence = bitmap.read(picture(64, (10, 20, 11)))
    assert float(row_of(values.numpy())[0, 10]) == pytest.approx(25, abs=1e-3)
    assert float(confidence[0, 10]) == pytest.approx(3 / 11)


def test_two_strokes_in_a_column_are_read_without_confidence() -> None:
    _, confidence = bitmap.read(picture(64, (10, 10, 1), (10, 50, 1)))
    assert float(confidence[0, 10]) == 0


def test_an_empty_column_takes_the_value_between_its_neighbors() -> None:
    strokes = [(column, 20 if column < 10 else 40, 1) for column in range(64) if column not in (9, 10, 11)]
    values, confidence = bitmap.read(picture(64, *strokes))
    rows = row_of(values.numpy())[0]
    assert rows[8:13] == pytest.approx([20, 25, 30, 35, 40], abs=1e-3)
    assert confidence[0, 9:12].tolist() == [0, 0, 0]


def test_empty_columns_at_the_end_are_filled_around_the_end() -> None:
    strokes = [(column, 20 if column < 32 else 40, 1) for column in range(1, 62)]
    values, _ = bitmap.read(picture(64, *strokes))
    rows = row_of(values.numpy())[0]
    assert rows[[61, 62, 63, 0, 1]] == pytest.approx([40, 35, 30, 25, 20], abs=1e-3)


def test_an_empty_picture_is_silence_without_confidence() -> None:
    values, confidence = bitmap.read(picture(64))
    assert not values.any()
    assert not confidence.any()


# --- drawings made elsewhere


def smooth(size: int, seed: int) -> NDArray[np.float64]:
    """Rows of a smooth curve: three harmonics, over most of the height, at most 3 rows a column steep."""
    random = np.random.default_rng(seed)
    t = np.arange(size) / size
    wave = np.zeros(size)
    for h in (1, 2, 3):
        wave += random.uniform(0.2, 1) / h * np.sin(2 * np.pi * (h * t + random.random()))
    wave /= np.max(np.abs(wave))
    rows: NDArray[np.float64] = size / 2 + min(0.45 * size, 3 / np.max(np.abs(np.diff(wave)))) * wave
    return rows


def draw_black_line(rows: NDArray[np.float64], ink: int = 0, paper: int = 255, mode: str = "L") -> Image.Image:
    """Draw as the article did: a line of one black pixel on white."""
    image = Image.new(mode, (len(rows), len(rows)), paper)
    points = [(float(x), float(round(y))) for x, y in enumerate(rows)]
    ImageDraw.Draw(image).line(points, fill=ink, width=1)
    return image


@some
@given(st.sampled_from([64, 100, 256, 259]), seeds)
def test_a_black_line_of_one_pixel_is_read_back_within_one_row(size: int, seed: int) -> None:
    rows = smooth(size, seed)
    pixels = np.array(draw_black_line(rows))
    values, confidence = read_back(pixels[None])
    assert np.max(np.abs(row_of(values)[0] - rows)) <= 1
    assert confidence.min() > 0


@pytest.mark.parametrize("suffix", [".png", ".bmp"])
def test_a_line_in_a_file_is_read_back_within_one_row(tmp_path: Path, suffix: str) -> None:
    rows = smooth(256, 1)
    draw_black_line(rows).save(tmp_path / f"line{suffix}")
    wave = bitmap.load(tmp_path / f"line{suffix}")
    assert wave.shape == (256,)
    assert wave.dtype == np.float32
    assert np.max(np.abs(row_of(wave) - rows)) <= 1


def test_a_drawing_of_ours_is_read_from_its_file_to_the_value(tmp_path: Path) -> None:
    waves = shapes(128, 3)
    for pixels, wave in zip(bitmap.draw_pixels(waves), waves, strict=True):
        Image.fromarray(pixels).save(tmp_path / "line.png")
        assert np.max(np.abs(row_of(bitmap.load(tmp_path / "line.png")) - row_of(wave))) < 0.01


def test_lines_of_other_colors_and_depths_are_read_like_black_ones(tmp_path: Path) -> None:
    rows = smooth(256, 2)
    black = draw_black_line(rows)
    mask = black.point([255] * 128 + [0] * 128)
    clear = Image.new("RGBA", black.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=mask)
    blue = Image.new("RGB", black.size, "white")
    blue.paste((0, 0, 160), mask=mask)
    drawings = {
        "black": black,
        "white on black": draw_black_line(rows, ink=255, paper=0),
        "transparent": clear,
        "transparent gray": clear.convert("LA"),
        "blue": blue,
        "palette": blue.quantize(4),
        "one bit": black.convert("1"),
        "pale": draw_black_line(rows, ink=150, paper=255),
    }
    waves = {}
    for name, drawing in drawings.items():
        drawing.save(tmp_path / "line.png")
        waves[name] = bitmap.load(tmp_path / "line.png")
    for name, wave in waves.items():
        assert np.max(np.abs(wave - waves["black"])) < 1e-3, name


@pytest.mark.parametrize("shape", [(256, 255), (640, 480), (15, 15), (1, 1), (4097, 4097)])
def test_a_picture_that_is_not_square_or_of_no_sensible_size_is_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    Image.new("1", shape, 1).save(tmp_path / "x.png")
    expected = rf"^not a square picture of 16 to 4,096 pixels: it has {shape[0]} x {shape[1]}; resize it$"
    with pytest.raises(FormatError, match=expected):
        bitmap.load(tmp_path / "x.png")


@pytest.mark.parametrize("content", [b"", b"a line of text\n" * 20, b"\x89PNG\r\n\x1a\n", b"BM" + bytes(60)])
def test_a_file_that_is_no_picture_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(FormatError, match=r"^unreadable picture: [^\n]+$"):
        bitmap.load(tmp_path / "x.png")


def test_a_picture_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FormatError, match=r"^unreadable picture: [^\n]+$"):
        bitmap.load(path)


def no_lines() -> dict[str, Pictures]:
    random = np.random.default_rng(0)
    y, x = np.mgrid[0:256, 0:256] / 256
    photo = 128 + 60 * np.sin(9 * x + 4 * y) * np.cos(7 * y) + 20 * random.standard_normal((256, 256))
    lines = np.full((256, 256), 255, np.uint8)
    lines[20::40] = 0  # a page of ruled paper
    half = np.full((256, 256), 255, np.uint8)
    half[100, :150] = 0  # a line that ends before three quarters of the way
    return {
        "white": np.full((256, 256), 255, np.uint8),
        "black": np.zeros((256, 256), np.uint8),
        "gray": np.full((256, 256), 128, np.uint8),
        "noise": random.integers(0, 256, (256, 256), np.uint8),
        "photograph": photo.clip(0, 255).astype(np.uint8),
        "gradient": (255 * y).astype(np.uint8),
        "ruled paper": lines,
        "half a line": half,
    }


@pytest.mark.parametrize("name", no_lines())
def test_a_picture_of_no_line_is_refused(tmp_path: Path, name: str) -> None:
    Image.fromarray(no_lines()[name]).save(tmp_path / "x.png")
    with pytest.raises(
        SignalError,
        match=r"^not a line: only \d+% of the picture's columns hold one thin stroke; draw a single line$",
    ):
        bitmap.load(tmp_path / "x.png")


# --- CUDA


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA GPU")
def test_a_gpu_draws_within_one_level_on_at_most_a_thousandth_of_the_pixels() -> None:
    for size in SIZES:
        waves = np.concatenate([shapes(size, seed) for seed in range(8)])
        here = bitmap.draw_pixels(waves).astype(int)
        there = bitmap.to_pixels(bitmap.draw(torch.from_numpy(waves).cuda()))[:, 0].cpu().numpy().astype(int)
        assert np.max(np.abs(here - there)) <= 1
        assert np.mean(here != there) <= 0.001
