// The fast transform is the sum that it stands for.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FastFourier } from "../../mirage_gan/pages/templates/audition/fast_fourier.js";

const noise = (size, seed) => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + i * i * 1.7));
const near = (one, other) => one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-9, `at ${i}`));

/** Return the sums over n of x[n] exp(-2 pi i k n / size), real and imaginary parts. */
function sums(real, imaginary) {
  const size = real.length;
  const turns = Float64Array.from({ length: size }, (_, i) => (2 * Math.PI * i) / size);
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const [cos, sin] = [Math.cos(turns[(k * n) % size]), Math.sin(turns[(k * n) % size])];
      re[k] += real[n] * cos + imaginary[n] * sin;
      im[k] += imaginary[n] * cos - real[n] * sin;
    }
  }
  return [re, im];
}

test("transforms of all lengths are the sums, again and again", () => {
  for (let size = 1; size <= 1024; size *= 2) {
    for (const seed of [0, 1]) {
      const [real, imaginary] = [noise(size, seed), noise(size, 2)];
      const [re, im] = sums(real, imaginary);
      FastFourier.of(size).transform(real, imaginary);
      near(real, re);
      near(imaginary, im);
    }
  }
});

test("with the parts swapped it is the inverse", () => {
  const [real, imaginary] = [noise(512, 0), noise(512, 1)];
  const fourier = FastFourier.of(512);
  fourier.transform(real, imaginary);
  fourier.transform(imaginary, real);
  near(real.map((value) => value / 512), noise(512, 0));
});

test("the tables of a size are computed once", () => {
  assert.equal(FastFourier.of(64), FastFourier.of(64));
  assert.notEqual(FastFourier.of(64), FastFourier.of(32));
});
