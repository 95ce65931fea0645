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
    const patch = channels * kernel[0] * kernel[1];
    const patches = new Float64Array(columns * patch); // what the outputs of a row are made of
    for (let row = 0; row < rows; row++) {
      let i = 0;
      for (let column = 0; column < columns; column++) {
        const left = column * stride[1] - padding[1];
        for (let channel = 0; channel < channels; channel++) {
          for (let down = 0; down < kernel[0]; down++) {
            const y = row * stride[0] - padding[0] + down;
            const begin = (channel * input[0] + y) * input[1];
            const inside = y >= 0 && y < input[0];
            for (let k = left; k < left + kernel[1]; k++) {
              patches[i++] = inside && k >= 0 && k < input[1] ? x[begin + k] : 0;
            }
          }
        }
      }
      const to = { out, first: row * columns, across: rows * columns, along: 1 };
      Operations.products(patches, columns, weights, bias, to);
      yield;
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
