import { addressOf, classOf, givenBy } from "./places.js";
import { Program, workerSource } from "./program.js";

// New sounds in the page: a network that answers places by sounds, without disturbing what is heard and seen.

const SLICE_MS = 8; // of work on the page's own thread before others have a turn: half a frame

/** Return when others have had a turn on this thread. */
function turn() {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel(); // a timer would wait for 4 ms
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });
}

/** A network in a worker. */
class WorkerThread {
  constructor(network, worker) {
    this.worker = worker;
    this.waiting = null; // {resolve, reject} of what was asked
    this.ready = this.#ask({ network });
    worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.waiting;
      if (data.error) reject(new Error(data.error));
      else resolve(data.made);
    };
    worker.onerror = (event) => {
      event.preventDefault?.(); // it is told by the rejection
      this.waiting?.reject(new Error(event.message || "the worker could not be started"));
    };
  }

  #ask(message) {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage(message);
    });
  }

  make(given) {
    return this.#ask({ given });
  }

  close() {
    this.worker.terminate();
    this.waiting.resolve(null);
  }
}

/** A network on the page's own thread, in slices. */
class OwnThread {
  constructor(network) {
    this.program = new Program(network);
    this.closed = false;
  }

  async make(given) {
    const steps = this.program.run(given);
    for (;;) {
      const until = performance.now() + SLICE_MS;
      while (performance.now() < until) {
        const step = steps.next();
        if (step.done) return step.value;
      }
      await turn();
      if (this.closed) return null;
    }
  }

  close() {
    this.closed = true;
  }
}

/** Return a thread for a network: a worker, or where a browser gives none, the page's own. */
async function openThread(network) {
  if (typeof Worker === "undefined" || typeof Blob === "undefined") return new OwnThread(network);
  const url = URL.createObjectURL(new Blob([workerSource()], { type: "text/javascript" }));
  try {
    const thread = new WorkerThread(network, new Worker(url));
    await thread.ready;
    return thread;
  } catch {
    return new OwnThread(network);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Return the generator of a page's network.
 *
 * @param network the page's data of that name
 * @returns {{generate: function, close: function}} `generate(place, channel)` takes a place as `places.js` has them and
 *   promises a sound, or null if another one was asked for on the same channel before this one's turn came; it rejects
 *   what cannot be computed. A sound has the fields of the page's others, as far as they are known without Python:
 *   those that are not are null or empty.
 */
export function makeGenerator(network) {
  const waiting = new Map(); // by channel: {place, resolve, reject}, in the order of their turns
  let thread = null;
  let busy = false;
  let closed = false;

  async function work() {
    if (busy) return;
    busy = true;
    while (waiting.size) {
      const [[channel, { place, resolve, reject }]] = waiting;
      waiting.delete(channel);
      try {
        thread ??= await openThread(network);
        if (closed) thread.close();
        const made = closed ? null : await thread.make(givenBy(place, network.classes));
        resolve(made && !closed ? soundOf(network, place, made) : null);
      } catch (error) {
        reject(error);
      }
    }
    busy = false;
  }

  return {
    generate(place, channel = "roll") {
      const { length } = place.latent;
      if (closed) return Promise.reject(new Error("the generator was closed"));
      if (length !== network.latent) {
        return Promise.reject(new Error(`a latent has ${network.latent} numbers, and this one has ${length}`));
      }
      waiting.get(channel)?.resolve(null);
      return new Promise((resolve, reject) => {
        waiting.set(channel, { place, resolve, reject });
        work();
      });
    },
    close() {
      closed = true;
      for (const { resolve } of waiting.values()) resolve(null);
      waiting.clear();
      thread?.close();
    },
  };
}

/** Return a sound as the page has others. */
function soundOf({ sound }, place, { samples, center, noisiness }) {
  return {
    ...sound, // what all sounds of the network have in common
    address: addressOf(place),
    samples,
    at: [0, samples.length],
    seconds: samples.length / sound.rate_hz,
    brightness: center * sound.rate_hz,
    noisiness,
    novelty: null,
    nearest: null,
    distance: null,
    likeness: "",
    class: classOf(place),
    faults: [],
    features: [],
  };
}
