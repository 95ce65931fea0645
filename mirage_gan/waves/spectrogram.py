"""One-shots as pictures of log magnitudes, and back to sound: what is heard is learned, and phase is not.

A *picture* has a row for each of `BANDS` bands, the lowest first, and one more for the level of the bare waveform,
which a window of 35 ms cannot resolve. It has a column for each frame, and frames grow: an attack is told apart to
2 ms, a tail to 24 ms. Values are levels in decibels, relative to the loudest cell of the bands, or to the loudest
level, and scaled so that 1 is the loudest and -1 is `FLOOR_DB` below it or less. A sound has ended where all rows are
-1.

Phase is rebuilt by the fast Griffin-Lim algorithm (N. Perraudin, P. Balazs and P. Sondergaard 2013, "A fast Griffin-Lim
algorithm"), which alternates between the magnitudes that are asked for and signals that exist.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from mirage_gan.mirage.spec import HEADER_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from mirage_gan.base.arrays import Signal, Waves

FRAME: Final = 256  # samples of a frame, on average
BANDS: Final = 128
ROWS: Final = BANDS + 1  # the last one is the level of the bare waveform
FLOOR_DB: Final = 70.0  # what lies lower is silence: 8 bits hold 48 dB, and the ear resolves the rest in the bands
GROWTH: Final = 12.0  # length of the last frame, in lengths of the first

_WINDOW: Final = 1024  # samples
_BINS_HZ: Final = np.linspace(0, HEADER_RATE_HZ / 2, _WINDOW // 2 + 1, dtype=np.float64)
_HOP: Final = 64  # of the analysis; about the length of the first frame
_REBUILD_HOP: Final = 128
_LINEAR: Final = 48  # the lowest bands, of one bin of 29 Hz each, so that partials of drums and notes stay apart
_ITERATIONS: Final = 32
_MOMENTUM: Final = 0.99  # Perraudin's alpha
_LEVEL_EVERY: Final = 8  # iterations
_MOST_GAIN_DB: Final = 20.0  # to impose a level on a signal
_LOUD_DB: Final = 20.0  # frames within it of the loudest tell by how much the levels of two signals differ as a whole
_QUIET: Final = 1e-12  # added to powers, so that silence has a logarithm
SILENT_BELOW: Final = -0.98  # below this level, what interpolation or a network leaves of the floor is silence


@dataclass(frozen=True)
class _Grid:
    """Where the cells of a picture lie: how to go there from samples, bins and hops, and back."""

    samples: int
    to_bands: Tensor  # (BANDS, bins): mean power of a band
    to_bins: Tensor  # (bins, BANDS): interpolates between the centers of bands
    to_frames: Tensor  # (hops, frames): mean over a frame
    to_hops: Tensor  # (hops of the rebuilding, frames): interpolates between the middles of frames
    place_of: Tensor  # (samples,): where each sample lies between the middles of frames, 0 to frames - 1
    frame_of: Tensor  # (samples,), int64: the frame of each sample
    window: Tensor  # (_WINDOW,)


def picture(signals: Sequence[Signal] | Waves, frames: int) -> Waves:
    """Turn sounds into pictures.

    Parameters
    ----------
    signals : sequence of float32, shape (samples,)
        At `HEADER_RATE_HZ`, from the onset; what is missing of ``frames * FRAME`` samples is silence, and what is more
        is cut.
    frames : int

    Returns
    -------
    float32, shape (sounds, ROWS, frames), -1 to 1
    """
    grid = _grid(frames)
    pictures = np.empty((len(signals), ROWS, frames), np.float32)
    for found, signal in zip(pictures, signals, strict=True):
        whole = np.zeros(grid.samples, np.float32)
        whole[: len(signal)] = signal[: grid.samples]
        found[:] = _picture(torch.from_numpy(whole[None]), grid)[0]
    return pictures


def rebuild(pictures: Waves, seed: int = 0) -> Waves:
    """Turn pictures into sounds; one picture always gives the same sound, whatever else is rebuilt with it.

    Parameters
    ----------
    pictures : float32, shape (sounds, ROWS, frames), -1 to 1
    seed : int
        Of the phases to begin with.

    Returns
    -------
    float32, shape (sounds, frames * FRAME)
        Peak 1; all zeros for a picture of silence.
    """
    grid = _grid(pictures.shape[2])
    phase = _random_phase(grid, seed)
    sounds = np.empty((len(pictures), grid.samples), np.float32)
    for sound, levels in zip(sounds, torch.from_numpy(pictures), strict=True):
        found = _griffin_lim(_magnitudes(levels[None], grid), phase, grid, levels[None, BANDS])
        sound[:] = (found / (found.abs().amax() + _QUIET))[0]
    return sounds


def rebuilding(frames: int) -> dict[str, Any]:
    """Return all that `rebuild` depends on, as plain JSON values, for those who rebuild elsewhere.

    Returns
    -------
    dict
        `edges`, the borders of frames in samples; `centers`, those of bands in bins of the transform; and the constants
        of this module in lower case.
    """
    return {
        "edges": _edges(frames).tolist(),
        "centers": (_bands()[0] / _BINS_HZ[1]).tolist(),
        "window": _WINDOW,
        "hop": _REBUILD_HOP,
        "iterations": _ITERATIONS,
        "momentum": _MOMENTUM,
        "level_every": _LEVEL_EVERY,
        "most_gain_db": _MOST_GAIN_DB,
        "loud_db": _LOUD_DB,
        "floor_db": FLOOR_DB,
        "silent_below": SILENT_BELOW,
        "quiet": _QUIET,
        "seed": 0,
    }


def resampling(frames: int, factors: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Return what resampling by each factor does to a picture: it is `factor` times as long, and as much lower.

    Returns
    -------
    bands : float32 tensor, shape (factors, BANDS, BANDS)
        To multiply the bands of a picture by, from the left.
    time : float32 tensor, shape (factors, frames, frames)
        To multiply its transposed frames by, from the left.
    """
    centers, middles = _bands()[0], _middles(frames)
    bands = [_between(centers, centers * factor) for factor in factors]
    time = [_between(middles, middles / factor) for factor in factors]
    return _tensor(np.array(bands)), _tensor(np.array(time))


def layout(frames: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the cells of a picture lie: centers of bands in Hz, (BANDS,), lengths of frames in s, (frames,)."""
    return _bands()[0], np.diff(_edges(frames)) / HEADER_RATE_HZ


def _magnitudes(pictures: Tensor, grid: _Grid) -> Tensor:
    """Return the magnitudes that pictures ask for: (sounds, ROWS, frames) -> (sounds, bins, hops), at most 1."""
    levels = grid.to_bins @ pictures[:, :BANDS] @ grid.to_hops.T
    return torch.where(levels > SILENT_BELOW, 10 ** ((levels - 1) * (FLOOR_DB / 40)), 0.0)


def _picture(signals: Tensor, grid: _Grid) -> Tensor:
    power = _transform(signals, _HOP, grid).abs().square()[..., : grid.to_frames.shape[0]]
    bands = _scaled(grid.to_bands @ (power @ grid.to_frames))
    return torch.cat([bands, _scaled(_levels(signals, grid)[:, None])], 1)


def _scaled(power: Tensor) -> Tensor:
    """Return levels relative to the highest of each sound: (sounds, rows, frames) -> the same shape, -1 to 1."""
    relative = power / (power.amax((1, 2), keepdim=True) + _QUIET)
    scaled: Tensor = (relative + _QUIET).log10().mul(20 / FLOOR_DB).add(1).clamp(-1, 1)
    return scaled


def _levels(signals: Tensor, grid: _Grid) -> Tensor:
    """Return the mean power of each frame: (sounds, samples) -> (sounds, frames)."""
    frames = grid.to_frames.shape[1]
    sums = signals.new_zeros(len(signals), frames).index_add_(1, grid.frame_of, signals.square())
    return sums / torch.bincount(grid.frame_of, minlength=frames)


def _transform(signals: Tensor, hop: int, grid: _Grid) -> Tensor:
    """Return the short-time Fourier transform, with silence around: (sounds, samples) -> (sounds, bins, hops)."""
    found: Tensor = torch.stft(
        signals, _WINDOW, hop, window=grid.window, center=True, pad_mode="constant", return_complex=True
    )
    return found


def _random_phase(grid: _Grid, seed: int) -> Tensor:
    bins, hops = grid.to_bins.shape[0], grid.to_hops.shape[0]
    return 2 * math.pi * torch.rand(bins, hops, generator=torch.Generator().manual_seed(seed))


def _griffin_lim(wanted: Tensor, phase: Tensor, grid: _Grid, levels: Tensor | None = None) -> Tensor:
    """Find signals, (sounds, samples), to magnitudes, (sounds, bins, hops), and impose levels, (sounds, frames)."""
    spectrum = torch.polar(wanted, phase.expand_as(wanted))
    before = torch.zeros_like(spectrum)
    for iteration in range(_ITERATIONS):
        signals = _signals(spectrum, grid)
        if levels is not None and iteration % _LEVEL_EVERY == 0:
            signals = _leveled(signals, levels, grid)
        now = _transform(signals, _REBUILD_HOP, grid)
        ahead = now + _MOMENTUM * (now - before) if iteration else now
        spectrum = wanted * ahead / (ahead.abs() + _QUIET)
        before = now
    signals = _signals(spectrum, grid)
    return signals if levels is None else _leveled(signals, levels, grid)


def _signals(spectrum: Tensor, grid: _Grid) -> Tensor:
    """Return the signals whose transform is nearest: (sounds, bins, hops) -> (sounds, samples).

    What lies before the onset is cut off each time: that is what keeps attacks sharp.
    """
    found: Tensor = torch.istft(spectrum, _WINDOW, _REBUILD_HOP, window=grid.window, center=True, length=grid.samples)
    return found


def _leveled(signals: Tensor, levels: Tensor, grid: _Grid) -> Tensor:
    """Give signals, (sounds, samples), the levels of a picture, (sounds, frames), as far as `_MOST_GAIN_DB` allows."""
    have = 10 * torch.log10(_levels(signals, grid) + _QUIET)
    wanted = (levels - 1) * (FLOOR_DB / 2)
    # the two scales differ by a factor, which the loud frames tell
    loud = wanted > -_LOUD_DB
    offset = ((have - wanted) * loud).sum(1, keepdim=True) / loud.sum(1, keepdim=True).clamp(min=1)
    gains = 10 ** ((wanted + offset - have).clamp(-_MOST_GAIN_DB, _MOST_GAIN_DB) / 20)
    left = grid.place_of.long().clamp(max=gains.shape[1] - 2)
    return signals * torch.lerp(gains[:, left], gains[:, left + 1], grid.place_of - left)


@lru_cache
def _grid(frames: int) -> _Grid:
    samples = frames * FRAME
    edges, middles = _edges(frames), _middles(frames)
    hops = np.arange(0, samples, _HOP, dtype=np.float64)
    begin, end = np.maximum(hops[:, None] - _HOP / 2, edges[:-1]), np.minimum(hops[:, None] + _HOP / 2, edges[1:])
    shares = np.maximum(end - begin, 0)
    centers, to_bands = _bands()
    return _Grid(
        samples,
        to_bands=_tensor(to_bands),
        to_bins=_tensor(_between(centers, _BINS_HZ)),
        to_frames=_tensor(shares / shares.sum(0)),
        to_hops=_tensor(_between(middles, np.arange(0, samples + 1, _REBUILD_HOP, dtype=np.float64))),
        place_of=_tensor(np.interp(np.arange(samples), middles, np.arange(frames))),
        frame_of=torch.from_numpy(np.searchsorted(edges, np.arange(samples) + 0.5, side="right") - 1),
        window=torch.hann_window(_WINDOW),
    )


def _edges(frames: int) -> NDArray[np.float64]:
    """Return the borders of the frames in samples, shape (frames + 1,)."""
    lengths = np.geomspace(1, GROWTH, frames)
    return np.asarray(np.concatenate([[0.0], np.cumsum(lengths)]) * (frames * FRAME / lengths.sum()))


def _middles(frames: int) -> NDArray[np.float64]:
    edges = _edges(frames)
    return np.asarray((edges[1:] + edges[:-1]) / 2)


def _bands() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centers of the bands in Hz, (BANDS,), and the weights of bins in each band, (BANDS, bins), of sum 1.

    The lowest `_LINEAR` bands are single bins; above them triangles are evenly spaced on the ERB-rate scale
    (B. Glasberg and B. Moore 1990, "Derivation of auditory filter shapes from notched-noise data", equation 4).
    """
    lowest, highest = 21.4 * np.log10(1 + 0.00437 * _BINS_HZ[[_LINEAR, -1]])
    rates = np.linspace(lowest, highest, BANDS + 2 - _LINEAR)
    corners = np.concatenate([_BINS_HZ[:_LINEAR], (10 ** (rates / 21.4) - 1) / 0.00437])  # (BANDS + 2,)
    left, centers, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    weights = np.maximum(0, np.minimum((_BINS_HZ - left) / (centers - left), (right - _BINS_HZ) / (right - centers)))
    return centers[:, 0], weights / weights.sum(1, keepdims=True)


def _between(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix of linear interpolation: values at `known` -> at `wanted`, constant beyond the ends."""
    places = np.interp(wanted, known, np.arange(len(known)))
    left = np.minimum(places.astype(np.intp), len(known) - 2)
    matrix = np.zeros((len(wanted), len(known)))
    rows = np.arange(len(wanted))
    matrix[rows, left] = 1 - (places - left)
    matrix[rows, left + 1] = places - left
    return matrix


def _tensor(matrix: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(matrix.astype(np.float32))
