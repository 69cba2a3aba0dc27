// @ts-check
// Adds text to a PNG, which browsers do not. Source: the PNG specification, third edition, §5 and §11.

/** Bytes before a PNG's first chunk, and those of that chunk, which is always IHDR. */
const SIGNATURE = 8,
  HEADER = 25;

/** CSS pixels per metre: 96 per inch of 0.0254 m. */
const PIXELS_A_METRE = 96 / 0.0254;

/**
 * Returns the PNG with texts and its intended display size.
 * @param {Uint8Array<ArrayBuffer>} png
 * @param {number} scale pixels per CSS pixel
 * @param {Record<string, string>} words by keyword; Latin-1 goes as tEXt, the rest as iTXt
 */
export function withWords(png, scale, words) {
  const a_metre = Math.round(PIXELS_A_METRE * scale),
    size = new DataView(new ArrayBuffer(9));
  size.setUint32(0, a_metre);
  size.setUint32(4, a_metre);
  size.setUint8(8, 1);
  const texts = Object.entries(words).map(([keyword, text]) =>
    [...text].every(letter => letter <= "\xff")
      ? chunk("tEXt", latin(`${keyword}\0${text}`))
      : chunk("iTXt", new Uint8Array([...latin(`${keyword}\0\0\0\0\0`), ...new TextEncoder().encode(text)])),
  );
  const parts = [
    png.subarray(0, SIGNATURE + HEADER),
    chunk("pHYs", new Uint8Array(size.buffer)),
    ...texts,
    png.subarray(SIGNATURE + HEADER),
  ];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A chunk: length, name, data, CRC of name and data. @param {string} name @param {Uint8Array} data */
function chunk(name, data) {
  const bytes = new Uint8Array(data.length + 12),
    view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(latin(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** @param {string} text */
const latin = text => Uint8Array.from(text, letter => letter.charCodeAt(0));

/** CRC-32 with the polynomial x³² + x²⁶ + … + 1, bits reversed. @param {Uint8Array} bytes */
function crc(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
