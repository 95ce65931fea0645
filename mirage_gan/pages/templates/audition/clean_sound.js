/** Sounds as they are played clean: band-limited for the note, so that nothing is heard that is not in the sound. */
import { cycleOf } from "./harmonics.js";

/** Harmonics above it are inaudible, and are left out. */
const HIGHEST_HZ = 20_000;

/** Points a harmonic: so many that an output that interpolates linearly keeps what it mirrors 50 dB down or more. */
const POINTS_A_HARMONIC = 16;

/** Zero crossings of the resampling kernel on each side. */
const CROSSINGS = 16;

/** Return the frequency of a MIDI note in equal temperament with A at 440 Hz. */
export function noteHz(note) {
  return 440 * 2 ** ((note - 69) / 12);
}

/**
 * Return one period of a loop for a pitch, with the harmonics that one hears at it.
 *
 * @param {import("./harmonics.js").Harmonics} harmonics
 * @param {number} hz the pitch
 * @param {number} rateHz of the output
 * @returns {Float32Array} as many points as keep interpolation clean, a power of two
 */
export function cleanCycle(harmonics, hz, rateHz) {
  const most = Math.max(1, Math.min(harmonics.cosines.length - 1, Math.floor(Math.min(HIGHEST_HZ, rateHz / 2) / hz)));
  const length = 2 ** Math.ceil(Math.log2(Math.max(256, POINTS_A_HARMONIC * most)));
  return cycleOf(harmonics, length, most);
}

/**
 * Return a sound at another speed and rate by a windowed sinc, which leaves out what the output cannot hold.
 *
 * @param {Uint8Array} samples unsigned 8-bit audio
 * @param {number} step samples of the sound for each sample of the output
 * @returns {Float32Array} full scale -1 to 1
 */
export function resampled(samples, step) {
  const widening = Math.max(1, step); // a kernel that is wider passes lower frequencies alone
  const reach = CROSSINGS * widening;
  const kernel = sincKernel();
  const scale = KERNEL_STEPS / widening;
  const signal = Float32Array.from(samples, (byte) => (byte - 128) / (127 * widening));
  const result = new Float32Array(Math.max(1, Math.ceil(samples.length / step)));
  for (let i = 0; i < result.length; i++) {
    const first = Math.max(0, Math.ceil(i * step - reach));
    const end = Math.min(signal.length, Math.floor(i * step + reach) + 1);
    let place = (first - i * step + reach) * scale + 0.5; // rounded to the nearest below
    let sum = 0;
    for (let k = first; k < end; k++, place += scale) sum += signal[k] * kernel[place | 0];
    result[i] = sum;
  }
  return result;
}

// From one zero crossing of the kernel to the next: not a power of two, at whose strides a cache holds little. What is
// rounded off is below the noise of 8 bits.
const KERNEL_STEPS = 500;
let kernelTable = null;

/** Return the kernel, sinc(x) under a Blackman window, from its left end on; made when it is needed first. */
function sincKernel() {
  const middle = CROSSINGS * KERNEL_STEPS;
  const window = (x) => 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
  kernelTable ??= Float32Array.from({ length: 2 * middle + 1 }, (_, i) => {
    const x = (Math.PI * (i - middle)) / KERNEL_STEPS;
    return (x ? Math.sin(x) / x : 1) * window((i - middle) / middle);
  });
  return kernelTable;
}
