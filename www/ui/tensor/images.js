// @ts-check
// Turns images into one tensor: those of 8 bits as the browser reads them, those of 16 with the package's reader.

import { integer, listed } from "../lib/format.js";
import { channelsOf, tensorOf } from "./pictures.js";

/** @typedef {import("../lib/worker_messages.js").Read} Read */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("../../pkg/package/blue_cube.js").ArrayFile} ArrayFile */

/** A decoded image, not yet read. @typedef {{ width: number, height: number, read: () => Picture, close: () => void }} Decoded */

/** What decoding takes from outside. @typedef {{ readArrays: (file: File) => Promise<ArrayFile>, newCanvas: NewCanvas }} Means */
/** A canvas on which an image is drawn to read its pixels. @typedef {(width: number, height: number) => { getContext: (kind: "2d", how: { willReadFrequently: true }) => CanvasDrawing | null }} NewCanvas */
/** @typedef {{ drawImage: (image: ImageBitmap, x: number, y: number) => void, getImageData: (x: number, y: number, width: number, height: number) => { data: Uint8ClampedArray } }} CanvasDrawing */

/**
 * @param {File[]} files
 * @param {number} mostValues that a tensor can have
 * @param {Means} means of which the first reads images of 16 bits
 * @returns {Promise<Read | null>} null if the first is no image that can be read; throws what else is wrong, in words
 */
export async function readImages(files, mostValues, means) {
  /** @type {string[]} */
  const reduced = [];
  const decode = (/** @type {File} */ file) => decodeImage(file, means, reduced);
  const first = await decode(files[0]);
  if (!first) return null;
  const { width, height } = first;
  const fit = (/** @type {number} */ n, /** @type {number} */ c) => {
    const count = n * c * width * height;
    if (count <= mostValues) return;
    const what = n === 1 ? `${files[0].name} of ${width}×${height}` : `${n} images of ${width}×${height}`;
    throw new Error(
      `${what}: ${c === 1 ? "one channel" : "three channels"}, ${integer(count * 4)} bytes as 32-bit floats; the page can hold ${integer(mostValues * 4)}`,
    );
  };
  fit(1, 1);
  const pictures = [first.read()],
    strangers = [],
    others = [];
  for (const file of files.slice(1)) {
    const image = await decode(file);
    if (!image) {
      others.push(file);
    } else if (image.width === width && image.height === height) {
      fit(pictures.length + 1, 1);
      pictures.push(image.read());
    } else {
      strangers.push(file);
      image.close();
    }
  }
  const n = pictures.length;
  fit(n, channelsOf(pictures));
  const { channels, data, words } = tensorOf(pictures);
  const asides = [];
  if (others.length)
    asides.push(
      `${leftOut(others)}: ${others.length === 1 ? "not an image" : "no images"} that this browser can read`,
    );
  if (strangers.length) asides.push(`${leftOut(strangers)}: not ${width}×${height} as ${files[0].name} is`);
  if (reduced.length) asides.push(`${listed(reduced)}: 16 bits per channel were reduced to 8`);
  const name = n === 1 ? files[0].name : `${n} images, ${files[0].name} first`,
    shape = /** @type {[number, number, number, number]} */ ([n, channels, height, width]);
  return { found: [{ name, shape, lengths: shape, words, data }], asides };
}

/** "a.png and b.png were left out" @param {File[]} files */
export const leftOut = files =>
  `${listed(files.map(({ name }) => name))} ${files.length === 1 ? "was" : "were"} left out`;

/**
 * @param {File} file
 * @param {Means} means
 * @param {string[]} reduced takes the name of an image whose 16 bits become 8
 * @returns {Promise<Decoded | null>}
 */
async function decodeImage(file, { readArrays, newCanvas }, reduced) {
  const isDeep = await hasSixteenBits(file);
  if (isDeep) {
    try {
      const [{ shape, data }] = (await readArrays(file)).arrays,
        [channels, height, width] = shape,
        pixels = width * height;
      const picture = { pixels, channels, values: data, white: 65535, ofPixel: 1, ofChannel: pixels };
      return { width, height, read: () => picture, close: () => undefined };
    } catch {
      // Too large, or with what only the browser knows.
    }
  }
  try {
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    if (isDeep) reduced.push(file.name);
    const { width, height } = bitmap,
      shape = { pixels: width * height, channels: 4, white: 255, ofPixel: 4, ofChannel: 1 };
    return {
      width,
      height,
      read: () => ({ ...shape, values: colors(bitmap, newCanvas) }),
      close: () => bitmap.close(),
    };
  } catch {
    return null;
  }
}

/** Whether it is a PNG image of 16 bits per channel, of which a browser keeps 8. @param {Blob} file */
export async function hasSixteenBits(file) {
  const head = new Uint8Array(await file.slice(0, 25).arrayBuffer());
  return head[0] === 0x89 && head[1] === 0x50 && head[24] === 16;
}

/** Red, green, blue and alpha of every pixel. @param {ImageBitmap} bitmap @param {NewCanvas} newCanvas */
function colors(bitmap, newCanvas) {
  const { width, height } = bitmap,
    brush = newCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!brush) throw new Error("this browser provides no canvas to read images with");
  brush.drawImage(bitmap, 0, 0);
  bitmap.close();
  return brush.getImageData(0, 0, width, height).data;
}
