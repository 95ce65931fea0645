// What the page makes of a training's progress: words, curves, and when new sounds may come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Session } from "../../mirage_gan/pages/templates/audition/session.js";
import {
  extentOf,
  mayReplace,
  newestOf,
  placeOfCheck,
  pointsOf,
  progressInWords,
  seriesOf,
  timeInWords,
  valueAt,
} from "../../mirage_gan/pages/templates/audition/training.js";

const PROGRESS = { state: "running", step: 1200, steps: 2000, seconds: 90, share: 0.6, left_s: 61, verdict: "" };

test("times are said in the two largest units that they have", () => {
  const said = [0.4, 59.4, 60, 200, 3599, 3600, 7500, 86400].map(timeInWords);

  assert.deepEqual(said, ["0 s", "59 s", "1 min", "3 min 20 s", "59 min 59 s", "1 h", "2 h 5 min", "24 h"]);
});

test("progress is said in words, with what remains and how it ends", () => {
  assert.deepEqual(progressInWords(PROGRESS), {
    title: "Training, 60 %",
    details: "Step 1,200 of 2,000 · 1 min 30 s · about 1 min 1 s left",
    verdict: "",
  });
  const open = progressInWords({ ...PROGRESS, steps: null, share: null, left_s: null });
  assert.deepEqual(open, { title: "Training", details: "Step 1,200 · 1 min 30 s", verdict: "" });
  assert.equal(progressInWords({ ...PROGRESS, state: "waiting" }).title, "Waiting for the training");
  assert.match(progressInWords({ ...PROGRESS, state: "quiet", left_s: null }).details, /nothing was logged/);
  const ended = progressInWords({ ...PROGRESS, state: "ended", left_s: null, verdict: "new and varied" });
  assert.equal(ended.title, "The training has ended");
  assert.equal(ended.verdict, "new and varied");
});

test("curves leave out what is no number, and lie within their box", () => {
  const rows = [{ step: 0, a: 1 }, { step: 50, a: null }, { step: 100, a: 3 }, { step: 150, a: "x" }, { step: 200 }];
  const series = seriesOf(rows, "a");

  assert.deepEqual(series, [
    [0, 1],
    [100, 3],
  ]);
  assert.deepEqual(extentOf([series], [], -Infinity), [1, 3]);
  assert.deepEqual(extentOf([series], [0, 1], 0), [0, 3]);
  assert.deepEqual(extentOf([[[0, -9]], series], [0, 1], 0), [0, 3]);
  assert.deepEqual(extentOf([[[0, 2]]], [], -Infinity), [1.5, 2.5]);
  assert.equal(extentOf([[], []], [], 0), null);
  assert.deepEqual(pointsOf(series, [1, 3], 200, { x: 10, y: 20, width: 100, height: 50 }), [
    { x: 10, y: 70 },
    { x: 60, y: 20 },
  ]);
  assert.deepEqual(pointsOf([[0, -9]], [0, 1], 0, { x: 0, y: 0, width: 10, height: 10 }), [{ x: 0, y: 10 }]);
  assert.deepEqual([-1, 0, 99, 100, 500].map((step) => valueAt(series, step)), [null, 1, 1, 3, 3]);
});

test("new sounds come by themselves until somebody chooses among those that are shown", () => {
  const idle = { sounds: 64, decided: false, sounding: false, typing: false };

  assert.ok(mayReplace(idle));
  for (const what of ["decided", "sounding", "typing"]) assert.ok(!mayReplace({ ...idle, [what]: true }), what);
  assert.ok(mayReplace({ sounds: 0, decided: true, sounding: true, typing: true }));
});

test("the newest checkpoint is the one of the latest time, in more digits than a number has", () => {
  assert.equal(newestOf({}), null);
  assert.equal(newestOf({ last: "1700000000000000001", best: "1700000000000000002" }), "best");
  assert.equal(newestOf({ last: "1700000000000000003", best: "1700000000000000002" }), "last");
  assert.equal(newestOf({ best: "999", last: "1000" }), "last");
});

test("the scrub bar stays where it was put, and else follows the newest check", () => {
  assert.equal(placeOfCheck([10, 20, 30], null), 2);
  assert.equal(placeOfCheck([10, 20, 30], 20), 1);
  assert.equal(placeOfCheck([10, 30], 20), 1); // after a rollback
  assert.equal(placeOfCheck([], null), -1);
});

const sound = (seed, at) => {
  const place = { at: [at, 2], map: [0, 0], class: "", faults: [], novelty: 0.5, features: [0], nearest: null };
  return `{"address":{"seed":${seed}},"label":"${seed}",${JSON.stringify(place).slice(1)}`;
};
const page = (checkpoint, sounds, more = "") =>
  `{"kind":"loop","rate_hz":29412,"checkpoint_sha256":"${checkpoint}","sounds":[${sounds}],"known":[]${more}}`;

test("sounds of a later checkpoint take the place of those of before, and choices and the chosen seed stay", () => {
  const session = new Session(page("", "", ',"live":"/t/"'), new Uint8Array());
  const told = [];
  for (const name of ["replaced", "view", "choices"]) session.on(name, () => told.push(name));
  session.replace(page("old", `${sound(3, 0)},${sound(17, 2)}`, `,"samples":"${btoa("\x01\x02\x03\x04")}"`));
  session.choose(1, false);
  session.toggleStar(1);
  session.look({ like: 1 });
  assert.ok(session.decided);
  told.length = 0;

  session.replace(page("new", `${sound(17, 0)},${sound(9007199254740993n, 2)}`, `,"samples":"${btoa("abcd")}"`));

  assert.deepEqual(told, ["replaced", "view", "choices"]);
  assert.equal(session.sounds[session.chosen].label, "17");
  assert.deepEqual([...session.samplesOf(session.sounds[0])], [97, 98]);
  assert.equal(session.indexOf('{"seed":9007199254740993}'), 1);
  assert.ok(session.choices.of(session.sounds[0].key).star > 0);
  assert.deepEqual([session.decided, session.view.like, session.order], [false, null, [0, 1]]);
  assert.deepEqual([session.data.checkpoint_sha256, session.data.live], ["new", "/t/"]);

  session.replace(page("newer", sound(3, 0), ',"samples":""'));
  assert.equal(session.chosen, -1);
});
