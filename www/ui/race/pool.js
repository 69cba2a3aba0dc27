// @ts-check
// The training workers: started when they are needed, each with lanes of its own. Lanes on the CPU are spread over them;
// lanes on a GPU share one, since they share the GPU.

/** @typedef {import("../../pkg/blue_cube.js").ToWorker} ToWorker */
/** @typedef {import("../../pkg/blue_cube.js").FromWorker} FromWorker */

/** Workers at the most: each holds the images, some 55 MB. */
const MAX_WORKERS = 4;

export class Pool {
  /** @type {{ post: (message: ToWorker) => void, end: () => void }[]} */
  #workers = [];
  /** @type {(message: FromWorker, workerIdx: number) => void} */
  #onMessage;

  /** @param {(message: FromWorker, workerIdx: number) => void} onMessage */
  constructor(onMessage) {
    this.#onMessage = onMessage;
  }

  /** How many workers lanes on the CPU may be spread over: one core is the page's. */
  get size() {
    return Math.min(MAX_WORKERS, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));
  }

  /** Sends to one worker, which starts if it has not yet. @param {number} workerIdx @param {ToWorker} message */
  send(workerIdx, message) {
    while (this.#workers.length <= workerIdx) {
      const started = this.#workers.length;
      this.#workers.push(startWorker(message => this.#onMessage(message, started)));
    }
    this.#workers[workerIdx].post(message);
  }

  /** Sends to every worker that has started. @param {ToWorker} message */
  sendAll(message) {
    for (const worker of this.#workers) worker.post(message);
  }

  /** Ends all workers but the first, and frees what they hold. */
  shrink() {
    for (const worker of this.#workers.splice(1)) worker.end();
  }
}

/**
 * Starts a worker. What is sent before it listens waits.
 * @param {(message: FromWorker) => void} onMessage
 */
function startWorker(onMessage) {
  /** @type {ToWorker[] | null} */
  let waiting = [];
  const worker = new Worker(new URL("../../worker.js", import.meta.url), { type: "module" });
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
    onMessage({ type: "failed", race: undefined, lane: undefined, failure: { code: "bad-message", message, hint: "Reload the page to start it anew." } });
  });
  return {
    post(/** @type {ToWorker} */ message) {
      if (waiting) waiting.push(message);
      else worker.postMessage(message);
    },
    end: () => worker.terminate(),
  };
}
