// Weights of half precision are read exactly.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeHalves } from "../../mirage_gan/pages/templates/audition/program.js";

const decoded = (...halves) => Array.from(decodeHalves(Buffer.from(Uint16Array.from(halves).buffer).toString("base64")));

test("numbers of half precision are read, the smallest and the largest too", () => {
  assert.deepEqual(decoded(0x3c00, 0xc000, 0x3555, 0x7bff, 0xfbff), [1, -2, 1365 / 4096, 65504, -65504]);
  assert.deepEqual(decoded(0x0001, 0x8001, 0x03ff, 0x0400), [2 ** -24, -(2 ** -24), 1023 * 2 ** -24, 2 ** -14]);
  assert.deepEqual(decoded(0x0000, 0x8000), [0, -0]);
  assert.deepEqual(decoded(), []);
});
