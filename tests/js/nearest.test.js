// Which training sound of the page a new sound is compared with.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NearestKnown } from "../../mirage_gan/pages/templates/audition/nearest.js";

const RATE_HZ = 29412;
const bytes = (length, valueAt) => Uint8Array.from({ length }, (_, i) => Math.round(128 + 127 * valueAt(i)));
const loop = (levels, turn = 0, sign = 1, length = 256) => {
  const most = levels.reduce((sum, level) => sum + Math.abs(level), 0);
  const at = (i) => levels.reduce((sum, level, n) => sum + level * Math.sin((2 * Math.PI * (n + 1) * (i + turn)) / length), 0);
  return bytes(length, (i) => (sign * at(i)) / most);
};
const hit = (hz, seconds, length = 6000) =>
  bytes(length, (i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ) * Math.exp((-5 * i) / RATE_HZ / seconds));

/** Return a page with training sounds of such samples. */
const pageOf = (kind, ...known) => ({
  kind,
  rateHz: RATE_HZ,
  known: known.map((samples) => ({ samples, at: [0, samples.length] })),
  samplesOf: (sound) => sound.samples,
});
const TIMBRES = [[1], [1, 0.8, 0.2], [0.3, 0, 1, 0, 0.5], [1, 0.5, 0.33, 0.25, 0.2]];

test("a loop is found however it is turned, with either polarity, and at any length", () => {
  const nearest = new NearestKnown(pageOf("loop", ...TIMBRES.map((levels) => loop(levels))));
  TIMBRES.forEach((levels, number) => {
    assert.equal(nearest.of(loop(levels, 77, -1)), number);
    assert.equal(nearest.of(loop(levels, 30, 1, 512)), number);
  });
  assert.equal(nearest.of(loop([1, 0.7, 0.25, 0.05])), 1);
});

test("a one-shot is found by its pitch and its length", () => {
  const hits = [hit(200, 0.05), hit(200, 0.2), hit(2000, 0.05), hit(2000, 0.2)];
  const nearest = new NearestKnown(pageOf("one-shot", ...hits));
  assert.deepEqual([hit(210, 0.05), hit(200, 0.18), hit(1900, 0.055), hit(2000, 0.22, 5000)].map((each) => nearest.of(each)), [
    0, 1, 2, 3,
  ]);
});

test("a silent sound has one too, and a page without training sounds has none", () => {
  const silence = new Uint8Array(256).fill(128);
  assert.equal(new NearestKnown(pageOf("loop", loop([1]), silence)).of(silence), 0);
  assert.equal(new NearestKnown(pageOf("loop")).of(loop([1])), null);
});
