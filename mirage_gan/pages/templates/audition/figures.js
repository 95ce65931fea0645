// Figures of a sound in words.

import { noteName } from "./notes.js";

/** Return a pitch as the nearest note of A = 440 Hz and the cents above it, such as "A♯2 −24 ct". */
export function pitchInWords(hz) {
  const exact = 69 + 12 * Math.log2(hz / 440);
  const nearest = Math.round(exact);
  const cents = Math.round(100 * (exact - nearest));
  const name = noteName(nearest).replace("#", "♯");
  if (cents === 0) return name;
  return `${name} ${cents > 0 ? "+" : "−"}${Math.abs(cents)} ct`;
}

/** Return a number with a fixed number of digits and thousands apart, or "–" where there is none. */
export function formatFigure(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Return how much of a page's sounds have less of a figure, in words, such as "above 72 % here". */
export function rankInWords(value, values) {
  const others = values.filter((other) => other !== null && other !== undefined);
  if (value === null || value === undefined || others.length < 2) return "";
  const below = others.filter((other) => other < value).length;
  const above = others.filter((other) => other > value).length;
  if (!above) return "the most here";
  if (!below) return "the least here";
  return `above ${Math.round((100 * below) / (others.length - 1))} % here`;
}

/** Return the rows of a sound's figures: {name, value, unit, words}. */
export function figureRows(sound, sounds) {
  const column = (field) => sounds.map((other) => other[field]);
  const row = (name, field, digits, unit) => {
    return { name, value: formatFigure(sound[field], digits), unit, words: rankInWords(sound[field], column(field)) };
  };
  const rows = [row("Novelty", "novelty", 2, "")];
  if (sound.hz) {
    rows.push({ name: "Pitch", value: formatFigure(sound.hz, 1), unit: "Hz", words: pitchInWords(sound.hz) });
  }
  const pages = Math.ceil(sound.at[1] / 256);
  const memory = `${formatFigure(sound.at[1])} bytes, ${pages} ${pages === 1 ? "page" : "pages"}`;
  rows.push({ name: "Length", value: formatFigure(sound.seconds, 3), unit: "s", words: memory });
  rows.push(row("Brightness", "brightness", 0, "Hz"), row("Noisiness", "noisiness", 2, ""));
  if (sound.tuning) {
    const { lower, upper } = sound.tuning;
    rows.push({ name: "Tuning", value: lower.join("/"), unit: "", words: `lower; upper ${upper.join("/")}` });
  }
  return rows;
}
