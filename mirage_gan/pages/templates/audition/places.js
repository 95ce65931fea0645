import { amongFour, sharesOfFour } from "./latents.js";

// Places of sounds: {latent, mix}, where `mix` has the share of each class that a sound is made of, {class: share}, and
// nothing for a network that knows no classes.

const SHARE_STEPS = 100; // of shares, so that a name can spell them
const MOST_SPELLED = 3; // classes of a mix that a name spells, at most

/** Return the place that an address is, whose latent is known beforehand if the address does not say it. */
export function placeOfAddress(address, latent = null) {
  const mix = address.mix ?? (address.class ? { [address.class]: 1 } : {});
  return { latent: address.z ? Float32Array.from(address.z) : latent, mix };
}

/** Return the address of a place: its numbers, each as short as float32 needs to be told apart, so any JSON keeps it. */
export function addressOf({ latent, mix }) {
  const names = Object.keys(mix);
  const classes = names.length > 1 ? { mix } : names.length ? { class: names[0] } : {};
  return { z: Array.from(latent), ...classes };
}

/** Return the class of a place, or nothing if it has none, or more than one. */
export function classOf({ mix }) {
  const names = Object.keys(mix);
  return names.length === 1 ? names[0] : "";
}

/** Return what a network is given for a place: its latent, and then the share of each of the classes, [name, waves]. */
export function givenBy({ latent, mix }, classes) {
  const known = classes.map(([name]) => name);
  const strange = Object.keys(mix).find((name) => !known.includes(name));
  if (strange) throw new Error(`the network knows no class ${strange}`);
  if (classes.length && !Object.keys(mix).length) throw new Error("the sound says no class, and the network knows some");
  return Float32Array.of(...latent, ...known.map((name) => mix[name] ?? 0));
}

/** Draw a class with the share that each of the classes, [name, waves], has in the training sounds, as seeds do. */
export function drawClass(classes, random = Math.random) {
  let rest = random() * classes.reduce((sum, [, waves]) => sum + waves, 0);
  const found = classes.find(([, waves]) => (rest -= waves) < 0);
  return (found ?? classes.at(-1))[0];
}

/** Return the place between four corners, as `amongFour` has them; it has as much of the classes of each as is near. */
export function placeAmongFour(corners, at) {
  const shares = sharesOfFour(at);
  const whole = corners[shares.indexOf(1)];
  if (whole) return whole;
  const latent = amongFour(corners.map((corner) => corner.latent), at);
  return { latent, mix: mixOf(corners.map(({ mix }) => mix), shares) };
}

/** Return a mix of mixes, of which there is a share of each, in steps of a hundredth. */
function mixOf(mixes, shares) {
  const sums = new Map();
  mixes.forEach((mix, i) => {
    for (const [name, share] of Object.entries(mix)) sums.set(name, (sums.get(name) ?? 0) + shares[i] * share);
  });
  let [before, sum] = [0, 0];
  const rounded = Array.from(sums, ([name, share]) => {
    const steps = Math.round(SHARE_STEPS * (sum += share)) - before;
    before += steps;
    return [name, steps / SHARE_STEPS]; // what is lost by rounding goes on to the next, so all of them are one
  });
  return Object.fromEntries(rounded.filter(([, share]) => share > 0));
}

/**
 * Return what the sound of a place is called as long as nobody has named it: what `export` calls its file, if that spells
 * its classes.
 */
export async function labelOf({ latent, mix }) {
  const bytes = new DataView(new ArrayBuffer(4 * latent.length));
  latent.forEach((value, i) => bytes.setFloat32(4 * i, value + 0, true));
  const hash = await crypto.subtle?.digest("SHA-256", bytes.buffer); // browsers have it on secure pages only
  if (!hash) return "new sound";
  const digits = [...new Uint8Array(hash, 0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
  const classes = Object.entries(mix).map(([name, share], _, { length }) => `-${name}${length > 1 ? share : ""}`);
  return `z-${digits.join("")}${classes.length > MOST_SPELLED ? "-mix" : classes.join("")}`;
}
