// @ts-check
// One lane's prediction for a picture: ten small bars.

import { put, html, svg } from "../../lib/dom.js";
import { percent } from "../../lib/format.js";

/** @typedef {import("../model/lane.js").Lane} Lane */
/** @typedef {{ what: string, names: string[] }} Classes */

/** Size of the bars, in CSS pixels: the width of each with its gap, the height at probability 1. */
const WIDE = 18,
  GAP = 3,
  HIGH = 30;

/** Height below the bars for the classes' numbers. */
const FOOT = 14;

const DIGITS = { what: "Draw a digit.", names: Array.from("0123456789") };
const CLOTHES = {
  what: "Draw a piece of clothing.",
  names: [
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
  ],
};

/** @param {string | undefined} data @returns {Classes} */
export const classesOf = data => (data === "fashion-mnist" ? CLOTHES : DIGITS);

export class Verdict {
  #bars;
  #picture;
  #words;
  #lane;
  #classes;
  #isBlank = true;
  /** @type {number[]} */
  #probabilities = [];

  /** @param {Lane} lane @param {Classes} classes */
  constructor(lane, classes) {
    this.#lane = lane;
    this.#classes = classes;
    this.#bars = classes.names.map((_, at) =>
      svg("rect", { x: at * WIDE, width: WIDE - GAP, y: HIGH, height: 0 }),
    );
    const numbers = classes.names.map((_, at) =>
      svg("text", { x: at * WIDE + (WIDE - GAP) / 2, y: HIGH + FOOT - 2 }, String(at)),
    );
    const width = classes.names.length * WIDE;
    const line = svg("path", { d: `M0 ${HIGH + 0.5}H${width - GAP}` });
    this.#picture = svg(
      "svg",
      { viewBox: `0 0 ${width} ${HIGH + FOOT}`, width, height: HIGH + FOOT, role: "img" },
      line,
      ...this.#bars,
      ...numbers,
    );
    this.#words = html("span", "taken-words");
    this.element = html(
      "div",
      { class: "taken", "data-lane": lane.id },
      html("b", "", lane.name),
      this.#picture,
      this.#words,
    );
    this.#paint();
  }

  /** @param {number[]} probabilities @param {number} step of the prediction */
  say(probabilities, step) {
    this.#probabilities = [...probabilities];
    this.#paint(step);
  }

  /** @param {string} message */
  fail(message) {
    this.#probabilities = [];
    this.#paint();
    this.#words.textContent = message;
  }

  /** @param {boolean} isBlank nothing is drawn */
  wait(isBlank) {
    if (isBlank === this.#isBlank) return;
    this.#isBlank = isBlank;
    if (isBlank) this.#probabilities = [];
    this.#paint();
  }

  #paint(step = this.#lane.history.step) {
    const all = this.#probabilities,
      best = all.indexOf(Math.max(...all));
    this.#bars.forEach((bar, at) => {
      // A probability too small to see is still drawn as a hairline.
      const high = all.length ? Math.max(0.5, HIGH * all[at]) : 0;
      put(bar, "y", String(HIGH - high));
      put(bar, "height", String(high));
      put(bar, "class", at === best ? "best" : "");
    });
    const { names } = this.#classes,
      said = all.length ? `${names[best]}, ${percent(all[best])}` : "";
    this.#words.textContent = [said, said && step === 0 ? "untrained" : ""].filter(Boolean).join(" · ");
    const ranked = all
      .map((share, at) => /** @type {const} */ ([share, names[at]]))
      .sort(([a], [b]) => b - a)
      .slice(0, 3);
    put(
      this.#picture,
      "aria-label",
      ranked.map(([share, name]) => `${name} ${percent(share)}`).join(", ") || "nothing drawn yet",
    );
    this.element.dataset.sum = all.length ? String(all.reduce((sum, share) => sum + share, 0)) : "";
  }
}
