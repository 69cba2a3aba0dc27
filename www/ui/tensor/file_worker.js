// @ts-check
// Reads a file of arrays with the package's wasm, off the main thread; its memory is freed with the worker.

import init, { readArrays } from "../../pkg/package/blue_cube.js";
import { showPulse } from "../lib/pulse.js";
import { startWasm } from "../lib/wasm.js";

/** @import { FileKind, FromFileWorker, ToFileWorker } from "../lib/worker_messages.js" */

/** The file format by the first unpacked byte. @type {Record<number, FileKind>} */
const KINDS = { 0x93: "npy", 0x50: "npz", 0: "idx" };

/** The first byte of a gzip file. */
const GZIP = 0x1f;

/** @param {FromFileWorker} message @param {Transferable[]} [transfer] */
const say = (message, transfer) => self.postMessage(message, { transfer });

showPulse();
self.onmessage = async (/** @type {MessageEvent<ToFileWorker>} */ { data: { file, mostValues } }) => {
  try {
    await startWasm(init, new URL("../../pkg/package/blue_cube_bg.wasm", import.meta.url));
    const bytes = new Uint8Array(await file.arrayBuffer());
    const arrays = readArrays(bytes, file.name, mostValues);
    const kind = KINDS[bytes[0] === GZIP ? await firstUnpacked(file) : bytes[0]];
    say(
      { type: "arrays", arrays, kind },
      arrays.map(array => array.data.buffer),
    );
  } catch (error) {
    say({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};

/** @param {Blob} file */
async function firstUnpacked(file) {
  const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value?.[0] ?? 0;
}
