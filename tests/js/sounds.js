// Sounds for tests, and what is measured of them.

/** Make unsigned 8-bit samples of a sine, as loud as bytes can be. */
export function sine(length, cycles = 1, level = 1) {
  return Uint8Array.from({ length }, (_, i) => Math.round(128 + 127 * level * Math.sin((2 * Math.PI * cycles * i) / length)));
}

/** Make one period of a sawtooth: all harmonics. */
export function sawtooth(length) {
  return Uint8Array.from({ length }, (_, i) => Math.round(1 + (254 * i) / (length - 1)));
}

/** Return the amplitude of one frequency in a signal, under a Hann window. */
export function levelAt(signal, hz, rateHz) {
  let [cosine, sines] = [0, 0];
  for (let i = 0; i < signal.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / signal.length);
    cosine += signal[i] * window * Math.cos((2 * Math.PI * hz * i) / rateHz);
    sines += signal[i] * window * Math.sin((2 * Math.PI * hz * i) / rateHz);
  }
  return (4 / signal.length) * Math.hypot(cosine, sines);
}

/** Return the decibels of a ratio of amplitudes. */
export function decibels(ratio) {
  return 20 * Math.log10(ratio);
}
