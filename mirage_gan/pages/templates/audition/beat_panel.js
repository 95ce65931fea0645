// The beat: four tracks of starred one-shots.

import { BeatClock, STEPS, TRACKS, emptyBeat, firstBeat } from "./beat.js";
import { byId, make, setIcon, setOn } from "./dom.js";

const AHEAD = 0.12; // seconds of steps are handed to the audio clock in advance
const EVERY_MS = 30;
const TRACK_NOTE = 60;

export class BeatPanel {
  constructor(session, listening) {
    this.session = session;
    this.listening = listening;
    this.beat = firstBeat();
    this.sounds = Array(TRACKS).fill(null); // key of the sound of each track
    this.clock = null;
    this.focus = [0, 0];
    this.#build();
    byId("beat-play").addEventListener("click", () => (this.clock ? this.stop() : this.start()));
    byId("tempo").addEventListener("input", () => this.#timed());
    byId("swing").addEventListener("input", () => this.#timed());
    byId("beat-clear").addEventListener("click", () => this.#clear());
    session.on("choices", () => this.#offer());
    session.on("silenced", () => this.stop());
    this.#offer();
  }

  start() {
    this.clock = new BeatClock(this.listening.now() + 0.06, this.#tempo(), this.#swing());
    this.timer = setInterval(() => this.#tick(), EVERY_MS);
    this.#tick();
    this.#showPlaying();
  }

  stop() {
    clearInterval(this.timer);
    this.clock = null;
    for (const button of this.lights ?? []) button.classList.remove("now");
    this.#showPlaying();
  }

  #tick() {
    const now = this.listening.now();
    this.clock.skipTo(now - EVERY_MS / 1000);
    for (const { step, time } of this.clock.until(now + AHEAD)) {
      this.beat.forEach((steps, track) => {
        const index = this.#soundOf(track);
        if (steps[step] && index >= 0) this.listening.strike(index, TRACK_NOTE, time);
      });
      setTimeout(() => this.#light(step), Math.max(0, (time - now) * 1000));
    }
  }

  #light(step) {
    if (!this.clock) return;
    for (const button of this.lights) button.classList.toggle("now", Number(button.dataset.step) === step);
  }

  #soundOf(track) {
    return this.session.indexOf(this.sounds[track]);
  }

  #tempo() {
    return Math.min(240, Math.max(40, Number(byId("tempo").value) || 112));
  }

  #swing() {
    return Number(byId("swing").value) / 100;
  }

  #timed() {
    if (!this.clock) return;
    this.clock.tempo = this.#tempo();
    this.clock.swing = this.#swing();
  }

  #clear() {
    this.beat = emptyBeat();
    for (const button of this.lights) setOn(button, false);
    this.session.say("All steps are cleared");
  }

  #build() {
    this.selects = [];
    this.beat.forEach((steps, track) => {
      const select = make("select", { "aria-label": `Sound of track ${track + 1}` });
      select.addEventListener("change", () => this.#chose(track, select.value));
      this.selects.push(select);
      const buttons = steps.map((on, step) => this.#makeStep(track, step, on));
      const row = make(
        "div",
        { class: "steps", role: "group", "aria-label": `Steps of track ${track + 1}` },
        ...buttons,
      );
      byId("tracks").append(make("div", { class: "track" }, select, row));
    });
    this.lights = [...byId("tracks").querySelectorAll(".step")];
    byId("tracks").addEventListener("keydown", (event) => this.#moved(event));
  }

  #makeStep(track, step, on) {
    const button = make("button", {
      type: "button",
      class: "step",
      "data-step": step,
      "aria-label": `Track ${track + 1}, step ${step + 1}`,
      tabindex: track + step === 0 ? 0 : -1, // one stop of the Tab key; arrows lead on
      onclick: () => this.#toggle(track, step),
    });
    setOn(button, on);
    return button;
  }

  #toggle(track, step) {
    this.beat[track][step] = !this.beat[track][step];
    setOn(this.lights[track * STEPS + step], this.beat[track][step]);
    this.#focus(track, step);
  }

  #moved(event) {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!way || !event.target.classList.contains("step")) return;
    event.preventDefault();
    const [track, step] = this.focus;
    this.#focus((track + way[0] + TRACKS) % TRACKS, (step + way[1] + STEPS) % STEPS);
  }

  #focus(track, step) {
    this.focus = [track, step];
    this.lights.forEach((button, i) => button.setAttribute("tabindex", i === track * STEPS + step ? 0 : -1));
    this.lights[track * STEPS + step].focus();
  }

  #chose(track, key) {
    this.sounds[track] = key;
    this.chosen = true;
    const index = this.#soundOf(track);
    if (index >= 0) this.listening.strike(index, TRACK_NOTE);
  }

  /** Offer the starred sounds that the page shows; as long as nobody chose others, the first four play. */
  #offer() {
    const starred = this.session.choices
      .starred()
      .map(({ key }) => key)
      .filter((key) => this.session.indexOf(key) >= 0);
    this.selects.forEach((select, track) => {
      if (!starred.includes(this.sounds[track])) this.sounds[track] = null;
      if (!this.chosen || this.sounds[track] === null) {
        const free = starred.filter((key) => !this.sounds.some((other, i) => other === key && i !== track));
        this.sounds[track] ??= free[0] ?? null;
      }
      const options = starred.map((key) =>
        make("option", { value: key }, this.session.nameOf(this.session.indexOf(key))),
      );
      select.replaceChildren(make("option", { value: "" }, "no sound"), ...options);
      select.value = this.sounds[track] ?? "";
    });
    byId("beat-note").textContent = starred.length
      ? "The tracks play starred sounds. Arrow keys lead through the steps, Space sets one."
      : "Star some sounds: the tracks play the first four.";
  }

  #showPlaying() {
    setOn(byId("beat-play"), this.clock !== null);
    setIcon(byId("beat-play"), this.clock ? "stop" : "play");
    byId("beat-play").querySelector("span").textContent = this.clock ? "Stop the beat" : "Play the beat";
  }
}
