import { products } from "./products.js";

// Convolutions by few products.

/**
 * A convolution of planes, (channels, rows, columns), with zeros around them, one step at a time: the algorithm of
 * S. Winograd (1980), after A. Toom and S. Cook, as A. Lavin and S. Gray use it (2015, arXiv:1509.09308).
 *
 * A kernel of r numbers gives m outputs by m + r - 1 products instead of m * r, because a convolution is a product of
 * polynomials, and such a product is known by its values at as many points as it has coefficients. So the planes are
 * cut into tiles, and of the values at a point there is a product of matrices, over the channels. The points are
 * directions, spread evenly, rather than numbers, by which little precision is lost.
 *
 * The text of this class is a part of the worker's source, so it uses no names but those of this module and
 * `products`.
 */
export class FastConvolution {
  /** @param about its channels, kernel and weights, (outputs, channels, kernel), and the rows and columns of its output */
  constructor({ channels, kernel, weights, output }) {
    [this.down, this.right] = kernel.map((size, axis) => FastConvolution.#transforms(size, output[axis]));
    this.output = output;
    this.channels = channels;
    this.outputs = weights.length / channels / kernel[0] / kernel[1];
    this.matrices = this.#matrices(weights, kernel);
    this.tiles = this.down.tiles * this.right.tiles;
    this.points = this.down.points * this.right.points;
    this.patches = new Float64Array(this.points * this.tiles * channels);
    this.there = new PlaneTransform(this.tiles * channels, this.down.ofInput, this.right.ofInput);
    this.values = new Float64Array(this.points * this.tiles * this.outputs);
    this.back = new PlaneTransform(this.tiles * this.outputs, this.down.toOutput, this.right.toOutput);
  }

  /** Tell whether a convolution takes fewer products so; with few channels, the transforms outweigh them. */
  static serves({ channels, kernel, stride, bias }) {
    return Math.max(...stride) === 1 && Math.max(...kernel) <= 9 && Math.min(channels, bias.length) >= 16;
  }

  /** Return the transforms along an axis, each a matrix, (made, taken), and how many tiles there are. */
  static #transforms(kernel, size) {
    const most = kernel > 4 ? 8 : kernel > 1 ? 4 : 1;
    const outputs = Math.min(most, Math.ceil(size / 2)); // of a tile; two tiles are multiplied at once, so there are two
    const points = kernel + outputs - 1;
    const angles = Array.from({ length: points }, (_, i) => (Math.PI * i) / points);
    const powers = (angle, count) => {
      return Array.from({ length: count }, (_, i) => Math.cos(angle) ** (count - 1 - i) * Math.sin(angle) ** i);
    };
    const ofOutput = angles.map((angle) => powers(angle, outputs));
    const matrix = (rows) => ({ made: rows.length, taken: rows[0].length, numbers: Float64Array.from(rows.flat()) });
    return {
      tiles: Math.ceil(size / outputs),
      outputs,
      points,
      ofKernel: matrix(angles.map((angle) => powers(angle, kernel))),
      ofInput: matrix(angles.map((angle) => FastConvolution.#lagrange(angle, angles))),
      toOutput: matrix(ofOutput[0].map((_, i) => ofOutput.map((row) => row[i]))),
    };
  }

  /** Return the polynomial of a cosine and a sine that is one at an angle and zero at the others. */
  static #lagrange(angle, angles) {
    let factors = [1];
    for (const other of angles) {
      if (other === angle) continue;
      const [cos, sin, scale] = [Math.cos(other), Math.sin(other), Math.sin(angle - other)];
      factors = [...factors, 0].map((factor, i) => ((factors[i - 1] ?? 0) * cos - factor * sin) / scale);
    }
    return factors;
  }

  /** Return the values of weights, (outputs, channels, rows, columns), at each point: (points, outputs, channels). */
  #matrices(weights, [rows, columns]) {
    const count = this.outputs * this.channels;
    const planes = new Float64Array(weights.length); // (rows, outputs, channels, columns)
    for (let row = 0, i = 0; row < rows; row++) {
      for (let kernel = 0; kernel < count; kernel++) {
        const at = (kernel * rows + row) * columns;
        for (let column = 0; column < columns; column++) planes[i++] = weights[at + column];
      }
    }
    const transform = new PlaneTransform(count, this.down.ofKernel, this.right.ofKernel);
    for (const _ of transform.run(planes));
    return transform.made;
  }

  /**
   * Convolve, step by step.
   *
   * @param x planes of the size `input`
   * @param bias what is added to each output
   * @param from the row `top` and column `left` of the planes that the kernel begins at
   * @param to the array `out`, and which of its numbers are the `first` one, and the next `down`, `along` and in `depth`
   */
  *run(x, input, bias, { top, left }, to) {
    const { channels, outputs, tiles, points, patches, values, there } = this;
    this.#gather(x, input, top, left);
    yield;
    yield* this.there.run(patches);
    const columns = this.right.points;
    for (let point = 0; point < points; point++) {
      const part = there.made.subarray(point * tiles * channels, (point + 1) * tiles * channels);
      const matrix = this.matrices.subarray(point * outputs * channels, (point + 1) * outputs * channels);
      const first = Math.floor(point / columns) * tiles * outputs * columns + (point % columns);
      products(part, tiles, matrix, outputs, { out: values, first, across: columns, along: outputs * columns });
      yield;
    }
    yield* this.back.run(values);
    this.#spread(this.back.made, bias, to);
  }

  /** Gather the tiles of planes, each with what its outputs depend on: (rows, tiles, channels, columns). */
  #gather(x, [rows, columns], top, left) {
    const { channels, down, right, patches } = this;
    for (let row = 0, i = 0; row < down.points; row++) {
      for (let tile = 0; tile < this.tiles; tile++) {
        const y = top + row + Math.floor(tile / right.tiles) * down.outputs;
        const begin = left + (tile % right.tiles) * right.outputs;
        const inside = y >= 0 && y < rows;
        for (let channel = 0; channel < channels; channel++) {
          const at = (channel * rows + y) * columns;
          for (let k = begin; k < begin + right.points; k++) patches[i++] = inside && k >= 0 && k < columns ? x[at + k] : 0;
        }
      }
    }
  }

  /** Put down tiles, (rows, columns, tiles, outputs), where they belong, as far as they lie within the planes. */
  #spread(made, bias, { out, first, down, along, depth }) {
    const [rows, columns] = this.output;
    for (let row = 0, i = 0; row < this.down.outputs; row++) {
      for (let column = 0; column < this.right.outputs; column++) {
        for (let tile = 0; tile < this.tiles; tile++) {
          const y = row + Math.floor(tile / this.right.tiles) * this.down.outputs;
          const k = column + (tile % this.right.tiles) * this.right.outputs;
          const at = first + y * down + k * along;
          if (y >= rows || k >= columns) i += this.outputs;
          else for (let output = 0; output < this.outputs; output++) out[at + output * depth] = made[i++] + bias[output];
        }
      }
    }
  }
}

/** Transforms of `count` planes along both axes by matrices of {made, taken, numbers}, (made, taken) numbers. */
export class PlaneTransform {
  constructor(count, down, right) {
    Object.assign(this, { count, down, right });
    this.between = new Float64Array(right.made * count * down.taken);
    this.plain = down.taken === 1 && down.made === 1; // there is one row
    this.made = this.plain ? this.between : new Float64Array(down.made * right.made * count);
  }

  /** Transform planes, (rows, count, columns), step by step, to `made`, (rows, columns, count). */
  *run(planes) {
    const { count, down, right, between, made } = this;
    for (let row = 0; row < down.taken; row++) {
      const part = planes.subarray(row * count * right.taken, (row + 1) * count * right.taken);
      const to = { out: between, first: row, across: count * down.taken, along: down.taken };
      products(part, count, right.numbers, right.made, to);
      yield;
    }
    if (this.plain) return;
    for (let column = 0; column < right.made; column++) {
      const part = between.subarray(column * count * down.taken, (column + 1) * count * down.taken);
      const to = { out: made, first: column * count, across: right.made * count, along: 1 };
      products(part, count, down.numbers, down.made, to);
      yield;
    }
  }
}
