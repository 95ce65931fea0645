// Spectra of 8-bit samples, for drawing.

import { FastFourier } from "./fast_fourier.js";

const FLOOR_DB = -72; // below this a level is drawn as nothing

/** Return the level of each harmonic of a loop, 0 (nothing) to 1 (a sine of full scale), from the first on. */
export function harmonics(samples, count = 64) {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2 * count + 2, Math.min(samples.length, 2048))));
  const real = stretchedLoop(samples, size);
  const imaginary = new Float64Array(size);
  FastFourier.of(size).transform(real, imaginary);
  return Float64Array.from({ length: count }, (_, k) => {
    return level(Math.hypot(real[k + 1], imaginary[k + 1]) * (2 / size));
  });
}

/**
 * Return levels over time and frequency, 0 to 1.
 *
 * @param seconds how long the picture is; null: as long as the samples
 * @return {columns, bands, levels}: `levels` holds column after column, from the lowest band up; bands are as wide as
 *   one another on a logarithmic scale from 60 Hz to half the rate
 */
export function spectrogram(samples, rateHz, columns, bands, seconds = null) {
  const size = 512;
  const length = seconds === null ? samples.length : Math.round(seconds * rateHz);
  const hop = Math.max(1, length / columns);
  const edges = bandEdges(bands, size, rateHz);
  const levels = new Float32Array(columns * bands);
  const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
  const fourier = FastFourier.of(size);
  for (let column = 0; column < columns; column++) {
    const start = Math.round(column * hop + hop / 2 - size / 2);
    for (let i = 0; i < size; i++) {
      const at = start + i;
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size);
      real[i] = at >= 0 && at < samples.length ? ((samples[at] - 128) / 127) * hann : 0;
      imaginary[i] = 0;
    }
    fourier.transform(real, imaginary);
    for (let band = 0; band < bands; band++) {
      let peak = 0;
      for (let k = edges[band]; k < Math.max(edges[band + 1], edges[band] + 1); k++) {
        peak = Math.max(peak, real[k] ** 2 + imaginary[k] ** 2);
      }
      levels[column * bands + band] = level(Math.sqrt(peak) * (4 / size));
    }
  }
  return { columns, bands, levels };
}

/** Return the mean spectrum of a sound in bands, as `spectrogram` makes them, by the loudest moment of each. */
export function peakSpectrum(samples, rateHz, bands) {
  const columns = Math.max(1, Math.min(64, Math.ceil(samples.length / 256)));
  const { levels } = spectrogram(samples, rateHz, columns, bands);
  return Float64Array.from({ length: bands }, (_, band) => {
    let peak = 0;
    for (let column = 0; column < columns; column++) peak = Math.max(peak, levels[column * bands + band]);
    return peak;
  });
}

/** Return the frequency of the middle of a band, in Hz. */
export function bandHz(band, bands, rateHz) {
  return LOWEST_HZ * (rateHz / 2 / LOWEST_HZ) ** ((band + 0.5) / bands);
}

/** Return a loop as numbers -1 to 1 of `points` points, between which it is straight. */
export function stretchedLoop(samples, points) {
  return Float64Array.from({ length: points }, (_, i) => {
    const at = (i * samples.length) / points;
    const low = Math.floor(at);
    const next = samples[(low + 1) % samples.length];
    return (samples[low] + (at - low) * (next - samples[low]) - 128) / 127;
  });
}

const LOWEST_HZ = 60;

function bandEdges(bands, size, rateHz) {
  return Array.from({ length: bands + 1 }, (_, i) => {
    const hz = LOWEST_HZ * (rateHz / 2 / LOWEST_HZ) ** (i / bands);
    return Math.min(size / 2, Math.max(1, Math.round((hz / rateHz) * size)));
  });
}

function level(amplitude) {
  if (amplitude <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(amplitude)) / FLOOR_DB));
}
