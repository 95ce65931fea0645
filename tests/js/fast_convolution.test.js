// Fast convolutions are the sums that they stand for, whatever the size of planes and kernels.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FastConvolution } from "../../mirage_gan/pages/templates/audition/fast_convolution.js";
import { products } from "../../mirage_gan/pages/templates/audition/products.js";

const noise = (size, seed) => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + i * i * 1.7));

/** Return the sums of products of a convolution with zeros around the planes, whose first output begins at top and left. */
function sums({ channels, input, kernel, output, weights, bias }, x, { top, left }) {
  const found = [];
  for (let made = 0; made < bias.length; made++) {
    for (let i = 0; i < output[0] * output[1]; i++) {
      const [row, column] = [Math.floor(i / output[1]) + top, (i % output[1]) + left];
      let sum = bias[made];
      for (let k = 0; k < channels * kernel[0] * kernel[1]; k++) {
        const channel = Math.floor(k / kernel[0] / kernel[1]);
        const y = row + (Math.floor(k / kernel[1]) % kernel[0]);
        const at = column + (k % kernel[1]);
        const inside = y >= 0 && y < input[0] && at >= 0 && at < input[1];
        if (inside) sum += weights[made * channels * kernel[0] * kernel[1] + k] * x[(channel * input[0] + y) * input[1] + at];
      }
      found.push(sum);
    }
  }
  return found;
}

const SHAPES = [
  { input: [1, 24], kernel: [1, 9], output: [1, 16], top: 0, left: 0 },
  { input: [1, 6], kernel: [1, 3], output: [1, 4], top: 0, left: 0 },
  { input: [1, 1], kernel: [1, 1], output: [1, 1], top: 0, left: 0 },
  { input: [7, 5], kernel: [3, 3], output: [7, 5], top: -1, left: -1 },
  { input: [8, 4], kernel: [2, 2], output: [8, 4], top: 0, left: -1 },
  { input: [9, 11], kernel: [9, 9], output: [13, 15], top: -6, left: -6 },
  { input: [6, 10], kernel: [5, 2], output: [4, 10], top: -1, left: 0 },
];

test("a fast convolution is the plain sum", () => {
  for (const { input, kernel, output, top, left } of SHAPES) {
    const [channels, outputs] = [3, 5];
    const weights = noise(outputs * channels * kernel[0] * kernel[1], 1);
    const about = { channels, input, kernel, output, weights, bias: noise(outputs, 2) };
    const convolution = new FastConvolution(about);
    const plane = output[0] * output[1];
    const out = new Float64Array(outputs * plane);
    const to = { out, first: 0, down: output[1], along: 1, depth: plane };
    for (const seed of [3, 4]) {
      const x = noise(channels * input[0] * input[1], seed);
      for (const _ of convolution.run(x, input, about.bias, { top, left }, to));
      sums(about, x, { top, left }).forEach((sum, i) => {
        assert.ok(Math.abs(sum - out[i]) < 1e-9, `kernel ${kernel}, output ${i}: ${out[i]} for ${sum}`);
      });
    }
  }
});

test("vectors are multiplied by matrices of any number of rows", () => {
  for (let count = 1; count <= 5; count++) {
    for (let rows = 1; rows <= 9; rows++) {
      const [vectors, matrix, out] = [noise(3 * count, 0), noise(3 * rows, 1), new Float64Array(count * rows + 2)];
      products(vectors, count, matrix, rows, { out, first: 1, across: 1, along: rows });
      assert.equal(out[0] + out.at(-1), 0); // nothing is written beside
      for (let i = 0; i < count * rows; i++) {
        const [x, y] = [3 * Math.floor(i / rows), 3 * (i % rows)];
        const sum = vectors[x] * matrix[y] + vectors[x + 1] * matrix[y + 1] + vectors[x + 2] * matrix[y + 2];
        assert.ok(Math.abs(out[1 + i] - sum) < 1e-12, `${count} vectors, ${rows} rows`);
      }
    }
  }
});
