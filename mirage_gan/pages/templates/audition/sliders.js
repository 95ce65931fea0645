// The sliders above the piano: velocity, envelope, and the Mirage's filter where one plays through it.

import { byId, make } from "./dom.js";

const SLIDERS = [
  { id: "velocity", name: "Velocity", min: 1, max: 127, step: 1, value: 100, show: (value) => `${value}` },
  { id: "attack", name: "Attack", min: 0, max: 1, step: 0.01, value: 0, show: showSeconds },
  { id: "decay", name: "Decay", min: 0, max: 1, step: 0.01, value: 0.5, show: showSeconds },
  { id: "hold", name: "Sustain", min: 0, max: 100, step: 1, value: 100, show: showPercent },
  { id: "release", name: "Release", min: 0, max: 1, step: 0.01, value: 0.3, show: showSeconds },
  { id: "cutoff", name: "Cutoff ≈", min: 0, max: 1, step: 0.01, value: 1, show: showHz, through: true },
  { id: "resonance", name: "Reso ≈", min: 0, max: 90, step: 1, value: 0, show: showPercent, through: true },
];

/** Return the seconds of a slider of times: fine where times are short, three seconds at its end. */
export function sliderSeconds(value) {
  return 3 * value ** 3;
}

/** Return the frequency of a slider of frequencies, in Hz: as far from key to key at both ends. */
export function sliderHz(value) {
  return 100 * 200 ** value;
}

function showPercent(value) {
  return `${value} %`;
}

function showHz(value) {
  const hz = sliderHz(value);
  return hz < 1000 ? `${Math.round(hz)}` : `${Number((hz / 1000).toFixed(1))}k`;
}

function showSeconds(value) {
  const seconds = sliderSeconds(value);
  return seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(2)} s`;
}

/** Make the sliders, and set the player by them. */
export function connectSliders(session, listening) {
  for (const { id, name, min, max, step, value, show, through } of SLIDERS) {
    const output = make("output", { class: "figure", for: id });
    const input = make("input", { type: "range", id, min, max, step, value });
    const set = () => {
      output.textContent = show(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
      setPlayer(listening);
    };
    input.addEventListener("input", set);
    byId("sliders").append(
      make(
        "label",
        { class: through ? "field slide approximate" : "field slide" },
        make("span", {}, name),
        input,
        output,
      ),
    );
  }
  for (const input of byId("sliders").querySelectorAll("input")) input.dispatchEvent(new Event("input"));
  session.on("through", () => showThrough(listening));
}

function setPlayer(listening) {
  const valueOf = (id) => Number(byId(id).value);
  const [attack, decay, release] = ["attack", "decay", "release"].map((id) => sliderSeconds(valueOf(id)));
  listening.setEnvelope({ attack, decay, sustain: valueOf("hold") / 100, release });
  listening.setFilter({ cutoffHz: sliderHz(valueOf("cutoff")), resonance: valueOf("resonance") / 100 });
}

function showThrough({ through }) {
  byId("sliders").classList.toggle("through", through);
  byId("through-note").hidden = !through;
  byId("through-note").textContent =
    "8 bits, the sound chip's rate and steps, nothing interpolated, keys C2 to C7: as the machine computes it. " +
    "≈ Filter and envelope are an approximation.";
}
