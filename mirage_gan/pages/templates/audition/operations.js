import { FastConvolution } from "./fast_convolution.js";
import { FastFourier } from "./fast_fourier.js";
import { products } from "./products.js";

// The operations of a network, as `models/tracing` writes them down. They know numbers, and nothing of networks.

/**
 * What each operation does. It takes what is said of the operation, the arrays that it reads, and the array that it
 * fills. An operation that takes long returns an iterator, whose steps do the work.
 *
 * The text of this class is a part of the worker's source, so it uses no names but its own and those that are
 * imported here.
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
    products(x, rows, weights, outputs, { out, first: 0, across: 1, along: outputs });
    if (bias) for (let i = 0; i < out.length; i++) out[i] += bias[i % outputs];
  }

  /** Convolve planes, (channels, rows, columns), with zeros around, by weights, (outputs, channels, kernel). */
  static *convolution(about, [x], out) {
    const { input, padding, output, bias } = about;
    if (FastConvolution.serves(about)) {
      about.fast ??= new FastConvolution(about); // once for all sounds
      const to = { out, first: 0, down: output[1], along: 1, depth: output[0] * output[1] };
      return yield* about.fast.run(x, input, bias, { top: -padding[0], left: -padding[1] }, to);
    }
    Operations.fillPlanes(out, bias);
    const [sums, read] = [{ numbers: out, size: output }, { numbers: x, size: input }];
    yield* Operations.weighed(about, sums, read, false);
  }

  /** The reverse: each number goes to all outputs that a convolution makes it of; the weights are (channels, outputs, kernel). */
  static *transposed(about, [x], out) {
    Operations.fillPlanes(out, about.bias);
    const [read, sums] = [{ numbers: x, size: about.input }, { numbers: out, size: about.output }];
    yield* Operations.weighed(about, read, sums, true);
  }

  static fillPlanes(out, bias) {
    const plane = out.length / bias.length;
    bias.forEach((number, i) => out.fill(number, i * plane, (i + 1) * plane));
  }

  /**
   * Go through weights, (coarse planes, fine planes, kernel), each of which joins the numbers of a coarse plane with those
   * of a fine one, `stride` apart. By it, the fine are added to the coarse, or, in reverse, the coarse to the fine.
   */
  static *weighed({ kernel, stride, padding, weights }, coarse, fine, reverse) {
    const [rows, columns] = coarse.size;
    const [fineRows, fineColumns] = fine.size;
    const [one, other] = [coarse.numbers, fine.numbers];
    const planes = other.length / fineRows / fineColumns;
    const size = kernel[0] * kernel[1];
    const [rise, step] = stride;
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k];
      const [down, right] = [Math.floor((k % size) / kernel[1]) - padding[0], (k % kernel[1]) - padding[1]];
      const [top, bottom] = Operations.within(rows, rise, down, fineRows);
      const [left, end] = Operations.within(columns, step, right, fineColumns);
      for (let row = top; row < bottom; row++) {
        const at = (Math.floor(k / size / planes) * rows + row) * columns;
        const there = ((Math.floor(k / size) % planes) * fineRows + row * rise + down) * fineColumns + right;
        if (reverse) for (let i = left; i < end; i++) other[there + i * step] += weight * one[at + i];
        else for (let i = left; i < end; i++) one[at + i] += weight * other[there + i * step];
      }
      if (k % planes === 0) yield;
    }
  }

  /** Return the first of `count` places, and the end of those, of which `stride` times the place, plus `shift`, is in `size`. */
  static within(count, stride, shift, size) {
    const first = Math.max(0, Math.ceil(-shift / stride));
    return [first, Math.max(first, Math.min(count, Math.ceil((size - shift) / stride)))];
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
    about.four ??= Operations.sumsOfDoubled(about).map((weights) => {
      return new FastConvolution({ channels, kernel: [2, 2], weights, output: input }); // once for all sounds
    });
    for (const [set, convolution] of about.four.entries()) {
      const [down, right] = [set >> 1, set & 1];
      const first = down * 2 * columns + right;
      const to = { out, first, down: 4 * columns, along: 2, depth: 4 * rows * columns };
      yield* convolution.run(x, input, bias, { top: down - 1, left: right - 1 }, to);
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

  /** Transform rows of `length` real numbers to half of their spectrum, real and imaginary parts in turns. */
  static rfft({ length }, [x], out) {
    const fourier = FastFourier.of(length);
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
    const fourier = FastFourier.of(length);
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
