// The piano at the foot of the page: pointer, touch, letters and MIDI play the chosen sound.

import { byId, make, setOn } from "./dom.js";
import { MidiInput } from "./midi.js";
import { letterOfOffset, noteName, offsetOfCode, shiftOfCode } from "./notes.js";
import { pianoKeys, velocityAt } from "./piano_keys.js";
import { connectSliders } from "./sliders.js";

export class Dock {
  constructor(session, listening) {
    this.session = session;
    this.listening = listening;
    this.letters = false;
    this.lowest = session.kind === "loop" ? 36 : 48;
    this.held = new Map(); // what holds a key down (a pointer, a letter) -> its note
    connectSliders(session, listening);
    this.#makeVoices();
    byId("letters").addEventListener("click", () => this.setLetters(!this.letters));
    byId("sustain").addEventListener("click", () =>
      this.#setSustain(byId("sustain").getAttribute("aria-checked") !== "true"),
    );
    byId("octave-down").addEventListener("click", () => this.#shift(-12));
    byId("octave-up").addEventListener("click", () => this.#shift(12));
    this.#connectPiano();
    new ResizeObserver(() => this.#drawPiano()).observe(byId("piano"));
    this.#connectMidi();
    this.#readLetters();
    session.on("silenced", () => this.#forget());
    addEventListener("blur", () => this.#releaseAll()); // a key that is let go elsewhere is not heard of
  }

  /** Let letters play notes, or be commands. */
  setLetters(on) {
    this.letters = on;
    setOn(byId("letters"), on);
    byId("piano").classList.toggle("lettered", on);
    this.session.say(on ? "Letters play notes; with Shift they are commands" : "Letters are commands");
    if (!on) this.#releaseAll();
  }

  /** Take a key of the computer keyboard that is no command. */
  pressed(event) {
    if (!this.letters || event.ctrlKey || event.metaKey || event.altKey) return;
    const [offset, shift] = [offsetOfCode(event.code), shiftOfCode(event.code)];
    if (offset === null && !shift) return;
    event.preventDefault();
    if (shift) return this.#shift(shift);
    if (!event.repeat) this.#press(event.code, this.lowest + offset, this.#velocity());
  }

  released(event) {
    this.#release(event.code);
  }

  #light(note, on) {
    byId("piano").querySelector(`[data-note="${note}"]`)?.classList.toggle("down", on);
  }

  #press(holder, note, velocity) {
    if (this.session.chosen < 0) return this.session.say("Choose a sound first");
    this.#release(holder);
    this.held.set(holder, note);
    this.listening.press(note, velocity);
    this.#light(note, true);
  }

  #release(holder) {
    const note = this.held.get(holder);
    if (note === undefined) return;
    this.held.delete(holder);
    if ([...this.held.values()].includes(note)) return;
    this.listening.release(note);
    this.#light(note, false);
  }

  #releaseAll() {
    for (const holder of [...this.held.keys()]) this.#release(holder);
  }

  #forget() {
    for (const note of this.held.values()) this.#light(note, false);
    this.held.clear();
  }

  /** Show the letters that are printed on this keyboard, where the browser tells them. */
  async #readLetters() {
    this.printed = await navigator.keyboard?.getLayoutMap?.().catch(() => undefined);
    if (this.printed?.size) this.#drawPiano();
    else this.printed = undefined;
  }

  #connectMidi() {
    const select = byId("midi");
    const midi = new MidiInput({
      act: (action) => this.#perform(action),
      say: (message) => this.session.say(message),
      list: (inputs, chosen) => {
        const options = inputs.map(({ id, name }) => make("option", { value: id }, name));
        select.replaceChildren(make("option", { value: "" }, inputs.length ? "None" : "Plug one in"), ...options);
        select.value = chosen ?? "";
      },
    });
    byId("midi-open").addEventListener("click", async () => {
      await midi.open();
      byId("midi-open").hidden = midi.access !== null;
      select.hidden = midi.access === null;
    });
    select.addEventListener("change", () => midi.choose(select.value || null));
  }

  #perform(action) {
    const holder = `midi ${action.note}`;
    if (action.type === "on") this.#press(holder, action.note, action.velocity);
    else if (action.type === "off") this.#release(holder);
    else if (action.type === "sustain") this.#setSustain(action.down);
    else this.listening.silence();
  }

  #velocity() {
    return Number(byId("velocity").value);
  }

  #shift(semitones) {
    this.#releaseAll();
    this.lowest = Math.max(12, Math.min(84, this.lowest + semitones));
    this.#drawPiano();
  }

  #setSustain(on) {
    setOn(byId("sustain"), on);
    this.listening.setSustain(on);
  }

  #makeVoices() {
    byId("voices").append(...[1, 2, 4, 8, 16].map((count) => make("option", { value: count }, String(count))));
    byId("voices").value = "8"; // as many as the Mirage has
    byId("voices").addEventListener("change", (event) => this.listening.setVoices(Number(event.target.value)));
  }

  #drawPiano() {
    const piano = byId("piano");
    if (!piano.clientWidth) return;
    const phone = matchMedia("(max-width: 44rem)").matches;
    const keys = pianoKeys(this.lowest, piano.clientWidth, phone ? 44 : 34);
    piano.replaceChildren(...keys.map((key, i) => this.#makeKey(key, i)));
    byId("octave").textContent = noteName(this.lowest);
    for (const note of this.held.values()) this.#light(note, true);
  }

  #makeKey({ note, black, left, width }, i) {
    const name = noteName(note).replace("#", " sharp ");
    const letter = make(
      "span",
      { class: "letter", "aria-hidden": "true" },
      letterOfOffset(note - this.lowest, this.printed),
    );
    const octave = note % 12 === 0 ? make("span", { class: "octave", "aria-hidden": "true" }, noteName(note)) : "";
    const attributes = {
      type: "button",
      "data-note": note,
      "aria-label": name,
      class: black ? "key black" : "key",
      tabindex: i ? -1 : 0,
    };
    const key = make("button", attributes, letter, octave);
    key.style.left = `${100 * left}%`;
    key.style.width = `${100 * width}%`;
    return key;
  }

  #connectPiano() {
    const piano = byId("piano");
    const keyAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("#piano .key");
    const play = (event) => {
      const key = keyAt(event);
      const note = key ? Number(key.dataset.note) : undefined;
      if (note === this.held.get(event.pointerId)) return;
      if (!key) return this.#release(event.pointerId);
      const { top, height } = key.getBoundingClientRect();
      this.#press(event.pointerId, note, velocityAt((event.clientY - top) / height, this.#velocity()));
    };
    piano.addEventListener("pointerdown", (event) => {
      event.target.releasePointerCapture?.(event.pointerId); // so that a finger slides from key to key
      play(event);
    });
    piano.addEventListener("pointermove", (event) => this.held.has(event.pointerId) && play(event));
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, (event) => this.#release(event.pointerId));
    }
    piano.addEventListener("keydown", (event) => this.#pianoKey(event));
    piano.addEventListener("keyup", (event) => this.#release(`focus ${event.key}`));
    piano.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch is a long note
  }

  /** Play the piano by keyboard: arrows lead from key to key, Space and Enter strike the one in focus. */
  #pianoKey(event) {
    const key = event.target.closest(".key");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      const next = step < 0 ? key.previousElementSibling : key.nextElementSibling;
      if (next) [key.tabIndex, next.tabIndex] = [-1, 0];
      next?.focus();
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) this.#press(`focus ${event.key}`, Number(key.dataset.note), this.#velocity());
    } else return;
    event.preventDefault();
  }
}
