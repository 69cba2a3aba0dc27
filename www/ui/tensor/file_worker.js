// @ts-check
// Reads files of arrays with the package's wasm, and images with the browser's decoder, off the main thread; its memory is freed
// with the worker.

import init, { readArrayFile } from "../../pkg/package/blue_cube.js";
import { showPulse } from "../lib/pulse.js";
import { startWasm } from "../lib/wasm.js";
import { readImages } from "./images.js";

/** @import { FromFileWorker, ToFileWorker } from "../lib/worker_messages.js" */

/** @param {FromFileWorker} message @param {Transferable[]} [transfer] */
const say = (message, transfer) => self.postMessage(message, { transfer });

/** @param {File} file @param {number} mostValues @param {number} partFrom */
async function readArrays(file, mostValues, partFrom) {
  await startWasm(init, new URL("../../pkg/package/blue_cube_bg.wasm", import.meta.url));
  const bytes = new Uint8Array(await file.arrayBuffer());
  return readArrayFile(bytes, { name: file.name, mostValues, partFrom });
}

showPulse();
self.onmessage = async (/** @type {MessageEvent<ToFileWorker>} */ { data }) => {
  const { mostValues } = data;
  try {
    if (data.type === "images") {
      const read = await readImages(data.files, mostValues, {
        readArrays: file => readArrays(file, mostValues, 0),
        newCanvas: (width, height) => new OffscreenCanvas(width, height),
      });
      say({ type: "images", read }, read?.found.map(({ data }) => data.buffer) ?? []);
      return;
    }
    const read = await readArrays(data.file, mostValues, data.partFrom);
    say(
      { type: "arrays", ...read },
      read.arrays.map(array => array.data.buffer),
    );
  } catch (error) {
    say({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};
