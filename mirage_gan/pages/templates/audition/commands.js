// What keys do. Letters are either commands or notes: while keys play notes, commands need the Shift key.

import { moved } from "./grid_layout.js";

/** The keys, for the page's help: [key, what it does]. */
export const KEYS = [
  ["← → ↑ ↓", "go to another sound and play it"],
  ["Home End PgUp PgDn", "go to the first, the last, a page up, a page down"],
  ["Space Enter", "stop, or play again"],
  ["S", "star, or take the star back"],
  ["X", "reject, or take that back"],
  ["A", "compare with the nearest training sound; again: back"],
  ["L", "order all sounds by likeness to this one; again: back"],
  ["M", "through the Mirage, or clean"],
  ["N", "name the sound"],
  ["R", "roll new sounds, and play the first"],
  ["Esc", "silence everything"],
  ["Ctrl Z", "undo; with Shift: redo"],
  ["K", "letters play notes, or are commands again"],
  ["/", "search"],
  ["?", "these keys"],
];

const LETTERS = { s: "star", x: "reject", a: "compare", l: "like", m: "mirage", n: "name", r: "roll", k: "keys" };

/**
 * Return the command of a key, or null.
 *
 * @param event a KeyboardEvent, or what of it is read: key, code, ctrlKey, metaKey, altKey, shiftKey
 * @param at where the focus is: {typing: in a text field; arrows: on something that uses arrow keys itself; control: on
 *   something that Space and Enter press; notes: whether letters play notes}
 */
export function commandOf(event, at) {
  if (event.altKey) return null;
  if (event.key === "Escape") return "silence";
  if (at.typing) return null;
  const letter = letterOf(event);
  if (event.ctrlKey || event.metaKey) {
    if (letter === "z") return event.shiftKey ? "redo" : "undo";
    return letter === "y" ? "redo" : null;
  }
  if (event.key === "?") return "help";
  if (event.key === "/" && !at.notes) return "search";
  if (moved(event.key, 0, 1, 1, 1) !== null) return at.arrows ? null : "move";
  if (event.key === " " || event.key === "Enter") return at.control ? null : "again";
  return at.notes && !event.shiftKey ? null : (LETTERS[letter] ?? null);
}

/** Return the Latin letter of a key, also where the keyboard writes another alphabet; "" if it has none. */
function letterOf(event) {
  const key = event.key.toLowerCase();
  if (/^[a-z]$/.test(key)) return key;
  const latin = /^[\x20-\x7e]$/.test(key) || key.length > 1;
  return latin ? "" : (/^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? "");
}
