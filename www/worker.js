// @ts-check
// The training worker: loads the wasm and passes messages between the page and Rust, which makes all decisions.
import init, { WorkerHost } from "./pkg/worker/blue_cube.js";
import { showPulse } from "./ui/lib/pulse.js";
import { startWasm } from "./ui/lib/wasm.js";

showPulse();

/** @import { ToWorker } from "./pkg/worker/blue_cube.js" */

/** @type {WorkerHost | undefined} */
let host;
/** Messages that arrived before the wasm was ready. @type {ToWorker[]} */
const early = [];
self.onmessage = (/** @type {MessageEvent<ToWorker>} */ { data: message }) => {
  if (host) host.handle(message);
  else early.push(message);
};

await startWasm(init, new URL("./pkg/worker/blue_cube_bg.wasm", import.meta.url));
host = new WorkerHost();
for (const message of early) host.handle(message);
