// @ts-check
// The precision lens: the group shifted away from zero, and its variance by four algorithms in f32.

import { html } from "../lib/dom.js";
import { foldOpens } from "../lib/opened.js";
import { integer } from "../lib/format.js";
import { fixed } from "../lib/number_text.js";

/** @typedef {import("../../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../../pkg/blue_cube.js").LensRow} LensRow */

/** 0, then 1, 2, 5, 10 up to a million. */
const OFFSETS = [
  0,
  ...Array.from({ length: 6 }, (_, power) => [1, 2, 5].map(digit => digit * 10 ** power)).flat(),
  1e6,
];

/** Digits that f32 holds. */
const MOST_DIGITS = 7.2;

/** @type {Record<LensRow["algorithm"], [name: string, formula: string]>} */
const NAMES = {
  "one-pass": ["one pass", "E[x²] − E[x]²"],
  welford: ["Welford", "value by value"],
  "two-pass": ["two passes", "mean first"],
  ours: ["ours", "shifted by a guess"],
};

/**
 * Shows the lens.
 * @param {HTMLElement} root
 * @param {import("../lib/store.js").Store} store
 * @param {Ledger} ledger
 * @param {() => Place} focus
 * @returns {() => void}
 */
export function showLens(root, store, ledger, focus) {
  const lens = new Lens(ledger, focus);
  foldOpens(store, "lens", lens.fold);
  root.append(lens.fold);
  return () => lens.refresh();
}

class Lens {
  #head = html("p", "books-note");
  #verdict = html("p", { class: "books-note verdict", role: "status" });
  #output = html("output", "num");
  #body = html("tbody");
  #ledger;
  #focus;

  /** @param {Ledger} ledger @param {() => Place} focus */
  constructor(ledger, focus) {
    this.#ledger = ledger;
    this.#focus = focus;
    const oninput = () => this.refresh();
    const what = { "aria-label": "Added to every value of the group", oninput };
    this.dial = html("input", { type: "range", min: 0, max: OFFSETS.length - 1, step: 1, value: 0, ...what });
    const heads = ["in f32", "σ²", "digits right", "x̂ of ★"].map(head => html("th", { scope: "col" }, head));
    this.table = html("table", "lens", html("thead", "", html("tr", "", ...heads)), this.#body);
    const label = html("label", "dial", "add to all ", this.dial, this.#output);
    this.fold = html(
      "details",
      "fold",
      html("summary", "", "The precision lens"),
      label,
      this.#head,
      this.table,
      this.#verdict,
    );
    this.fold.addEventListener("toggle", oninput);
  }

  refresh() {
    if (!this.fold.open) return;
    const offset = OFFSETS[Number(this.dial.value)];
    this.#output.textContent = integer(offset);
    this.dial.setAttribute("aria-valuetext", this.#output.textContent);
    const lens = this.#ledger.lens(this.#focus(), offset);
    this.table.hidden = this.#verdict.hidden = !lens;
    if (!lens) {
      this.#head.textContent = "Nothing here shares a mean, so there is nothing to sum.";
      return;
    }
    const some =
      lens.count < lens.of ? `the first ${integer(lens.count)} of ${integer(lens.of)}` : `all ${lens.count}`;
    this.#head.textContent = `In f64, ${some} values of the group have mean ${lens.mean} and variance ${lens.variance}.`;
    this.#body.replaceChildren(...lens.rows.map(row));
    this.#verdict.textContent = said(lens.rows, offset);
  }
}

/** @param {LensRow} row */
function row({ algorithm, variance, digits, xHat, isNan }) {
  const [name, how] = NAMES[algorithm];
  const meter = html("meter", { min: 0, max: MOST_DIGITS, value: digits, "aria-hidden": true });
  const head = html("th", { scope: "row" }, name, " ", html("small", "", how));
  const count = html("span", "num", digits < 0.05 ? "0" : fixed(digits, 1));
  return html(
    "tr",
    "",
    head,
    html("td", "num", variance),
    html("td", "digits", meter, count),
    html("td", isNan ? "num nan" : "num", isNan ? `⚠ ${xHat}` : xHat),
  );
}

/** @param {LensRow[]} rows @param {number} offset */
function said(rows, offset) {
  const [one] = rows;
  if (one.isNan)
    return `One pass subtracts two large, nearly equal numbers and ends below zero. A negative variance has no real square root, so x̂ is NaN, and so is everything computed from it.`;
  if (one.digits < 2)
    return "One pass has lost nearly all digits of the variance: both its terms are close to the squared mean, and f32 rounds each.";
  return offset === 0
    ? "Near zero all four agree. Add something to every value: the variance should stay the same."
    : "The variance should not change. One pass is the first to lose digits.";
}
