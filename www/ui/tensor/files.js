// @ts-check
// Turns files into tensors: arrays with the package's readers, images with the browser's. Nothing leaves the page.

import { MAX_FILE_BYTES } from "../lib/catalog.js";
import { integer } from "../lib/format.js";
import { leftOut, readImages } from "./images.js";
import { startWorker } from "../lib/workers.js";

/** @import { Arrays, FileKind, FromFileWorker, ToFileWorker } from "../lib/worker_messages.js" */
/** @typedef {[n: number, c: number, h: number, w: number]} Lengths */
/**
 * An array in a file.
 * @typedef {object} Found
 * @property {string} name
 * @property {number[]} shape as in the file
 * @property {Lengths | null} lengths as N, C, H, W; null if it cannot be shown
 * @property {string} words how its axes were read, or why it cannot be shown
 * @property {Float32Array} data
 */
/** What files hold, and what was left out. @typedef {{ found: Found[], asides: string[] }} Read */

/** The axes of arrays by their number; IDX files, such as MNIST's, count items first. */
const AXES = { npy: ["W", "H, W", "C, H, W", "N, C, H, W"], idx: ["N", "N, W", "N, H, W", "N, C, H, W"] };

/**
 * Reads files that came together: one of arrays, or any number of images.
 * @param {File[]} files
 * @param {number} mostValues that a tensor can have
 * @returns {Promise<Read>} throws what is wrong, in words
 */
export async function readFiles(files, mostValues) {
  const [first, ...others] = files,
    isImage = (/** @type {File} */ file) => file.type.startsWith("image/");
  if (isImage(first))
    return readImages(
      files.filter(isImage),
      files.filter(file => !isImage(file)),
      mostValues,
    );
  const asides = others.length ? [`${leftOut(others)}: one file of arrays at a time`] : [];
  if (first.size > MAX_FILE_BYTES) {
    throw new Error(
      `${first.name} has ${integer(first.size)} bytes; the limit is ${integer(MAX_FILE_BYTES)}`,
    );
  }
  const { arrays, kind } = await byWorker(first, mostValues);
  const found = arrays.map(({ name, shape, data }) => ({
    name: kind === "npz" ? `${first.name}/${name}` : first.name,
    shape,
    data,
    ...layout(shape, kind),
  }));
  if (!found.some(({ lengths }) => lengths)) {
    throw new Error(
      found.length
        ? `${first.name} has nothing to show: ${found.map(({ name, words }) => `${name} ${words}`).join("; ")}`
        : `${first.name} contains no arrays`,
    );
  }
  return { found, asides };
}

/**
 * @param {File} file
 * @param {number} mostValues
 * @returns {Promise<Arrays>}
 */
function byWorker(file, mostValues) {
  return new Promise((resolve, reject) => {
    const worker = startWorker(new URL("file_worker.js", import.meta.url), "the reader", {
      onMessage(/** @type {FromFileWorker} */ message) {
        worker.end();
        switch (message.type) {
          case "arrays":
            return resolve(message);
          case "failed":
            return reject(new Error(message.message));
          default:
            /** @satisfies {never} */ (message);
        }
      },
      onStop: why => reject(new Error(`${file.name} was not read: ${why}`)),
    });
    worker.post(/** @satisfies {ToFileWorker} */ ({ file, mostValues }));
  });
}

/**
 * The lengths N, C, H, W of an array; missing axes have length 1.
 * @param {number[]} shape
 * @param {FileKind} kind
 * @returns {{ lengths: Lengths | null, words: string }}
 */
function layout(shape, kind) {
  if (shape.length < 1 || shape.length > 4)
    return { lengths: null, words: `has ${shape.length} axes; only 1 to 4 can be shown` };
  if (shape.includes(0)) return { lengths: null, words: `is empty: ${shape.join("×")}` };
  const axes = AXES[kind === "idx" ? "idx" : "npy"][shape.length - 1].split(", ");
  const [n, c, h, w] = ["N", "C", "H", "W"].map(axis => shape[axes.indexOf(axis)] ?? 1);
  return { lengths: [n, c, h, w], words: `its axes are read as (${axes.join(", ")})` };
}
