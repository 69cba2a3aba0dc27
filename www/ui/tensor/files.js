// @ts-check
// Turns files into tensors: arrays with the package's readers, images with the browser's. Nothing leaves the page.

import { MAX_FILE_BYTES } from "../lib/catalog.js";
import { html } from "../lib/dom.js";
import { integer, quantity } from "../lib/format.js";
import { lengthsOf, readingsOf } from "./axes.js";
import { hasSixteenBits, leftOut, readImages as decodeImages } from "./images.js";
import { startWorker } from "../lib/workers.js";

/** @import { ArrayFile } from "../../pkg/package/blue_cube.js" */
/** @import { Found, FromFileWorker, Read, ToFileWorker } from "../lib/worker_messages.js" */
/** @typedef {[n: number, c: number, h: number, w: number]} Lengths */
/** @typedef {ArrayFile["arrays"][number]} FileArray */
/** How many arrays a message names, if a file has none to show. */
const MOST_NAMED = 3;

/**
 * Reads files that came together: one of arrays, or any number of images. What they hold decides, not their names.
 * @param {File[]} files
 * @param {number} mostValues that a tensor can have; of arrays with more, a part is read
 * @param {number} [partFrom] the first item of such a part
 * @returns {Promise<Read>} throws what is wrong, in words
 */
export async function readFiles(files, mostValues, partFrom = 0) {
  const [first, ...others] = files;
  const images = () => readImages(files, mostValues);
  const isCalledImage = first.type.startsWith("image/") || (await hasSixteenBits(first));
  const read = isCalledImage && (await images());
  if (read) return read;
  try {
    const asides = others.length ? [`${leftOut(others)}: one file of arrays at a time`] : [];
    return { found: foundIn(first.name, await readArrays(first, mostValues, partFrom)), asides };
  } catch (fault) {
    // An image under the name of something else.
    const read = !isCalledImage && first.size <= MAX_FILE_BYTES && (await images());
    if (!read) throw fault;
    return { found: read.found, asides: [`${first.name} is an image`, ...read.asides] };
  }
}

/**
 * @param {File} file
 * @param {number} mostValues
 * @param {number} partFrom
 * @returns {Promise<ArrayFile>}
 */
async function readArrays(file, mostValues, partFrom) {
  if (file.size > MAX_FILE_BYTES) {
    const sizes = `${integer(file.size)} bytes; the limit is ${integer(MAX_FILE_BYTES)}`;
    throw new Error(
      `${file.name} has ${sizes}: save a part of it, for example with np.save("part.npy", x[:1000])`,
    );
  }
  const answer = await ask({ type: "arrays", file, mostValues, partFrom }, file.name);
  if (answer.type !== "arrays") throw new Error(`${file.name} was not read as arrays`);
  return answer;
}

/**
 * @param {File[]} files
 * @param {number} mostValues
 * @returns {Promise<Read | null>} null if the first is no image that can be read
 */
async function readImages(files, mostValues) {
  // Without it a worker cannot see an image's pixels.
  if (typeof OffscreenCanvas === "undefined")
    return decodeImages(files, mostValues, {
      readArrays: file => readArrays(file, mostValues, 0),
      newCanvas: (width, height) => html("canvas", { width, height }),
    });
  const answer = await ask({ type: "images", files, mostValues }, files[0].name);
  if (answer.type !== "images") throw new Error(`${files[0].name} was not read as an image`);
  return answer.read;
}

/**
 * Asks a worker of its own, so that what a file takes keeps nothing else waiting.
 * @param {ToFileWorker} question
 * @param {string} name
 * @returns {Promise<Exclude<FromFileWorker, { type: "failed" }>>}
 */
function ask(question, name) {
  return new Promise((resolve, reject) => {
    const worker = startWorker(new URL("file_worker.js", import.meta.url), "the reader", {
      onMessage(/** @type {FromFileWorker} */ message) {
        worker.end();
        if (message.type === "failed") reject(new Error(message.message));
        else resolve(message);
      },
      onStop: why => reject(new Error(`${name} was not read: ${why}`)),
    });
    worker.post(question);
  });
}

/**
 * The arrays of a file in their order, those that cannot be shown with the reason.
 * @param {string} file its name
 * @param {ArrayFile} read
 * @returns {Found[]} throws if none can be shown
 */
function foundIn(file, { arrays, unread }) {
  // A file with a single array gives it its name.
  const own = file.replace(/(\.gz){0,2}$/, "");
  const named = (/** @type {string} */ name) => (name === own || name === file ? file : `${file}/${name}`);
  /** @type {Found[]} */
  const found = arrays.map(array => {
    const { shape, format } = array,
      refused = refusal(shape);
    return {
      name: named(array.name) + slice(array),
      shape,
      lengths: refused ? null : lengthsOf(shape, readingsOf(array)[0].axes),
      format,
      words: [refused, ...changes(array)].filter(Boolean).join("; "),
      data: array.data,
      part: array.part,
    };
  });
  // From the last to the first, so that the places of the others stay right.
  for (const { name, reason, at } of unread.toReversed()) {
    found.splice(at, 0, {
      name: named(name),
      shape: [],
      lengths: null,
      words: reason,
      data: new Float32Array(),
      part: undefined,
    });
  }
  if (!found.some(({ lengths }) => lengths)) {
    const named = found.slice(0, MOST_NAMED).map(({ name, words }) => `${name} ${words}`),
      more = found.length - named.length;
    if (more > 0) named.push(`and ${integer(more)} more`);
    throw new Error(
      found.length ? `${file} has nothing to show: ${named.join("; ")}` : `${file} contains no arrays`,
    );
  }
  return found;
}

/** The items of a part, as Python writes them: "[0:21399]". @param {FileArray} array */
const slice = ({ part, shape }) => (part ? `[${part.from}:${part.from + shape[0]}]` : "");

/** Why an array of this shape cannot be shown, if so. @param {number[]} shape */
function refusal(shape) {
  if (shape.length < 1 || shape.length > 4) return `has ${shape.length} axes; only 1 to 4 can be shown`;
  return shape.includes(0) ? `is empty: ${shape.join("×")}` : "";
}

/**
 * What is shown that the file does not hold, and the other way round.
 * @param {FileArray} array
 * @returns {string[]}
 */
function changes({ type, shape, part, rounded = 0, overflowed = 0 }) {
  const words = [];
  if (part) {
    const to = part.from + shape[0] - 1;
    words.push(`items ${integer(part.from)} to ${integer(to)} of ${integer(part.of)}: more do not fit`);
  }
  if (overflowed) words.push(`${quantity(overflowed, "value")} beyond 3.4·10³⁸ became infinite`);
  if (rounded > overflowed) {
    const count = quantity(rounded - overflowed, type === "f64" ? "value" : "whole number");
    const why =
      type === "f64" ? "64-bit floats become 32-bit floats" : "32-bit floats hold all only up to 2²⁴";
    words.push(`${count} ${rounded - overflowed === 1 ? "is" : "are"} rounded: ${why}`);
  }
  return words;
}
