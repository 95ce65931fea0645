// What follows the chip: volume, converter, filter, envelope; and the audio worklet, run in a scope of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { CHIP_RATE_HZ, ChipOscillator, chipNote } from "../../mirage_gan/pages/templates/audition/mirage_chip.js";
import { FourPoleFilter, MirageVoice, OPEN_FILTER, envelopeLevel, renderVoice, voiceWorkletSource } from "../../mirage_gan/pages/templates/audition/mirage_voice.js";
import { decibels, levelAt, sawtooth, sine } from "./sounds.js";

const ORGAN = { attack: 0, decay: 0, sustain: 1, release: 0.01 };
const LOOP = { samples: sawtooth(256), kind: "loop", rateHz: 29412 };
const noteOf = (sound, note, changes = {}) => ({ ...chipNote(sound, note), level: 1, envelope: ORGAN, filter: OPEN_FILTER, ...changes });

test("an envelope rises, falls to its level, and dies away from wherever it is released", () => {
  const envelope = { attack: 0.1, decay: 0.2, sustain: 0.5, release: 0.4 };
  const found = [0, 0.05, 0.1, 0.2, 0.3, 9].map((seconds) => envelopeLevel(envelope, seconds));
  [0, 0.5, 1, 0.75, 0.5, 0.5].forEach((level, i) => assert.ok(Math.abs(found[i] - level) < 1e-9));
  assert.ok(Math.abs(envelopeLevel(envelope, 0.25, 0.05) - 0.25) < 1e-9); // released on its way up
  assert.equal(envelopeLevel(envelope, 9, 0.05), 0);
  assert.equal(envelopeLevel(ORGAN, 0), 1);
  assert.equal(envelopeLevel({ ...ORGAN, release: 0 }, 1.001, 1), 0);
});

test("before the filter, the output at the chip's own rate is the chip's bytes times the volume", () => {
  for (const level of [1, 0.5, 0.003]) {
    const voice = new MirageVoice(noteOf(LOOP, 50, { level }), CHIP_RATE_HZ);
    const oscillator = new ChipOscillator(...Object.values(chipNote(LOOP, 50)));
    for (let i = 0; i < 1000; i++) {
      assert.equal(voice.tick(), ((oscillator.next() - 128) * Math.round(255 * level)) / (127 * 255));
    }
  }
});

test("the converter holds each tick: at another rate nothing lies between two of its values", () => {
  for (const rateHz of [22_050, 44_100, 48_000, 96_000]) {
    const voice = new MirageVoice(noteOf(LOOP, 60), rateHz);
    voice.filter = { next: (input) => input };
    const block = new Float32Array(rateHz / 50);
    voice.fill(block, [1]);
    const oscillator = new ChipOscillator(...Object.values(chipNote(LOOP, 60)));
    const ticks = Array.from({ length: 800 }, () => (oscillator.next() - 128) / 127);
    block.forEach((value, i) => {
      const tick = Math.floor(((i + 1) * CHIP_RATE_HZ) / rateHz);
      assert.ok([tick - 1, tick, tick + 1].some((near) => Math.fround(ticks[near]) === value), `sample ${i} at ${rateHz} Hz`);
    });
    assert.ok(Math.abs(voice.ticks - (block.length * CHIP_RATE_HZ) / rateHz) <= 1);
  }
});

test("the open filter passes what the machine passes; a closed one falls by 24 dB an octave; resonance peaks", () => {
  const through = (filter, hz) => {
    const poles = new FourPoleFilter(filter, 48_000);
    const output = Float64Array.from({ length: 9600 }, (_, i) => poles.next(Math.sin((2 * Math.PI * hz * i) / 48_000)));
    return decibels(levelAt(output.subarray(4800), hz, 48_000));
  };
  assert.ok(through(OPEN_FILTER, 1000) > -0.05);
  assert.ok(through(OPEN_FILTER, 15_000) > -1.1);
  const closed = { cutoffHz: 500, resonance: 0 };
  assert.ok(Math.abs(through(closed, 500) + 12) < 0.2); // 3 dB for each of the four
  assert.ok(Math.abs(through(closed, 4000) - through(closed, 2000) + 24) < 2);
  assert.ok(through({ cutoffHz: 500, resonance: 0.9 }, 500) > through({ cutoffHz: 500, resonance: 0.9 }, 100) + 10);
  assert.ok(Number.isFinite(through({ cutoffHz: 1e6, resonance: 5 }, 1000)));
});

test("a note goes on while its key is down, dies away after it, and ends", () => {
  const voice = new MirageVoice(noteOf(LOOP, 60), 48_000);
  const block = new Float32Array(4800);
  voice.fill(block, [0]);
  assert.ok(block.every((value) => value === 0) && !voice.ended); // it waits for its key
  const gate = Float32Array.from({ length: 4800 }, (_, i) => Number(i >= 100 && i < 1000));
  voice.fill(block, gate);
  assert.ok(block.subarray(0, 100).every((value) => value === 0));
  assert.ok(Math.max(...block.subarray(100, 1000)) > 0.9);
  assert.ok(Math.max(...block.subarray(1000, 1200)) > 0.4);
  assert.ok(Math.max(...block.subarray(1600)) < 0.001); // 0.01 s later
  assert.ok(voice.ended);
  const cut = new MirageVoice(noteOf(LOOP, 60), 48_000);
  cut.fill(block, Float32Array.from({ length: 4800 }, (_, i) => (i < 2400 ? 1 : -1)));
  assert.ok(cut.ended && block[2399] !== 0 && block[2400] === 0);
});

test("a rendered one-shot has its length", () => {
  const hit = { samples: sine(8000, 100), kind: "one-shot", rateHz: 29412 };
  const { samples, loop } = renderVoice(noteOf(hit, 60), 48_000);
  const seconds = samples.length / 48_000;
  assert.ok(Math.abs(seconds - 8000 / 29412 - 0.05) < 0.01); // and the filter's ringing
  assert.equal(loop, null);
});

test("the end of a rendered loop can be repeated: all over the keys it goes on as the note would", () => {
  const envelope = { attack: 0.01, decay: 0.02, sustain: 0.5, release: 0.1 };
  const muffled = { cutoffHz: 2000, resonance: 0.5 };
  for (const samples of [sine(256), sine(512, 3), sine(1024)]) {
    for (const rateHz of [44_100, 48_000]) {
      for (let note = 36; note <= 96; note += 5) {
        const voice = noteOf({ samples, kind: "loop", rateHz: 29412 }, note, { envelope, filter: muffled });
        const { samples: found, loop } = renderVoice(voice, rateHz);
        assert.ok(loop.start > 0.03 * rateHz && loop.end === found.length && found.length < 1.2 * rateHz);
        const longer = new Float32Array(3 * found.length);
        new MirageVoice(voice, rateHz).fill(longer, [1]);
        const length = loop.end - loop.start;
        const repeated = longer.map((_, i) => found[i < loop.end ? i : loop.start + ((i - loop.start) % length)]);
        const off = repeated.map((value, i) => Math.abs(value - longer[i]));
        const most = (part) => part.reduce((one, other) => Math.max(one, other), 0);
        assert.equal(most(off.subarray(0, loop.end)), 0);
        assert.ok(most(off.subarray(loop.end)) < 0.1, `note ${note} at ${rateHz} Hz: ${most(off)}`);
      }
    }
  }
});

test("the worklet's text is whole: in a scope without this page it plays what the page renders", () => {
  const registered = {};
  const messages = [];
  const scope = {
    sampleRate: 48_000,
    registerProcessor: (name, processor) => (registered[name] = processor),
    AudioWorkletProcessor: class {
      port = { postMessage: (message) => messages.push(message) };
    },
    Float64Array,
  };
  runInNewContext(voiceWorkletSource(), scope);
  const hit = noteOf({ samples: sine(2000, 40), kind: "one-shot", rateHz: 29412 }, 72);
  const processor = new registered["mirage-voice"]({ processorOptions: structuredClone(hit) });
  const found = [];
  for (let alive = true; alive; ) {
    const block = new Float32Array(128);
    alive = processor.process([], [[block]], { gate: [1] });
    found.push(...block);
  }
  assert.deepEqual(found, [...renderVoice(hit, 48_000).samples]);
  assert.deepEqual(messages, ["ended"]);
});
