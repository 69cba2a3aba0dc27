// @ts-check
// A race as CSV (RFC 4180): every step and every judgement, or one row an epoch and lane. Knows no element of the page.

import { epochsOf } from "./epochs.js";

/** @typedef {import("./lane.js").Lane} Lane */

/** Rows of a chunk: making one takes a few milliseconds. */
const CHUNK_ROWS = 4096;

/** What a test judgement went by, in the column `what`. */
const BY_RUNNING = "test",
  BY_BATCH = "test, by the batch's own statistics";

/**
 * Every step and every judgement, in chunks of text, so that the page can breathe between them.
 * @param {Lane[]} lanes
 * @param {number} epochImages images of a full pass
 * @returns {Generator<string>}
 */
export function* stepsCsv(lanes, epochImages) {
  yield line(["lane", "seed", "what", "step", "images", "epochs", "loss", "accuracy"]);
  for (const {
    name,
    spec: { seed },
    history,
  } of lanes) {
    const [losses, accuracies, images] = [
      history.losses.values,
      history.accuracies.values,
      history.images.values,
    ];
    for (let start = 0; start < losses.length; start += CHUNK_ROWS) {
      let text = "";
      for (let at = start; at < Math.min(start + CHUNK_ROWS, losses.length); at++) {
        text += line([
          name,
          seed,
          "training",
          at + 1,
          images[at],
          images[at] / epochImages,
          losses[at],
          accuracies[at],
        ]);
      }
      yield text;
    }
    for (const { step, nImages, judged, byBatch } of history.judgements) {
      yield line([
        name,
        seed,
        BY_RUNNING,
        step,
        nImages,
        nImages / epochImages,
        judged.loss,
        judged.accuracy,
      ]);
      if (byBatch)
        yield line([
          name,
          seed,
          BY_BATCH,
          step,
          nImages,
          nImages / epochImages,
          byBatch.loss,
          byBatch.accuracy,
        ]);
    }
  }
}

/** The columns of a row an epoch, by the fields of an epoch. */
export const EPOCH_COLUMNS = /** @type {const} */ ([
  ["training loss", "trainLoss"],
  ["training accuracy", "trainAccuracy"],
  ["test images", "testImages"],
  ["test loss", "testLoss"],
  ["test accuracy", "testAccuracy"],
  ["test loss by batch", "byBatchLoss"],
  ["test accuracy by batch", "byBatchAccuracy"],
]);

/**
 * One row an epoch and lane.
 * @param {Lane[]} lanes
 * @param {number} epochImages
 */
export function epochsCsv(lanes, epochImages) {
  const rows = lanes.flatMap(({ name, spec, history }) =>
    epochsOf(history, epochImages).map(epoch =>
      line([name, spec.seed, epoch.epoch, ...EPOCH_COLUMNS.map(([, field]) => epoch[field])]),
    ),
  );
  return [line(["lane", "seed", "epoch", ...EPOCH_COLUMNS.map(([name]) => name)]), ...rows].join("");
}

/** A record: what holds a comma, a quote or a line break stands in quotes; a number that is none is left out. @param {(string | number | undefined)[]} cells */
function line(cells) {
  return `${cells.map(cell => (typeof cell === "number" ? number(cell) : text(cell ?? ""))).join(",")}\r\n`;
}

/** @param {string} cell */
const text = cell => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Nine digits tell every f32 from every other. @param {number} value */
const number = value => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : "");
