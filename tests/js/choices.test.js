// What is starred, rejected and named: undo, merging with a store, and the file that `export --favourites` takes.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  addressKey,
  addressText,
  favouritesFile,
  parseWithSeeds,
} from "../../mirage_gan/pages/templates/audition/addresses.js";
import { Choices, changeOf, stepInWords } from "../../mirage_gan/pages/templates/audition/choices.js";
import { BrowserStore, changedText, heldText } from "../../mirage_gan/pages/templates/audition/stores.js";

const HOSTILE = [
  "<script>alert(1)</script>",
  '"seed": 99999999999999999',
  '\\","seed":7,"',
  "../../etc",
  "🎹",
  "\u202eolleh",
  "x".repeat(300),
];
const seed = (number) => ({ seed: String(number) });
const names = (choices) => choices.starred().map((entry) => [entry.address.seed, entry.name]);

test("a seed of 63 bits survives reading and writing", () => {
  const text = '{"seed": 9223372036854775807}';
  assert.equal(addressText(parseWithSeeds(text)), '{"seed":9223372036854775807}');
});

test("an address keeps its class or its mix of classes, whatever they are called", () => {
  for (const text of ['{"seed":17,"class":"b\\"s"}', '{"seed":17,"mix":{"seed":0.75,"pad":0.25}}'])
    assert.equal(addressText(parseWithSeeds(text)), text);
});

test("a name that looks like a seed stays a name", () => {
  for (const name of HOSTILE) {
    const read = parseWithSeeds(addressText(seed(17), name));
    assert.deepEqual(read, { seed: "17", name });
  }
});

test("neighbours and latents have keys of their own, whatever they are called", () => {
  const addresses = [
    { seed: "1" },
    { seed: "1", spread: 0.2, number: 1 },
    { seed: "1", spread: 0.2, number: 2 },
    { z: [0.5, 1e-7] },
  ];
  assert.equal(new Set(addresses.map(addressKey)).size, 4);
  assert.equal(addressKey({ ...addresses[1], name: "Bell" }), addressKey(addresses[1]));
});

test("the file of favourites has the form that export takes", () => {
  const choices = new Choices();
  choices.toggleStar(seed(17));
  HOSTILE.forEach((name, i) => choices.rename(seed(20 + i), name));
  const file = JSON.parse(favouritesFile("a run", "ab", choices.starred()));
  assert.deepEqual(
    { ...file, favourites: file.favourites.length },
    { format: 1, run: "a run", checkpoint_sha256: "ab", favourites: 1 + HOSTILE.length },
  );
  assert.deepEqual(file.favourites[0], { seed: 17 });
  assert.deepEqual(
    file.favourites.slice(1).map((entry) => entry.name),
    HOSTILE,
  );
});

test("stars are kept in the order in which they were given, and undo gives a star its place back", () => {
  const choices = new Choices();
  for (const number of [3, 1, 2]) choices.toggleStar(seed(number));
  choices.toggleStar(seed(3));
  assert.deepEqual(names(choices), [
    ["1", ""],
    ["2", ""],
  ]);
  choices.undo();
  assert.deepEqual(names(choices), [
    ["3", ""],
    ["1", ""],
    ["2", ""],
  ]);
});

test("everything can be undone and redone, and a new step ends what could be redone", () => {
  const choices = new Choices();
  const states = [heldText(choices)];
  for (const act of [
    (it) => it.toggleStar(seed(1)),
    (it) => it.rename(seed(1), "Bell"),
    (it) => it.toggleRejected(seed(1)),
    (it) => it.toggleRejected(seed(1)),
  ]) {
    act(choices);
    states.push(heldText(choices));
  }
  for (let i = 3; i >= 0; i--) {
    choices.undo();
    assert.equal(heldText(choices), states[i]);
  }
  assert.equal(choices.undo(), null);
  choices.redo();
  assert.equal(heldText(choices), states[1]);
  choices.toggleStar(seed(2));
  assert.equal(choices.redo(), null);
});

test("a star and a rejection exclude each other, and a name stars", () => {
  const choices = new Choices();
  choices.toggleRejected(seed(1));
  choices.rename(seed(1), "  Bell ");
  assert.deepEqual(names(choices), [["1", "Bell"]]);
  assert.deepEqual(choices.rejected(), []);
  choices.toggleRejected(seed(1));
  assert.deepEqual(names(choices), []);
  assert.equal(choices.rename(seed(2), " "), null);
});

test("the changes of all steps, made elsewhere, give the same choices", () => {
  const here = new Choices();
  let there = heldText(here);
  const acts = [
    () => here.toggleStar(seed(1)),
    () => here.toggleStar(seed(2)),
    () => here.rename(seed(2), "Bell"),
    () => here.toggleRejected(seed(1)),
    () => here.rename(seed(1), "Back"),
    () => here.toggleStar(seed(2)),
    () => here.undo(),
    () => here.undo(),
    () => here.redo(),
    () => here.rename(seed(1), ""),
  ];
  for (const act of acts) {
    const step = act();
    there = changedText(there, changeOf(step));
    const sorted = (text) => JSON.parse(text).favourites.sort((a, b) => a.seed - b.seed);
    assert.deepEqual(sorted(there), sorted(heldText(here)));
    assert.deepEqual(JSON.parse(there).rejected, JSON.parse(heldText(here)).rejected);
    assert.notEqual(stepInWords(step, "1"), "");
  }
});

test("what a store holds is taken over, but for what it does not know yet", () => {
  const choices = new Choices();
  choices.toggleStar(seed(1));
  choices.toggleStar(seed(2));
  choices.toggleStar(seed(2));
  const held = {
    favourites: [
      { seed: "2", name: "" },
      { seed: "3", name: "Theirs" },
    ],
    rejected: [{ seed: "4" }],
  };
  choices.adopt(held, new Set([addressKey(seed(1)), addressKey(seed(2))]));
  assert.deepEqual(names(choices), [
    ["1", ""],
    ["3", "Theirs"],
  ]);
  assert.equal(choices.rejected().length, 1);
  choices.adopt({ favourites: [], rejected: [] });
  assert.deepEqual(names(choices), []);
});

test("two pages of one run do not lose each other's stars in the browser's storage", async () => {
  const kept = new Map();
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text) };
  const pages = [0, 1].map(() => new BrowserStore(storage, "run", '{"favourites":[{"seed":9}],"rejected":[]}'));
  const choices = new Choices();
  await pages[0].send(changeOf(choices.toggleStar(seed(1))));
  const held = await pages[1].send(changeOf(choices.toggleStar(seed(2))));
  assert.deepEqual(
    held.favourites.map((entry) => entry.seed),
    ["9", "1", "2"],
  );
});

test("a browser that forbids storage, or whose storage is full or spoiled, keeps choices in memory", async () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("full");
    },
  };
  const spoiled = { getItem: () => "{", setItem: () => {} };
  for (const storage of [null, full, spoiled]) {
    const store = new BrowserStore(storage, "run", '{"favourites":[],"rejected":[]}');
    await store.send(changeOf(new Choices().toggleStar(seed(1))));
    assert.equal(store.lasting, storage === spoiled);
    if (storage !== spoiled)
      assert.deepEqual(
        (await store.load()).favourites.map((entry) => entry.seed),
        ["1"],
      );
  }
});
