// Runs networks of Python's on its latents, and prints how far the waves and samples are from Python's.
//
// The file is JSON, a list of {network, cases: [{place, wave, samples, center, noisiness}]}, with samples in base64; for each
// there is a line of JSON: {wave, samples, equal, center, noisiness}, the largest difference of a wave's numbers, the
// largest of samples, which is null if a sound has another length, how many sounds are the same byte for byte, and the
// largest differences of the figures, relative to the center. `tests/e2e/test_page_network.py` makes it.

import { readFileSync } from "node:fs";

import { givenBy } from "../../mirage_gan/pages/templates/audition/places.js";
import { Program } from "../../mirage_gan/pages/templates/audition/program.js";

/** Run all steps of an iterator, and return its result. */
export function finished(steps) {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

const apart = (one, other) => one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);

for (const { network, cases } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const program = new Program(network);
  const found = { wave: 0, samples: 0, equal: 0, center: 0, noisiness: 0 };
  for (const { place, wave, samples, center, noisiness } of cases) {
    const expected = new Uint8Array(Buffer.from(samples, "base64"));
    const sound = finished(program.run(givenBy(place, network.classes)));
    const made = sound.samples;
    found.wave = Math.max(found.wave, apart(wave, program.arrays[program.wave]));
    const off = made.length === expected.length ? apart(expected, made) : Infinity; // which is null in JSON
    found.samples = Math.max(found.samples, off);
    found.equal += off === 0;
    found.center = Math.max(found.center, Math.abs(sound.center / center - 1));
    found.noisiness = Math.max(found.noisiness, Math.abs(sound.noisiness - noisiness));
  }
  console.log(JSON.stringify(found));
}
