// @ts-check
// Trains in the page's own worker for a script that drives the browser: no controls, no charts.

/** @import { Evaluation, FromWorker, RunSpec, ToWorker } from "./pkg/blue_cube.js" */

/**
 * Trains for some epochs, or some steps, and resolves with all losses and evaluations.
 *
 * @param {RunSpec} spec
 * @param {{ data: "mnist" | "fashion-mnist", epochs?: number, steps?: number }} how
 */
async function train(spec, how) {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    try {
        return await follow(worker, spec, how);
    } finally {
        worker.terminate();
    }
}

/**
 * @param {Worker} worker
 * @param {RunSpec} spec
 * @param {{ data: "mnist" | "fashion-mnist", epochs?: number, steps?: number }} how
 */
function follow(worker, spec, { data, epochs = 1, steps }) {
    /** @param {ToWorker} message */
    const send = (message) => worker.postMessage(message);
    /** @type {number[]} */ const losses = [];
    /** @type {Evaluation[]} */ const evaluations = [];
    /** @type {unknown} */ let device;
    let start = 0;
    return new Promise((resolve, reject) => {
        const finish = () => resolve({ losses, evaluations, device, seconds: (performance.now() - start) / 1000 });
        worker.onerror = (event) => reject(new Error(event.message || "the worker could not be loaded"));
        worker.onmessage = ({ data: received }) => {
            const message = /** @type {FromWorker} */ (received);
            switch (message.type) {
                case "listening":
                    send({ open: { race: 1, course: { data, trainOn: "train", judgeEvery: 0, judgeImages: 0 } } });
                    return send({ add: { race: 1, lane: 1, spec } });
                case "ready":
                    device = message.device;
                    start = performance.now();
                    return send({ train: { race: 1, untilImages: steps === undefined ? epochs * message.epochImages : steps * spec.batch } });
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
                    return reject(new Error(`${message.failure.code}: ${message.failure.message}`));
                case "loading":
                case "loaded":
                case "paused":
                case "marked":
                case "seen":
                case "saved":
                    return;
                default:
                    /** @satisfies {never} */ (message);
            }
        };
    });
}

Object.assign(window, { headless: { train } });
