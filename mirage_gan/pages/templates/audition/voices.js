/** What is heard: sounds as notes on Web Audio, several at once, clean or through the Mirage. */
import { cleanCycle, noteHz, resampled } from "./clean_sound.js";
import { harmonicsOf } from "./harmonics.js";
import { ONE_SHOT_NOTE, chipNote } from "./mirage_chip.js";
import { OPEN_FILTER, renderVoice, voiceWorkletSource } from "./mirage_voice.js";
import { SoundingNote, bufferSource, workletSource } from "./sounding_note.js";

const LOUDNESS_OF_ONE = 0.3; // so that several notes at once do not clip
const KEPT_BUFFERS = 48; // clean sounds that are ready to be played again
const STARTS_WITHIN_MS = 1000;

/** The envelope of a one-shot, which has its own attack and end. */
const WHOLE = { attack: 0, decay: 0, sustain: 1, release: 0.005 };

/**
 * @typedef {object} Sound
 * @property {Uint8Array} samples unsigned 8-bit; of a loop, exactly one period
 * @property {"loop"|"one-shot"} kind
 * @property {number} rateHz
 * @property {?{lower: number[], upper: number[]}} [tuning] coarse and fine on a disk; by the rate, if left out
 */

/** Plays sounds. Nothing of it throws for want of a sound card, of Web Audio or of worklets: `say` is told instead. */
export class Player {
  /**
   * @param {object} [options]
   * @param {BaseAudioContext} [options.context] where to play; left out, the sound card, from the first note on
   * @param {(message: string) => void} [options.say] takes one sentence when something cannot be heard
   */
  constructor({ context = null, say = () => {} } = {}) {
    this.say = say;
    this.through = false; // whether notes that begin go through the Mirage
    this.voices = 8; // notes at once, as many as the Mirage has
    this.envelope = { attack: 0, decay: 0, sustain: 1, release: 0.08 }; // seconds; sustain is a level
    this.filter = { ...OPEN_FILTER }; // of the Mirage
    this.notes = []; // that sound, the oldest first
    this.buffers = []; // {sound, note, buffer}, the one that was played last at the end
    this.spectra = new WeakMap(); // of loops, by sound
    this.pedal = false;
    this.worklet = false; // whether the audio worklet is ready
    if (context) this.#use(context);
  }

  /** Return the time of the audio clock, in seconds. */
  get now() {
    return this.#open()?.currentTime ?? 0;
  }

  /** Whether the sustain pedal is down: released notes go on until it is up. */
  get sustain() {
    return this.pedal;
  }

  set sustain(down) {
    this.pedal = down;
    if (!down) for (const sounding of this.notes.filter((each) => each.kept)) sounding.release(this.now);
  }

  /**
   * Open the sound card before the first note, in a gesture of the user, so that it starts at once.
   *
   * @returns {Promise<"worklet"|"rendered"|"nothing">} how notes go through the Mirage. "rendered": a browser without
   *   worklets, or that loads none here (Chromium refuses Blob addresses to a worklet of a page from file://); notes
   *   are then computed before they sound, by the same functions, and the end of a loop's is repeated.
   */
  async prepare() {
    if (!this.#open()) return "nothing";
    await this.loading;
    return this.worklet ? "worklet" : "rendered";
  }

  /**
   * Play a sound: a loop at the pitch of the note until it is released, a one-shot once, at its own speed on note 60.
   *
   * @param {Sound} sound
   * @param {object} [options]
   * @param {number} [options.note] MIDI note
   * @param {number} [options.velocity] 1 to 127
   * @param {number} [options.when] on the audio clock; left out or past, at once
   * @param {number} [options.gain] 1 leaves the level as it is
   * @param {boolean} [options.alone] whether it cuts all that sounds
   * @returns {?SoundingNote} null if nothing can be heard; `say` was told why
   */
  play(sound, { note = ONE_SHOT_NOTE, velocity = 100, when = 0, gain = 1, alone = false } = {}) {
    const context = this.#open();
    if (!context) return null;
    this.#wake();
    if (alone) this.stop("all");
    const made = this.#makeSource(sound, note, (velocity / 127) ** 2);
    if (!made) return null;
    const startsAt = Math.max(when, context.currentTime); // now that the source is made, which may take milliseconds
    const endless = sound.kind === "loop";
    for (const same of this.notes.filter((each) => each.note === note && each.endless)) same.release(startsAt);
    return this.#sound(made.source, { note, endless, startsAt, peak: gain * made.level, envelope: made.envelope });
  }

  /**
   * Play an audio file once, as it is.
   *
   * @param {Promise<?ArrayBuffer>} coming the file, which is fetched while the sound card wakes
   * @returns {Promise<?SoundingNote>} null if nothing can be heard; `say` was told why
   */
  async playFile(coming) {
    const context = this.#open();
    if (!context) return null;
    this.#wake();
    const content = await coming;
    const buffer = content && (await context.decodeAudioData(content).catch(() => null));
    if (!buffer) this.say("That cannot be heard: it is gone, or the browser cannot read it.");
    if (!buffer) return null;
    const startsAt = context.currentTime;
    const about = { note: null, endless: false, startsAt, peak: 1, envelope: WHOLE };
    return this.#sound(bufferSource(context, { buffer }), about);
  }

  /** Release a note, which the pedal may keep; a one-shot goes on to its end. "all": silence everything at once. */
  stop(note) {
    const now = this.now;
    if (note === "all") for (const sounding of this.notes) sounding.cut(now);
    else {
      for (const sounding of this.notes.filter((each) => each.note === note && each.endless)) {
        if (this.pedal) sounding.kept = true;
        else sounding.release(now);
      }
    }
  }

  #sound(source, about) {
    this.#makeRoom(about.startsAt);
    const ended = (gone) => (this.notes = this.notes.filter((each) => each !== gone));
    const sounding = new SoundingNote(this.out, source, { ...about, ended });
    this.notes.push(sounding);
    return sounding;
  }

  /** Return a source for a note, and what the audio graph adds to it: a level and an envelope; null as `play`. */
  #makeSource(sound, note, level) {
    const envelope = sound.kind === "loop" ? this.envelope : WHOLE;
    if (!this.through) return { source: this.#cleanSource(sound, note), level, envelope };
    const chip = this.#chipNote(sound, note);
    if (!chip) return null;
    const voice = { ...chip, level, envelope, filter: this.filter };
    if (this.worklet) return { source: workletSource(this.context, voice), level: 1, envelope: WHOLE };
    const rateHz = this.context.sampleRate;
    const { samples, loop } = renderVoice(voice, rateHz);
    const repeated = loop && { loop: true, loopStart: loop.start / rateHz, loopEnd: loop.end / rateHz };
    const source = bufferSource(this.context, { buffer: this.#buffer(samples), ...repeated });
    return { source, level: 1, envelope: { ...WHOLE, release: envelope.release } };
  }

  #chipNote(sound, note) {
    try {
      const chip = chipNote(sound, note);
      if (!chip) this.say("The Mirage has no such key: its keys are C2 to C7.");
      return chip;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.say(error.message);
      return null;
    }
  }

  #cleanSource(sound, note) {
    const rateHz = this.context.sampleRate;
    const loop = sound.kind === "loop";
    let kept = this.buffers.findIndex((each) => each.sound === sound.samples && each.note === note);
    if (kept < 0) {
      const samples = loop
        ? cleanCycle(this.#spectrum(sound.samples), noteHz(note), rateHz)
        : resampled(sound.samples, (sound.rateHz / rateHz) * 2 ** ((note - ONE_SHOT_NOTE) / 12));
      kept = this.buffers.push({ sound: sound.samples, note, buffer: this.#buffer(samples) }) - 1;
    }
    const [item] = this.buffers.splice(kept, 1);
    this.buffers = [...this.buffers, item].slice(-KEPT_BUFFERS);
    const playbackRate = loop ? (item.buffer.length * noteHz(note)) / rateHz : 1;
    return bufferSource(this.context, { buffer: item.buffer, loop, playbackRate });
  }

  #spectrum(samples) {
    if (!this.spectra.has(samples)) this.spectra.set(samples, harmonicsOf(samples));
    return this.spectra.get(samples);
  }

  #buffer(samples) {
    const buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
    buffer.copyToChannel(samples, 0);
    return buffer;
  }

  /** Cut notes until there is a voice for one more: first those that were released, then the oldest. */
  #makeRoom(now) {
    const dying = (each) => Number(each.released < Infinity);
    const sounding = this.notes.filter((each) => !each.isCut).sort((one, other) => dying(other) - dying(one));
    for (const each of sounding.slice(0, Math.max(0, sounding.length - this.voices + 1))) each.cut(now);
  }

  #open() {
    if (this.context) return this.context;
    if (this.failed) return null;
    try {
      this.#use(new AudioContext({ latencyHint: "interactive" }));
    } catch {
      this.failed = true; // and is said once
      this.say("Nothing can be heard: this browser has no Web Audio, or gives no access to it.");
    }
    return this.context ?? null;
  }

  #use(context) {
    this.context = context;
    this.out = context.createGain();
    this.out.gain.value = LOUDNESS_OF_ONE;
    this.out.connect(context.destination);
    this.loading = this.#loadWorklet();
  }

  async #loadWorklet() {
    if (!this.context.audioWorklet) return;
    const url = URL.createObjectURL(new Blob([voiceWorkletSource()], { type: "text/javascript" }));
    try {
      await this.context.audioWorklet.addModule(url);
      this.worklet = true;
    } catch {
      // notes are rendered instead, which `prepare` says
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /** Start the sound card if it is not running; say so if it does not start, for want of a gesture or of a device. */
  #wake() {
    const { context } = this;
    if (context.state === "running" || this.waking || context.startRendering) return;
    context.resume().catch(() => {}); // whether it runs is looked at below
    this.waking = setTimeout(() => {
      this.waking = null;
      if (context.state === "running") return;
      this.say("The browser has not started its sound yet: click on the page, or check the sound device.");
    }, STARTS_WITHIN_MS);
  }
}
