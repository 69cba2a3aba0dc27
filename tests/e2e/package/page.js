// @ts-check
// Offers what `calls.js` does with the package, in the page itself and in a worker of its own.
import { calls } from "./calls.js";

/** @param {"gpu" | "cpu"} device */
function inWorker(device) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onerror = event => reject(new Error(event.message || "the worker could not be loaded"));
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.ok));
  });
  worker.postMessage(device);
  return answer.finally(() => worker.terminate());
}

Object.assign(window, { inPage: calls, inWorker });
