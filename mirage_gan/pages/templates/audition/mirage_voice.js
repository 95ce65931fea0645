/**
 * A note as the Mirage plays it: the chip's bytes, times its linear 8-bit volume (docs/mirage.md, section 1.3), held by
 * the converter until the next tick, and then, AN APPROXIMATION, its filter and its envelope.
 *
 * The source of this module's functions is also the audio worklet's, so they use no names but each other's and those
 * that `voiceWorkletSource` lists.
 */
import { CHIP_CENTER, CHIP_PAGE_BYTES, CHIP_RATE_HZ, CHIP_STOP, CHIP_WORDS_A_SAMPLE, ChipOscillator } from "./mirage_chip.js";

/** The filter as it is unless somebody turns it: a decibel down at 15 kHz, the machine's usable bandwidth (1.4). */
export const OPEN_FILTER = { cutoffHz: 40_000, resonance: 0 };

/** The highest value of the chip's volume register (section 1.3). */
export const HIGHEST_VOLUME = 255;

/** After a sound has ended, the filter may ring for as long. */
export const RINGING_SECONDS = 0.05;

const BLOCK = 128; // samples that are rendered at once, as in the audio worklet

/**
 * Return the level of an envelope, 0 to 1.
 *
 * An approximation of the Mirage's: no source gives its times in seconds (section 10), and its steps are straight here.
 *
 * @param {{attack: number, decay: number, sustain: number, release: number}} envelope seconds; sustain is a level
 * @param {number} seconds since the key was struck
 * @param {number} released when the key was released, in seconds since it was struck
 */
export function envelopeLevel({ attack, decay, sustain, release }, seconds, released = Infinity) {
  const held = Math.min(seconds, released);
  let level = sustain;
  if (held < attack) level = held / attack;
  else if (held - attack < decay) level = 1 - ((1 - sustain) * (held - attack)) / decay;
  if (seconds <= released) return level;
  return seconds - released < release ? level * (1 - (seconds - released) / release) : 0;
}

/**
 * Four low-pass stages in a row with feedback around them, as in the machine's CEM3328 (section 1.3).
 *
 * An approximation: linear, and which hertz its settings mean is unknown (section 10). Source of the form without a
 * delay in the feedback: V. Zavalishin, The Art of VA Filter Design, chapter on the ladder filter.
 */
export class FourPoleFilter {
  /** @param {number} resonance 0 to 1; at 1 it would whistle by itself, so it stays below */
  constructor({ cutoffHz, resonance }, rateHz) {
    const warped = Math.tan(Math.PI * Math.min(cutoffHz / rateHz, 0.45));
    this.gain = warped / (1 + warped); // of one stage, for what comes in at the same instant
    this.feedback = 4 * Math.min(resonance, 0.98);
    this.through = this.gain ** 4; // of all four
    this.states = new Float64Array(4);
  }

  /** Return the next sample of the output. */
  next(input) {
    const { gain, feedback, through, states } = this;
    let stored = 0; // what the stages hold, as it reaches the output
    for (let i = 0; i < 4; i++) stored = stored * gain + states[i] * (1 - gain);
    let signal = (input - feedback * stored) / (1 + feedback * through);
    for (let i = 0; i < 4; i++) {
      const change = (signal - states[i]) * gain;
      signal = states[i] + change;
      states[i] = signal + change;
    }
    return signal;
  }
}

/** One note, from the strike of its key to the end of its sound. */
export class MirageVoice {
  /**
   * @param {object} note
   * @param {Uint8Array} note.memory with `chain` and `word`, as `chipNote` gives them
   * @param {number} note.level 0 to 1, by the velocity
   * @param {object} note.envelope as `envelopeLevel` takes it
   * @param {{cutoffHz: number, resonance: number}} note.filter
   * @param {number} rateHz of the output
   */
  constructor({ memory, chain, word, level, envelope, filter }, rateHz) {
    this.oscillator = new ChipOscillator(memory, chain, word);
    this.filter = new FourPoleFilter(filter, rateHz);
    Object.assign(this, { level, envelope, ticksASample: CHIP_RATE_HZ / rateHz });
    this.ringing = RINGING_SECONDS * rateHz; // samples that are left after the sound's end
    this.struck = false;
    this.released = Infinity; // in seconds since the key was struck
    this.ticks = 0;
    this.phase = 0; // the next tick is due when it falls below zero
    this.output = 0; // of the converter, -1 to 1
  }

  /** Return whether nothing is to be heard any more. */
  get ended() {
    return this.ringing <= 0;
  }

  /** Return the converter's output of the next tick: its 255 steps to either side times the volume's 255. */
  tick() {
    const seconds = this.ticks / CHIP_RATE_HZ;
    const volume = Math.round(HIGHEST_VOLUME * this.level * envelopeLevel(this.envelope, seconds, this.released));
    this.ticks += 1;
    const steps = (this.oscillator.next() - CHIP_CENTER) * volume;
    this.silent = this.oscillator.ended || (volume === 0 && seconds > this.released);
    return steps / (127 * HIGHEST_VOLUME);
  }

  /**
   * Fill a block with the output; a sample between two ticks is what the converter holds, and nothing is interpolated.
   *
   * @param {Float32Array} block
   * @param {ArrayLike<number>} gate for each sample, or for all: 1 while the key is down, 0 before and after it,
   *   -1 to end at once
   */
  fill(block, gate) {
    for (let i = 0; i < block.length; i++) {
      const key = gate[gate.length > 1 ? i : 0];
      this.struck ||= key > 0;
      if (key < 0) this.ringing = 0;
      if (!this.struck || this.ended) block[i] = 0;
      else {
        if (key <= 0) this.released = Math.min(this.released, this.ticks / CHIP_RATE_HZ);
        block[i] = this.next();
      }
    }
  }

  next() {
    for (this.phase -= this.ticksASample; this.phase < 0; this.phase += 1) this.output = this.tick();
    if (this.silent) this.ringing -= 1;
    return this.filter.next(this.output);
  }
}

/**
 * Render a note whose key stays down, for where there are no worklets.
 *
 * @returns {{samples: Float32Array, loop: ?{start: number, end: number}}} a one-shot until it has ended; of what goes
 *   on, a part that can be repeated, in samples, after its envelope has come to rest. That is a whole number of periods
 *   in up to a second, of all such numbers the one that is nearest to a whole number of samples: off by a hundredth
 *   of a sample or so.
 */
export function renderVoice(note, rateHz) {
  const voice = new MirageVoice(note, rateHz);
  const loop = note.chain.freeRun ? repeatedPart(note, rateHz) : null;
  const blocks = [];
  for (let length = 0; !voice.ended && length < (loop?.end ?? Infinity); length += blocks.at(-1).length) {
    blocks.push(new Float32Array(Math.min(BLOCK, (loop?.end ?? Infinity) - length)));
    voice.fill(blocks.at(-1), [1]);
  }
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  blocks.forEach((block, i) => samples.set(block, i * BLOCK));
  return { samples, loop };
}

function repeatedPart({ chain, word, envelope }, rateHz) {
  const ticks = (chain.tables[chain.loop].pages * CHIP_PAGE_BYTES * CHIP_WORDS_A_SAMPLE) / word; // of one period
  const period = (ticks * rateHz) / CHIP_RATE_HZ;
  const start = Math.ceil((envelope.attack + envelope.decay + RINGING_SECONDS) * rateHz);
  const most = Math.max(1, Math.floor(rateHz / period));
  // at least half of them: the more there are, the more of the chip's unevenness is heard as it is
  const counts = Array.from({ length: Math.floor(most / 2) + 1 }, (_, i) => most - i);
  const off = (periods) => Math.abs(periods * period - Math.round(periods * period));
  const best = counts.reduce((one, other) => (off(other) < off(one) ? other : one));
  return { start, end: start + Math.round(best * period) };
}

/** Register the processor that plays one note; it runs in the audio worklet, where these globals are. */
function registerVoice() {
  registerProcessor(
    "mirage-voice",
    class extends AudioWorkletProcessor {
      static parameterDescriptors = [{ name: "gate", defaultValue: 0, minValue: -1, maxValue: 1 }];

      constructor({ processorOptions }) {
        super();
        this.voice = new MirageVoice(processorOptions, sampleRate);
      }

      process(inputs, [[block]], { gate }) {
        this.voice.fill(block, gate);
        if (this.voice.ended) this.port.postMessage("ended");
        return !this.voice.ended;
      }
    },
  );
}

/** Return the text of the audio worklet's module: a page that is one file has no other to load. */
export function voiceWorkletSource() {
  const ofChip = { CHIP_CENTER, CHIP_PAGE_BYTES, CHIP_RATE_HZ, CHIP_STOP, CHIP_WORDS_A_SAMPLE };
  const numbers = { ...ofChip, HIGHEST_VOLUME, RINGING_SECONDS };
  const named = Object.entries(numbers).map(([name, value]) => `const ${name} = ${value};`);
  const parts = [ChipOscillator, envelopeLevel, FourPoleFilter, MirageVoice, registerVoice];
  return [...named, ...parts, "registerVoice();"].join("\n");
}
