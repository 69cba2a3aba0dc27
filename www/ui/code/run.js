// @ts-check
// Runs the walkthrough in a worker, or piece by piece on the main thread if a worker is not available.

import { Walk } from "../../pkg/code/blue_cube.js";
import { startWorker } from "../lib/workers.js";

/** @import { WalkReport } from "../../pkg/code/blue_cube.js" */
/** @import { FromCodeWorker, Progress, ToCodeWorker } from "../lib/worker_messages.js" */

/**
 * Starts a run.
 * @param {number} seed
 * @param {(progress: Progress) => void} onProgress
 * @param {(report: WalkReport) => void} onReport
 * @returns {() => void} ends it, if it is not over
 */
export function run(seed, onProgress, onReport) {
  let isOver = false;
  const end = () => {
    isOver = true;
    worker.end();
  };
  /** @param {WalkReport} report */
  const finish = report => {
    if (isOver) return;
    end();
    onReport(report);
  };
  const worker = startWorker(new URL("walk_worker.js", import.meta.url), "the worker of the code", {
    onMessage(/** @type {FromCodeWorker} */ message) {
      if (isOver) return;
      switch (message.type) {
        case "progress":
          return onProgress(message);
        case "report":
          return finish(message.report);
        default:
          /** @satisfies {never} */ (message);
      }
    },
    onStop() {
      if (!isOver) onMainThread(seed, onProgress, finish, () => isOver);
    },
  });
  worker.post(/** @satisfies {ToCodeWorker} */ ({ seed }));
  return end;
}

/**
 * One image at a time, so that no task is long.
 * @param {number} seed
 * @param {(progress: Progress) => void} onProgress
 * @param {(report: WalkReport) => void} onReport
 * @param {() => boolean} isOver
 */
function onMainThread(seed, onProgress, onReport, isOver) {
  const walk = new Walk(seed);
  const next = () => {
    if (isOver()) return walk.free();
    if (walk.step()) {
      onProgress({ nDone: walk.nDone, nImages: walk.nImages });
      setTimeout(next);
      return;
    }
    const report = walk.report();
    walk.free();
    onReport(report);
  };
  setTimeout(next);
}
