// What can be made of starred sounds, and the command line that makes it.

const ALL = [
  { what: "disk", name: "Make a disk", kinds: ["loop", "one-shot"] },
  { what: "wav", name: "WAVs", kinds: ["loop", "one-shot"] },
  { what: "gotek", name: "Gotek folder", kinds: ["loop", "one-shot"] },
  { what: "wavetable", name: "Wavetable", kinds: ["loop"] },
];

/** Return what can be made of sounds of a kind: {what, name}. */
export function offeredFor(kind) {
  return ALL.filter((maker) => maker.kinds.includes(kind));
}

/**
 * Return the command line that makes something of starred sounds, or null with a reason if none can.
 *
 * @param data of the page: `command` and `morph_command` are quoted for a shell already
 * @param starred entries {address, name}
 * @return {command, reason}
 */
export function commandLine(data, what, starred) {
  if (!starred.length) return { command: null, reason: "Star a sound first" };
  if (what === "wavetable" && starred.length < 2) {
    return { command: null, reason: "A wavetable leads from one sound to another: star two or more" };
  }
  const begin = what === "wavetable" ? data.morph_command : data.command;
  return { command: `${begin} --favourites favourites.json --to ${what}`, reason: "" };
}

/** Return why something cannot be made of starred sounds, or "". */
export function hindrance(data, what, starred) {
  return commandLine(data, what, starred).reason;
}
