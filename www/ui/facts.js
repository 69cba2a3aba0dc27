// @ts-check
// What a run says of itself in numbers: steps, loss, accuracy, speed, the epoch, the engine, the bytes that arrive.

import { byId, put } from "./dom.js";
import { DATA, clock, engine, fixed, integer, megabytes, plural, trial } from "./words.js";

/** @typedef {import("../pkg/blue_cube.js").Report} Report */
/** @typedef {import("../pkg/blue_cube.js").Evaluation} Evaluation */
/** @typedef {import("../pkg/blue_cube.js").DeviceInfo} DeviceInfo */
/** @typedef {Extract<import("../pkg/blue_cube.js").FromWorker, { type: "loading" }>} Loading */

/** Weight of the newest speed in the shown one: it settles within some ten reports. */
const SPEED_WEIGHT = 0.2;

const NOT_YET = "·";

let speed = 0;

/**
 * @param {string} id
 * @param {string} text
 * @param {Record<string, string>} [data]
 */
function say(id, text, data = {}) {
  const place = byId(id, HTMLElement);
  if (place.textContent !== text) place.textContent = text;
  for (const [name, value] of Object.entries(data)) put(place, `data-${name}`, value);
}

/** Forgets the run. */
export function clearFacts() {
  speed = 0;
  say("steps", "0", { step: "0" });
  for (const id of ["loss", "accuracy", "test-accuracy"]) say(id, NOT_YET, { [id]: "" });
  say("speed", NOT_YET);
  say("progress-text", "Nothing runs yet.");
  byId("progress-bar", HTMLProgressElement).value = 0;
}

/**
 * @param {Report} report
 * @param {number} batch images a step
 * @param {boolean} isRunning
 */
export function showReport(report, batch, isRunning) {
  say("steps", integer(report.step), { step: String(report.step) });
  const loss = report.losses.at(-1), accuracy = report.accuracies.at(-1);
  if (loss !== undefined) say("loss", fixed(loss, 3), { loss: String(loss) });
  if (accuracy !== undefined) say("accuracy", fixed(accuracy, 3), { accuracy: String(accuracy) });
  if (report.stepsPerSecond > 0) {
    speed = speed ? speed + SPEED_WEIGHT * (report.stepsPerSecond - speed) : report.stepsPerSecond;
    say("speed", `${speed < 10 ? fixed(speed, 1) : integer(speed)} steps/s, ${integer(speed * batch)} images/s`);
  }
  showEpoch(report, batch, isRunning);
}

/**
 * @param {Report} report
 * @param {number} batch
 * @param {boolean} isRunning
 */
function showEpoch({ epoch, epochImages, poolImages, totalImages }, batch, isRunning) {
  const bar = byId("progress-bar", HTMLProgressElement);
  bar.max = Math.max(1, totalImages);
  bar.value = epochImages;
  const parts = [`epoch ${epoch + 1}`, `${integer(epochImages)} of ${plural(totalImages, "image")}`];
  if (!isRunning) parts.push("paused");
  else if (speed > 0) parts.push(`${clock((totalImages - epochImages) / (speed * batch))} left`);
  if (poolImages < totalImages) parts.push(`drawn from the first ${integer(poolImages)}`);
  say("progress-text", parts.join(" · "));
}

/** @param {Evaluation} evaluation */
export function showEvaluation({ accuracy, epoch, nImages, step }) {
  say("test-accuracy", fixed(accuracy, 4), { accuracy: String(accuracy), epoch: String(epoch), step: String(step) });
  byId("test-accuracy", HTMLElement).title = `of ${plural(nImages, "image")}, after ${plural(step, "step")}`;
}

/** @param {DeviceInfo} device */
export function showEngine(device) {
  say("chip", engine(device), { kind: device.kind });
  byId("chip", HTMLElement).title = trial(device);
}

/** @param {Loading} loading */
export function showLoading({ data, receivedBytes, totalBytes, images }) {
  // A host that names no sizes leaves the total at 0.
  const bytes = totalBytes >= receivedBytes ? `${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB` : `${megabytes(receivedBytes)} MB`;
  const words = `${DATA[data]} arrives: ${bytes}, ${plural(images, "training image")} here`;
  say("loading", words, { received: String(receivedBytes), total: String(totalBytes) });
  byId("loading", HTMLElement).hidden = false;
}

/** The data set is here; nothing more to say of its bytes. */
export function hideLoading() {
  byId("loading", HTMLElement).hidden = true;
}
