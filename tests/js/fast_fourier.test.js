// The fast transform is the slow one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FastFourier } from "../../mirage_gan/pages/templates/audition/fast_fourier.js";
import { fft } from "../../mirage_gan/pages/templates/audition/fourier.js";

const noise = (size, seed) => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + i * i * 1.7));
const near = (one, other) => one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-9, `at ${i}`));

test("transforms of all lengths are those of the plain algorithm, again and again", () => {
  for (let size = 1; size <= 4096; size *= 2) {
    const fourier = new FastFourier(size);
    for (const seed of [0, 1]) {
      const [real, imaginary, re, im] = [noise(size, seed), noise(size, 2), noise(size, seed), noise(size, 2)];
      fourier.transform(real, imaginary);
      fft(re, im);
      near(real, re);
      near(imaginary, im);
    }
  }
});

test("with the parts swapped it is the inverse", () => {
  const [real, imaginary] = [noise(512, 0), noise(512, 1)];
  const fourier = new FastFourier(512);
  fourier.transform(real, imaginary);
  fourier.transform(imaginary, real);
  near(real.map((value) => value / 512), noise(512, 0));
});
