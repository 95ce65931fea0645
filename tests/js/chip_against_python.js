// Plays what a file of Python's asks for, and writes each first difference to what Python played; last, how many were
// compared.
//
// The file is JSON: {words: [[note, coarse, fine, half, word]], notes: [{sound, note, expected}], chains: [{memory,
// start, end, loop, word, expected}], cycles: [{samples, expected}]}, with bytes in base64. The last are loops of four
// pages and what a disk has of them on its upper half; these may differ by two steps, since a disk's are computed of
// the wave and ours of its bytes. `tests/e2e/test_javascript.py` makes it.

import { readFileSync } from "node:fs";

import { ChipOscillator, LOWER_HALF, UPPER_HALF, chipNote, cycleOnPages, frequencyWord, tableChain } from "../../mirage_gan/pages/templates/audition/mirage_chip.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const fixtures = JSON.parse(readFileSync(process.argv[2], "utf8"));

function compare(what, { memory, chain, word }, expected) {
  const oscillator = new ChipOscillator(memory, chain, word);
  const found = expected.map(() => oscillator.next());
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) console.log(`${what}: tick ${at} is ${found[at]}, expected ${expected[at]}`);
}

for (const [note, coarse, fine, half, word] of fixtures.words) {
  const found = frequencyWord(note, coarse, fine, half === "lower" ? LOWER_HALF : UPPER_HALF);
  if (found !== word) console.log(`note ${note}, ${coarse}/${fine}, ${half}: word ${found}, expected ${word}`);
}
for (const { sound, note, expected } of fixtures.notes) {
  const played = chipNote({ ...sound, samples: bytes(sound.samples) }, note);
  compare(`${sound.kind} of ${sound.samples.length} characters, note ${note}`, played, bytes(expected));
}
for (const { memory, start, end, loop, word, expected } of fixtures.chains) {
  const chain = tableChain(start, end, loop);
  compare(`pages ${start} to ${end}, loop ${JSON.stringify(loop)}, word ${word}`, { memory: bytes(memory), chain, word }, bytes(expected));
}
for (const { samples, expected } of fixtures.cycles) {
  const wanted = bytes(expected);
  const found = cycleOnPages(bytes(samples), UPPER_HALF.loopPages);
  const off = Math.max(...wanted.map((byte, i) => Math.abs(byte - found[i])));
  if (!(found.length === wanted.length && off <= 2)) console.log(`a cycle of ${found.length} bytes is ${off} steps off`);
}
console.log(`${fixtures.words.length} words, ${fixtures.notes.length} notes, ${fixtures.chains.length} chains compared`);
