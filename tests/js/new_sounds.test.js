// Sounds that the page makes are sounds of the page: by address, in the grid once kept, undone with all else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressKey } from "../../mirage_gan/pages/templates/audition/addresses.js";
import { Choices } from "../../mirage_gan/pages/templates/audition/choices.js";
import { NewSounds } from "../../mirage_gan/pages/templates/audition/new_sounds.js";
import { addressOf } from "../../mirage_gan/pages/templates/audition/places.js";
import { Session } from "../../mirage_gan/pages/templates/audition/session.js";

const SIZE = 4;
const SOUNDS = [0, 1].map((seed) => ({
  address: { seed },
  label: `${seed}`,
  class: "",
  faults: [],
  features: [seed],
  at: [seed, 1],
}));
const latent = (number) => Float32Array.of(number, 1, 0.1, -1 / 3);
const place = (number, mix = {}) => ({ latent: latent(number), mix });
const base64 = (...latents) => Buffer.concat(latents.map((each) => Buffer.from(each.buffer))).toString("base64");

/** Return the data of a page whose network is `network`. */
function textOf(network = { latent: SIZE, classes: [] }) {
  const data = { kind: "loop", rate_hz: 29412, sounds: SOUNDS, known: [], network };
  return JSON.stringify({ ...data, latents: network && base64(latent(7), latent(8)), samples: "AQI=" });
}

/** Open a page; `answers` says what its generator gives, and `log` keeps what was asked of it. */
function open(text = textOf(), answer = (asked) => ({ samples: Uint8Array.of(asked.latent[0]) })) {
  const session = new Session(text, Uint8Array.of(1, 2));
  const log = [];
  const makeGenerator = () => ({
    generate: async (asked, channel) => {
      log.push(channel);
      return answer(asked);
    },
    close: () => log.push("closed"),
  });
  return { session, log, sounds: new NewSounds(session, makeGenerator) };
}

/** A store that holds some addresses. */
const storeOf = (...addresses) => ({
  lasting: true,
  watch: () => {},
  load: async () => ({ favourites: addresses, rejected: [] }),
  send: async () => ({ favourites: addresses, rejected: [] }),
});

test("a made sound has its latent as its address, and the page finds it by that", async () => {
  const { session, log, sounds } = open();
  const index = await sounds.make(place(3), "roll");
  assert.equal(index, 2);
  assert.deepEqual(Float32Array.from(session.sounds[2].address.z), latent(3));
  assert.deepEqual(session.samplesOf(session.sounds[2]), Uint8Array.of(3));
  assert.match(session.nameOf(2), /^z-[0-9a-f]{8}$/);
  assert.equal(await sounds.make(place(3), "roll"), 2);
  assert.deepEqual(log, ["roll"]);
});

test("the page knows the places of its own sounds and of those that it made", async () => {
  const { sounds } = open();
  assert.deepEqual(sounds.placeOf(1), place(8));
  assert.deepEqual(sounds.placeOf(await sounds.make(place(3), "roll")), place(3));
  assert.equal(sounds.placeOf(-1), null);
});

test("the grid has a made sound as long as it is starred or rejected", async () => {
  const { session, sounds } = open();
  const index = await sounds.make(place(3), "roll");
  assert.deepEqual([session.order, session.count], [[0, 1], 2]);
  session.toggleStar(index);
  assert.deepEqual([session.order, session.count], [[0, 1, 2], 3]);
  session.undo();
  assert.deepEqual(session.order, [0, 1]);
  session.redo();
  assert.deepEqual(session.order, [0, 1, 2]);
  session.toggleRejected(index);
  assert.deepEqual(session.order, [0, 1, 2]);
});

test("sounds without known features come last in the order of likeness", async () => {
  const { session, sounds } = open();
  session.toggleStar(await sounds.make(place(3), "roll"));
  session.look({ like: 1 });
  assert.deepEqual(session.order, [1, 0, 2]);
});

test("what came too late is no sound of the page", async () => {
  const { session, sounds } = open(textOf(), () => null);
  assert.equal(await sounds.make(place(3), "roll"), -1);
  assert.equal(session.sounds.length, 2);
});

test("of made sounds those alone stay that are kept, chosen, heard, or new", async () => {
  const { session, sounds } = open();
  const [kept, chosen, heard, old] = [0, 1, 2, 3].map((number) => 10 + number);
  for (const number of [kept, chosen, heard, old]) await sounds.make(place(number), "roll");
  session.toggleStar(sounds.indexOf(place(kept)));
  session.choose(sounds.indexOf(place(chosen)));
  session.heard = { index: sounds.indexOf(place(heard)), known: false };
  for (let number = 100; number < 400; number++) await sounds.make(place(number), "roll");
  for (const number of [kept, chosen, heard, 399, 300]) {
    const index = sounds.indexOf(place(number));
    assert.deepEqual(session.samplesOf(session.sounds[index]), Uint8Array.of(number), `${number}`);
  }
  for (const number of [old, 100]) assert.equal(sounds.indexOf(place(number)), -1);
  assert.ok(session.sounds.length < 130);
  assert.equal(new Set(session.sounds.map((sound) => sound.key)).size, session.sounds.length);
});

test("what was kept before the page was loaded is made again, and what has a seed is not", async () => {
  const { session, log } = open();
  await session.connect(storeOf({ ...addressOf(place(5)), name: "Bell" }, { seed: "99" }));
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(session.order, [0, 1, 2]);
  assert.equal(session.nameOf(2), "Bell");
  assert.deepEqual(log, [addressKey(addressOf(place(5)))]);
});

test("a sound that cannot be made again is said once", async () => {
  const said = [];
  const { session } = open(textOf(), () => {
    throw new Error("out of memory");
  });
  session.on("said", (text) => said.push(text));
  await session.connect(storeOf(addressOf(place(5))));
  await new Promise((done) => setTimeout(done, 20));
  session.toggleStar(0);
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(said.filter((text) => text.includes("out of memory")).length, 1);
});

test("with the sounds of another checkpoint its network comes, and what was kept is made by it", async () => {
  const { session, log, sounds } = open();
  session.toggleStar(await sounds.make(place(3), "roll"));
  session.replace(textOf());
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(log, ["roll", "closed", addressKey(addressOf(place(3)))]);
  assert.deepEqual(session.order, [0, 1, 2]);
  session.replace(textOf(null));
  assert.equal(sounds.available, false);
  assert.deepEqual(session.order, [0, 1]);
});

test("steps of other kinds are taken back in their turn", () => {
  const choices = new Choices();
  choices.toggleStar({ seed: "1" });
  choices.remember({ before: "a", after: "b", words: "a roll" });
  choices.toggleStar({ seed: "2" });
  assert.equal(choices.undo().address.seed, "2");
  assert.deepEqual(choices.undo().after, "a");
  assert.equal(choices.starred().length, 1);
  assert.equal(choices.redo().after, "b");
  choices.remember({ before: "b", after: "c", words: "a roll" });
  assert.equal(choices.undone.length, 0);
});

test("steps that go on are one step, from the first to the last", () => {
  const choices = new Choices();
  for (const [before, after] of ["ab", "bc", "cd"]) choices.remember({ before, after, words: "", merge: "pad keys" });
  choices.remember({ before: "d", after: "e", words: "", merge: "" });
  choices.remember({ before: "e", after: "f", words: "", merge: "" });
  assert.deepEqual([choices.undo().after, choices.undo().after, choices.undo().after], ["e", "d", "a"]);
  assert.equal(choices.undo(), null);
  assert.equal(choices.redo().after, "d");
});

test("the page's undo tells who made a step, and says what it was", () => {
  const { session } = open();
  const told = [];
  session.on("retraced", (scene) => told.push(scene));
  session.on("said", (text) => told.push(text));
  session.remember({ before: "a", after: "b", words: "a roll" });
  session.undo();
  session.redo();
  session.redo();
  assert.deepEqual(told, ["a", "Undone: a roll", "b", "Redone: a roll", "There is nothing to take back"]);
});

test("where a network knows classes, what is drawn has one, and a sound is one by its latent and its class", async () => {
  const { sounds, session } = open(textOf({ latent: SIZE, classes: [["bass", 3], ["pad", 0]] }));
  assert.deepEqual(sounds.draw().mix, { bass: 1 });
  assert.deepEqual(sounds.draw("pad").mix, { pad: 1 });
  const bass = await sounds.make(place(3, { bass: 1 }), "roll");
  const pad = await sounds.make(place(3, { pad: 1 }), "roll");
  assert.notEqual(bass, pad);
  assert.equal(sounds.indexOf(place(3, { pad: 1 })), pad);
  assert.match(session.nameOf(pad), /-pad$/);
  assert.deepEqual(sounds.placeOf(pad), place(3, { pad: 1 }));
});
