/**
 * The digital part of the Ensoniq Mirage: what its sound chip sends to the converter, byte for byte as the package's
 * mirage/tuning.py, segments.py and playback.py have it. A test compares the two.
 *
 * Sources are the sections of docs/mirage.md. What follows the chip is in mirage_voice.js.
 */
import { cycleOf, harmonicsOf } from "./harmonics.js";

/** Ticks a second (section 1.3). */
export const CHIP_RATE_HZ = 8_000_000 / 8 / 34;

/** Memory is divided into pages (section 1.1). */
export const CHIP_PAGE_BYTES = 256;

/** The byte of silence, and the one that halts an oscillator (section 1.2). */
export const CHIP_CENTER = 0x80;
export const CHIP_STOP = 0x00;

/** A frequency word F advances an oscillator by F / 512 samples a tick (section 1.3). */
export const CHIP_WORDS_A_SAMPLE = 512;

/** The key that plays a one-shot at its own speed, on our disks and everywhere in the page. */
export const ONE_SHOT_NOTE = 60;

const BANK_PAGES = 256;
const MARKER_BYTES = 16; // of a stop marker (section 3.6)
const LARGEST_TABLE = 7; // size code: a table has 2 ** code pages (section 1.3)
const FINE_END = 0xff; // of a loop that ends with the last byte of a page

/**
 * @typedef {object} Half one half of the keyboard
 * @property {"lower"|"upper"} name
 * @property {number} lowest its lowest note in the usual split (section 3.3)
 * @property {number} highest its highest note
 * @property {number} octavesDown how much lower it plays the same tuning (section 4)
 * @property {number[]} loopPages the lengths of a cycle that play well (3.7) and that it can tune: four pages would
 *   need a coarse tuning of 8 on the upper half
 */
export const LOWER_HALF = { name: "lower", lowest: 36, highest: 66, octavesDown: 0, loopPages: [1, 2, 4] };
export const UPPER_HALF = { name: "upper", lowest: 67, highest: 96, octavesDown: 2, loopPages: [1, 2] };

/** Return the half that has a key for a MIDI note; null if the machine has no such key. */
export function halfOf(note) {
  return [LOWER_HALF, UPPER_HALF].find((half) => note >= half.lowest && note <= half.highest) ?? null;
}

// The arithmetic of OS 3.2 (section 4): semitones in 1/256 octaves, the offset of a pitch, master tune as on real
// disks, and the word at the bottom of octave 10, which is shifted right once for each octave below.
const SEMITONES = Array.from({ length: 12 }, (_, i) => Math.round((256 * i) / 12));
const PITCH_OFFSET = -945;
const MASTER_TUNE = 50;
const TOP_WORD = 18705;
const TOP_OCTAVE = 10;

/** Return the frequency word that the OS writes to the chip for a key (section 4). */
export function frequencyWord(note, coarse, fine, half) {
  const key = note - 12 * half.octavesDown;
  const total = 256 * Math.floor(key / 12) + SEMITONES[((key % 12) + 12) % 12] + PITCH_OFFSET;
  const tuned = total + 256 * coarse + fine + MASTER_TUNE;
  const octave = Math.floor(tuned / 256);
  return Math.round(TOP_WORD * 2 ** ((tuned - 256 * octave) / 256)) >> Math.max(0, TOP_OCTAVE - octave);
}

/** Return the tuning, [coarse, fine], with which the key of `note` plays a sample at its own rate (section 4). */
export function tuningOf(rateHz, note, half) {
  const log2Rate =
    Math.log2((CHIP_RATE_HZ / CHIP_WORDS_A_SAMPLE) * TOP_WORD) - TOP_OCTAVE + (PITCH_OFFSET + MASTER_TUNE) / 256;
  const steps = Math.round(256 * (Math.log2(rateHz) - log2Rate - note / 12 + half.octavesDown));
  if (!(steps >= 0 && steps < 8 * 256)) throw new RangeError(`The Mirage cannot tune a sound of ${rateHz} Hz.`);
  return [Math.floor(steps / 256), steps % 256];
}

/**
 * Cover pages `start` to `end`, each time by the largest table that may start at the next page: it starts at a multiple
 * of its length. With `wholeFirst` the first table is halved until it does not extend past `end`; later ones may.
 */
function tablesOver(start, end, wholeFirst = false) {
  const tables = [];
  for (let page = start; !tables.length || page <= end; page += tables.at(-1).pages) {
    let code = page ? Math.min(LARGEST_TABLE, 31 - Math.clz32(page & -page)) : LARGEST_TABLE;
    while (wholeFirst && !tables.length && code && page + (1 << code) - 1 > end) code -= 1;
    tables.push({ page, pages: 1 << code });
  }
  return tables;
}

/**
 * Return the chain of tables that plays a wavesample (section 3.5).
 *
 * @param {number} start first page
 * @param {number} end last page, inclusive
 * @param {?{start: number, end: number, fine: number}} loop its pages, and its last byte in the last one
 * @returns {{tables: {page: number, pages: number}[], loop: ?number, freeRun: boolean}} `loop` is the index of the
 *   loop's first table; a free-run loop repeats by itself, without interrupts.
 */
export function tableChain(start, end, loop = null) {
  if (!loop) return { tables: tablesOver(start, end), loop: null, freeRun: false };
  const attack = start === loop.start ? [] : tablesOver(start, loop.end);
  const around = tablesOver(loop.start, loop.end, true);
  // the OS clears the flag of a loop that ends on the wavesample's last page (section 3.6)
  const freeRun = around.length === 1 && loop.fine === FINE_END && loop.end !== end;
  return { tables: [...attack, ...around], loop: attack.length, freeRun };
}

/** An oscillator of the chip: each tick adds the word to an accumulator, and nothing is interpolated (section 1.3). */
export class ChipOscillator {
  /**
   * @param {Uint8Array} memory the half's sample memory, from page 0 on; what lies after it is silence
   * @param {ReturnType<typeof tableChain>} chain
   * @param {number} word
   */
  constructor(memory, chain, word) {
    Object.assign(this, { memory, chain, word, number: 0, accumulator: 0, ended: false });
  }

  /** Return the byte of the next tick: 0x80 after the sound has ended. */
  next() {
    // if every table of the chain in turn yields no sample, the loop is silent for good
    for (let tried = 0; tried <= this.chain.tables.length && !this.ended; tried++) {
      const byte = this.fetch();
      if (byte !== CHIP_STOP) return byte;
      this.leaveTable();
    }
    this.ended = true;
    return CHIP_CENTER;
  }

  /** Return the byte at the accumulator and add the word to it; the stop code at the end of the table too. */
  fetch() {
    const table = this.chain.tables[this.number];
    const end = table.pages * CHIP_PAGE_BYTES * CHIP_WORDS_A_SAMPLE;
    if (this.accumulator >= end) {
      if (!this.chain.freeRun || this.number !== this.chain.loop) return CHIP_STOP;
      this.accumulator %= end;
    }
    const place = table.page * CHIP_PAGE_BYTES + Math.floor(this.accumulator / CHIP_WORDS_A_SAMPLE);
    this.accumulator += this.word;
    return place < this.memory.length ? this.memory[place] : CHIP_CENTER;
  }

  /** Go to the first byte of the next table, or end; a stop code in a free-run loop ends it. */
  leaveTable() {
    const { tables, loop, freeRun } = this.chain;
    this.ended = freeRun && this.number === loop;
    this.accumulator = 0;
    this.number += 1;
    if (this.number < tables.length) return;
    if (loop === null) this.ended = true;
    else this.number = loop;
  }
}

/** Return a one-shot from page 0 on: its audio, silence, and the stop marker at the end of its last page (3.6). */
function layOutOnce(samples) {
  const audio = samples.subarray(0, BANK_PAGES * CHIP_PAGE_BYTES - MARKER_BYTES); // a bank holds no more
  // the least is two pages, because a wavesample must not end on the page where it starts
  const pages = Math.max(2, Math.ceil((audio.length + MARKER_BYTES) / CHIP_PAGE_BYTES));
  const memory = new Uint8Array(pages * CHIP_PAGE_BYTES).fill(CHIP_CENTER);
  memory.set(audio.map((byte) => Math.max(1, byte))); // as the OS does (section 1.2)
  memory.fill(CHIP_STOP, -MARKER_BYTES);
  return { memory, chain: tableChain(0, pages - 1) };
}

/** Return a cycle of a loop as bytes on one of so many pages; one of another length is resampled to the nearest. */
export function cycleOnPages(samples, pages) {
  const nearest = pages.map((count) => count * CHIP_PAGE_BYTES).reduce((best, length) => {
    const off = (bytes) => Math.abs(Math.log(bytes / samples.length)); // by ratio, because pitch is logarithmic
    return off(length) < off(best) ? length : best;
  });
  if (samples.length === nearest) return samples.map((byte) => Math.max(1, byte));
  const cycle = cycleOf(harmonicsOf(samples), nearest);
  const peak = cycle.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  return Uint8Array.from(cycle, (value) => CHIP_CENTER + Math.round((127 * value) / peak));
}

/** Return a loop from page 0 on; its stop marker is on a spare page, which the chip never reaches (section 3.6). */
function layOutLoop(samples, half) {
  const memory = cycleOnPages(samples, half.loopPages);
  const last = memory.length / CHIP_PAGE_BYTES - 1;
  return { memory, chain: tableChain(0, last + 1, { start: 0, end: last, fine: FINE_END }) };
}

/**
 * Return what a key plays of a sound, tuned as on our disks: a loop in tune over all keys; a one-shot at its own speed
 * on `ONE_SHOT_NOTE`, unless it comes with a tuning of its own.
 *
 * @param {object} sound
 * @param {Uint8Array} sound.samples
 * @param {"loop"|"one-shot"} sound.kind
 * @param {number} sound.rateHz
 * @param {?{lower: number[], upper: number[]}} sound.tuning coarse and fine on each half, as a disk has them
 * @param {number} note MIDI note
 * @returns {?{memory: Uint8Array, chain: object, word: number}} null if the machine has no such key
 * @throws {RangeError} if the machine cannot be tuned to the sound's rate
 */
export function chipNote(sound, note) {
  const half = halfOf(note);
  if (!half) return null;
  const isLoop = sound.kind === "loop";
  const { memory, chain } = isLoop ? layOutLoop(sound.samples, half) : layOutOnce(sound.samples);
  const own = isLoop ? [440 * memory.length, 69] : [sound.rateHz, ONE_SHOT_NOTE]; // the rate of a key, and that key
  const [coarse, fine] = sound.tuning?.[half.name] ?? tuningOf(...own, half);
  return { memory, chain, word: frequencyWord(note, coarse, fine, half) };
}
