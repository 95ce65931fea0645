// Keys, notes and MIDI.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MidiInput } from "../../mirage_gan/pages/templates/audition/midi.js";
import { letterOfOffset, noteName, offsetOfCode, parseMidi, shiftOfCode } from "../../mirage_gan/pages/templates/audition/notes.js";

test("two rows of keys lie like a piano, by their place", () => {
  assert.deepEqual(["KeyZ", "KeyS", "KeyX", "Comma", "KeyQ", "Digit2", "KeyP"].map(offsetOfCode), [0, 1, 2, 12, 12, 13, 28]);
  for (const code of ["KeyA", "KeyF", "Digit1", "Digit4", "Enter", "toString"]) assert.equal(offsetOfCode(code), null);
  assert.deepEqual(["BracketLeft", "BracketRight", "KeyZ"].map(shiftOfCode), [-12, 12, 0]);
});

test("the letters are those of the user's keyboard, where the browser tells them", () => {
  assert.deepEqual([0, 1, 12, 13, 28, 29].map((offset) => letterOfOffset(offset)), ["Z", "S", "Q", "2", "P", ""]);
  assert.equal(letterOfOffset(0, new Map([["KeyZ", "y"]])), "Y"); // QWERTZ
});

test("notes have the names that the command line takes", () => {
  assert.deepEqual([0, 36, 60, 66, 127].map(noteName), ["C-1", "C2", "C4", "F#4", "G9"]);
});

test("MIDI messages are notes, the pedal and silence, on any channel", () => {
  assert.deepEqual(parseMidi([0x90, 60, 100]), { type: "on", note: 60, velocity: 100 });
  assert.deepEqual(parseMidi([0x9f, 60, 0]), { type: "off", note: 60 });
  assert.deepEqual(parseMidi([0x83, 60, 64]), { type: "off", note: 60 });
  assert.deepEqual(parseMidi([0xb0, 64, 127]), { type: "sustain", down: true });
  assert.deepEqual(parseMidi([0xb0, 64, 63]), { type: "sustain", down: false });
  assert.deepEqual(parseMidi([0xb0, 123, 0]), { type: "silence" });
});

test("any bytes are a message or null", () => {
  for (let status = 0; status < 256; status++) {
    for (const rest of [[], [200, 200], [0], [60, 255], [1, 2, 3, 4]]) {
      const action = parseMidi([status, ...rest]);
      assert.ok(action === null || (rest.length > 1 && rest[0] < 128 && rest[1] < 128));
    }
  }
});

/** Put Web MIDI in the place of the browser's for one test; undefined: there is none. */
function withMidi(requestMIDIAccess, run) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { requestMIDIAccess }, configurable: true });
  return run().finally(() => {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else delete globalThis.navigator;
  });
}

const input = (id) => ({ id, name: `Keys ${id}`, state: "connected", onmidimessage: null });

function listen() {
  const heard = { acts: [], lists: [], said: [] };
  const midi = new MidiInput({
    act: (action) => heard.acts.push(action),
    list: (inputs, chosen) => heard.lists.push([inputs.map((each) => each.id), chosen]),
    say: (message) => heard.said.push(message),
  });
  return { heard, midi };
}

test("without Web MIDI, without access and without an input, one sentence says so", async () => {
  for (const [request, words] of [
    [undefined, /no Web MIDI/],
    [() => Promise.reject(new Error("denied")), /no access/],
    [() => Promise.resolve({ inputs: new Map() }), /No MIDI input/],
  ]) {
    const { heard, midi } = listen();
    await withMidi(request, () => midi.open());
    assert.equal(heard.said.length, 1);
    assert.match(heard.said[0], words);
  }
});

test("one input plays, another one when it is chosen, and one that is plugged in is listed", async () => {
  const [one, two] = [input("1"), input("2")];
  const access = { inputs: new Map([["1", one]]) };
  const { heard, midi } = listen();
  await withMidi(() => Promise.resolve(access), () => midi.open());
  one.onmidimessage({ data: new Uint8Array([0x90, 60, 1]) });
  access.inputs.set("2", two);
  access.onstatechange();
  midi.choose("2");
  assert.equal(one.onmidimessage, null);
  two.onmidimessage({ data: new Uint8Array([0xb0, 64, 127]) });
  two.onmidimessage({ data: new Uint8Array([0xf8]) });
  two.state = "disconnected";
  access.onstatechange();
  midi.choose(null);
  access.onstatechange();
  assert.deepEqual(heard.lists, [[["1"], "1"], [["1", "2"], "1"], [["1", "2"], "2"], [["1"], "1"], [["1"], null], [["1"], null]]);
  const silence = { type: "silence" };
  assert.deepEqual(heard.acts, [{ type: "on", note: 60, velocity: 1 }, silence, { type: "sustain", down: true }, silence, silence]);
  assert.deepEqual(heard.said, []);
});
