/** Notes from computer keys and from MIDI, as actions that the piano performs. */

/**
 * @typedef {{type: "on", note: number, velocity: number} | {type: "off", note: number}
 *   | {type: "sustain", down: boolean} | {type: "silence"}} Action
 */

// Keys by their physical place, so that they lie alike whatever is printed on them: the lower row plays one octave and
// some, the upper one the next octave and some; black keys are in the row above.
const LOWER_ROW =
  "KeyZ KeyS KeyX KeyD KeyC KeyV KeyG KeyB KeyH KeyN KeyJ KeyM Comma KeyL Period Semicolon Slash".split(" ");
const UPPER_ROW =
  "KeyQ Digit2 KeyW Digit3 KeyE KeyR Digit5 KeyT Digit6 KeyY Digit7 KeyU KeyI Digit9 KeyO Digit0 KeyP".split(" ");
const OFFSETS = new Map([...LOWER_ROW.map((code, i) => [code, i]), ...UPPER_ROW.map((code, i) => [code, 12 + i])]);
const OCTAVE_SHIFTS = new Map([["BracketLeft", -12], ["BracketRight", 12], ["Minus", -12], ["Equal", 12]]);
const PRINTED = new Map([["Comma", ","], ["Period", "."], ["Semicolon", ";"], ["Slash", "/"]]);
const NOTE_NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/** Return how many semitones above the lowest note a key plays, by its `event.code`; null if it plays none. */
export function offsetOfCode(code) {
  return OFFSETS.get(code) ?? null;
}

/** Return by how many semitones a key shifts the others: an octave down or up; 0 if it does not. */
export function shiftOfCode(code) {
  return OCTAVE_SHIFTS.get(code) ?? 0;
}

/**
 * Return what is printed on the key that plays so many semitones above the lowest note, "" if there is none.
 *
 * @param {Map<string, string>} [printed] of the user's keyboard by code, as `navigator.keyboard.getLayoutMap()` gives
 *   it; left out, as on an American one
 */
export function letterOfOffset(offset, printed = new Map()) {
  const code = [...OFFSETS.keys()].findLast((each) => OFFSETS.get(each) === offset); // the upper row, if both have it
  return code ? (printed.get(code) ?? PRINTED.get(code) ?? code.replace(/^Key|^Digit/, "")).toUpperCase() : "";
}

/** Return the name of a MIDI note, also below the lowest of them: 60 is C4. */
export function noteName(note) {
  return `${NOTE_NAMES[((note % 12) + 12) % 12]}${Math.floor(note / 12) - 1}`;
}

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL = 0xb0;
const SUSTAIN = 64;
const ALL_SOUND_OFF = 120;
const ALL_NOTES_OFF = 123;

/**
 * Return what a MIDI message asks for, on any channel; null if it is none of notes, pedal and silence.
 *
 * A note on with velocity 0 is a note off; a pedal is down from 64 on (MIDI 1.0).
 *
 * @param {ArrayLike<number>} bytes of one whole message
 * @returns {?Action}
 */
export function parseMidi([status, number, value]) {
  if (!(number <= 127 && value <= 127)) return null;
  const kind = status & 0xf0;
  if (kind === NOTE_ON && value > 0) return { type: "on", note: number, velocity: value };
  if (kind === NOTE_ON || kind === NOTE_OFF) return { type: "off", note: number };
  if (kind !== CONTROL) return null;
  if (number === SUSTAIN) return { type: "sustain", down: value >= 64 };
  return number === ALL_SOUND_OFF || number === ALL_NOTES_OFF ? { type: "silence" } : null;
}
