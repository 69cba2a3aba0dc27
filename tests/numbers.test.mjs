// @ts-check
// The page's reader and writer of numbers, by the table that Rust's are held to as well. `node --test tests/numbers.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NUMBER, decimal, distinct, fixed, plain, readNumber, share } from "../www/ui/lib/number_text.js";

const here = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), "utf8");
const table = JSON.parse(here("numbers.json"));

test("numbers are read as people write them", () => {
  for (const [text, want] of table.read) assert.equal(readNumber(text), want ?? NaN, `“${text}”`);
});

test("numbers are written alike", () => {
  for (const [value, want] of table.plain) {
    assert.equal(plain(value), want);
    assert.equal(readNumber(plain(value)), value, want);
  }
  for (const [value, digits, want] of table.fixed) assert.equal(fixed(value, digits), want);
  for (const [value, digits, want] of table.share) assert.equal(share(value, digits), want);
  for (const [value, want] of table.decimal) assert.equal(decimal(Math.fround(value)), want);
});

test("the element, which imports nothing, takes the same numbers", () => {
  assert.ok(
    here("../www/norm-cube.js").includes(String(NUMBER)),
    "norm-cube.js has another expression for a number",
  );
});

test("a value that is not a whole number is not written as one", () => {
  const cases = /** @type {const} */ ([
    [5.9604645e-8, 4, "0.0000001"],
    [0.99999994, 4, "0.9999999"],
    [-0.00001, 3, "−0.00001"],
    [0.2887, 4, "0.2887"],
    [0.29996, 3, "0.300"],
    [1, 4, "1.0000"],
    [0, 3, "0.000"],
    [1e-30, 3, "0.000"],
  ]);
  for (const [value, digits, want] of cases) assert.equal(distinct(value, digits), want);
});
