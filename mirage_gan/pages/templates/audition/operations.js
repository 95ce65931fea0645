import { FastFourier } from "./fast_fourier.js";

// The operations of a network, as `models/tracing` writes them down. They know numbers, and nothing of networks.

/**
 * What each operation does. It takes what is said of the operation, the arrays that it reads, and the array that it
 * fills. An operation that takes long returns an iterator, whose steps do the work.
 *
 * The text of this class is a part of the worker's source, so it uses no names but its own and `FastFourier`.
 */
export class Operations {
  /** Weights, or one number, that are there from the beginning. */
  static constant({ weights }, _, out) {
    out.set(weights);
  }

  static fill({ number }, _, out) {
    out.fill(number);
  }

  /** Repeat each row and each column of planes. */
  static upsample({ input, repeats }, [x], out) {
    const [rows, columns] = [input[0] * repeats[0], input[1] * repeats[1]];
    for (let i = 0; i < out.length; i++) {
      const plane = Math.floor(i / (rows * columns)) * input[0];
      const row = Math.floor((Math.floor(i / columns) % rows) / repeats[0]);
      out[i] = x[(plane + row) * input[1] + Math.floor((i % columns) / repeats[1])];
    }
  }

  /** Gather numbers by a shape and strides, as a view of an array has them. */
  static strided({ shape, strides, first }, [x], out) {
    const last = shape.length - 1;
    const at = new Array(shape.length).fill(0);
    let place = first;
    for (let i = 0; i < out.length; ) {
      for (let k = 0, from = place; k < shape[last]; k++, from += strides[last]) out[i++] = x[from];
      for (let axis = last - 1; axis >= 0; axis--) {
        place += strides[axis];
        if (++at[axis] < shape[axis]) break;
        place -= at[axis] * strides[axis];
        at[axis] = 0;
      }
    }
  }

  /** Join arrays in turns, `counts` numbers of each. */
  static concatenate({ counts }, arrays, out) {
    for (let i = 0, turn = 0; i < out.length; turn++) {
      arrays.forEach((array, k) => {
        out.set(array.subarray(turn * counts[k], (turn + 1) * counts[k]), i);
        i += counts[k];
      });
    }
  }

  static leaky({ slope }, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = x[i] > 0 ? x[i] : slope * x[i];
  }

  static relu(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.max(0, x[i]);
  }

  static tanh(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i]);
  }

  static sigmoid(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp(-x[i]));
  }

  static exp(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i]);
  }

  static sin(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.sin(x[i]);
  }

  static cos(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.cos(x[i]);
  }

  static abs(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i]);
  }

  static negative(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = -x[i];
  }

  static sqrt(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]);
  }

  static rsqrt(_, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = 1 / Math.sqrt(x[i]);
  }

  static power({ number }, [x], out) {
    for (let i = 0; i < out.length; i++) out[i] = x[i] ** number;
  }

  static add({ number }, [a, b], out) {
    for (let i = 0; i < out.length; i++) out[i] = a[i] + (b ? b[i] : number);
  }

  static subtract({ number }, [a, b], out) {
    for (let i = 0; i < out.length; i++) out[i] = a[i] - (b ? b[i] : number);
  }

  static multiply({ number }, [a, b], out) {
    for (let i = 0; i < out.length; i++) out[i] = a[i] * (b ? b[i] : number);
  }

  static divide({ number }, [a, b], out) {
    for (let i = 0; i < out.length; i++) out[i] = a[i] / (b ? b[i] : number);
  }

  /** Reduce each `count` numbers to one. */
  static sum({ count }, [x], out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = 0;
      for (let k = i * count; k < (i + 1) * count; k++) out[i] += x[k];
    }
  }

  static mean(about, arrays, out) {
    Operations.sum(about, arrays, out);
    for (let i = 0; i < out.length; i++) out[i] /= about.count;
  }

  static amax({ count }, [x], out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = -Infinity;
      for (let k = i * count; k < (i + 1) * count; k++) out[i] = Math.max(out[i], x[k]);
    }
  }

  static amin({ count }, [x], out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = Infinity;
      for (let k = i * count; k < (i + 1) * count; k++) out[i] = Math.min(out[i], x[k]);
    }
  }

  /** Multiply rows of `inputs` numbers by a matrix, (outputs, inputs), and add a bias. */
  static dense({ weights, bias, inputs }, [x], out) {
    const rows = x.length / inputs;
    const outputs = out.length / rows;
    Operations.products(x, rows, weights, bias ?? new Float64Array(outputs), { out, first: 0, across: 1, along: outputs });
  }

  /** Convolve planes, (channels, rows, columns), with zeros around, by weights, (outputs, channels, kernel). */
  static *convolution({ channels, input, kernel, stride, padding, output, weights, bias }, [x], out) {
    const [rows, columns] = output;
    const patches = new Float64Array(columns * channels * kernel[0] * kernel[1]); // what a row of outputs is made of
    for (let row = 0; row < rows; row++) {
      const top = row * stride[0] - padding[0];
      Operations.patches(x, { channels, input, kernel }, { top, left: -padding[1], step: stride[1] }, patches);
      const to = { out, first: row * columns, across: rows * columns, along: 1 };
      Operations.products(patches, columns, weights, bias, to);
      yield;
    }
  }

  /**
   * Convolve planes, after each row and column was doubled, by weights of 3 x 3, with a zero around.
   *
   * Of three rows two are the same, and likewise of columns, so there are four convolutions of 2 x 2, by sums of the
   * weights, for the outputs in even and odd rows and columns.
   */
  static *doubled(about, [x], out) {
    const { channels, input, bias } = about;
    const [rows, columns] = input;
    about.sums ??= Operations.sumsOfDoubled(about); // once for all sounds
    const size = 4 * channels;
    const patches = new Float64Array((columns + 1) * size);
    for (let row = 0; row < 2 * rows; row++) {
      const top = Math.floor((row - 1) / 2);
      Operations.patches(x, { channels, input, kernel: [2, 2] }, { top, left: -1, step: 1 }, patches);
      for (const odd of [0, 1]) {
        const vectors = patches.subarray(odd * size, (odd + columns) * size);
        const to = { out, first: row * 2 * columns + odd, across: 4 * rows * columns, along: 2 };
        Operations.products(vectors, columns, about.sums[2 * (row % 2) + odd], bias, to);
      }
      yield;
    }
  }

  /** Return the four sets of weights of `doubled`. */
  static sumsOfDoubled({ channels, weights, bias }) {
    return [0, 1, 2, 3].map((set) => {
      const sums = new Float64Array(bias.length * channels * 4);
      weights.forEach((weight, i) => {
        const down = Math.floor((i % 9) / 3) > set >> 1 ? 2 : 0; // an even row is the last two of three, an odd one the first
        sums[4 * Math.floor(i / 9) + down + (i % 3 > (set & 1) ? 1 : 0)] += weight;
      });
      return sums;
    });
  }

  /** Gather patches of planes, the first one at `top` and `left`, each by `step` to the right of the one before. */
  static patches(x, { channels, input, kernel }, { top, left, step }, into) {
    const [rows, columns] = input;
    for (let i = 0; i < into.length; left += step) {
      for (let channel = 0; channel < channels; channel++) {
        for (let y = top; y < top + kernel[0]; y++) {
          const begin = (channel * rows + y) * columns;
          const inside = y >= 0 && y < rows;
          for (let k = left; k < left + kernel[1]; k++) into[i++] = inside && k >= 0 && k < columns ? x[begin + k] : 0;
        }
      }
    }
  }

  /**
   * Multiply each of `count` vectors by each row of a matrix. Output j of vector i goes to `first + j * across +
   * i * along`. Two vectors and four rows at once, so that each number that is read serves several products.
   */
  static products(vectors, count, matrix, bias, { out, first, across, along }) {
    const size = vectors.length / count;
    const rows = bias.length;
    for (let row = 0; row < rows; row += 4) {
      const w0 = row * size;
      const w1 = Math.min(row + 1, rows - 1) * size; // beyond the last row, it is computed again
      const w2 = Math.min(row + 2, rows - 1) * size;
      const w3 = Math.min(row + 3, rows - 1) * size;
      for (let vector = 0; vector < count; vector += 2) {
        const x0 = vector * size;
        const x1 = Math.min(vector + 1, count - 1) * size;
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        let a3 = 0;
        let b0 = 0;
        let b1 = 0;
        let b2 = 0;
        let b3 = 0;
        for (let k = 0; k < size; k++) {
          const a = vectors[x0 + k];
          const b = vectors[x1 + k];
          const m0 = matrix[w0 + k];
          const m1 = matrix[w1 + k];
          const m2 = matrix[w2 + k];
          const m3 = matrix[w3 + k];
          a0 += a * m0;
          a1 += a * m1;
          a2 += a * m2;
          a3 += a * m3;
          b0 += b * m0;
          b1 += b * m1;
          b2 += b * m2;
          b3 += b * m3;
        }
        const sums = [a0, a1, a2, a3, b0, b1, b2, b3];
        for (let j = 0; j < 4 && row + j < rows; j++) {
          const place = first + (row + j) * across + vector * along;
          out[place] = sums[j] + bias[row + j];
          if (vector + 1 < count) out[place + along] = sums[4 + j] + bias[row + j];
        }
      }
    }
  }

  /** Transform rows of `length` real numbers to half of their spectrum, real and imaginary parts in turns. */
  static rfft({ length }, [x], out) {
    const fourier = new FastFourier(length);
    const bins = length / 2 + 1;
    for (let row = 0; row * length < x.length; row++) {
      const real = x.slice(row * length, (row + 1) * length);
      const imaginary = new Float64Array(length);
      fourier.transform(real, imaginary);
      for (let k = 0; k < bins; k++) {
        out[2 * (row * bins + k)] = real[k];
        out[2 * (row * bins + k) + 1] = imaginary[k];
      }
    }
  }

  /** Transform back what `rfft` makes. */
  static irfft({ length }, [x], out) {
    const fourier = new FastFourier(length);
    const bins = length / 2 + 1;
    for (let row = 0; row * length < out.length; row++) {
      const real = new Float64Array(length);
      const imaginary = new Float64Array(length);
      for (let k = 0; k < bins; k++) {
        const mirror = (length - k) % length;
        real[k] = real[mirror] = x[2 * (row * bins + k)] / length;
        imaginary[k] = k === mirror ? 0 : x[2 * (row * bins + k) + 1] / length;
        imaginary[mirror] = -imaginary[k];
      }
      fourier.transform(imaginary, real); // the inverse
      out.set(real, row * length);
    }
  }
}
