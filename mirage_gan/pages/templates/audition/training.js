// What is told of a training: its progress in words, and the curves of its figures.

import { formatFigure } from "./figures.js";

/**
 * The charts: what is drawn of the lines of the log, and over which range at least. Below `floor` nothing is drawn: the
 * score of a first check, with all that is taken off it, would press the rest together.
 */
export const CHARTS = [
  {
    id: "scores",
    name: "Scores at each check",
    rows: "checks",
    lines: [
      ["score", "score"],
      ["coverage", "coverage"],
      ["recall", "recall"],
      ["precision", "precision"],
    ],
    range: [0, 1],
    floor: 0,
  },
  {
    id: "beliefs",
    name: "Taken for real by the discriminator",
    rows: "progress",
    lines: [
      ["belief_real", "your sounds"],
      ["belief_fake", "its own"],
    ],
    range: [0, 1],
    floor: 0,
  },
  {
    id: "losses",
    name: "Losses",
    rows: "progress",
    lines: [
      ["loss_d", "discriminator"],
      ["loss_g", "generator"],
    ],
    range: [],
    floor: -Infinity,
  },
];

/** Return a time in words, such as "45 s", "3 min 20 s" or "2 h 5 min". */
export function timeInWords(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = whole < 3600 ? Math.floor(whole / 60) : Math.round(whole / 60);
  if (whole < 3600) return `${minutes} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** Return {title, details, verdict} of a training's progress. */
export function progressInWords({ state, step, steps, seconds, share, left_s: left, verdict }) {
  if (state === "waiting") {
    return { title: "Waiting for the training", details: "Nothing is logged yet. Its figures come with the first steps.", verdict };
  }
  const titles = {
    running: share === null ? "Training" : `Training, ${Math.floor(100 * share)} %`,
    quiet: "No news",
    ended: "The training has ended",
  };
  const parts = [`Step ${formatFigure(step)}${steps ? ` of ${formatFigure(steps)}` : ""}`, timeInWords(seconds)];
  if (left !== null) parts.push(`about ${timeInWords(left)} left`);
  if (state === "quiet") parts.push("nothing was logged for a minute: it was stopped, or is busy with a check");
  return { title: titles[state], details: parts.join(" · "), verdict };
}

/** Return the values of a field as [step, value], without those that are missing. */
export function seriesOf(rows, field) {
  return rows.filter((row) => Number.isFinite(row[field])).map((row) => [row.step, row[field]]);
}

/** Return the least, above a floor, and the most of all values and of a range; null if there is nothing. */
export function extentOf(seriesList, range, floor) {
  const values = [...seriesList.flatMap((series) => series.map(([, value]) => value)), ...range];
  if (!values.length) return null;
  const [least, most] = [Math.max(floor, Math.min(...values)), Math.max(...values)];
  return least < most ? [least, most] : [least - 0.5, most + 0.5];
}

/** Return the latest value of a series at a step or before it, or null. */
export function valueAt(series, step) {
  let found = null;
  for (const [at, value] of series) if (at <= step) found = value;
  return found;
}

/** Return where a series lies in a box, as {x, y}; what is below the least lies on the edge. */
export function pointsOf(series, [least, most], lastStep, box) {
  return series.map(([step, value]) => ({
    x: box.x + (step / Math.max(1, lastStep)) * box.width,
    y: box.y + (1 - (Math.max(least, value) - least) / (most - least)) * box.height,
  }));
}

/** Return whether new sounds may take the place of others unasked: not while somebody chooses among them. */
export function mayReplace({ sounds, decided, sounding, typing }) {
  return sounds === 0 || !(decided || sounding || typing);
}

/** Return the name of the checkpoint that was written last, by {name: its time in digits}; null if there is none. */
export function newestOf(checkpoints) {
  const names = Object.keys(checkpoints).sort((one, other) => (BigInt(checkpoints[one]) < BigInt(checkpoints[other]) ? 1 : -1));
  return names[0] ?? null;
}

/** Return the place of the check that is shown after others have come: the newest, unless another one was picked. */
export function placeOfCheck(previews, picked) {
  const at = picked === null ? -1 : previews.indexOf(picked);
  return at >= 0 ? at : previews.length - 1;
}
