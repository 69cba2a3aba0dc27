// @ts-check
// The pad's pixels in Node: pen, dials, images. `node --test tests/race_pixels.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blank,
  dialed,
  greyOf,
  inkOf,
  inverted,
  stroke,
  textOf,
  touch,
} from "../www/ui/race/model/pixels.js";
import { IMAGE_SIDE as SIDE } from "../www/ui/race/model/choices.js";

test("a touch inks around its point, and a rubber takes it away", () => {
  const ink = blank();
  touch(ink, 14.5, 10.5);
  assert.equal(ink[10 * SIDE + 14], 255);
  assert.ok(ink[10 * SIDE + 15] > 0 && ink[10 * SIDE + 15] < 255);
  assert.equal(ink[10 * SIDE + 17], 0);
  touch(ink, 14.5, 10.5, true);
  assert.ok(ink.every(value => value < 128));
});

test("a stroke leaves no gap, whatever its length, and nothing is drawn outside", () => {
  const ink = blank();
  stroke(ink, [-5, -5], [SIDE + 5, SIDE + 5]);
  for (let row = 2; row < SIDE - 2; row++)
    assert.ok(Math.max(...ink.subarray(row * SIDE, (row + 1) * SIDE)) > 150, `row ${row}`);
  touch(ink, -100, 3);
  touch(ink, 3, 1e6);
  assert.equal(ink.length, SIDE * SIDE);
});

test("the dials are a·x + b, cut off at no ink and full ink", () => {
  const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => at % 256);
  assert.deepEqual(dialed(ink, 1, 0), { pixels: ink, nCut: 0 });
  const { pixels, nCut } = dialed(ink, 0.5, 0.2);
  assert.equal(nCut, 0);
  ink.forEach((value, at) => assert.equal(pixels[at], Math.round(value / 2 + 51)));
  assert.deepEqual([...dialed(Uint8Array.of(0, 100, 200), 2, 0).pixels], [0, 200, 255]);
  assert.equal(dialed(Uint8Array.of(0, 100, 200), 2, -0.5).nCut, 2);
  assert.deepEqual(inverted(inverted(ink)), ink);
});

/** An image of one grey with a square of another, transparent to its left and right. */
function imageOf(paper, square) {
  const rgba = new Uint8ClampedArray(4 * SIDE * SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const [row, column] = [Math.floor(at / SIDE), at % SIDE];
    if (column < 4 || column >= SIDE - 4) continue;
    const isSquare = row > 10 && row < 16 && column > 10 && column < 16;
    rgba.fill(isSquare ? square : paper, 4 * at, 4 * at + 3);
    rgba[4 * at + 3] = 255;
  }
  return rgba;
}

test("an image is light on dark, whichever way it came", () => {
  const light = greyOf(imageOf(240, 20)),
    dark = greyOf(imageOf(15, 235));
  assert.equal(light.isInverted, true);
  assert.equal(dark.isInverted, false);
  assert.deepEqual(light.ink[12 * SIDE + 12], 235);
  assert.deepEqual(
    [...light.ink.filter((_, at) => at % SIDE >= 4 && at % SIDE < 24)],
    [...dark.ink.filter((_, at) => at % SIDE >= 4 && at % SIDE < 24)],
  );
  assert.equal(light.ink[0], 0, "what is clear is paper");
  assert.equal(
    greyOf(new Uint8ClampedArray(4 * SIDE * SIDE)).ink.every(value => value === 0),
    true,
  );
});

test("a picture goes through text unchanged, and what is no picture is none", () => {
  const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at * 7) % 256);
  assert.deepEqual(inkOf(textOf(ink)), ink);
  for (const text of ["", "AAAA", textOf(ink).slice(4)]) assert.equal(inkOf(text), undefined, text);
  assert.throws(() => inkOf("no text of a picture!"));
});
