// Addresses of sounds, as a file of favourites holds them.
//
// A seed may have 63 bits, which is more than a number of JavaScript can hold, so a seed is a text of digits here.

/** Parse JSON in which every seed becomes a text of digits. */
export function parseWithSeeds(text) {
  // Inside a JSON text every quote has a backslash before it, so this finds keys alone, never a part of a name. A class
  // may be called seed, but its share of a mix is below 1.
  return JSON.parse(text.replace(/(?<!\\)"seed":\s*(\d+)(?![\d.eE])/g, '"seed":"$1"'));
}

/** Return an address as JSON, with its name if it has one; a seed is written as the number that it is. */
export function addressText(address, name = "") {
  const parts = [];
  if (address.z) parts.push(`"z":${JSON.stringify(address.z)}`);
  else parts.push(`"seed":${BigInt(address.seed)}`);
  if (address.number) parts.push(`"spread":${Number(address.spread)},"number":${Number(address.number)}`);
  if (address.class) parts.push(`"class":${JSON.stringify(address.class)}`);
  if (address.mix) parts.push(`"mix":${JSON.stringify(address.mix)}`);
  if (name) parts.push(`"name":${JSON.stringify(name)}`);
  return `{${parts.join(",")}}`;
}

/** Return what a sound is recognized by, whatever it is called. */
export function addressKey(address) {
  return addressText(address);
}

/** Return a list of entries `{address, name}` as JSON. */
export function addressesText(entries) {
  return `[${entries.map((entry) => addressText(entry.address, entry.name)).join(",")}]`;
}

/** Return the file that `export --favourites` takes. */
export function favouritesFile(run, checkpoint, entries) {
  const lines = entries.map((entry) => `  ${addressText(entry.address, entry.name)}`);
  const head = `"format": 1, "run": ${JSON.stringify(run)}, "checkpoint_sha256": ${JSON.stringify(checkpoint)}`;
  return `{${head}, "favourites": [\n${lines.join(",\n")}\n]}\n`;
}
