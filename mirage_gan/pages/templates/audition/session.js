// What the page shows and what is chosen, and who wants to know when that changes.

import { addressKey, parseWithSeeds } from "./addresses.js";
import { Choices, changeOf, stepInWords } from "./choices.js";
import { EVERYTHING, arrange, isOfPage } from "./order.js";
import { decodeBase64 } from "./samples.js";

const RETRY_MS = 3000;

/** The sounds of the page, the view of them, and the choices. Parts listen by `on` and are called when it `tells`. */
export class Session {
  /** @param text the page's data as JSON  @param bytes the samples of all sounds */
  constructor(text, bytes) {
    this.data = {};
    this.#take(parseWithSeeds(text), bytes);
    this.kind = this.data.kind;
    this.rateHz = this.data.rate_hz;
    this.choices = new Choices();
    this.view = { ...EVERYTHING, limits: {} };
    this.order = [];
    this.chosen = -1; // index of a sound
    this.position = -1; // where in the order it is, or was when a filter hid it
    this.store = null;
    this.unsent = []; // steps that the store does not know yet, in their order
    this.listeners = new Map();
    this.arrange();
  }

  #take(data, bytes) {
    this.data = { ...this.data, ...data };
    this.sounds = data.sounds.map((sound) => ({ ...sound, key: addressKey(sound.address) }));
    this.indices = new Map(this.sounds.map((sound, index) => [sound.key, index]));
    this.known = data.known;
    this.bytes = bytes;
    this.decided = false; // whether somebody starred, rejected or named a sound of these
  }

  /**
   * Show other sounds, as those of a later checkpoint: choices stay, and so does the chosen address.
   *
   * @param text as of the constructor, with the samples in base64
   */
  replace(text) {
    const { samples, ...data } = parseWithSeeds(text);
    const key = this.sounds[this.chosen]?.key;
    this.#take(data, decodeBase64(samples));
    this.chosen = this.indexOf(key);
    this.view.like = null; // it is an index
    this.arrange();
    this.tell("replaced");
    this.tell("view");
    this.tell("choices");
  }

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  tell(name, value) {
    for (const listener of this.listeners.get(name) ?? []) listener(value);
  }

  /** Say something to the user, in the line that screen readers follow. */
  say(text) {
    this.tell("said", text);
  }

  /** Return the samples of a sound, generated or known. */
  samplesOf(sound) {
    // The same array each time: the player knows by it which sounds it has ready.
    sound.samples ??= this.bytes.subarray(sound.at[0], sound.at[0] + sound.at[1]);
    return sound.samples;
  }

  /** Return the index of the sound with a key, or -1 if the page does not show it. */
  indexOf(key) {
    return this.indices.get(key) ?? -1;
  }

  /** Return what a sound is called: its name, or its seed. */
  nameOf(index) {
    return this.choices.of(this.sounds[index].key).name || this.sounds[index].label;
  }

  /** Return how many sounds the grid has to show, whatever limits the view sets. */
  get count() {
    return this.sounds.filter((sound) => isOfPage(sound, this.choices)).length;
  }

  /**
   * Take up a sound that was made in the page, which the grid shows once it is starred or rejected. Returns its index.
   *
   * @param index of a made sound that is not needed any more and gives up its place; left out, it gets a new place
   */
  put(sound, index = this.sounds.length) {
    const key = addressKey(sound.address);
    if (this.indices.has(key)) return this.indexOf(key);
    if (this.sounds[index]) this.indices.delete(this.sounds[index].key);
    this.sounds[index] = { ...sound, key };
    this.indices.set(key, index);
    if (isOfPage(this.sounds[index], this.choices)) this.#refresh();
    return index;
  }

  /** Change the view, and tell who shows it. */
  look(change) {
    Object.assign(this.view, change);
    this.arrange();
    this.tell("view");
  }

  arrange() {
    this.order = arrange(this.sounds, this.view, this.choices);
    const at = this.order.indexOf(this.chosen);
    if (at >= 0) this.position = at;
  }

  /** Choose a sound by its index; `play`: whether it is to be heard. */
  choose(index, play = true) {
    this.chosen = index;
    const at = this.order.indexOf(index);
    if (at >= 0) this.position = at;
    this.tell("chosen", play);
  }

  toggleStar(index) {
    this.#changed(this.choices.toggleStar(this.sounds[index].address));
  }

  toggleRejected(index) {
    this.#changed(this.choices.toggleRejected(this.sounds[index].address));
  }

  rename(index, name) {
    const step = this.choices.rename(this.sounds[index].address, name);
    if (step) this.#changed(step);
  }

  undo() {
    this.#retraced(this.choices.undo(), "Undone: ");
  }

  redo() {
    this.#retraced(this.choices.redo(), "Redone: ");
  }

  /** Remember a step that is no choice, as `Choices.remember` takes it; when it is taken back, `retraced` is told. */
  remember(step) {
    this.choices.remember(step);
    this.tell("choices");
  }

  /** Connect the store: take over what it holds, and again whenever another page has changed it. */
  async connect(store) {
    this.store = store;
    store.watch((held) => this.#adopt(held));
    try {
      this.#adopt(await store.load());
    } catch (error) {
      this.say(`The stars could not be read: ${error.message}`);
    }
    this.#send();
    if (!store.lasting) this.say("This browser keeps nothing here: save the favourites before you close the page");
  }

  #retraced(step, prefix) {
    if (!step) return this.say("There is nothing to take back");
    if (step.key) return this.#changed(step, prefix);
    this.tell("retraced", step.after);
    this.tell("choices");
    this.say(prefix + step.words);
  }

  #changed(step, prefix = "") {
    this.decided = true;
    this.#refresh();
    const index = this.indexOf(step.key);
    this.say(prefix + stepInWords(step, index < 0 ? addressKey(step.address) : this.sounds[index].label));
    this.unsent.push(step);
    this.#send();
  }

  /** Send steps one after the other, so that they arrive in their order; what fails is tried again. */
  async #send() {
    if (!this.store || this.sending) return;
    this.sending = true;
    try {
      while (this.unsent.length) {
        const held = await this.store.send(changeOf(this.unsent[0]));
        this.unsent.shift();
        if (this.failing) this.tell("unsaved", "");
        this.failing = false;
        this.#adopt(held);
      }
    } catch (error) {
      if (!this.failing)
        this.tell("unsaved", `Not saved yet: ${error.message}. It is tried again; Save favourites makes a file.`);
      this.failing = true;
      setTimeout(() => this.#send(), RETRY_MS);
    }
    this.sending = false;
  }

  #adopt(held) {
    this.choices.adopt(held, new Set(this.unsent.map((step) => step.key)));
    this.#refresh();
  }

  #refresh() {
    const before = this.order;
    this.arrange();
    const same = before.length === this.order.length && before.every((index, i) => index === this.order[i]);
    this.tell(same ? "choices" : "view");
    if (!same) this.tell("choices");
  }
}
