// Sliders along the main directions of the latent space, from a sound that they begin with.

import { byId, make } from "./dom.js";

export class DirectionSliders {
  /** @param acts {turn(turns): while one drags; settle(merge): it is there} */
  constructor(acts) {
    this.acts = acts;
    this.inputs = [];
  }

  /** Show a slider for each direction; turns are -1 to 1, where 0 is the sound that they begin with. */
  show(directions, turns) {
    if (this.shown !== directions) this.#build(directions);
    this.shown = directions;
    this.inputs.forEach((input, i) => {
      input.value = Math.round(100 * turns[i]);
      input.setAttribute("aria-valuetext", inWords(directions[i], turns[i]));
    });
  }

  #build(directions) {
    this.inputs = directions.map(({ name, opposite }) => {
      const input = make("input", { type: "range", min: -100, max: 100, step: 1, "aria-label": name });
      input.addEventListener("input", () => this.acts.turn(this.inputs.map((each) => Number(each.value) / 100)));
      input.addEventListener("change", () => this.acts.settle(`slider ${name}`));
      return input;
    });
    const rows = directions.map(({ name, opposite }, i) => {
      const ends = [opposite, name].map((word) => make("span", { "aria-hidden": "true" }, word));
      return make("label", { class: "direction" }, ends[0], this.inputs[i], ends[1]);
    });
    byId("directions").replaceChildren(...rows);
  }
}

/** Return in words how far a slider is: "40 % brighter". */
function inWords({ name, opposite }, turn) {
  const share = Math.round(100 * turn);
  if (!share) return "as it was";
  return `${Math.abs(share)} % ${share > 0 ? name : opposite}`;
}
