// @ts-check
// Computes the walkthrough's statistics off the main thread, with the Code part's wasm, which the browser has already loaded.

import init, { Walk } from "../../pkg/code/blue_cube.js";
import { showPulse } from "../lib/pulse.js";
import { startWasm } from "../lib/wasm.js";

/** @import { FromCodeWorker, ToCodeWorker } from "../lib/worker_messages.js" */

/** Milliseconds between two reports of progress. */
const PULSE = 100;

/** @param {FromCodeWorker} message */
const say = message => self.postMessage(message);

showPulse();
self.onmessage = async (/** @type {MessageEvent<ToCodeWorker>} */ { data: { seed } }) => {
  await startWasm(init, new URL("../../pkg/code/blue_cube_bg.wasm", import.meta.url));
  const walk = new Walk(seed);
  let last = performance.now();
  while (walk.step()) {
    if (performance.now() - last < PULSE) continue;
    last = performance.now();
    say({ type: "progress", nDone: walk.nDone, nImages: walk.nImages });
  }
  say({ type: "report", report: walk.report() });
};
