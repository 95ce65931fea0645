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
    new FastFourier(wave.length).transform(spectrum.real, spectrum.imaginary);
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
    new FastFourier(samples).transform(imaginary, real); // the inverse
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

  /** Return unsigned 8-bit samples, 1 to 255, of a signal of full scale -1 to 1; halves go to the even number. */
  static bytes(signal) {
    return Uint8Array.from(signal, (value) => {
      const level = 127 * Math.min(1, Math.max(-1, value));
      const below = Math.floor(level);
      const rest = level - below;
      return 128 + below + (rest > 0.5 || (rest === 0.5 && below % 2) ? 1 : 0);
    });
  }
}
