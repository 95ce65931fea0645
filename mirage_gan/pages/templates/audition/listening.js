// What is heard of the grid, the map and A/B: one sound at a time, a new one cuts the old one. Keys play beside it.

import { equalGains } from "./difference.js";
import { ONE_SHOT_NOTE } from "./mirage_chip.js";
import { Player } from "./voices.js";

const FULL = 100; // velocity of what is not played on keys
const NOTICED_MS = 100; // after so long at most it is shown that a sound has ended
const LOOP_NOTE = 45; // A2, 110 Hz: low enough to hear the harmonics of a loop

export class Listening {
  constructor(session) {
    this.session = session;
    this.player = new Player({ say: (message) => session.say(message) });
    this.note = session.kind === "loop" ? LOOP_NOTE : ONE_SHOT_NOTE;
    this.voice = null; // what plays, so that it can be cut
    session.heard = null; // {index, known: whether it is a training sound}, or of a preview {index: -1, step}
    session.on("chosen", (play) => {
      if (play) this.hear(session.chosen);
    });
  }

  /** Return a sound as the player takes it. */
  source(index, known = false) {
    const sound = (known ? this.session.known : this.session.sounds)[index];
    const { kind, rateHz } = this.session;
    return { samples: this.session.samplesOf(sound), kind, rateHz, tuning: sound.tuning };
  }

  /** Play a generated sound, or a training sound, from its start. */
  hear(index, known = false, gain = 1) {
    this.#cut();
    this.session.heard = { index, known };
    this.voice = this.player.play(this.source(index, known), { note: this.note, velocity: FULL, gain });
    if (!this.voice) this.session.heard = null; // the player has said why
    this.watching ??= setInterval(() => this.#noticeEnd(), NOTICED_MS);
    this.session.tell("heard");
  }

  /**
   * Play the preview of a check of the training, once.
   *
   * @param coming a promise of an audio file, or of nothing
   */
  async hearFile(coming, step) {
    this.#cut();
    const heard = { index: -1, known: false, step, coming: true };
    this.session.heard = heard;
    this.session.tell("heard");
    const voice = await this.player.playFile(coming);
    if (this.session.heard !== heard) return voice?.cut(); // another sound was chosen meanwhile
    heard.coming = false;
    this.voice = voice;
    this.watching ??= setInterval(() => this.#noticeEnd(), NOTICED_MS);
  }

  /** Stop what plays, or play the chosen sound again. */
  again() {
    if (this.session.heard) this.stop();
    else if (this.session.chosen >= 0) this.hear(this.session.chosen);
  }

  stop() {
    this.#cut();
    this.session.heard = null;
    this.session.tell("heard");
  }

  /** Strike a key: the chosen sound at a note, until it is released. */
  press(note, velocity) {
    if (this.session.kind === "loop" && this.session.heard) this.stop(); // it would go on below what is played
    this.player.play(this.source(this.session.chosen), { note, velocity });
  }

  release(note) {
    this.player.stop(note);
  }

  /** Play a sound once at a time of the audio clock, beside all others. */
  strike(index, note, when = 0) {
    this.player.play(this.source(index), { note, velocity: FULL, when });
  }

  /** Return the time of the audio clock, in seconds. */
  now() {
    return this.player.now;
  }

  setEnvelope(envelope) {
    this.player.envelope = envelope;
  }

  setVoices(count) {
    this.player.voices = count;
  }

  setSustain(on) {
    this.player.sustain = on;
  }

  setFilter(filter) {
    this.player.filter = filter;
  }

  /** Play through a model of the Mirage, or clean. What plays begins anew. */
  async setThrough(on) {
    this.through = on;
    this.player.through = on;
    this.session.tell("through");
    this.session.say(on ? "Through the Mirage" : "Clean");
    await this.player.prepare();
    const { heard } = this.session;
    if (heard && heard.index >= 0) this.hear(heard.index, heard.known);
  }

  /** Silence everything at once: this, keys, MIDI. */
  silence() {
    this.player.stop("all");
    this.voice = null;
    this.session.heard = null;
    this.session.tell("silenced");
    this.session.tell("heard");
  }

  /** Play the nearest training sound, equally loud and from its start; when it plays, the chosen sound. */
  compare() {
    const { chosen, heard } = this.session;
    const nearest = chosen < 0 ? null : this.session.sounds[chosen].nearest;
    if (nearest === null) return this.session.say("No training sound is known to be near");
    this.compareTo(!(heard?.known && heard.index === nearest));
    this.session.say(this.session.heard.known ? `Nearest: ${this.session.known[nearest].id}` : "This sound");
  }

  /** Play one side of A/B. */
  compareTo(known) {
    const { session } = this;
    const sound = session.sounds[session.chosen];
    const nearest = session.known[sound.nearest];
    const pair = [session.samplesOf(sound), session.samplesOf(nearest)];
    const [gain, gainOfNearest] = equalGains(...pair, session.kind, session.rateHz);
    if (known) this.hear(sound.nearest, true, gainOfNearest);
    else this.hear(session.chosen, false, gain);
  }

  #cut() {
    this.voice?.cut();
    this.voice = null;
  }

  /** Show that what played has ended by itself: the player lists all that sounds. */
  #noticeEnd() {
    if (this.session.heard?.coming || (this.voice && this.player.notes.includes(this.voice))) return;
    clearInterval(this.watching);
    this.watching = null;
    this.voice = null;
    if (!this.session.heard) return;
    this.session.heard = null;
    this.session.tell("heard");
  }
}
