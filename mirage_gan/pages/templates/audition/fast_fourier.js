// Fourier transforms of one length, many times over.

/** Transforms of `size` complex numbers, a power of two, whose sines and places are computed beforehand. */
export class FastFourier {
  constructor(size) {
    this.size = size;
    this.cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.places = new Uint32Array(size); // i with its bits reversed
    for (let i = 1; i < size; i++) this.places[i] = (this.places[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
  }

  /** Transform x to sum over n of x[n] exp(-2 pi i k n / size), in place; with the two swapped, it is the inverse. */
  transform(real, imaginary) {
    const { size, places } = this;
    for (let i = 0; i < size; i++) {
      const j = places[i];
      if (i >= j) continue;
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
    for (let half = 1; half < size; half *= 2) this.#butterflies(real, imaginary, half);
  }

  #butterflies(real, imaginary, half) {
    const { size, cos, sin } = this;
    const step = size / (2 * half);
    for (let first = 0; first < size; first += 2 * half) {
      for (let i = first, k = 0; i < first + half; i++, k += step) {
        const j = i + half;
        const re = real[j] * cos[k] - imaginary[j] * sin[k];
        const im = real[j] * sin[k] + imaginary[j] * cos[k];
        real[j] = real[i] - re;
        imaginary[j] = imaginary[i] - im;
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
}
