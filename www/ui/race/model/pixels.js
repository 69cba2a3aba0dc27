// @ts-check
// A picture of 28×28 pixels as the networks expect it: pen strokes, a scaled-down image, contrast and brightness. Independent
// of the page's elements except for the canvas that scales images.

import { IMAGE_SIDE as SIDE } from "./choices.js";

/** A pixel full of ink. */
const FULL = 255;

/** Radius around the pen's tip with full ink, and the width over which it fades, in pixels. */
const PEN = { core: 0.55, fade: 1.1 };

/** Pixels between two touches of a stroke. */
const TOUCH = 0.3;

/** Nothing drawn. */
export const blank = () => new Uint8Array(SIDE * SIDE);

/**
 * Inks around a point; pixel centres are at halves.
 * @param {Uint8Array} ink
 * @param {number} x
 * @param {number} y
 * @param {boolean} [isRubber] removes ink instead
 */
export function touch(ink, x, y, isRubber = false) {
  const reach = PEN.core + PEN.fade;
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(SIDE, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(SIDE, x + reach); column++) {
      const away = Math.hypot(column + 0.5 - x, row + 0.5 - y),
        at = row * SIDE + column;
      const full = Math.round(FULL * Math.min(1, Math.max(0, (reach - away) / PEN.fade)));
      ink[at] = isRubber ? Math.min(ink[at], FULL - full) : Math.max(ink[at], full);
    }
  }
}

/**
 * @param {Uint8Array} ink
 * @param {[x: number, y: number]} from
 * @param {[x: number, y: number]} to
 * @param {boolean} [isRubber]
 */
export function stroke(ink, from, to, isRubber) {
  const touches = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / TOUCH));
  for (let at = 1; at <= touches; at++) {
    const part = at / touches;
    touch(ink, from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]), isRubber);
  }
}

/** A picture as text. @param {Uint8Array} ink */
export const textOf = ink => btoa(String.fromCharCode(...ink));

/** The picture of a text; undefined if it has another size. Throws if it is not base64. @param {string} text */
export function inkOf(text) {
  const ink = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return ink.length === SIDE * SIDE ? ink : undefined;
}

/** @param {Uint8Array} ink */
export const inverted = ink => ink.map(value => FULL - value);

/**
 * a·x + b for every pixel, clipped at no ink and full ink.
 * @param {Uint8Array} ink
 * @param {number} contrast
 * @param {number} brightness 1 is full ink
 */
export function dialed(ink, contrast, brightness) {
  let nCut = 0;
  const pixels = ink.map(value => {
    const wanted = Math.round(contrast * value + brightness * FULL);
    if (wanted < 0 || wanted > FULL) nCut++;
    return Math.min(FULL, Math.max(0, wanted));
  });
  return { pixels, nCut };
}

/**
 * An image as a picture: uncropped, centred, grey, and light on dark as the networks expect.
 * @param {Blob} file
 * @returns {Promise<{ ink: Uint8Array, isInverted: boolean }>} rejects if the browser cannot read it
 */
export async function pictureOf(file) {
  const bitmap = await createImageBitmap(file),
    scale = SIDE / Math.max(bitmap.width, bitmap.height);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  if (!brush) throw new Error("this browser provides no canvas to read images with");
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  brush.imageSmoothingQuality = "high";
  brush.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  bitmap.close();
  return greyOf(brush.getImageData(0, 0, SIDE, SIDE).data);
}

/**
 * Grey by Rec. 601; transparent and uncovered areas take the colour of the image's border.
 * @param {ArrayLike<number>} rgba
 */
export function greyOf(rgba) {
  const grey = blank(),
    clear = [];
  let border = 0,
    nBorder = 0;
  for (let at = 0; at < grey.length; at++) {
    const [r, g, b, alpha] = [0, 1, 2, 3].map(channel => rgba[4 * at + channel]);
    if (alpha < 128) {
      clear.push(at);
      continue;
    }
    grey[at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    if (Math.min(row, column, SIDE - 1 - row, SIDE - 1 - column) === 0) {
      border += grey[at];
      nBorder++;
    }
  }
  const isInverted = nBorder > 0 && border / nBorder > FULL / 2;
  for (const at of clear) grey[at] = isInverted ? FULL : 0;
  return { ink: isInverted ? inverted(grey) : grey, isInverted };
}
