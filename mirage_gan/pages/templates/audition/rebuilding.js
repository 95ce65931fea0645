import { FastFourier } from "./fast_fourier.js";

// Whole sounds from pictures of their levels: `waves/spectrogram.rebuild` again, which explains it.

/**
 * Rebuilds sounds of so many frames: the fast Griffin-Lim algorithm.
 *
 * The text of this class is a part of the worker's source, so it uses no names but its own and `FastFourier`.
 */
export class Rebuilding {
  /** @param about what `spectrogram.rebuilding` says */
  constructor(about) {
    Object.assign(this, about);
    const frames = this.edges.length - 1;
    const middles = Array.from({ length: frames }, (_, i) => (this.edges[i] + this.edges[i + 1]) / 2);
    this.bands = this.centers.length;
    this.bins = this.window / 2 + 1;
    this.samples = Math.round(this.edges[frames]);
    this.hops = Math.floor(this.samples / this.hop) + 1;
    this.placeOfBin = Rebuilding.places(this.bins, 1, this.centers);
    this.placeOfHop = Rebuilding.places(this.hops, this.hop, middles);
    this.placeOfSample = Rebuilding.places(this.samples, 1, middles);
    this.fourier = FastFourier.of(this.window);
    this.hann = Float64Array.from({ length: this.window }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / this.window));
    this.shares = this.hann.map((value) => value / this.window); // an inverse transform is this many times too large
    const complex = () => ({ real: new Float64Array(this.window), imaginary: new Float64Array(this.window) });
    this.there = complex(); // of two hops
    this.back = complex();
    this.weight = this.#weights();
    this.phase = Rebuilding.randomPhases(this.seed, this.bins * this.hops);
  }

  /** Return where `count` points, `step` apart, lie between known ones, rising: 0 at the first and before it. */
  static places(count, step, known) {
    let left = 0;
    return Float64Array.from({ length: count }, (_, i) => {
      const at = Math.min(Math.max(i * step, known[0]), known.at(-1));
      while (left < known.length - 2 && known[left + 1] <= at) left++;
      return left + (at - known[left]) / (known[left + 1] - known[left]);
    });
  }

  /** Return random angles: those of PyTorch, from the Mersenne Twister of M. Matsumoto and T. Nishimura, mt19937. */
  static randomPhases(seed, count) {
    const state = new Uint32Array(624);
    state[0] = seed;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    const angles = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const at = i % 624;
      const mixed = (state[at] & 0x80000000) | (state[(at + 1) % 624] & 0x7fffffff);
      state[at] = state[(at + 397) % 624] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      let bits = state[at];
      bits ^= bits >>> 11;
      bits ^= (bits << 7) & 0x9d2c5680;
      bits ^= (bits << 15) & 0xefc60000;
      bits ^= bits >>> 18;
      angles[i] = Math.fround(Math.fround(2 * Math.PI) * ((bits & 0xffffff) / 0x1000000)); // 24 bits, as a float32 has
    }
    return angles;
  }

  /** Return one over the sum of the squared windows at each sample. */
  #weights() {
    const sums = new Float64Array(this.samples);
    for (let hop = 0; hop < this.hops; hop++) {
      const [at, first, end] = this.#within(hop);
      for (let i = first; i < end; i++) sums[at + i] += this.hann[i] ** 2;
    }
    return sums.map((sum) => 1 / sum);
  }

  /** Return the sample at which a hop's window begins, and from where to where it lies within the sound. */
  #within(hop) {
    const at = hop * this.hop - this.window / 2;
    return [at, Math.max(0, -at), Math.min(this.window, this.samples - at)];
  }

  /** Rebuild a picture, row by row; yields between iterations. @returns {Iterator} which returns audio, its peak 1 */
  *signal(picture) {
    const wanted = this.magnitudes(picture);
    const levels = picture.subarray(this.bands * (this.edges.length - 1));
    const before = { real: new Float64Array(wanted.length), imaginary: new Float64Array(wanted.length) };
    let signal = null;
    let next = new Float64Array(this.samples);
    for (let iteration = 0; iteration <= this.iterations; iteration++) {
      const momentum = iteration > 1 ? this.momentum : 0;
      next.fill(0);
      for (let hop = 0; hop < this.hops; hop += 2) this.#twoHops(hop, { signal, next, wanted, before, momentum });
      for (let i = 0; i < next.length; i++) next[i] *= this.weight[i];
      if (iteration % this.level_every === 0 || iteration === this.iterations) this.#level(next, levels);
      [signal, next] = [next, signal ?? new Float64Array(this.samples)];
      yield;
    }
    const peak = signal.reduce((most, value) => Math.max(most, Math.abs(value)), this.quiet);
    return this.ended(signal.map((value) => value / peak));
  }

  /** Return the magnitudes that a picture asks for, hop after hop. */
  magnitudes(picture) {
    const { bands, bins, hops, placeOfBin, placeOfHop } = this;
    const frames = this.edges.length - 1;
    const wanted = new Float64Array((hops + 1) * bins); // the last one is silent
    const column = new Float64Array(bands);
    const exponent = this.floor_db / 40;
    for (let hop = 0; hop < hops; hop++) {
      const frame = Math.min(Math.floor(placeOfHop[hop]), frames - 2);
      const rest = placeOfHop[hop] - frame;
      for (let band = 0, i = frame; band < bands; band++, i += frames) {
        column[band] = (1 - rest) * picture[i] + rest * picture[i + 1];
      }
      for (let bin = 0; bin < bins; bin++) {
        const band = Math.min(Math.floor(placeOfBin[bin]), bands - 2);
        const part = placeOfBin[bin] - band;
        const level = (1 - part) * column[band] + part * column[band + 1];
        if (level > this.silent_below) wanted[hop * bins + bin] = 10 ** ((level - 1) * exponent);
      }
    }
    return wanted;
  }

  /**
   * Add to the next signal what two hops become. One complex transform serves both: one is its real part, the other one
   * its imaginary part.
   */
  #twoHops(hop, { signal, next, wanted, before, momentum }) {
    const first = hop * this.bins;
    if (!this.#sounds(wanted, first, first + 2 * this.bins)) return;
    if (signal) {
      this.#transform(signal, hop);
      this.#lead(first, wanted, before, momentum);
    } else {
      this.#begin(hop, wanted);
    }
    const { real, imaginary } = this.back;
    this.fourier.transformPlaced(imaginary, real); // the inverse
    this.#overlap(next, hop, real);
    this.#overlap(next, hop + 1, imaginary);
  }

  /** Lead the transform of two hops on by momentum, and give it the magnitudes that are wanted. */
  #lead(first, wanted, before, momentum) {
    const { bins, window, quiet } = this;
    const { real, imaginary } = this.there;
    for (let bin = 0; bin < bins; bin++) {
      const mirror = bin ? window - bin : 0;
      const i = first + bin;
      const j = i + bins;
      const re = (real[bin] + real[mirror]) / 2;
      const im = (imaginary[bin] - imaginary[mirror]) / 2;
      const otherRe = (imaginary[bin] + imaginary[mirror]) / 2;
      const otherIm = (real[mirror] - real[bin]) / 2;
      const aheadRe = re + momentum * (re - before.real[i]);
      const aheadIm = im + momentum * (im - before.imaginary[i]);
      const otherAheadRe = otherRe + momentum * (otherRe - before.real[j]);
      const otherAheadIm = otherIm + momentum * (otherIm - before.imaginary[j]);
      before.real[i] = re;
      before.imaginary[i] = im;
      before.real[j] = otherRe;
      before.imaginary[j] = otherIm;
      const gain = wanted[i] / (Math.sqrt(aheadRe * aheadRe + aheadIm * aheadIm) + quiet);
      const otherGain = wanted[j] / (Math.sqrt(otherAheadRe * otherAheadRe + otherAheadIm * otherAheadIm) + quiet);
      this.#put(bin, gain * aheadRe, gain * aheadIm, otherGain * otherAheadRe, otherGain * otherAheadIm);
    }
  }

  /** Put down two hops at random phases. */
  #begin(hop, wanted) {
    const { bins, hops, phase } = this;
    const [one, other] = [hop * bins, (hop + 1) * bins];
    for (let bin = 0; bin < bins; bin++) {
      const angle = phase[bin * hops + hop];
      const otherAngle = phase[bin * hops + Math.min(hop + 1, hops - 1)];
      const [gain, otherGain] = [wanted[one + bin], wanted[other + bin]];
      const otherRe = otherGain * Math.cos(otherAngle);
      this.#put(bin, gain * Math.cos(angle), gain * Math.sin(angle), otherRe, otherGain * Math.sin(otherAngle));
    }
  }

  /** Put a bin of two hops, each of them of a real signal, into one transform, at its place. */
  #put(bin, re, im, otherRe, otherIm) {
    const { window } = this;
    const { places } = this.fourier;
    const { real, imaginary } = this.back;
    if (bin === 0 || 2 * bin === window) {
      real[places[bin]] = re; // where the transform of a real signal is real
      imaginary[places[bin]] = otherRe;
      return;
    }
    const [at, mirror] = [places[bin], places[window - bin]];
    real[at] = re - otherIm;
    imaginary[at] = im + otherRe;
    real[mirror] = re + otherIm;
    imaginary[mirror] = otherRe - im;
  }

  #sounds(wanted, first, end) {
    for (let i = first; i < end; i++) if (wanted[i]) return true;
    return false;
  }

  /** Transform two hops of a signal at once. */
  #transform(signal, hop) {
    const { real, imaginary } = this.there;
    this.#window(signal, hop, real);
    this.#window(signal, hop + 1, imaginary);
    this.fourier.transformPlaced(real, imaginary);
  }

  /** Put down a hop of a signal under the window, each number where the transform takes it. */
  #window(signal, hop, into) {
    into.fill(0);
    if (hop >= this.hops) return;
    const { hann } = this;
    const { places } = this.fourier;
    const [at, first, end] = this.#within(hop);
    for (let i = first; i < end; i++) into[places[i]] = hann[i] * signal[at + i];
  }

  /** Add a hop to a signal under the window. */
  #overlap(signal, hop, part) {
    if (hop >= this.hops) return;
    const [at, first, end] = this.#within(hop);
    const { shares } = this;
    for (let i = first; i < end; i++) signal[at + i] += shares[i] * part[i];
  }

  /** Give a signal the levels of a picture, as far as the largest gain allows. */
  #level(signal, levels) {
    const wanted = levels.map((level) => (level - 1) * (this.floor_db / 2));
    const have = this.levels(signal);
    // the two scales differ by a factor, which the loud frames tell
    const loud = wanted.map((db) => (db > -this.loud_db ? 1 : 0));
    const count = Math.max(1, loud.reduce((sum, one) => sum + one, 0));
    const offset = loud.reduce((sum, one, i) => sum + one * (have[i] - wanted[i]), 0) / count;
    const most = this.most_gain_db;
    const gains = wanted.map((db, i) => 10 ** (Math.min(most, Math.max(-most, db + offset - have[i])) / 20));
    for (let i = 0; i < signal.length; i++) {
      const frame = Math.min(Math.floor(this.placeOfSample[i]), gains.length - 2);
      signal[i] *= gains[frame] + (this.placeOfSample[i] - frame) * (gains[frame + 1] - gains[frame]);
    }
  }

  /** Return the mean power of each frame in decibels. */
  levels(signal) {
    const frames = this.edges.length - 1;
    const sums = new Float64Array(frames);
    const counts = new Float64Array(frames);
    for (let i = 0, frame = 0; i < signal.length; i++) {
      while (frame < frames - 1 && this.edges[frame + 1] <= i + 0.5) frame++;
      sums[frame] += signal[i] ** 2;
      counts[frame]++;
    }
    return sums.map((sum, frame) => 10 * Math.log10(sum / counts[frame] + this.quiet));
  }

  /** Return a sound, peak 1, until 8 bits resolve no more of it, but at most so long as is allowed, with a fade. */
  ended(signal) {
    let end = signal.length;
    while (end > 0 && Math.abs(signal[end - 1]) <= this.resolved) end--;
    const sound = Rebuilding.faded(signal.slice(0, Math.max(this.shortest, end)), this.fade);
    return sound.length > this.longest ? Rebuilding.faded(sound.slice(0, this.longest), this.fade) : sound;
  }

  /** Return a signal with a straight fade of so many samples at its end. */
  static faded(signal, samples) {
    const fade = Math.min(signal.length, samples);
    const first = signal.length - fade;
    return signal.map((value, i) => (i < first ? value : value * (1 - (i - first) / Math.max(1, fade - 1))));
  }
}
