// A beat of four tracks and sixteen steps: what sounds when.

export const TRACKS = 4;
export const STEPS = 16;

/** Return a beat in which nothing sounds. */
export function emptyBeat() {
  return Array.from({ length: TRACKS }, () => Array(STEPS).fill(false));
}

/** Return a plain beat to begin with: a step on every quarter, an off-beat, eighths, and a pick-up. */
export function firstBeat() {
  const steps = [
    [0, 4, 8, 12],
    [4, 12],
    [0, 2, 4, 6, 8, 10, 12, 14],
    [7, 15],
  ];
  return steps.map((on) => Array.from({ length: STEPS }, (_, i) => on.includes(i)));
}

/**
 * Says which steps are due: called again and again, it gives each step once, ahead of its time.
 *
 * Times are those of the audio clock, in seconds, so a beat is steady however late the caller is.
 */
export class BeatClock {
  /** @param swing 0 (straight) to 0.5: how far every second step is late, in steps */
  constructor(start, tempo, swing = 0) {
    this.next = 0; // the number of the step that comes next, from 0 on without end
    this.nextTime = start;
    this.tempo = tempo;
    this.swing = swing;
  }

  /** Return the steps that begin before a time and were not given yet, as {step, time}. */
  until(time) {
    const due = [];
    while (this.nextTime < time) {
      const late = this.next % 2 ? this.swing * this.stepSeconds() : 0;
      due.push({ step: this.next % STEPS, time: this.nextTime + late });
      this.nextTime += this.stepSeconds();
      this.next++;
    }
    return due;
  }

  /** Leave out what should have sounded before a time, after the page was asleep. */
  skipTo(time) {
    while (this.nextTime < time) {
      this.nextTime += this.stepSeconds();
      this.next++;
    }
  }

  /** Return how long a step is: a sixteenth note. */
  stepSeconds() {
    return 60 / this.tempo / 4;
  }
}
