// @ts-check
// The arithmetic for the cell in focus, line by line, and where each number came from.

import { html, nearest } from "../lib/dom.js";
import { integer, quantity } from "../lib/format.js";
import { EQUALS, formula } from "./formula.js";

/** @typedef {import("../../pkg/blue_cube.js").Sums} Sums */
/** @typedef {import("../../pkg/blue_cube.js").SetSums} SetSums */
/** @typedef {import("../../pkg/blue_cube.js").Formula} Formula */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows the sums.
 * @param {HTMLElement} root
 * @param {Store} store
 * @returns {(sums: Sums) => void}
 */
export function showSums(root, store) {
  const books = new Books(store);
  root.append(books.list, books.opened);
  return sums => books.refresh(sums);
}

/** The number that an element shows: "mean 0". @param {EventTarget | null} target */
const keyOf = target =>
  target instanceof Element ? (target.closest("[data-opens]")?.getAttribute("data-opens") ?? null) : null;

/** Milliseconds after a release in which its click arrives, from a finger too. */
const CLICK_MILLIS = 100;

class Books {
  list = html("dl", "books");
  opened = html("div", { class: "opened", role: "status" });
  /** @type {string | null} What is open: "mean 0". */
  #open = null;
  /** @type {Sums | undefined} */
  #shown;
  /** Whether a number is being pressed; it must stay until the click. */
  #isPressed = false;
  /** What came meanwhile. @type {Sums | undefined} */
  #late;
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    const { list, opened } = this;
    list.addEventListener("click", event => {
      const what = keyOf(event.target) ?? keyOf(nearest(event, list.querySelectorAll("[data-opens]")));
      if (what) this.#show(what === this.#open ? null : what);
    });
    list.addEventListener("pointerdown", () => (this.#isPressed = true));
    for (const type of ["pointerup", "pointercancel"])
      addEventListener(type, () => {
        if (this.#isPressed) setTimeout(() => this.#release(), CLICK_MILLIS);
      });
    list.addEventListener("keydown", event => {
      if (event.key === "Escape" && this.#open) this.#show(null);
    });
    for (const type of ["focusin", "focusout"])
      list.addEventListener(type, event => {
        const what = type === "focusin" ? keyOf(event.target) : null;
        for (const number of list.querySelectorAll(".opens"))
          number.classList.toggle("at", number.getAttribute("data-opens") === what);
      });
    opened.addEventListener("keydown", event => {
      if (event.key === "Escape") this.#close();
    });
  }

  #release() {
    const late = this.#late;
    [this.#isPressed, this.#late] = [false, undefined];
    if (late) this.refresh(late);
  }

  /** Shows other sums, after the click if a number is being pressed: an element that is replaced meanwhile gets none. @param {Sums} sums */
  refresh(sums) {
    if (this.#isPressed) return void (this.#late = sums);
    const { list } = this,
      had = list.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    const was = this.#shown;
    this.#shown = sums;
    list.replaceChildren(...sums.lines.flatMap((line, i) => row(line, i === 0 ? said(sums) : null)));
    for (const number of list.querySelectorAll(".opens"))
      number.classList.toggle("open", number.getAttribute("data-opens") === this.#open);
    list.querySelectorAll("dd").forEach(line => addKeys(list, line));
    if (had) this.#focus(had);
    if (!this.#open) return;
    if (sums.sets.length !== was?.sets.length) return this.#show(null);
    this.#tell();
  }

  /** @param {string | null} what */
  #show(what) {
    this.#open = what;
    for (const element of this.list.querySelectorAll("[data-opens]")) {
      const isOpen = element.getAttribute("data-opens") === what;
      element.classList.toggle("open", isOpen);
      if (element instanceof HTMLButtonElement) element.ariaExpanded = String(isOpen);
    }
    this.#tell();
    this.#store.setLit(what && this.#shown ? cells(what, this.#shown) : null);
  }

  #tell() {
    const { opened } = this,
      open = this.#open;
    opened.replaceChildren(...(open && this.#shown ? origin(open, this.#shown, () => this.#close()) : []));
  }

  /** Closes what is open and returns the focus to where it was opened. */
  #close() {
    const what = this.#open;
    this.#show(null);
    this.#focus(what);
  }

  /** @param {string | null} what */
  #focus(what) {
    for (const button of this.list.querySelectorAll("button"))
      if (button.dataset.opens === what) button.focus({ preventScroll: true });
  }
}

/**
 * Buttons for the numbers that first appear in a line, for the keyboard and for screen readers, which take a
 * formula for one picture. A number shows the focus of its button.
 * @param {Element} list
 * @param {Element} line
 */
function addKeys(list, line) {
  for (const number of line.querySelectorAll(".opens")) {
    const opens = number.getAttribute("data-opens") ?? "";
    if ([...list.querySelectorAll("button")].some(button => button.dataset.opens === opens)) continue;
    const state = { "data-opens": opens, "aria-expanded": number.classList.contains("open") };
    const button = html(
      "button",
      { class: "unseen", type: "button", ...state },
      `${number.textContent}: where it came from`,
    );
    line.append(button);
  }
}

/** @param {Sums} sums */
function said({ words }) {
  return html("span", "said-cell", html("span", "st", "★"), words);
}

/**
 * @param {import("../../pkg/blue_cube.js").SumLine} line
 * @param {Element | null} behind
 */
function row(line, behind) {
  const { letter, general, substituted, result, note } = line;
  const isTall = [general, substituted].some(part => part?.type === "fraction");
  const body = html("dd", isTall ? "tall" : "");
  if (general) body.append(html("span", "wide", formula(true, EQUALS, general)));
  if (substituted)
    body.append(
      ...terms(substituted).map((term, i) =>
        html("span", "put-in", i ? formula(true, term) : formula(true, EQUALS, term)),
      ),
    );
  body.append(html("span", "result", formula(true, EQUALS, result)));
  if (note) body.append(html("span", "said-cell", note));
  if (behind) body.append(behind);
  return [html("dt", "", formula(false, letter)), body];
}

/**
 * The terms of a mixture, between which a line may break; any other formula is one piece.
 * @param {Formula} substituted
 * @returns {Formula[]}
 */
function terms(substituted) {
  const isMixture =
    substituted.type === "row" && substituted.parts.some(part => part.type === "sign" && part.text === "·");
  if (!isMixture) return [substituted];
  /** @type {Formula[][]} */
  const pieces = [[]];
  for (const part of substituted.parts) {
    if (part.type === "sign" && part.text === "+") pieces.push([]);
    pieces[pieces.length - 1].push(part);
  }
  return pieces.map(parts => ({ type: "row", parts }));
}

/**
 * @param {string} what
 * @param {Sums} sums
 * @returns {Uint32Array} boxes of cells, each from n, c, h, w to n, c, h, w
 */
function cells(what, sums) {
  const [quantity, set] = what.split(" ");
  const found = sums.sets[Number(set)];
  if ((quantity !== "mean" && quantity !== "variance") || !found || found.isKept) {
    const { n, c, h, w } = sums.place;
    return new Uint32Array([n, c, h, w, n + 1, c + 1, h + 1, w + 1]);
  }
  return new Uint32Array([...found.from, ...found.to]);
}

/**
 * @param {string} what
 * @param {Sums} sums
 * @param {() => void} close
 */
function origin(what, sums, close) {
  const [quantity, at] = what.split(" ");
  const set = sums.sets[Number(at)];
  const button = html(
    "button",
    { class: "icon close", type: "button", "aria-label": "Close", onclick: close },
    "×",
  );
  /** @type {(string | Node)[][]} */
  let lines;
  if (quantity === "x") lines = [[`x is the value of the tensor at ${sums.words}.`]];
  else if (quantity === "x-hat")
    lines = [
      ["x̂ is x minus the mean, in standard deviations, for this value alone. ε keeps the root above 0."],
    ];
  else if (quantity === "y")
    lines = [
      [
        set
          ? "y = γ·x̂ + β is what the next layer receives."
          : "Without a norm, the value passes through unchanged.",
      ],
    ];
  else if (!set) lines = [];
  else if (set.isKept) lines = kept(sums);
  else lines = quantity === "mean" ? mean(set) : variance(set);
  return [button, ...lines.map(line => html("p", "", ...line))];
}

/** @param {Sums} sums */
function kept(sums) {
  return [
    [
      "Kept from training: 100 batches of the same digits, each with different noise, came before. Each moved the average by momentum × (its own value − the average), starting from mean 0 and variance 1.",
    ],
    [
      `It is now mean ${sums.kept?.mean[0]}, variance ${sums.kept?.variance[0]}. No value of this batch changes it.`,
    ],
  ];
}

/** @param {string[]} first @param {number} more @param {string} total */
const series = (first, more, total) =>
  `${first.map((term, i) => (i && term.startsWith("−") ? `− ${term.slice(1)}` : `${i ? "+ " : ""}${term}`)).join(" ")}${more ? ` … ${integer(more)} more` : ""} = ${total}`;

/** @param {SetSums} set */
function mean(set) {
  return [
    [where(set)],
    ["Σx = ", html("span", "num", series(set.terms, set.more, set.sum))],
    ["μ = Σx/n = ", html("span", "num", `${set.sum} / ${set.count} = ${set.mean}`)],
  ];
}

/** @param {SetSums} set */
function variance(set) {
  const square = set.centers ? "Σ(x − μ)²" : "Σx²";
  return [
    [where(set)],
    [`${square} = `, html("span", "num", series(set.squareTerms, set.more, set.squares))],
    [
      `${set.centers ? "σ²" : "mean square"} = ${square}/n = `,
      html("span", "num", `${set.squares} / ${set.count} = ${set.variance}`),
    ],
  ];
}

/** @param {SetSums} set */
const where = ({ count, words }) => `n = ${quantity(count, "value")}: ${words}.`;
