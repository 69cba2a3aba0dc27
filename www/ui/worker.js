// @ts-check
// The page's end of the line to the training worker.

/** @typedef {import("../pkg/blue_cube.js").ToWorker} ToWorker */
/** @typedef {import("../pkg/blue_cube.js").FromWorker} FromWorker */

/**
 * Starts the worker. What is sent before it listens waits.
 * @param {(message: FromWorker) => void} onMessage
 * @returns {(message: ToWorker) => void}
 */
export function startWorker(onMessage) {
  /** @type {ToWorker[] | null} */
  let waiting = [];
  const worker = new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", event => {
    /** @type {FromWorker} */
    const message = event.data;
    if (message.type === "listening") {
      waiting?.forEach(early => worker.postMessage(early));
      waiting = null;
    }
    onMessage(message);
  });
  worker.addEventListener("error", event => {
    const said = event.message ? `: ${event.message}` : "";
    const message = `the training worker stopped${said}`;
    onMessage({ type: "failed", run: undefined, failure: { code: "bad-message", message, hint: "Reload the page to start it anew." } });
  });
  return message => {
    if (waiting) waiting.push(message);
    else worker.postMessage(message);
  };
}
