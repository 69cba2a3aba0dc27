// @ts-check
// Turns decoded images of one size into a tensor: three channels or, if all are grey, one; 0 is black, 1 white.
//
// What is transparent is laid on white or on black, on whichever more can be seen: a white drawing would vanish on white.

/**
 * A decoded image.
 * @typedef {object} Picture
 * @property {number} pixels how many it has
 * @property {number} channels 1 is grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha
 * @property {ArrayLike<number>} values
 * @property {number} white the largest value
 * @property {number} ofPixel from a pixel to the next in `values`
 * @property {number} ofChannel from a channel to the next
 */

/** The largest value of 8 bits. */
const WHITE = 255;

/** The channels of the tensor: one, if all pictures are grey. @param {Picture[]} pictures */
export const channelsOf = pictures => (pictures.every(isGrey) ? 1 : 3);

/**
 * @param {Picture[]} pictures with the same number of pixels
 * @returns {{ channels: number, data: Float32Array, words: string }}
 */
export function tensorOf(pictures) {
  const channels = channelsOf(pictures),
    hasAlpha = pictures.some(isTransparent),
    onWhite = laidOn(1, pictures, channels),
    onBlack = hasAlpha ? laidOn(0, pictures, channels) : onWhite,
    isBlack = spread(onBlack) > spread(onWhite);
  const words = [channels === 1 ? "grey" : "red, green, blue"];
  if (pictures.some(({ white }) => white > WHITE)) words.push("16 bits");
  words.push("0 to 1");
  const ground = hasAlpha ? `; what is transparent is ${isBlack ? "black" : "white"}` : "";
  return { channels, data: isBlack ? onBlack : onWhite, words: words.join(", ") + ground };
}

/** Where in `values` the alpha of the first pixel is; −1 without alpha. @param {Picture} picture */
const alphaAt = ({ channels, ofChannel }) => (channels % 2 ? -1 : (channels - 1) * ofChannel);

/** @param {Picture} picture */
function isTransparent(picture) {
  const { pixels, values, white, ofPixel } = picture,
    alpha = alphaAt(picture);
  if (alpha < 0) return false;
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (values[pixel * ofPixel + alpha] < white) return true;
  }
  return false;
}

/** @param {Picture} picture */
function isGrey({ pixels, channels, values, ofPixel, ofChannel }) {
  if (channels < 3) return true;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * ofPixel;
    if (values[at] !== values[at + ofChannel] || values[at] !== values[at + 2 * ofChannel]) return false;
  }
  return true;
}

/**
 * The values of all pictures, channel by channel, from 0 to 1.
 * @param {number} ground the value behind what is transparent
 * @param {Picture[]} pictures
 * @param {number} channels of the tensor
 */
function laidOn(ground, pictures, channels) {
  const data = new Float32Array(pictures.length * channels * pictures[0].pixels);
  let to = 0;
  for (const picture of pictures) {
    const { pixels, values, white, ofPixel, ofChannel } = picture,
      alpha = alphaAt(picture),
      hasColor = picture.channels > 2;
    for (let channel = 0; channel < channels; channel++) {
      const from = hasColor ? channel * ofChannel : 0;
      for (let pixel = 0; pixel < pixels; pixel++) {
        const at = pixel * ofPixel,
          opacity = alpha < 0 ? 1 : values[at + alpha] / white;
        data[to++] = opacity * (values[at + from] / white) + (1 - opacity) * ground;
      }
    }
  }
  return data;
}

/** The variance of some values. @param {Float32Array} values */
function spread(values) {
  let sum = 0,
    squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares / values.length - (sum / values.length) ** 2;
}
