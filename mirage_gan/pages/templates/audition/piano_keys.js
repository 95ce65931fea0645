// The keys of a piano on a screen.

const BLACK = [1, 3, 6, 8, 10];

/** Return whether a note is a black key. */
export function isBlack(note) {
  return BLACK.includes(((note % 12) + 12) % 12);
}

/**
 * Return the keys that a width has room for, from a C on and ending with a C: {note, black, left, width}, the last two
 * as parts of the whole width.
 */
export function pianoKeys(lowest, width, leastWidth) {
  const octaves = Math.max(1, Math.min(5, Math.floor((width / leastWidth - 1) / 7)));
  const notes = Array.from({ length: 12 * octaves + 1 }, (_, i) => lowest + i);
  const unit = 1 / (7 * octaves + 1);
  let whites = 0;
  return notes.map((note) => {
    if (isBlack(note)) return { note, black: true, left: (whites - 0.32) * unit, width: 0.64 * unit };
    return { note, black: false, left: whites++ * unit, width: unit };
  });
}

/** Return the velocity of a key that is struck at a part of its height, from its top: lower is louder. */
export function velocityAt(part, most) {
  return Math.max(1, Math.min(127, Math.round(most * (0.45 + 0.55 * Math.min(1, Math.max(0, part) / 0.8)))));
}
