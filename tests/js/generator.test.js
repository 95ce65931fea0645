// The generator of a page's network: turns, channels, errors and its end, on the page's own thread, as node has no Worker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeGenerator } from "../../mirage_gan/pages/templates/audition/generator.js";

const LATENT = 8;
const TUNING = { lower: [4, 126], upper: [6, 126] };

/** Return a network whose wave is the latent itself, after some operations. */
function network(operations = [{ op: "sin", in: [0], size: LATENT }]) {
  const program = { operations, wave: operations.length, sound: { how: "cycle", samples: 16 } };
  const sound = { rate_hz: 29_412, hz: 1838.24, tuning: TUNING };
  return { latent: LATENT, program, weights: "", sound, directions: [] };
}

const latent = (seed) => Float32Array.from({ length: LATENT }, (_, i) => Math.sin(seed + i * i));

test("a latent is a sound with the fields of the page's others", async () => {
  const generator = makeGenerator(network());
  const sound = await generator.generate(latent(1));
  assert.equal(generator.latent, LATENT);
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
  const first = await generator.generate(latent(1));
  const other = await generator.generate(latent(2));
  assert.deepEqual((await generator.generate(latent(1))).samples, first.samples);
  assert.notDeepEqual(other.samples, first.samples);
});

test("of what waits on a channel only the newest is made, and other channels are left alone", async () => {
  const generator = makeGenerator(network());
  const asked = [1, 2, 3, 4].map((seed) => generator.generate(latent(seed), "pad"));
  const roll = generator.generate(latent(5), "roll");
  const made = await Promise.all([...asked, roll]);
  assert.deepEqual(
    made.map((sound) => sound !== null),
    [true, false, false, true, true],
  );
  assert.deepEqual(made[3].address.z, Array.from(latent(4)));
});

test("what cannot be computed rejects, and what follows is made", async () => {
  const generator = makeGenerator(network([{ op: "sin", in: [0], size: LATENT }]));
  await assert.rejects(generator.generate(new Float32Array(3)), /8 numbers, and this one has 3/);
  await assert.rejects(generator.generate(latent(1).fill(NaN)), /not finite/);
  assert.ok(await generator.generate(latent(1)));
  await assert.rejects(makeGenerator(network([{ op: "sine", in: [0], size: LATENT }])).generate(latent(1)), /sine/);
});

test("a closed generator makes nothing more, and what waited is null", async () => {
  const generator = makeGenerator(network());
  const first = generator.generate(latent(1));
  const second = generator.generate(latent(2));
  generator.close();
  assert.equal(await second, null);
  assert.equal(await first, null);
  await assert.rejects(generator.generate(latent(3)), /closed/);
});
