/** One note that sounds: its source, its envelope and its end. */
import { envelopeLevel } from "./mirage_voice.js";

const CUT_SECONDS = 0.005; // as short as is possible without a click

/**
 * @typedef {object} Source what plays, in one form for all kinds
 * @property {AudioNode} node
 * @property {(when: number) => void} start
 * @property {(when: number) => void} stop
 * @property {?(when: number) => void} release null if it has no envelope of its own
 * @property {(ended: () => void) => void} onEnded
 */

/** Return a source that plays a buffer. @returns {Source} */
export function bufferSource(context, options) {
  const node = new AudioBufferSourceNode(context, options);
  return {
    node,
    start: (when) => node.start(when),
    stop: (when) => node.stop(when),
    release: null,
    onEnded: (ended) => node.addEventListener("ended", ended),
  };
}

/** Return a source that plays a note, as `MirageVoice` takes it, in the audio worklet. @returns {Source} */
export function workletSource(context, note) {
  const options = { numberOfInputs: 0, outputChannelCount: [1], processorOptions: note };
  const node = new AudioWorkletNode(context, "mirage-voice", options);
  const gate = node.parameters.get("gate");
  return {
    node,
    start: (when) => gate.setValueAtTime(1, when),
    stop: (when) => gate.setValueAtTime(-1, when),
    release: (when) => gate.setValueAtTime(0, when),
    onEnded: (ended) => (node.port.onmessage = ended),
  };
}

/** A note from its strike to its end, under an envelope of the audio graph. */
export class SoundingNote {
  /**
   * @param {AudioNode} destination
   * @param {Source} source
   * @param {object} about
   * @param {number} about.note MIDI note
   * @param {boolean} about.endless whether it goes on until it is released
   * @param {number} about.startsAt on the audio clock
   * @param {number} about.peak gain at the envelope's top
   * @param {object} about.envelope as `envelopeLevel` takes it
   * @param {(note: SoundingNote) => void} about.ended is called when nothing is to be heard any more
   */
  constructor(destination, source, { note, endless, startsAt, peak, envelope, ended }) {
    Object.assign(this, { note, endless, startsAt, source, peak, envelope });
    this.released = Infinity; // on the audio clock
    this.kept = false; // by the pedal, after its release
    this.isCut = false;
    this.out = destination.context.createGain();
    source.node.connect(this.out).connect(destination);
    source.onEnded(() => {
      this.out.disconnect();
      ended(this);
    });
    this.#strike();
    source.start(startsAt);
  }

  /** Let the note die away by its envelope. */
  release(when) {
    if (this.released < Infinity || this.isCut) return;
    const level = this.#levelAt(when);
    this.released = when;
    this.kept = false;
    if (this.source.release) this.source.release(when);
    else this.#fall(level, when, Math.max(CUT_SECONDS, this.envelope.release));
  }

  /** Silence the note at once, without a click. */
  cut(when = this.out.context.currentTime) {
    if (this.isCut) return;
    this.isCut = true;
    this.#fall(this.#levelAt(when), when, CUT_SECONDS);
  }

  #strike() {
    const { gain } = this.out;
    const { attack, decay, sustain } = this.envelope;
    gain.setValueAtTime(attack > 0 ? 0 : this.peak, this.startsAt);
    if (attack > 0) gain.linearRampToValueAtTime(this.peak, this.startsAt + attack);
    if (decay > 0) gain.linearRampToValueAtTime(this.peak * sustain, this.startsAt + attack + decay);
    else gain.setValueAtTime(this.peak * sustain, this.startsAt + attack);
  }

  /** Computed, because not all browsers can hold an automation at its value. */
  #levelAt(when) {
    const seconds = Math.max(0, when - this.startsAt); // a note may end before it begins
    return this.peak * envelopeLevel(this.envelope, seconds, this.released - this.startsAt);
  }

  #fall(level, when, seconds) {
    const { gain } = this.out;
    gain.cancelScheduledValues(when);
    gain.setValueAtTime(level, when);
    gain.linearRampToValueAtTime(0, when + seconds);
    this.source.stop(when + seconds);
  }
}
