// All sounds as dots, alike near alike, played under the pointer.

import { byId } from "./dom.js";
import { colors, fitCanvas } from "./drawing.js";

const REACH = 18; // pixels around the pointer in which a dot is found
const MARGIN = 14;
const CROWD = 600; // more sounds than this are smaller dots

/** Return the dot that is nearest to a place, {index, known}, or null if none is within reach. */
export function dotAt(dots, x, y, reach) {
  let best = null;
  let least = reach ** 2;
  for (const dot of dots) {
    const distance = (dot.x - x) ** 2 + (dot.y - y) ** 2;
    if (distance <= least) [best, least] = [dot, distance];
  }
  return best;
}

export class SoundMap {
  constructor(session, listening) {
    this.session = session;
    this.listening = listening;
    this.canvas = byId("map");
    this.under = null;
    this.canvas.addEventListener("pointermove", (event) => this.#moved(event));
    this.canvas.addEventListener("pointerdown", (event) => this.#pressed(event));
    this.canvas.addEventListener("pointerleave", () => this.#point(null));
    for (const name of ["choices", "chosen", "view", "heard", "colors", "shown"])
      session.on(name, () => this.#drawSoon());
    session.on("replaced", () => this.#point(null));
    new ResizeObserver(() => this.#drawSoon()).observe(this.canvas);
    this.#describe();
  }

  #moved(event) {
    const dot = this.#dotOf(event);
    if (dot?.index === this.under?.index && dot?.known === this.under?.known) return;
    this.#point(dot);
    // A browser lets a page sound only after a click or a key; before that, pointing shows the name alone.
    const allowed = navigator.userActivation?.hasBeenActive ?? true;
    if (dot && allowed && byId("map-plays").checked) this.listening.hear(dot.index, dot.known);
  }

  #pressed(event) {
    const dot = this.#dotOf(event);
    this.#point(dot);
    if (!dot) return;
    if (dot.known) this.listening.hear(dot.index, true);
    else this.session.choose(dot.index);
  }

  #dotOf(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return dotAt(this.dots ?? [], event.clientX - left, event.clientY - top, REACH);
  }

  #point(dot) {
    this.under = dot;
    this.canvas.classList.toggle("pointing", dot !== null);
    this.#describe();
    this.#drawSoon();
  }

  #describe() {
    const { session, under } = this;
    const about = byId("map-under");
    if (!under) about.textContent = "Point at a dot to hear it; click to choose it.";
    else if (under.known) about.textContent = `${session.known[under.index].id} (training sound)`;
    else
      about.textContent = [session.nameOf(under.index), session.sounds[under.index].class].filter(Boolean).join(" · ");
  }

  #drawSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.canvas.clientWidth) this.#draw();
    });
  }

  #draw() {
    const { session } = this;
    const { context, width, height } = fitCanvas(this.canvas);
    const place = ([x, y]) => ({ x: MARGIN + x * (width - 2 * MARGIN), y: MARGIN + (1 - y) * (height - 2 * MARGIN) });
    const known = session.known.map((sound, index) => ({ index, known: true, ...place(sound.map) }));
    const placed = session.order.filter((index) => session.sounds[index].map); // those made in the page have no place
    const shown = placed.map((index) => ({ index, known: false, ...place(session.sounds[index].map) }));
    this.dots = [...known, ...shown];
    const isStarred = (dot) => session.choices.of(session.sounds[dot.index].key).star > 0;
    context.lineWidth = 1;
    const radius = shown.length > CROWD ? 1.75 : 2.75;
    for (const dot of shown) if (!isStarred(dot)) disc(context, dot, radius, colors().ink);
    for (const dot of known) hollow(context, dot, 2.75);
    for (const dot of shown) if (isStarred(dot)) disc(context, dot, 4.5, colors().accent);
    context.lineWidth = 2;
    const { heard } = session;
    for (const dot of this.dots) {
      if (heard && heard.index === dot.index && heard.known === dot.known) ring(context, dot, 8, colors().accent);
      else if (!dot.known && dot.index === session.chosen) ring(context, dot, 8, colors().soft);
    }
  }
}

function disc(context, { x, y }, radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}

/** Draw a training sound so that it is seen among the others too. */
function hollow(context, dot, radius) {
  disc(context, dot, radius, colors().shade);
  ring(context, dot, radius, colors().gray);
}

function ring(context, { x, y }, radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = color;
  context.stroke();
}
