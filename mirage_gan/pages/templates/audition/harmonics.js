import { FastFourier } from "./fast_fourier.js";

/** Cycles as their harmonics: analysis of one period of any length, and synthesis of a period from some harmonics. */

/**
 * @typedef {object} Harmonics
 * @property {Float64Array} cosines amplitude of each harmonic's cosine; number 0, the mean, is left out as 0
 * @property {Float64Array} sines amplitude of each harmonic's sine
 */

const MOST_HARMONICS = 1024; // more are inaudible on all but the lowest keys, and a long period would take long

/**
 * Return the harmonics of one period, below half its length.
 *
 * A period may have any number of samples, so this is the plain sum: some milliseconds for 1,024 samples, once a sound.
 *
 * @param {Uint8Array} samples one period, as unsigned 8-bit audio
 * @returns {Harmonics}
 */
export function harmonicsOf(samples) {
  const length = samples.length;
  const count = Math.min(Math.ceil(length / 2), MOST_HARMONICS + 1);
  const turn = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  const quarter = Float64Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * i) / length));
  const cosines = new Float64Array(count);
  const sines = new Float64Array(count);
  for (let harmonic = 1; harmonic < count; harmonic++) {
    for (let i = 0, place = 0; i < length; i++, place = (place + harmonic) % length) {
      cosines[harmonic] += samples[i] * turn[place];
      sines[harmonic] += samples[i] * quarter[place];
    }
    cosines[harmonic] *= 2 / length / 127;
    sines[harmonic] *= 2 / length / 127;
  }
  return { cosines, sines };
}

/**
 * Return one period of the first harmonics.
 *
 * @param {Harmonics} harmonics
 * @param {number} length samples of the result, a power of two
 * @param {number} most the highest harmonic that is kept; those that the length cannot hold never are
 * @returns {Float32Array} full scale -1 to 1, as the samples that were analyzed
 */
export function cycleOf({ cosines, sines }, length, most = Infinity) {
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  const count = Math.min(cosines.length, length / 2, most + 1);
  for (let harmonic = 1; harmonic < count; harmonic++) {
    // a cos(x) + b sin(x) is the real part of (a - ib) exp(ix)
    real[harmonic] = cosines[harmonic];
    imaginary[harmonic] = -sines[harmonic];
  }
  FastFourier.of(length).transform(imaginary, real); // the inverse
  return Float32Array.from(real);
}
