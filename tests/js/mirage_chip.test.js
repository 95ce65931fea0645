// The chip where Python has no word for it: limits, and sounds of lengths that a disk does not take.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CHIP_CENTER, CHIP_RATE_HZ, ChipOscillator, chipNote, cycleOnPages, halfOf, tuningOf, LOWER_HALF } from "../../mirage_gan/pages/templates/audition/mirage_chip.js";
import { sine } from "./sounds.js";

const play = ({ memory, chain, word }, ticks) => {
  const oscillator = new ChipOscillator(memory, chain, word);
  return Uint8Array.from({ length: ticks }, () => oscillator.next());
};

test("the rate and a unity key are those of the documents", () => {
  assert.ok(Math.abs(CHIP_RATE_HZ - 29411.76) < 0.01);
  assert.deepEqual(tuningOf(CHIP_RATE_HZ, 60, LOWER_HALF), [3, 0x4e]); // docs/mirage.md, section 4, the table
});

test("a key beyond the keyboard plays nothing, and a rate that cannot be tuned is refused", () => {
  assert.equal(halfOf(35), null);
  assert.equal(halfOf(97), null);
  assert.equal(chipNote({ samples: sine(256), kind: "loop", rateHz: 29412 }, 97), null);
  for (const rateHz of [100, 0, NaN, 1e9]) {
    assert.throws(() => chipNote({ samples: sine(256), kind: "one-shot", rateHz }, 60), RangeError);
  }
});

test("a tuning of its own is taken from the sound, by half", () => {
  const sound = { samples: sine(256), kind: "one-shot", rateHz: 29412 };
  const tuned = { ...sound, tuning: { lower: [2, 0x4e], upper: [5, 0x4e] } };
  assert.ok(Math.abs(chipNote(sound, 60).word / chipNote(tuned, 60).word - 2) < 0.01);
  assert.equal(chipNote(sound, 72).word, chipNote(tuned, 72).word);
});

test("a loop of a length that no disk takes goes to the nearest pages at the same pitch and shape", () => {
  for (const [length, nearest] of [[100, 256], [600, 512], [900, 1024], [4096, 1024]]) {
    const cycle = cycleOnPages(sine(length), [1, 2, 4]);
    assert.equal(cycle.length, nearest);
    const expected = sine(nearest);
    assert.ok(cycle.every((byte, i) => Math.abs(byte - expected[i]) <= 2 && byte > 0));
  }
});

test("four pages become two on the upper half, where four cannot be tuned", () => {
  const sound = { samples: sine(1024, 3), kind: "loop", rateHz: 29412 };
  assert.equal(chipNote(sound, 66).memory.length, 1024);
  const { memory } = chipNote(sound, 67);
  assert.equal(memory.length, 512);
  assert.ok(memory.every((byte, i) => Math.abs(byte - sine(512, 3)[i]) <= 2));
});

test("a one-shot ends in silence, however high the key, and a byte 0x00 in a sound does not stop it", () => {
  const samples = sine(5000, 50);
  samples[2000] = 0;
  for (const note of [36, 60, 66, 67, 96]) {
    const ticks = Math.ceil((5000 * 512) / chipNote({ samples, kind: "one-shot", rateHz: 29412 }, note).word);
    const played = play(chipNote({ samples, kind: "one-shot", rateHz: 29412 }, note), ticks + 400);
    assert.ok(played.slice(-20).every((byte) => byte === CHIP_CENTER));
    assert.ok(played.slice(Math.floor(ticks * 0.9), ticks - 20).some((byte) => byte !== CHIP_CENTER));
  }
});

test("a one-shot that is longer than a bank is cut to it", () => {
  const { memory } = chipNote({ samples: new Uint8Array(70_000).fill(200), kind: "one-shot", rateHz: 29412 }, 60);
  assert.equal(memory.length, 65_536);
  assert.deepEqual([memory.at(-17), memory.at(-16), memory.at(-1)], [200, 0, 0]);
});
