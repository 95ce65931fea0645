// What the page computes: order, layout, keys, figures, spectra, differences, the beat, command lines.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BeatClock, firstBeat } from "../../mirage_gan/pages/templates/audition/beat.js";
import { Choices } from "../../mirage_gan/pages/templates/audition/choices.js";
import { commandOf } from "../../mirage_gan/pages/templates/audition/commands.js";
import {
  alignLoops,
  equalGains,
  power,
  spectrogramDifference,
} from "../../mirage_gan/pages/templates/audition/difference.js";
import { figureRows, pitchInWords, rankInWords } from "../../mirage_gan/pages/templates/audition/figures.js";
import { typedNumber } from "../../mirage_gan/pages/templates/audition/filters.js";
import { layout, moved, scrolledTo, visibleRange } from "../../mirage_gan/pages/templates/audition/grid_layout.js";
import { commandLine, offeredFor } from "../../mirage_gan/pages/templates/audition/making.js";
import { dotAt } from "../../mirage_gan/pages/templates/audition/map.js";
import { EVERYTHING, arrange } from "../../mirage_gan/pages/templates/audition/order.js";
import { pianoKeys, velocityAt } from "../../mirage_gan/pages/templates/audition/piano_keys.js";
import { sliderHz, sliderSeconds } from "../../mirage_gan/pages/templates/audition/sliders.js";
import { harmonics, peakSpectrum, spectrogram } from "../../mirage_gan/pages/templates/audition/spectra.js";

const sine = (length, cycles, level = 1) =>
  Uint8Array.from({ length }, (_, i) => Math.round(128 + 127 * level * Math.sin((2 * Math.PI * cycles * i) / length)));
const SOUNDS = [
  { seed: "10", novelty: 0.5, brightness: 300, class: "kick", faults: [], features: [0, 0] },
  { seed: "9", novelty: null, brightness: 100, class: "snare", faults: ["dead"], features: [3, 0] },
  { seed: "9007199254740993", novelty: 0.1, brightness: 200, class: "kick", faults: [], features: [1, 1] },
].map(({ seed, ...rest }) => ({ address: { seed }, key: `{"seed":${seed}}`, label: seed, ...rest }));
const order = (change, choices = new Choices()) => arrange(SOUNDS, { ...EVERYTHING, ...change }, choices);

test("sounds are sorted by a figure, and those without it come last either way", () => {
  assert.deepEqual(order({ sort: "novelty" }), [2, 0, 1]);
  assert.deepEqual(order({ sort: "novelty", descending: true }), [0, 2, 1]);
  assert.deepEqual(order({ sort: "seed" }), [1, 0, 2]);
  assert.deepEqual(order({ sort: "class" }), [0, 2, 1]);
  assert.deepEqual(order({ descending: true }), [2, 1, 0]);
});

test("sounds are limited by figures, class, faults, text and choices", () => {
  const choices = new Choices();
  choices.rename(SOUNDS[2].address, "Glass Bell");
  choices.toggleRejected(SOUNDS[0].address);
  assert.deepEqual(order({ limits: { brightness: [150, null] } }), [0, 2]);
  assert.deepEqual(order({ limits: { novelty: [null, 1] } }), [0, 2]);
  assert.deepEqual(order({ limits: { seed: [9, 10] } }), [0, 1]);
  assert.deepEqual(order({ className: "kick" }), [0, 2]);
  assert.deepEqual(order({ faulty: false }), [0, 2]);
  assert.deepEqual(order({ text: " bell" }, choices), [2]);
  assert.deepEqual(order({ text: "9" }), [1, 2]);
  assert.deepEqual(order({ show: "starred" }, choices), [2]);
  assert.deepEqual(order({ show: "rejected" }, choices), [0]);
  assert.deepEqual(order({ show: "open" }, choices), [1, 2]);
  assert.deepEqual(order({ sort: "star", descending: true }, choices), [2, 0, 1]);
});

test("those that are alike come first, the sound itself at the head", () => {
  assert.deepEqual(order({ like: 1 }), [1, 2, 0]);
});

test("arrow keys lead through the grid and stay in it", () => {
  const lead = (key, at) => moved(key, at, 4, 10, 2);
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp"].map((key) => lead(key, 5)),
    [6, 4, 9, 1, 0, 9, 9, 1],
  );
  assert.equal(lead("ArrowDown", 7), 9); // the last row is not full
  assert.equal(lead("ArrowDown", 9), 9);
  assert.equal(lead("ArrowRight", 9), 9);
  assert.equal(lead("ArrowUp", 2), 2);
  assert.equal(lead("ArrowRight", -1), 0);
  assert.equal(lead("s", 5), null);
  assert.equal(moved("ArrowRight", -1, 4, 0, 2), null);
});

test("only the rows in view are made", () => {
  assert.deepEqual(visibleRange(0, 500, 100, 4, 2000), [0, 24]);
  assert.deepEqual(visibleRange(1000, 500, 100, 4, 2000), [36, 64]);
  assert.deepEqual(visibleRange(0, 500, 100, 4, 3), [0, 3]);
  assert.equal(layout(1000, 124, 6).columns, 7);
  assert.equal(layout(50, 124, 6).columns, 1);
  assert.deepEqual(
    [0, 3, 9].map((row) => scrolledTo(row, 100, 200, 400)),
    [0, 200, 600],
  );
});

test("letters are commands or notes, never both", () => {
  const free = { typing: false, arrows: false, control: false, notes: false };
  const press = (key, more = {}, at = {}) => commandOf({ key, code: "", ...more }, { ...free, ...at });
  assert.deepEqual(
    ["s", "S", "x", "a", "Escape", "ArrowLeft", " ", "?", "k", "q"].map((key) => press(key)),
    ["star", "star", "reject", "compare", "silence", "move", "again", "help", "keys", null],
  );
  assert.equal(press("s", {}, { notes: true }), null);
  assert.equal(press("S", { shiftKey: true }, { notes: true }), "star");
  assert.equal(press("ArrowLeft", {}, { notes: true }), "move");
  assert.equal(press("s", {}, { typing: true }), null);
  assert.equal(press("Escape", {}, { typing: true }), "silence");
  assert.equal(press(" ", {}, { control: true }), null);
  assert.equal(press("ArrowLeft", {}, { control: true }), "move"); // from a button too
  assert.equal(press("ArrowLeft", {}, { control: true, arrows: true }), null);
  assert.equal(press("ы", { code: "KeyS" }), "star"); // a keyboard that writes Cyrillic
  assert.deepEqual(
    [press("z", { ctrlKey: true }), press("Z", { metaKey: true, shiftKey: true }), press("s", { ctrlKey: true })],
    ["undo", "redo", null],
  );
});

test("pitches and ranks are told in words", () => {
  assert.deepEqual([440, 114.9, 261.63, 27.5].map(pitchInWords), ["A4", "A♯2 −25 ct", "C4", "A0"]);
  assert.equal(rankInWords(2, [1, 2, 3, null]), "above 50 % here");
  assert.equal(rankInWords(3, [1, 2, 3]), "the most here");
  assert.equal(rankInWords(1, [1, 2, 3]), "the least here");
  assert.equal(rankInWords(null, [1, 2]), "");
  const rows = figureRows(
    {
      novelty: null,
      hz: 114.9,
      at: [0, 257],
      seconds: 0.1234,
      brightness: 1234.5,
      noisiness: 0,
      tuning: { lower: [4, 126], upper: [6, 126] },
    },
    [],
  );
  assert.deepEqual(
    rows.map((row) => row.value),
    ["–", "114.9", "0.123", "1,235", "0.00", "4/126"],
  );
  assert.equal(rows[2].words, "257 bytes, 2 pages");
});

test("a typed limit is a number or nothing", () => {
  assert.deepEqual(["", " ", "0", "1.5", "-2", "x"].map(typedNumber), [null, null, 0, 1.5, -2, null]);
});

test("the harmonics of a loop are found, whatever its length", () => {
  for (const length of [256, 300, 600]) {
    const levels = harmonics(sine(length, 3));
    assert.equal(levels.indexOf(Math.max(...levels)), 2);
    assert.ok(levels[2] > 0.99, `${levels[2]}`);
    assert.ok(levels.every((level, i) => i === 2 || level < 0.5));
  }
  assert.ok(harmonics(new Uint8Array(256).fill(128)).every((level) => level === 0));
});

test("a spectrogram shows when and how high", () => {
  const tone = Uint8Array.from({ length: 4096 }, (_, i) =>
    i < 2048 ? 128 : Math.round(128 + 127 * Math.sin((2 * Math.PI * 2000 * i) / 29412)),
  );
  const { levels } = spectrogram(tone, 29412, 8, 16);
  assert.ok(levels.slice(0, 3 * 16).every((level) => level === 0));
  const last = levels.slice(6 * 16, 7 * 16);
  const loudest = last.indexOf(Math.max(...last));
  const hz = 60 * (29412 / 2 / 60) ** ((loudest + 0.5) / 16);
  assert.ok(hz > 1600 && hz < 2500, `${hz}`);
  const spectrum = peakSpectrum(tone, 29412, 16);
  assert.equal(spectrum.indexOf(Math.max(...spectrum)), loudest);
});

test("A and B are equally loud, and neither is louder than it is", () => {
  for (const kind of ["loop", "one-shot"]) {
    const [a, b] = [sine(2941, 30), sine(2941, 50, 0.5)];
    const [gain, other] = equalGains(a, b, kind, 29412);
    assert.equal(other, 1);
    assert.ok(Math.abs(gain - 0.5) < 0.01, `${gain}`);
    assert.ok(Math.abs(power(a) * gain ** 2 - power(b)) < 0.01);
    assert.ok(Math.abs(equalGains(b, a, kind, 29412)[1] - gain) < 1e-9);
  }
  assert.deepEqual(equalGains(new Uint8Array(9).fill(128), sine(9, 1), "loop", 29412), [1, 1]);
});

test("a hit with a long tail is as loud as the hit alone", () => {
  const hit = sine(2941, 30);
  const long = Uint8Array.from([...hit, ...new Uint8Array(9000).fill(128)]);
  const [one, other] = equalGains(hit, long, "one-shot", 29412);
  assert.ok(Math.abs(one - other) < 1e-3, `${one} ${other}`);
});

test("a loop that is turned lies on itself", () => {
  const wave = Uint8Array.from(
    { length: 256 },
    (_, i) => 128 + Math.round(80 * Math.sin((2 * Math.PI * i) / 256) + 40 * Math.sin((6 * Math.PI * i) / 256)),
  );
  const turned = Uint8Array.from(wave, (_, i) => wave[(i + 77) % 256]);
  const [a, b] = alignLoops(wave, turned);
  assert.deepEqual(a, b);
});

test("a difference is positive where the first sound has more, and nothing where both are the same", () => {
  const [a, b] = [sine(4096, 200), sine(2048, 20)];
  const { levels, columns, bands } = spectrogramDifference(a, b, 29412, 16, 24);
  assert.equal(levels.length, columns * bands);
  assert.ok(Math.max(...levels) > 0.5 && Math.min(...levels) < -0.5);
  assert.ok(spectrogramDifference(a, a, 29412, 16, 24).levels.every((level) => level === 0));
});

test("a beat gives every step once, on time, with swing", () => {
  const clock = new BeatClock(10, 120, 0.5);
  const due = [10.1, 10.2, 10.2, 11, 12.2].flatMap((time) => clock.until(time));
  assert.deepEqual(
    due.map(({ step }) => step),
    Array.from({ length: due.length }, (_, i) => i % 16),
  );
  due.forEach(({ time }, i) => assert.ok(Math.abs(time - (10 + 0.125 * i + (i % 2 ? 0.0625 : 0))) < 1e-9));
  assert.equal(due.length, 18);
  clock.skipTo(20);
  assert.ok(clock.nextTime >= 20 && clock.nextTime < 20.125);
  assert.deepEqual(
    firstBeat().map((steps) => steps.length),
    [16, 16, 16, 16],
  );
});

test("the piano's keys fill the width, from C to C", () => {
  const keys = pianoKeys(36, 1000, 34);
  assert.equal(keys.length, 12 * 4 + 1);
  const whites = keys.filter((key) => !key.black);
  assert.ok(Math.abs(whites.reduce((sum, key) => sum + key.width, 0) - 1) < 1e-9);
  assert.equal(keys.filter((key) => key.black).length, 20);
  assert.equal(pianoKeys(36, 100, 44).length, 13);
  assert.deepEqual([velocityAt(1, 100), velocityAt(0.8, 127), velocityAt(-1, 1)], [100, 127, 1]);
  assert.ok(velocityAt(0, 100) < velocityAt(0.5, 100));
});

test("command lines say what the buttons would make", () => {
  const data = { command: "mirage-gan export 'runs/a b'", morph_command: "mirage-gan morph runs/a" };
  const star = (address) => ({ address, name: "; rm -rf ~" });
  const starred = [star({ seed: "1" }), star({ seed: "9223372036854775807" }), star({ z: [1] })];
  assert.equal(
    commandLine(data, "disk", starred).command,
    "mirage-gan export 'runs/a b' --favourites favourites.json --to disk",
  );
  assert.equal(
    commandLine(data, "wavetable", starred).command,
    "mirage-gan morph runs/a --favourites favourites.json --to wavetable",
  );
  assert.match(commandLine(data, "wavetable", starred.slice(2)).reason, /two or more/);
  assert.match(commandLine(data, "wav", []).reason, /Star a sound/);
  assert.deepEqual(
    offeredFor("one-shot").map(({ what }) => what),
    ["disk", "wav", "gotek"],
  );
});

test("a dot of the map is found within reach alone", () => {
  const dots = [
    { x: 0, y: 0, index: 1 },
    { x: 10, y: 0, index: 2 },
  ];
  assert.equal(dotAt(dots, 7, 0, 18).index, 2);
  assert.equal(dotAt(dots, 40, 0, 18), null);
});

test("sliders of times and frequencies reach from nothing to all", () => {
  assert.deepEqual([0, 1].map(sliderSeconds), [0, 3]);
  assert.deepEqual([0, 1].map(sliderHz), [100, 20000]);
});
