// @ts-check
// The training workers: started when needed, each with its own lanes. CPU lanes are spread over them; GPU lanes share one,
// since they share the GPU.

import { startWorker } from "../../lib/workers.js";

/** @typedef {import("../../../pkg/blue_cube.js").ToWorker} ToWorker */
/** @typedef {import("../../../pkg/blue_cube.js").FromWorker} FromWorker */
/** @typedef {import("../../../pkg/blue_cube.js").Failure} Failure */

/**
 * Why a worker is idle.
 * @typedef {object} Trouble
 * @property {Failure} failure
 * @property {string} words the race's status meanwhile, such as "the images did not load"
 * @property {boolean} isOver the lanes must be recreated; otherwise it may recover by itself
 * @property {boolean} [isBug] an error ended it
 */

/** Maximum number of workers: each holds the images, about 55 MB. */
const MAX_WORKERS = 4;

export class Pool {
  /** @type {(ReturnType<typeof startTraining> | undefined)[]} */
  #workers = [];
  /** The message that opens the race in a worker. @type {ToWorker | undefined} */
  #opening;
  /** Workers in which the race is open. @type {Set<number>} */
  #open = new Set();
  /** Workers in trouble. @type {Map<number, Trouble>} */
  #troubles = new Map();
  #onMessage;
  #onTrouble;

  /**
   * @param {(message: FromWorker, workerIdx: number) => void} onMessage
   * @param {(trouble: Trouble | undefined, workerIdx: number) => void} onTrouble called without one when a worker has recovered
   */
  constructor(onMessage, onTrouble) {
    this.#onMessage = onMessage;
    this.#onTrouble = onTrouble;
  }

  /** Number of workers for CPU lanes: one core is left to the page. */
  get size() {
    return Math.min(MAX_WORKERS, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));
  }

  /** The worker with the fewest of these lanes. @param {{ workerIdx: number }[]} lanes */
  lightest(lanes) {
    const loads = Array.from(
      { length: this.size },
      (_, at) => lanes.filter(({ workerIdx }) => workerIdx === at).length,
    );
    return loads.indexOf(Math.min(...loads));
  }

  /** Why some worker is idle; one that will not recover by itself comes first. @returns {Trouble | undefined} */
  get trouble() {
    const troubles = [...this.#troubles.values()];
    return troubles.find(({ isOver }) => isOver) ?? troubles[0];
  }

  /** Whether a worker's lanes are lost. @param {number} workerIdx */
  isGone(workerIdx) {
    return Boolean(this.#troubles.get(workerIdx)?.isOver);
  }

  /** Opens another race: the first worker stays if it is healthy, the others end and free their memory. @param {ToWorker} opening */
  open(opening) {
    this.renew();
    for (const worker of this.#workers.splice(1)) worker?.end();
    this.#opening = opening;
    this.#open.clear();
  }

  /** Sends to one worker, which is started if necessary. One that is gone gets nothing. @param {number} workerIdx @param {ToWorker} message */
  send(workerIdx, message) {
    if (this.isGone(workerIdx)) return;
    const worker = (this.#workers[workerIdx] ??= startTraining(
      message => this.#onMessage(message, workerIdx),
      trouble => this.#stand(trouble, workerIdx),
    ));
    if (!this.#open.has(workerIdx) && this.#opening) worker.post(this.#opening);
    this.#open.add(workerIdx);
    worker.post(message);
  }

  /** Sends to all workers that have lanes of the race. @param {ToWorker} message */
  sendAll(message) {
    for (const workerIdx of this.#open) this.send(workerIdx, message);
  }

  /** A worker reported that it cannot continue. @param {Failure} failure @param {number} workerIdx */
  giveUp(failure, workerIdx) {
    const isData = failure.code === "data-fetch" || failure.code === "data-format";
    this.#stand(
      { failure, words: isData ? "the images did not load" : "its worker cannot continue", isOver: true },
      workerIdx,
    );
  }

  /** A worker got into trouble, or recovered. @param {Trouble | undefined} trouble @param {number} workerIdx */
  #stand(trouble, workerIdx) {
    if (trouble) this.#troubles.set(workerIdx, trouble);
    else this.#troubles.delete(workerIdx);
    this.#onTrouble(trouble, workerIdx);
  }

  /** Ends the workers in trouble; the next message to each starts a new one. @returns {number[]} their indices */
  renew() {
    const troubled = [...this.#troubles.keys()];
    this.#troubles.clear();
    for (const workerIdx of troubled) {
      this.#workers[workerIdx]?.end();
      this.#workers[workerIdx] = undefined;
      this.#open.delete(workerIdx);
    }
    return troubled;
  }
}

/**
 * Starts a worker. Messages sent before it is ready are queued.
 * @param {(message: FromWorker) => void} onMessage
 * @param {(trouble: Trouble | undefined) => void} onTrouble
 */
function startTraining(onMessage, onTrouble) {
  /** @type {ToWorker[] | null} */
  let waiting = [];
  const tell = (
    /** @type {string} */ message,
    /** @type {string} */ words,
    /** @type {boolean} */ isOver,
    isBug = false,
  ) => onTrouble({ failure: { code: "bad-message", message, hint: "" }, words, isOver, isBug });
  const { post, end } = startWorker(new URL("../../../worker.js", import.meta.url), "the training worker", {
    onMessage(/** @type {FromWorker} */ message) {
      if (message.type === "listening") {
        waiting?.forEach(post);
        waiting = null;
      }
      onMessage(message);
    },
    onStop: (why, isBug) => tell(why, "the training worker stopped", true, isBug),
    onSilent: why => tell(why, "the training worker is not responding", false),
    onVoice: () => onTrouble(undefined),
  });
  return {
    post(/** @type {ToWorker} */ message) {
      if (waiting) waiting.push(message);
      else post(message);
    },
    end,
  };
}
