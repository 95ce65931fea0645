// The samples of a page: unpacked as they were before they were packed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { unpackSamples } from "../../mirage_gan/pages/templates/audition/samples.js";

const packed = (steps) => deflateSync(Uint8Array.from(steps)).toString("base64");

test("samples are the sums of their steps, which go round at 256", async () => {
  assert.deepEqual([...(await unpackSamples(packed([128, 1, 254, 129, 2])))], [128, 129, 127, 0, 2]);
  assert.deepEqual([...(await unpackSamples(packed([])))], []);
});

test("damaged samples are an error", async () => {
  await assert.rejects(unpackSamples(btoa("no such thing")));
});
