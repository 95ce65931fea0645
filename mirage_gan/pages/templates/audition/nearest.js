// Which training sound of the page is the nearest to a sound that the page has made, as far as the page can tell.

import { FastFourier } from "./fast_fourier.js";
import { spectrogram, stretchedLoop } from "./spectra.js";

const LOOP_POINTS = 256;
const SMALL = { columns: 24, bands: 20 }; // spectrograms by which one-shots are compared

export class NearestKnown {
  constructor(session) {
    this.session = session;
    this.views = new WeakMap(); // of training sounds: what they are compared by
  }

  /**
   * Return the index of the training sound that is the nearest to samples, or null if the page has none: of loops the one
   * that correlates most, turned and with either polarity, of one-shots the one whose spectrogram differs least.
   */
  of(samples) {
    const { known, kind } = this.session;
    if (!known.length) return null;
    const own = this.#viewOf(samples);
    const nearness = kind === "loop" ? correlation : (one, other) => -difference(one, other);
    let [best, most] = [0, -Infinity];
    known.forEach((sound, index) => {
      if (!this.views.has(sound)) this.views.set(sound, this.#viewOf(this.session.samplesOf(sound)));
      const near = nearness(own, this.views.get(sound));
      if (near > most) [best, most] = [index, near];
    });
    return best;
  }

  #viewOf(samples) {
    const { kind, rateHz } = this.session;
    if (kind === "loop") return spectrumOf(samples);
    return spectrogram(samples, rateHz, SMALL.columns, SMALL.bands, this.#seconds()).levels;
  }

  /** Return how long spectrograms are, so that the end of each sound is in its own place. */
  #seconds() {
    const { known, rateHz } = this.session;
    return Math.max(...known.map((sound) => sound.at[1])) / rateHz;
  }
}

/** Return the spectrum of a loop, of which the sum of squares is 1, without its mean. */
function spectrumOf(samples) {
  const real = stretchedLoop(samples, LOOP_POINTS);
  const imaginary = new Float64Array(LOOP_POINTS);
  FastFourier.of(LOOP_POINTS).transform(real, imaginary);
  real[0] = 0;
  let sum = 0;
  for (let i = 0; i < LOOP_POINTS; i++) sum += real[i] ** 2 + imaginary[i] ** 2;
  const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  return { real: real.map((value) => scale * value), imaginary: imaginary.map((value) => scale * value) };
}

/** Return the highest correlation of two loops over all turns and both polarities, 0 to 1, by their spectra. */
function correlation(one, other) {
  const real = new Float64Array(LOOP_POINTS);
  const imaginary = new Float64Array(LOOP_POINTS);
  for (let i = 0; i < LOOP_POINTS; i++) {
    real[i] = one.real[i] * other.real[i] + one.imaginary[i] * other.imaginary[i];
    imaginary[i] = one.imaginary[i] * other.real[i] - one.real[i] * other.imaginary[i];
  }
  FastFourier.of(LOOP_POINTS).transform(imaginary, real); // the inverse
  return real.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function difference(one, other) {
  return one.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0);
}
