// @ts-check
// A panic in the middle of a call of the package: the call, and every one that waits beside it, is rejected with a code and
// with what the panic said, and so is every later call; none waits for ever. `node --test tests/package_panic.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Run,
  groupMap,
  initSync,
  moments,
  normalize,
  normalizeBackward,
  writeNetwork,
} from "../www/pkg/package/blue_cube.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

const x = new Float32Array(48).fill(1),
  norm = { norm: "bn" };
/** @type {[number, number, number, number]} */
const shape = [2, 4, 3, 2];

/** @type {import("../www/pkg/package/blue_cube.js").RunSetup} */
const setup = {
  images: new Uint8Array(784 * 8),
  labels: new Uint8Array(8),
  norm: "bn",
  batch: 4,
  learningRate: 1e-3,
  seed: 1,
};

/** What a browser's GPU answers when the package first asks for it. @type {() => unknown} */
let answer = () => null;

/** Takes Node for a page with a GPU. */
function fakeGpu() {
  const page = class {
    static [Symbol.hasInstance](/** @type {unknown} */ value) {
      return value === globalThis;
    }
  };
  Object.assign(globalThis, { Window: page });
  const navigator = { gpu: { requestAdapter: () => answer() } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

/** The promise, or a failure if it is not settled soon. @template T @param {Promise<T>} promise @returns {Promise<T>} */
const soon = promise =>
  Promise.race([
    promise,
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error("it is not settled")), 5000).unref();
    }),
  ]);

/** @param {RegExp} words */
const told = words => (/** @type {any} */ error) => {
  assert.ok(error instanceof Error, String(error));
  assert.equal(/** @type {any} */ (error).code, "bad-message", error.stack);
  assert.match(error.message, words);
  return true;
};

test("a call that panics is rejected, and so is every other", async context => {
  const printed = context.mock.method(console, "error", () => undefined);
  fakeGpu();
  const run = await Run.create({ ...setup, device: "cpu" });
  /** A GPU that has not answered when the panic happens. @type {(adapter: null) => void} */
  let answerLate = () => undefined;
  answer = () => new Promise(resolve => (answerLate = resolve));
  const waiting = normalize(x, shape, { ...norm, device: "gpu" });
  await new Promise(resolve => setTimeout(resolve));
  // What is no promise calls back at once, at which Rust panics.
  answer = () => ({ then: (/** @type {(adapter: object) => void} */ resolve) => resolve({}) });
  const panicking = Run.create({ ...setup, device: "gpu" });
  const bug = told(
    /^this is a bug in the package, which has to be loaded anew: panicked at .*callbacks should be Some/s,
  );
  await assert.rejects(soon(panicking), bug);
  await assert.rejects(soon(waiting), bug);
  assert.match(String(printed.mock.calls[0].arguments[0]), /^panicked at /);

  const stopped = told(/^the package stopped at an earlier error .*: this is a bug .* panicked at /s);
  const later = [
    () => normalize(x, shape, norm),
    () => normalizeBackward(x, x, shape, norm),
    () => moments(x, shape, norm),
    () => writeNetwork(new Uint8Array(4), "onnx"),
    () => Run.create({ ...setup, device: "cpu" }),
    () => Run.restore(new Uint8Array(4), { device: "cpu" }),
    () => run.step(1),
    () => run.snapshot({ data: false }),
    () => run.evaluate(setup.images, setup.labels),
  ];
  for (const call of later) await assert.rejects(soon(call()), stopped, String(call));
  assert.throws(() => groupMap(shape, "bn"), stopped);
  assert.throws(() => run.device, stopped);
  // What comes from outside later finds nobody, and what is left is freed without a word.
  answerLate(null);
  await new Promise(resolve => setTimeout(resolve, 20));
  run.free();
});
