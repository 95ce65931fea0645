// Runs networks of Python's on its latents, and prints how far the waves and samples are from Python's.
//
// The file is JSON, a list of {network, cases: [{z, wave, samples}]}, with samples in base64; for each there is a line of
// JSON: {wave, samples, equal}, the largest difference of a wave's numbers, the largest of samples, which is null if a
// sound has another length, and how many sounds are the same byte for byte. `tests/e2e/test_page_network.py` makes it.

import { readFileSync } from "node:fs";

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
  const found = { wave: 0, samples: 0, equal: 0 };
  for (const { z, wave, samples } of cases) {
    const expected = new Uint8Array(Buffer.from(samples, "base64"));
    const made = finished(program.run(z));
    found.wave = Math.max(found.wave, apart(wave, program.arrays[program.wave]));
    const off = made.length === expected.length ? apart(expected, made) : Infinity; // which is null in JSON
    found.samples = Math.max(found.samples, off);
    found.equal += off === 0;
  }
  console.log(JSON.stringify(found));
}
