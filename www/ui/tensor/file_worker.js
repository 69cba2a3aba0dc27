// @ts-check
// Reads a file of arrays with the package's wasm, off the main thread; its memory is freed with the worker.

import init, { readArrayFile } from "../../pkg/package/blue_cube.js";
import { showPulse } from "../lib/pulse.js";
import { startWasm } from "../lib/wasm.js";

/** @import { FromFileWorker, ToFileWorker } from "../lib/worker_messages.js" */

/** @param {FromFileWorker} message @param {Transferable[]} [transfer] */
const say = (message, transfer) => self.postMessage(message, { transfer });

showPulse();
self.onmessage = async (
  /** @type {MessageEvent<ToFileWorker>} */ { data: { file, mostValues, partFrom } },
) => {
  try {
    await startWasm(init, new URL("../../pkg/package/blue_cube_bg.wasm", import.meta.url));
    const bytes = new Uint8Array(await file.arrayBuffer());
    const read = readArrayFile(bytes, { name: file.name, mostValues, partFrom });
    say(
      { type: "arrays", ...read },
      read.arrays.map(array => array.data.buffer),
    );
  } catch (error) {
    say({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};
