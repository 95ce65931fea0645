// The generator of a page's network: turns, channels, errors and its end, on the page's own thread, as node has no Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeGenerator } from "../../mirage_gan/pages/templates/audition/generator.js";

const LATENT = 8;
const TUNING = { lower: [4, 126], upper: [6, 126] };

/** Return a network whose wave is the latent itself, after some operations. */
function network(operations = [{ op: "sin", in: [0], size: LATENT }], classes = []) {
  const program = { operations, wave: operations.length, sound: { how: "cycle", samples: 16 } };
  const sound = { rate_hz: 29_412, hz: 1838.24, tuning: TUNING };
  return { latent: LATENT, classes, program, weights: "", sound, directions: [] };
}

const latent = (seed) => Float32Array.from({ length: LATENT }, (_, i) => Math.sin(seed + i * i));
const place = (seed, mix = {}) => ({ latent: latent(seed), mix });

test("a latent is a sound with the fields of the page's others", async () => {
  const generator = makeGenerator(network());
  const sound = await generator.generate(place(1));
  assert.equal(sound.samples.constructor, Uint8Array);
  assert.deepEqual(sound.at, [0, 16]);
  assert.deepEqual(sound.tuning, TUNING);
  assert.equal(sound.hz, 1838.24);
  assert.equal(sound.seconds, 16 / 29_412);
  assert.ok(sound.brightness >= 29_412 / 16 && sound.brightness < 29_412 / 2);
  assert.ok(sound.noisiness >= 0 && sound.noisiness <= 1);
  assert.equal(Math.max(...sound.samples.map((byte) => Math.abs(byte - 128))), 127);
  assert.deepEqual(Float32Array.from(JSON.parse(JSON.stringify(sound.address.z))), latent(1));
});

test("a latent is the same sound each time, whatever was made before", async () => {
  const generator = makeGenerator(network());
  const first = await generator.generate(place(1));
  const other = await generator.generate(place(2));
  assert.deepEqual((await generator.generate(place(1))).samples, first.samples);
  assert.notDeepEqual(other.samples, first.samples);
});

test("of what waits on a channel only the newest is made, and other channels are left alone", async () => {
  const generator = makeGenerator(network());
  const asked = [1, 2, 3, 4].map((seed) => generator.generate(place(seed), "pad"));
  const roll = generator.generate(place(5), "roll");
  const made = await Promise.all([...asked, roll]);
  assert.deepEqual(
    made.map((sound) => sound !== null),
    [true, false, false, true, true],
  );
  assert.deepEqual(made[3].address.z, Array.from(latent(4)));
});

test("what cannot be computed rejects, and what follows is made", async () => {
  const generator = makeGenerator(network([{ op: "sin", in: [0], size: LATENT }]));
  await assert.rejects(generator.generate({ latent: new Float32Array(3), mix: {} }), /8 numbers, and this one has 3/);
  await assert.rejects(generator.generate({ latent: latent(1).fill(NaN), mix: {} }), /not finite/);
  assert.ok(await generator.generate(place(1)));
  await assert.rejects(makeGenerator(network([{ op: "sine", in: [0], size: LATENT }])).generate(place(1)), /sine/);
});

test("a closed generator makes nothing more, and what waited is null", async () => {
  const generator = makeGenerator(network());
  const first = generator.generate(place(1));
  const second = generator.generate(place(2));
  generator.close();
  assert.equal(await second, null);
  assert.equal(await first, null);
  await assert.rejects(generator.generate(place(3)), /closed/);
});

test("a sound is of the classes of its place, and a place without classes is refused where there are some", async () => {
  const strided = { op: "strided", in: [0], size: LATENT, shape: [LATENT], strides: [1], first: 2 };
  const generator = makeGenerator(network([strided], [["bass", 3], ["pad", 1]]));
  const one = await generator.generate(place(1, { bass: 1 }));
  const other = await generator.generate(place(1, { bass: 0.5, pad: 0.5 }));
  assert.notDeepEqual(one.samples, other.samples);
  assert.deepEqual([one.class, other.class], ["bass", ""]);
  assert.deepEqual([one.address.class, other.address.mix], ["bass", { bass: 0.5, pad: 0.5 }]);
  await assert.rejects(generator.generate(place(1)), /says no class/);
});
