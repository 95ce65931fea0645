// How two sounds differ: for A/B, and for its picture.

import { spectrogram, stretchedLoop } from "./spectra.js";

/** Return the mean square of samples, 0 to 1. */
export function power(samples) {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 127) ** 2;
  return samples.length ? sum / samples.length : 0;
}

/**
 * Return gains, at most 1, that make two sounds equally loud.
 *
 * Loudness is taken as the power of a loop, and of a one-shot as that of its loudest tenth of a second, so that a long
 * tail does not make a hit louder.
 */
export function equalGains(one, other, kind, rateHz) {
  const [a, b] = [one, other].map((samples) => (kind === "loop" ? power(samples) : loudest(samples, rateHz / 10)));
  if (a === 0 || b === 0) return [1, 1];
  const ratio = Math.sqrt(a / b);
  return ratio > 1 ? [1 / ratio, 1] : [1, ratio];
}

/** Return loops as numbers -1 to 1 of `points` points each, the second one turned so that it lies on the first best. */
export function alignLoops(one, other, points = 256) {
  const a = stretchedLoop(one, points);
  const b = stretchedLoop(other, points);
  let best = -Infinity;
  let turn = 0;
  for (let shift = 0; shift < points; shift++) {
    let sum = 0;
    for (let i = 0; i < points; i++) sum += a[i] * b[(i + shift) % points];
    if (sum > best) [best, turn] = [sum, shift];
  }
  return [a, Float64Array.from({ length: points }, (_, i) => b[(i + turn) % points])];
}

/**
 * Return spectrograms of two one-shots over the same time, and their difference: what the first one has more of is
 * positive, -1 to 1.
 */
export function spectrogramDifference(one, other, rateHz, columns, bands) {
  const seconds = Math.max(one.length, other.length, 1) / rateHz;
  const a = spectrogram(one, rateHz, columns, bands, seconds);
  const b = spectrogram(other, rateHz, columns, bands, seconds);
  return { ...a, levels: a.levels.map((value, i) => value - b.levels[i]), seconds };
}

function loudest(samples, length) {
  const size = Math.max(1, Math.round(length));
  let peak = 0;
  for (let start = 0; start < samples.length; start += size) {
    const part = samples.subarray(start, start + size);
    peak = Math.max(peak, (power(part) * part.length) / size);
  }
  return peak;
}
