import assert from "node:assert/strict";
import { test } from "node:test";
import * as latents from "../../mirage_gan/pages/templates/audition/latents.js";

const { amongFour, between, decodeLatents, drawLatent, movedAlong, neighbourOf, onSphere } = latents;

const SIZE = 64;

/** Return a source of numbers 0 to 1, the same every time (a linear congruential generator). */
function numbersFrom(seed) {
  let state = seed;
  return () => (state = (1103515245 * state + 12345) % 2147483648) / 2147483648;
}

function draw(count, seed = 1) {
  const random = numbersFrom(seed);
  return Array.from({ length: count }, () => drawLatent(SIZE, random));
}

const cosine = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0) / (norm(a) * norm(b));
const norm = (a) => Math.hypot(...a);
const isNear = (a, b, least = 1 - 1e-6) => assert.ok(cosine(a, b) > least, `${cosine(a, b)}`);

test("what is drawn is spread evenly over the sphere on which latents lie", () => {
  const drawn = draw(2000);
  for (const latent of drawn) assert.ok(Math.abs(norm(latent) - Math.sqrt(SIZE)) < 1e-4);
  for (let i = 0; i < SIZE; i++) {
    const mean = drawn.reduce((sum, latent) => sum + latent[i], 0) / drawn.length;
    const square = drawn.reduce((sum, latent) => sum + latent[i] ** 2, 0) / drawn.length;
    assert.ok(Math.abs(mean) < 0.12 && Math.abs(square - 1) < 0.2, `${mean} ${square}`);
  }
});

test("two draws are two sounds", () => {
  assert.ok(Math.abs(cosine(drawLatent(SIZE), drawLatent(SIZE))) < 0.9);
});

test("the way between two latents begins and ends with them, and goes evenly along the sphere", () => {
  const [a, b] = draw(2);
  isNear(between(a, b, 0), a);
  isNear(between(a, b, 1), b);
  const whole = Math.acos(cosine(a, b));
  for (const share of [0.1, 0.25, 0.5, 0.9]) {
    const there = between(a, b, share);
    assert.ok(Math.abs(norm(there) - Math.sqrt(SIZE)) < 1e-4);
    assert.ok(Math.abs(Math.acos(cosine(a, there)) - share * whole) < 1e-5);
  }
});

test("latents of any length lead the same way", () => {
  const [a, b] = draw(2);
  isNear(between(a.map((value) => 5 * value), b, 0.3), between(a, b, 0.3));
});

test("between a latent and itself, or its opposite, there are finite latents", () => {
  const [a] = draw(1);
  isNear(between(a, a, 0.4), a);
  const opposite = a.map((value) => -value);
  isNear(between(a, opposite, 0.4), a);
  isNear(between(a, opposite, 0.6), opposite);
});

test("each corner of four is one of them, and the middle has as much of each", () => {
  const four = draw(4);
  [[0, 0], [1, 0], [0, 1], [1, 1]].forEach((place, i) => isNear(amongFour(four, place), four[i]));
  const near = four.map((corner) => cosine(amongFour(four, [0.5, 0.5]), corner));
  assert.ok(Math.min(...near) > 0.3, `${near}`);
  assert.deepEqual(latents.sharesOfFour([0.5, 0.5]), [0.25, 0.25, 0.25, 0.25]);
  assert.deepEqual(latents.sharesOfFour([1, 0]), [0, 1, 0, 0]);
});

test("a neighbour is as far as its spread says", () => {
  const [a] = draw(1);
  const random = numbersFrom(5);
  const mean = (spread) => {
    const near = Array.from({ length: 300 }, () => cosine(a, neighbourOf(a, spread, random)));
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  };
  isNear(neighbourOf(a, 0, random), a);
  assert.ok(Math.abs(mean(0.2) - Math.sqrt(0.96)) < 0.01);
  assert.ok(Math.abs(mean(0.6) - 0.8) < 0.03);
  assert.ok(Math.abs(mean(1)) < 0.05);
});

test("sliders move a latent along directions, and in the middle they leave it", () => {
  const [a, one, other] = draw(3);
  const directions = [one, other].map((vector) => ({ vector, reach: 1 }));
  isNear(movedAlong(a, directions, [0, 0]), a);
  assert.ok(cosine(movedAlong(a, directions, [1, 0]), one) > cosine(a, one) + 0.3);
  assert.ok(cosine(movedAlong(a, directions, [-1, 0]), one) < cosine(a, one) - 0.3);
  assert.ok(Math.abs(norm(movedAlong(a, directions, [1, -1])) - Math.sqrt(SIZE)) < 1e-4);
});

test("latents are read from bytes at any offset", () => {
  const drawn = draw(3);
  const bytes = new Uint8Array(3 + 3 * SIZE * 4);
  drawn.forEach((latent, i) => bytes.set(new Uint8Array(latent.buffer), 3 + i * SIZE * 4));
  assert.deepEqual(decodeLatents(bytes.subarray(3), SIZE).map((latent) => [...latent]), drawn.map((each) => [...each]));
});

test("a latent without a direction stays where it is", () => {
  assert.deepEqual(onSphere(new Float32Array(4)), new Float32Array(4));
});
