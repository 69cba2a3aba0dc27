// @ts-check
// A race as CSV (RFC 4180): every step and evaluation, or one row per epoch and lane. Independent of the page's elements.

import { FIGURES } from "../../lib/catalog.js";
import { epochsOf } from "./epochs.js";
import { divergedAt } from "./lane.js";

/** @typedef {import("./lane.js").Lane} Lane */

/** Rows per chunk: making one takes a few milliseconds. */
const CHUNK_ROWS = 4096;

/** What the row of a lane that diverged says instead, in the column `what`. */
const DIVERGED = "diverged: not a number from this step on";

/** The statistics of a test evaluation, in the column `what`. */
const BY_RUNNING = "test",
  BY_BATCH = "test, by the batch's own statistics";

/**
 * Every step and every evaluation, in chunks of text, so that the page stays responsive.
 * @param {Lane[]} lanes
 * @param {number} epochImages images per epoch
 * @returns {Generator<string>}
 */
export function* stepsCsv(lanes, epochImages) {
  yield line(["lane", "seed", "what", "step", "images", "epochs", "loss", "accuracy"]);
  for (const lane of lanes) {
    const {
      name,
      spec: { seed },
      history,
    } = lane;
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
    const diverged = divergedAt(lane);
    if (diverged) yield line([name, seed, DIVERGED, diverged, "", "", "", ""]);
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

/** The columns of the rows per epoch, by the fields of an epoch. */
export const EPOCH_COLUMNS = /** @type {const} */ ([
  [FIGURES["train-loss"], "trainLoss"],
  [FIGURES["train-accuracy"], "trainAccuracy"],
  ["test images", "testImages"],
  [FIGURES["test-loss"], "testLoss"],
  [FIGURES["test-accuracy"], "testAccuracy"],
  ["test loss by batch", "byBatchLoss"],
  [FIGURES["test-accuracy-by-batch"], "byBatchAccuracy"],
]);

/**
 * One row per epoch and lane.
 * @param {Lane[]} lanes
 * @param {number} epochImages
 */
export function epochsCsv(lanes, epochImages) {
  const rows = lanes.flatMap(lane => {
    const { name, spec, history } = lane,
      diverged = divergedAt(lane);
    const epochs = epochsOf(history, epochImages).map(epoch =>
      line([name, spec.seed, epoch.epoch, ...EPOCH_COLUMNS.map(([, field]) => epoch[field])]),
    );
    if (!diverged) return epochs;
    const end = [`${name}, diverged at step ${diverged}`, spec.seed, "", ...EPOCH_COLUMNS.map(() => "")];
    return [...epochs, line(end)];
  });
  return [line(["lane", "seed", "epoch", ...EPOCH_COLUMNS.map(([name]) => name)]), ...rows].join("");
}

/** A record: text with a comma, a quote or a line break is quoted; non-finite numbers are left out. @param {(string | number | undefined)[]} cells */
function line(cells) {
  return `${cells.map(cell => (typeof cell === "number" ? number(cell) : text(cell ?? ""))).join(",")}\r\n`;
}

/** @param {string} cell */
const text = cell => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Nine digits identify every f32. @param {number} value */
const number = value => (Number.isFinite(value) ? String(Number(value.toPrecision(9))) : "");
