// @ts-check
// Trains in the page's own worker for a script that drives the browser, without controls or charts.

/** @import { DataName, Evaluation, FromWorker, RunSpec, ToWorker } from "./pkg/blue_cube.js" */

import { startWorker } from "./ui/lib/workers.js";

/**
 * Trains for some epochs, or some steps, and resolves with all losses and evaluations.
 *
 * @param {RunSpec} spec
 * @param {{ data: DataName, epochs?: number, steps?: number }} how
 */
function train(spec, { data, epochs = 1, steps }) {
  /** @type {number[]} */ const losses = [];
  /** @type {Evaluation[]} */ const evaluations = [];
  /** @type {unknown} */ let device;
  let start = 0;
  return new Promise((resolve, reject) => {
    const finish = () => {
      worker.end();
      resolve({ losses, evaluations, device, seconds: (performance.now() - start) / 1000 });
    };
    const fail = (/** @type {string} */ why) => {
      worker.end();
      reject(new Error(why));
    };
    const send = (/** @type {ToWorker} */ message) => worker.post(message);
    const onMessage = (/** @type {FromWorker} */ message) => {
      switch (message.type) {
        case "listening":
          send({ open: { race: 1, course: { data, trainOn: "train", judgeEvery: 0, judgeImages: 0 } } });
          return send({ add: { race: 1, lane: 1, spec } });
        case "ready":
          device = message.device;
          start = performance.now();
          return send({
            train: {
              race: 1,
              untilImages: steps === undefined ? epochs * message.epochImages : steps * spec.batch,
            },
          });
        case "progress":
          losses.push(...message.report.losses);
          if (steps !== undefined && losses.length >= steps) finish();
          return;
        case "judged":
          evaluations.push(message.evaluations[0]);
          if (steps === undefined && message.evaluations[0].epoch >= epochs) finish();
          return;
        case "diverged":
        case "notice":
        case "failed":
          return fail(`${message.failure.code}: ${message.failure.message}`);
        case "loading":
        case "loaded":
        case "gpuAwake":
        case "paused":
        case "marked":
        case "seen":
        case "saved":
          return;
        default:
          /** @satisfies {never} */ (message);
      }
    };
    const worker = startWorker(new URL("./worker.js", import.meta.url), "the training worker", {
      onMessage,
      onStop: fail,
    });
  });
}

Object.assign(window, { headless: { train } });
