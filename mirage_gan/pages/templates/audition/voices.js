export class Player {
  constructor() { this.voices = 8; }
  get context() { return (this.made ??= new AudioContext()); }
  get now() { return this.context.currentTime; }
  play(sound, { note = 60, velocity = 100, when = 0, gain = 1 } = {}) {
    const buffer = this.context.createBuffer(1, sound.samples.length, sound.rateHz);
    buffer.getChannelData(0).set(Float32Array.from(sound.samples, (x) => (x - 128) / 127));
    const node = new AudioBufferSourceNode(this.context, { buffer, loop: sound.kind === "loop", playbackRate: sound.kind === "loop" ? 440 * 2 ** ((note - 69) / 12) / (sound.rateHz / sound.samples.length) : 2 ** ((note - 60) / 12) });
    const level = new GainNode(this.context, { gain: 0.3 * gain });
    node.connect(level).connect(this.context.destination);
    node.start(when);
    const voice = { cut: () => node.stop() };
    (this.all ??= new Map()).set(note, voice);
    return voice;
  }
  stop(note) {
    if (note === "all") for (const v of this.all?.values() ?? []) v.cut();
    else this.all?.get(note)?.cut();
  }
}
