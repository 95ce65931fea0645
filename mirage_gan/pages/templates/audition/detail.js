// The chosen sound: drawn large, named, with its figures, and beside the training sound that is nearest to it.

import { alignLoops, spectrogramDifference } from "./difference.js";
import { byId, make, setIcon, setOn } from "./dom.js";
import { colors, decodeSamples, drawBars, drawEnvelope, drawLevels } from "./drawing.js";
import { drawLine, drawRule, drawText, fitCanvas } from "./drawing.js";
import { figureRows } from "./figures.js";
import { harmonics, peakSpectrum } from "./spectra.js";

const BANDS = 64;

/** Connect the panel of the chosen sound. */
export function connectDetail(session, listening) {
  const current = () => session.chosen;
  byId("name").addEventListener("change", (event) => current() >= 0 && session.rename(current(), event.target.value));
  byId("name").addEventListener("keydown", (event) => {
    if (event.key === "Enter") byId("grid").focus();
  });
  byId("star").addEventListener("click", () => session.toggleStar(current()));
  byId("reject").addEventListener("click", () => session.toggleRejected(current()));
  byId("play").addEventListener("click", () => listening.again());
  byId("like").addEventListener("click", () => toggleLike(session));
  byId("hear-this").addEventListener("click", () => listening.compareTo(false));
  byId("hear-nearest").addEventListener("click", () => listening.compareTo(true));
  session.on("chosen", () => show(session));
  session.on("choices", () => showChoice(session));
  session.on("view", () => setOn(byId("like"), session.view.like !== null));
  session.on("heard", () => showHeard(session));
  for (const name of ["colors", "replaced"]) session.on(name, () => show(session));
  session.on("shown", () => show(session)); // on a phone the panel was hidden, and had no size to be drawn in
  new ResizeObserver(() => draw(session)).observe(byId("wave"));
  show(session);
}

/** Order all sounds by likeness to the chosen one, or no more. */
export function toggleLike(session) {
  if (session.chosen < 0) return;
  if (!session.sounds[session.chosen].features) return session.say("What is like a sound made here is not known");
  session.look({ like: session.view.like === null ? session.chosen : null });
  session.say(
    session.view.like === null ? "In the order of before" : `Ordered by likeness to ${session.nameOf(session.chosen)}`,
  );
  byId("grid").scrollTop = 0;
}

function show(session) {
  if (!byId("view-sound").clientWidth) return; // until it is shown: to find the nearest of a new sound takes a while
  const sound = session.sounds[session.chosen];
  for (const id of ["name", "star", "reject", "play", "like"]) byId(id).disabled = !sound;
  if (sound && !sound.features) byId("like").disabled = true;
  byId("nearest").hidden = !sound || sound.nearest === null;
  byId("about").textContent = sound ? aboutSound(session, sound) : "Choose a sound: click one, or press an arrow key.";
  byId("figures").replaceChildren(...(sound ? figureRows(sound, session.sounds).map(figureRow) : []));
  showChoice(session);
  showHeard(session);
  draw(session);
}

function aboutSound(session, sound) {
  const words = [
    `Seed ${sound.label}`.replace(/^Seed (?!\d)/, ""),
    sound.class,
    ...sound.faults.map((fault) => `fault: ${fault}`),
  ];
  return words.filter(Boolean).join(" · ");
}

function figureRow({ name, value, unit, words }) {
  const figure = make("dd", {}, make("b", { class: "figure" }, value), make("span", { class: "unit" }, unit));
  return make("div", {}, make("dt", {}, name), figure, make("dd", { class: "words" }, words));
}

function showChoice(session) {
  const sound = session.sounds[session.chosen];
  const { star, rejected, name } = session.choices.of(sound?.key);
  if (document.activeElement !== byId("name") || byId("name").dataset.key !== sound?.key) byId("name").value = name;
  byId("name").dataset.key = sound?.key ?? "";
  byId("name").placeholder = sound ? `Sound ${sound.label}` : "No sound chosen";
  setOn(byId("star"), star > 0);
  setOn(byId("reject"), rejected);
}

function showHeard(session) {
  const { heard, chosen } = session;
  const sound = session.sounds[chosen];
  setIcon(byId("play"), heard ? "stop" : "play");
  byId("play").querySelector("span").textContent = heard ? "Stop" : "Play";
  setOn(byId("hear-this"), Boolean(heard) && !heard.known && heard.index === chosen);
  setOn(byId("hear-nearest"), Boolean(heard?.known) && heard.index === sound?.nearest);
}

function draw(session) {
  const sound = session.sounds[session.chosen];
  if (!byId("wave").clientWidth) return;
  drawWave(session, sound);
  drawSpectrum(session, sound);
  if (sound && sound.nearest !== null) drawDifference(session, sound);
}

function drawWave(session, sound) {
  const { context, width, height } = fitCanvas(byId("wave"));
  const box = { x: 8, y: 8, width: width - 16, height: height - 16 };
  drawRule(context, { x: 0, y: 0, width }, height / 2);
  if (!sound) return;
  const samples = session.samplesOf(sound);
  if (session.kind === "loop") drawLine(context, box, decodeSamples(samples), colors().accent, 1.75);
  else drawEnvelope(context, box, samples, colors().accent);
  byId("wave").setAttribute("aria-label", `Waveform of sound ${sound.label}`);
}

function drawSpectrum(session, sound) {
  const { context, width, height } = fitCanvas(byId("spectrum"));
  const box = { x: 8, y: 8, width: width - 16, height: height - 28 };
  drawRule(context, box, box.height);
  if (!sound) return;
  const samples = session.samplesOf(sound);
  if (session.kind === "loop") {
    drawBars(context, box, harmonics(samples), colors().accent);
    drawText(context, "1", box.x, height - 7);
    drawText(context, "64 harmonics", box.x + box.width, height - 7, "right");
  } else {
    drawBars(context, box, peakSpectrum(samples, session.rateHz, BANDS), colors().accent);
    for (const [hz, text] of [
      [100, "100 Hz"],
      [1000, "1k"],
      [10000, "10k"],
    ]) {
      const at = Math.log(hz / 60) / Math.log(session.rateHz / 2 / 60);
      if (hz === 100) drawText(context, text, box.x, height - 7);
      else drawText(context, text, box.x + at * box.width, height - 7, "center");
    }
  }
  byId("spectrum").setAttribute("aria-label", `Spectrum of sound ${sound.label}`);
}

function drawDifference(session, sound) {
  const nearest = session.known[sound.nearest];
  byId("nearest-name").textContent = nearest.id;
  byId("nearest-words").textContent = sound.likeness;
  const { context, width, height } = fitCanvas(byId("difference"));
  const pair = [session.samplesOf(sound), session.samplesOf(nearest)];
  if (session.kind === "loop") {
    const [one, other] = alignLoops(...pair);
    const box = { x: 8, y: 8, width: width - 16, height: height - 16 };
    fillBetween(context, box, one, other);
    drawLine(context, box, other, colors().gray, 1.5);
    drawLine(context, box, one, colors().accent, 1.5);
    explain("Line: this sound", "gray: the nearest, turned to lie on it", "shaded: where they differ");
  } else {
    const difference = spectrogramDifference(...pair, session.rateHz, 96, 40);
    drawLevels(context, { x: 0, y: 0, width, height }, difference, colors().accent, colors().gray, 0.6);
    explain("Spectrogram: colored where this sound has more", "gray where the nearest has more");
  }
}

function explain(...parts) {
  byId("difference-note").textContent = parts.join(", ");
  byId("difference").setAttribute("aria-label", `Difference from the nearest training sound. ${parts.join(", ")}`);
}

function fillBetween(context, box, one, other) {
  const x = (i) => box.x + (i / (one.length - 1)) * box.width;
  const y = (value) => box.y + box.height / 2 - (value * box.height) / 2;
  context.beginPath();
  one.forEach((value, i) => context.lineTo(x(i), y(value)));
  for (let i = other.length - 1; i >= 0; i--) context.lineTo(x(i), y(other[i]));
  context.fillStyle = colors().accent;
  context.globalAlpha = 0.16;
  context.fill("nonzero");
  context.globalAlpha = 1;
}
