// Places of sounds among latents and classes: their addresses, their names, and the ways between them.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as places from "../../mirage_gan/pages/templates/audition/places.js";

const { addressOf, classOf, drawClass, givenBy, labelOf, placeAmongFour, placeOfAddress } = places;
const CLASSES = [["bass", 30], ["pad", 10]];

const latent = (seed) => Float32Array.from({ length: 64 }, (_, i) => Math.sin(seed + 1.7 * i * i));
const place = (seed, mix = {}) => ({ latent: latent(seed), mix });

test("an address keeps every number and the classes exactly, through JSON", () => {
  for (const mix of [{}, { bass: 1 }, { pad: 0.7, bass: 0.3 }]) {
    const again = placeOfAddress(JSON.parse(JSON.stringify(addressOf(place(1, mix)))));
    assert.deepEqual(again, place(1, mix));
  }
  assert.equal(addressOf(place(1, { bass: 1 })).class, "bass");
  assert.deepEqual(addressOf(place(1, { pad: 0.7, bass: 0.3 })).mix, { pad: 0.7, bass: 0.3 });
  assert.deepEqual(Object.keys(addressOf(place(1))), ["z"]);
});

test("the address of a seed is a place if its latent is known", () => {
  assert.deepEqual(placeOfAddress({ seed: "3", class: "bass" }, latent(2)), place(2, { bass: 1 }));
  assert.equal(placeOfAddress({ seed: "3" }).latent, null);
});

test("a network is given the latent, and the share of each class in the order of the network", () => {
  assert.deepEqual(givenBy(place(1), []), latent(1));
  assert.deepEqual([...givenBy(place(1, { pad: 0.75, bass: 0.25 }), CLASSES).subarray(64)], [0.25, 0.75]);
  assert.deepEqual([...givenBy(place(1, { pad: 1 }), CLASSES).subarray(64)], [0, 1]);
  assert.throws(() => givenBy(place(1), CLASSES), /says no class/);
  assert.throws(() => givenBy(place(1, { drum: 1 }), CLASSES), /knows no class drum/);
});

test("classes are drawn as often as they were learned", () => {
  const drawn = Array.from({ length: 100 }, (_, i) => drawClass(CLASSES, () => i / 100));
  assert.equal(drawn.filter((name) => name === "bass").length, 75);
  assert.equal(drawClass(CLASSES, () => 1), "pad"); // by rounding
});

test("a place between four has as much of their classes as is near, all of them one", () => {
  const four = [place(1, { bass: 1 }), place(2, { pad: 1 }), place(3, { pad: 0.5, bass: 0.5 }), place(4, { drum: 1 })];
  assert.deepEqual(placeAmongFour(four, [0.5, 0.5]).mix, { bass: 0.38, pad: 0.37, drum: 0.25 });
  for (let x = 0; x <= 1; x += 0.07) {
    const { mix } = placeAmongFour(four, [x, 0.3]);
    assert.equal(Math.round(1e9 * Object.values(mix).reduce((sum, share) => sum + share, 0)), 1e9);
  }
  assert.deepEqual(placeAmongFour(four, [0.001, 0]).mix, { bass: 1 });
  assert.equal(placeAmongFour(four, [0, 1]), four[2]); // the sound of a corner itself
  assert.deepEqual(placeAmongFour([1, 2, 3, 4].map((seed) => place(seed)), [0.5, 0.5]).mix, {});
});

test("a class of any name has its share", () => {
  const strange = placeAmongFour([1, 2, 3, 4].map((seed) => placeOfAddress({ z: [seed], class: "__proto__" })), [0.5, 0.5]);
  assert.deepEqual([...givenBy(strange, [["__proto__", 1]])].slice(1), [1]);
});

test("a sound is called as Python calls it", async () => {
  const zero = new Float32Array(64);
  assert.equal(await labelOf({ latent: zero, mix: {} }), "z-5341e6b2"); // as in the docstring of Address
  assert.equal(await labelOf({ latent: zero.fill(-0), mix: {} }), "z-5341e6b2");
  assert.equal(await labelOf({ latent: zero, mix: { bass: 1 } }), "z-5341e6b2-bass");
  assert.equal(await labelOf({ latent: zero, mix: { pad: 0.7, bass: 0.3 } }), "z-5341e6b2-pad0.7-bass0.3");
  assert.equal(await labelOf({ latent: zero, mix: { a: 0.25, b: 0.25, c: 0.25, d: 0.25 } }), "z-5341e6b2-mix");
});

test("a place has a class if it has one alone", () => {
  assert.deepEqual([{}, { bass: 1 }, { bass: 0.5, pad: 0.5 }].map((mix) => classOf({ mix })), ["", "bass", ""]);
});
