// Fourier transforms of one length, many times over.

/**
 * Transforms of `size` complex numbers, a power of two, whose sines and places are computed beforehand.
 *
 * Two stages of the radix-2 algorithm are done at once, so that numbers are read and written half as often.
 */
export class FastFourier {
  static #made = new Map(); // by size

  /** Return the transforms of a size. */
  static of(size) {
    if (!FastFourier.#made.has(size)) FastFourier.#made.set(size, new FastFourier(size));
    return FastFourier.#made.get(size);
  }

  /** @param size a power of two; `FastFourier.of` computes its sines once for all who ask */
  constructor(size) {
    this.size = size;
    this.places = new Uint32Array(size); // i with its bits reversed
    for (let i = 1; i < size; i++) this.places[i] = (this.places[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
    this.first = Math.log2(size) % 2 ? 2 : 1; // from where on stages come in pairs
    this.turns = []; // for each pair of stages: the cosine and sine of one, two and three angles, angle after angle
    for (let half = this.first; half < size; half *= 4) {
      const turns = new Float64Array(6 * half);
      for (let i = 0; i < 3 * half; i++) {
        const angle = (-Math.PI * ((i % 3) + 1) * Math.floor(i / 3)) / (2 * half);
        turns.set([Math.cos(angle), Math.sin(angle)], 2 * i);
      }
      this.turns.push(turns);
    }
  }

  /** Transform x to sum over n of x[n] exp(-2 pi i k n / size), in place; with the two swapped, it is the inverse. */
  transform(real, imaginary) {
    const { size, places } = this;
    for (let i = 0; i < size; i++) {
      const j = places[i];
      if (i >= j) continue;
      const re = real[i];
      const im = imaginary[i];
      real[i] = real[j];
      imaginary[i] = imaginary[j];
      real[j] = re;
      imaginary[j] = im;
    }
    this.transformPlaced(real, imaginary);
  }

  /** Transform numbers that lie where `places` says. */
  transformPlaced(real, imaginary) {
    if (this.first === 2) this.#pairs(real, imaginary);
    for (let i = 0, half = this.first; half < this.size; i++, half *= 4) {
      if (half === 1) this.#fours(real, imaginary);
      else this.#twoStages(real, imaginary, half, this.turns[i]);
    }
  }

  /** Do the first stage alone. */
  #pairs(real, imaginary) {
    for (let i = 0; i < this.size; i += 2) {
      const re = real[i + 1];
      const im = imaginary[i + 1];
      real[i + 1] = real[i] - re;
      imaginary[i + 1] = imaginary[i] - im;
      real[i] += re;
      imaginary[i] += im;
    }
  }

  /** Do the first two stages, which turn nothing by less than a quarter. */
  #fours(real, imaginary) {
    for (let i = 0; i < this.size; i += 4) {
      const sumRe = real[i] + real[i + 1];
      const sumIm = imaginary[i] + imaginary[i + 1];
      const differenceRe = real[i] - real[i + 1];
      const differenceIm = imaginary[i] - imaginary[i + 1];
      const otherRe = real[i + 2] + real[i + 3];
      const otherIm = imaginary[i + 2] + imaginary[i + 3];
      const turnedRe = real[i + 2] - real[i + 3];
      const turnedIm = imaginary[i + 2] - imaginary[i + 3];
      real[i] = sumRe + otherRe;
      imaginary[i] = sumIm + otherIm;
      real[i + 1] = differenceRe + turnedIm;
      imaginary[i + 1] = differenceIm - turnedRe;
      real[i + 2] = sumRe - otherRe;
      imaginary[i + 2] = sumIm - otherIm;
      real[i + 3] = differenceRe - turnedIm;
      imaginary[i + 3] = differenceIm + turnedRe;
    }
  }

  /** Do two stages, each number read once and before any is written: a fifth faster than with numbers read twice. */
  #twoStages(real, imaginary, half, turns) {
    for (let first = 0; first < this.size; first += 4 * half) {
      for (let a = first, t = 0; a < first + half; a++, t += 6) {
        const b = a + half;
        const c = b + half;
        const d = c + half;
        const cos = turns[t];
        const sin = turns[t + 1];
        const cosTwo = turns[t + 2];
        const sinTwo = turns[t + 3];
        const cosThree = turns[t + 4];
        const sinThree = turns[t + 5];
        const aRe = real[a];
        const aIm = imaginary[a];
        let re = real[b];
        let im = imaginary[b];
        // what the first of the two stages turns by two angles, the second one turns by one, or by one and a quarter
        const bRe = re * cosTwo - im * sinTwo;
        const bIm = re * sinTwo + im * cosTwo;
        re = real[c];
        im = imaginary[c];
        const cRe = re * cos - im * sin;
        const cIm = re * sin + im * cos;
        re = real[d];
        im = imaginary[d];
        const dRe = re * cosThree - im * sinThree;
        const dIm = re * sinThree + im * cosThree;
        real[a] = aRe + bRe + (cRe + dRe);
        imaginary[a] = aIm + bIm + (cIm + dIm);
        real[c] = aRe + bRe - (cRe + dRe);
        imaginary[c] = aIm + bIm - (cIm + dIm);
        real[b] = aRe - bRe + (cIm - dIm);
        imaginary[b] = aIm - bIm - (cRe - dRe);
        real[d] = aRe - bRe - (cIm - dIm);
        imaginary[d] = aIm - bIm + (cRe - dRe);
      }
    }
  }
}
