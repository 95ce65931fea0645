// Clean sound: in tune, without what is not in the sound.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cleanCycle, noteHz, resampled } from "../../mirage_gan/pages/templates/audition/clean_sound.js";
import { cycleOf, harmonicsOf } from "../../mirage_gan/pages/templates/audition/harmonics.js";
import { decibels, levelAt, sawtooth, sine } from "./sounds.js";

test("a period of any length is its harmonics, and becomes itself again", () => {
  for (const length of [64, 256, 600, 1000, 1024]) {
    const found = harmonicsOf(sine(length, 3, 0.5));
    assert.ok(Math.abs(Math.hypot(found.cosines[3], found.sines[3]) - 0.5) < 0.01);
    assert.ok(Math.hypot(found.cosines[4], found.sines[4]) < 0.01);
  }
  const samples = sine(256, 5, 0.7);
  cycleOf(harmonicsOf(samples), 256).forEach((value, i) => assert.ok(Math.abs(value - (samples[i] - 128) / 127) < 0.005));
});

test("a loop has all harmonics that one hears at its pitch, and none above", () => {
  for (const note of [24, 45, 60, 84, 108, 127]) {
    const cycle = cleanCycle(harmonicsOf(sawtooth(1024)), noteHz(note), 48_000);
    const most = Math.max(1, Math.min(511, Math.floor(20_000 / noteHz(note))));
    const level = (harmonic) => decibels(levelOfHarmonic(cycle, harmonic));
    assert.ok(level(most) > -70 && level(most + 1) < -120, `note ${note}`);
    assert.ok(Math.log2(cycle.length) % 1 === 0 && cycle.length >= 16 * most);
  }
});

function levelOfHarmonic(cycle, harmonic) {
  let [cosine, sines] = [0, 0];
  cycle.forEach((value, i) => {
    cosine += value * Math.cos((2 * Math.PI * harmonic * i) / cycle.length);
    sines += value * Math.sin((2 * Math.PI * harmonic * i) / cycle.length);
  });
  return (2 / cycle.length) * Math.hypot(cosine, sines);
}

test("a one-shot at another speed keeps its level and its length, and folds nothing back", () => {
  const samples = sine(12_000, 4000); // a third of its rate
  for (const step of [0.3, 0.6127, 1, 1.2]) {
    const found = resampled(samples, step);
    assert.ok(Math.abs(found.length - 12_000 / step) <= 1);
    assert.ok(Math.abs(levelAt(found.subarray(200, -200), step / 3, 1) - 1) < 0.01, `step ${step}`);
  }
  const folded = resampled(samples, 2); // the tone would lie above half the rate
  assert.ok(folded.subarray(100, -100).every((value) => Math.abs(value) < 0.002));
});
