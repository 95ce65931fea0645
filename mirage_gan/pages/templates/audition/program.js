import { FastConvolution, PlaneTransform } from "./fast_convolution.js";
import { FastFourier } from "./fast_fourier.js";
import { Operations } from "./operations.js";
import { products } from "./products.js";
import { Rebuilding } from "./rebuilding.js";
import { WaveSounds } from "./wave_sounds.js";

// A network as data, and the worker that runs it. `models/tracing` makes the data.

/** Return numbers of IEEE 754 half precision, little-endian in a text in base64. */
export function decodeHalves(text) {
  const bytes = atob(text);
  const words = new Uint32Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) {
    const half = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
    words[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13); // sign, exponent and fraction where float32 has them
  }
  return new Float64Array(new Float32Array(words.buffer)).map((value) => value * 2 ** 112); // for the exponents' other zero
}

/**
 * Runs a program.
 *
 * The text of this class is a part of the worker's source, so it uses no names but those in `workerSource`.
 */
export class Program {
  /** @param network as the page has it */
  constructor({ latent, classes, program: { operations, wave, sound }, weights }) {
    const numbers = decodeHalves(weights);
    const part = (at) => at && numbers.subarray(at[0], at[0] + at[1]);
    this.operations = operations.map((each) => ({ ...each, weights: part(each.weights), bias: part(each.bias) }));
    this.arrays = [new Float64Array(latent + classes.length), ...operations.map(({ size }) => new Float64Array(size))];
    this.wave = wave;
    this.sound = { ...sound };
  }

  /**
   * Make the sound of a latent, step by step.
   *
   * @param given the numbers of the latent, and then the share of each class that the network knows
   * @returns {Iterator} which returns unsigned 8-bit samples, and what `WaveSounds.measure` says of them
   */
  *run(given) {
    yield* this.compute(given);
    const signal = yield* WaveSounds[this.sound.how](this.sound, this.arrays[this.wave]);
    return { samples: WaveSounds.bytes(signal), ...WaveSounds.measure(signal) };
  }

  /** Compute the wave of what `run` is given, step by step, into `arrays[wave]`. */
  *compute(given) {
    this.arrays[0].set(given);
    for (const [i, about] of this.operations.entries()) {
      if (!Object.hasOwn(Operations, about.op)) throw new Error(`this page does not know the operation ${about.op}`);
      const reads = about.in.map((array) => this.arrays[array]);
      const steps = Operations[about.op](about, reads, this.arrays[i + 1]);
      if (steps) yield* steps;
      else yield;
    }
    if (!this.arrays[this.wave].every(Number.isFinite)) throw new Error("the network's output is not finite");
  }
}

/** Answer messages to a worker: first a network, then what is given to it, one by one, by what is made of it or an error. */
export function serveProgram(scope) {
  let program = null;
  scope.onmessage = ({ data: { network, given } }) => {
    try {
      if (network) {
        program = new Program(network);
        return scope.postMessage({ made: null });
      }
      const steps = program.run(given);
      let step = steps.next();
      while (!step.done) step = steps.next();
      scope.postMessage({ made: step.value });
    } catch (error) {
      scope.postMessage({ error: error.message });
    }
  };
}

/** Return the text of the worker: a page that is one file has no other to load. */
export function workerSource() {
  const parts = [decodeHalves, products, PlaneTransform, FastConvolution, FastFourier, Operations, Rebuilding, WaveSounds, Program, serveProgram];
  return [...parts, "serveProgram(self);"].join("\n");
}
