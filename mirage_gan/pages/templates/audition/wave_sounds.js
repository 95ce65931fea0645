import { FastFourier } from "./fast_fourier.js";
import { Rebuilding } from "./rebuilding.js";

// How the wave that a network makes becomes samples, as an export does it.

/**
 * The ways from a wave to samples. Each takes what is said of the way and the wave, and returns an iterator, whose steps
 * do the work and which returns audio, full scale -1 to 1.
 *
 * The text of this class is a part of the worker's source, so it uses no names but its own and those that are
 * imported here.
 */
export class WaveSounds {
  /** A loop: band-limited interpolation of one period, without DC offset, its peak 1. */
  static *cycle({ samples }, wave) {
    const spectrum = { real: WaveSounds.centered(wave), imaginary: new Float64Array(wave.length) };
    FastFourier.of(wave.length).transform(spectrum.real, spectrum.imaginary);
    const real = new Float64Array(samples);
    const imaginary = new Float64Array(samples);
    const kept = Math.min(wave.length, samples) / 2;
    for (let k = 1; k <= kept; k++) {
      // the highest harmonic stands for two frequencies in a longer cycle, and loses its phase in a shorter one
      const share = k < kept || samples === wave.length ? 1 : samples > wave.length ? 0.5 : 0;
      real[k] = real[samples - k] = share * spectrum.real[k];
      imaginary[k] = share * spectrum.imaginary[k];
      imaginary[samples - k] = -imaginary[k];
    }
    FastFourier.of(samples).transform(imaginary, real); // the inverse
    return WaveSounds.centered(real);
  }

  /** A whole sound: rebuilt from a picture of its levels. */
  static *rebuilt(about, wave) {
    about.rebuilding ??= new Rebuilding(about); // whose tables serve all sounds
    return yield* about.rebuilding.signal(wave);
  }

  /** Return a signal without DC offset, its peak 1; a flat one becomes silence. */
  static centered(signal) {
    const mean = signal.reduce((sum, value) => sum + value, 0) / signal.length;
    const peak = signal.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
    return signal.map((value) => (peak > 1e-6 ? (value - mean) / peak : 0));
  }

  /**
   * Return the center of gravity of a signal's power spectrum, in cycles a sample, and how much it is like noise, 0 to 1:
   * `audio/measuring/spectrum`, which explains both, of the signal with silence up to a power of two.
   */
  static measure(signal) {
    const size = Math.max(4, 2 ** Math.ceil(Math.log2(signal.length)));
    const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
    real.set(signal);
    FastFourier.of(size).transform(real, imaginary);
    const power = new Float64Array(size / 2);
    for (let i = 0; i < power.length; i++) power[i] = real[i + 1] ** 2 + imaginary[i + 1] ** 2;
    const sum = power.reduce((total, value) => total + value, 0);
    if (!(sum > 0)) return { center: 0, noisiness: 0 };
    const center = power.reduce((total, value, i) => total + value * (i + 1), 0) / sum / size;
    const bands = Math.min(64, power.length);
    const width = power.length / bands;
    const means = Float64Array.from({ length: bands }, (_, i) => {
      return power.subarray(i * width, (i + 1) * width).reduce((total, value) => total + value, 0);
    });
    const highest = Math.max(...means);
    const flatness = (levels) => {
      const floored = levels.map((level) => Math.max(1e-6, level));
      const mean = floored.reduce((total, level) => total + level, 0) / bands;
      return floored.reduce((total, level) => total + Math.log(level), 0) / bands - Math.log(mean);
    };
    const tone = flatness(means.map((_, i) => Number(i === 0)));
    return { center, noisiness: Math.max(0, 1 - flatness(means.map((level) => level / highest)) / tone) };
  }

  /** Return unsigned 8-bit samples, 1 to 255, of a signal of full scale -1 to 1; halves go to the even number. */
  static bytes(signal) {
    const bytes = new Uint8Array(signal.length);
    for (let i = 0; i < bytes.length; i++) {
      const level = 127 * Math.min(1, Math.max(-1, signal[i]));
      const below = Math.floor(level);
      const rest = level - below;
      bytes[i] = 128 + below + (rest > 0.5 || (rest === 0.5 && below % 2) ? 1 : 0);
    }
    return bytes;
  }
}
