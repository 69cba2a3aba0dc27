// @ts-check
// Turns images into one tensor: N images of one size, three channels or, if all are grey, one; 0 is black, 1 white.

import { integer, listed } from "../lib/format.js";
import { html } from "../lib/dom.js";

/** @typedef {import("./files.js").Read} Read */

/** The largest value of a byte. */
const WHITE = 255;

/**
 * @param {File[]} files
 * @param {File[]} others that came with them and are not images
 * @param {number} mostValues that a tensor can have
 * @returns {Promise<Read>}
 */
export async function readImages(files, others, mostValues) {
  const asides = others.length
    ? [`${leftOut(others)}: not ${others.length === 1 ? "an image" : "images"}`]
    : [];
  const first = await decode(files[0]),
    { width, height } = first;
  const plane = width * height;
  const fit = (/** @type {number} */ n, /** @type {number} */ c) => {
    const count = n * c * plane;
    if (count <= mostValues) return;
    const what = n === 1 ? `${files[0].name} of ${width}×${height}` : `${n} images of ${width}×${height}`;
    throw new Error(
      `${what}: ${c === 1 ? "one channel" : "three channels"}, ${integer(count * 4)} bytes as 32-bit floats; the page can hold ${integer(mostValues * 4)}`,
    );
  };
  fit(1, 1);
  const pictures = [pixels(first)],
    strangers = [];
  for (const file of files.slice(1)) {
    const bitmap = await decode(file);
    if (bitmap.width === width && bitmap.height === height) {
      fit(pictures.length + 1, 1);
      pictures.push(pixels(bitmap));
    } else {
      strangers.push(file);
      bitmap.close();
    }
  }
  if (strangers.length) asides.push(`${leftOut(strangers)}: not ${width}×${height} as ${files[0].name} is`);
  const n = pictures.length,
    c = pictures.every(isGrey) ? 1 : 3;
  fit(n, c);
  const data = new Float32Array(n * c * plane);
  pictures.forEach((picture, image) => {
    for (let channel = 0; channel < c; channel++) {
      const start = (image * c + channel) * plane;
      for (let k = 0; k < plane; k++) data[start + k] = picture[4 * k + channel] / WHITE;
    }
  });
  const name = n === 1 ? files[0].name : `${n} images, ${files[0].name} first`;
  const words = `${c === 1 ? "grey" : "red, green, blue"}, 0 to 1`;
  return {
    found: [{ name, shape: [n, c, height, width], lengths: [n, c, height, width], words, data }],
    asides,
  };
}

/** "a.png and b.png were left out" @param {File[]} files */
export const leftOut = files =>
  `${listed(files.map(({ name }) => name))} ${files.length === 1 ? "was" : "were"} left out`;

/** @param {File} file */
async function decode(file) {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Error(`${file.name} is not an image that this browser can read`);
  }
}

/** The bytes of an image, on white where it is transparent. @param {ImageBitmap} bitmap */
function pixels(bitmap) {
  const { width, height } = bitmap,
    canvas = html("canvas", { width, height });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  if (!brush) throw new Error("this browser provides no canvas to read images with");
  brush.fillStyle = "white";
  brush.fillRect(0, 0, width, height);
  brush.drawImage(bitmap, 0, 0);
  bitmap.close();
  return brush.getImageData(0, 0, width, height).data;
}

/** @param {Uint8ClampedArray} picture */
function isGrey(picture) {
  for (let at = 0; at < picture.length; at += 4) {
    if (picture[at] !== picture[at + 1] || picture[at] !== picture[at + 2]) return false;
  }
  return true;
}
