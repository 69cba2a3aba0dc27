// @ts-check
// The sentence above the cube: its words and numbers are controls.

import { sentenceOf, spokenOf } from "../../pkg/blue_cube.js";
import { byId, html, nearest } from "../lib/dom.js";
import { MENU, choiceOf, methodOf } from "../lib/method.js";
import { CUBE_NUMBERS, listenToNumbers, numberNode, paintNumber } from "./number.js";

/** @typedef {import("../../pkg/blue_cube.js").Piece} Piece */
/** @typedef {import("../../pkg/blue_cube.js").Axis} Axis */
/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../lib/method.js").Choice} Choice */

/** Milliseconds between two announcements. */
const PAUSE_MILLIS = 1000;

/** @param {Store} store */
export function showSentence(store) {
  const root = byId("sentence", HTMLElement);
  const announce = announcer(byId("sentence-said", HTMLElement));
  let keys = "";
  const paint = () => {
    const pieces = sentenceOf(store.scene),
      now = pieces.map(keyOf).join();
    if (now !== keys) {
      const held =
        document.activeElement instanceof HTMLElement && root.contains(document.activeElement)
          ? document.activeElement.dataset.key
          : undefined;
      root.replaceChildren(...pieces.map(piece => nodeOf(piece, store)));
      const back = held && root.querySelector(`[data-key="${held}"]`);
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
      keys = now;
    }
    pieces.forEach((piece, i) => refresh(root.childNodes[i], piece, store));
    const said = spokenOf(store.scene);
    byId("cube", HTMLCanvasElement).setAttribute("aria-label", said);
    announce(said);
  };
  listenToNumbers(root, store, byId("sentence-error", HTMLElement), CUBE_NUMBERS);
  store.onScene(paint);
  paint();
}

/** Identifies a piece, whatever its text. @param {Piece} piece */
const keyOf = piece =>
  piece.role === "field" ? piece.field : piece.role === "axis" ? `axis-${piece.text}` : piece.role;

/** @param {Piece} piece @param {Store} store @returns {Node} */
function nodeOf(piece, store) {
  switch (piece.role) {
    case "plain":
      return document.createTextNode("");
    case "number":
      return html("b", "number");
    case "blue":
      return html("b", "blue");
    case "field":
      return numberNode(piece.field);
    case "axis":
      return axisNode(piece, store);
    case "method":
      return word("method", "method", MENU, value => {
        store.set({ method: methodOf(/** @type {Choice} */ (value)) });
      });
    case "mode":
      return word(
        "mode",
        "training or evaluation",
        [
          [
            "",
            [
              ["train", "training"],
              ["eval", "evaluation"],
            ],
          ],
        ],
        value => {
          store.set({ mode: /** @type {"train" | "eval"} */ (value) });
        },
      );
  }
}

/** @param {Node} node @param {Piece} piece @param {Store} store */
function refresh(node, piece, store) {
  const { scene } = store;
  if (piece.role === "field") return paintNumber(/** @type {HTMLElement} */ (node), piece, scene);
  if (piece.role === "axis") {
    /** @type {HTMLElement} */ (node).setAttribute("aria-pressed", String(piece.on));
    return;
  }
  if (piece.role === "method" || piece.role === "mode") {
    const select = /** @type {HTMLElement} */ (node).querySelector("select"),
      words = /** @type {Element} */ (node.firstChild);
    if (select) select.value = piece.role === "mode" ? scene.mode : choiceOf(scene.method);
    words.textContent = piece.text;
    return;
  }
  if (node.textContent !== piece.text) node.textContent = piece.text;
}

/**
 * A word that is a menu: the browser's own, laid over the word.
 * @param {string} key
 * @param {string} label
 * @param {[string, [string, string][]][]} groups
 * @param {(value: string) => void} onChoice
 */
export function word(key, label, groups, onChoice) {
  const select = html("select", {
    "aria-label": label,
    "data-key": key,
    onchange: () => {
      onChoice(select.value);
    },
  });
  for (const [name, options] of groups) {
    const all = options.map(([value, text]) => new Option(text, value));
    select.append(...(name ? [html("optgroup", { label: name }, ...all)] : all));
  }
  return html("span", "word", html("span"), select);
}

/** @param {Extract<Piece, { role: "axis" }>} piece @param {Store} store */
function axisNode({ text: letter, axis: own }, store) {
  const onclick = (/** @type {MouseEvent} */ event) => {
    const { method } = store.scene;
    if (!("norm" in method) || !("axes" in method.norm)) return;
    // Touch targets overlap: the nearest letter is meant.
    const meant =
      nearest(event, /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#sentence .axis"))) ??
      button;
    const axis = /** @type {Axis} */ (meant.dataset.topic);
    const { axes } = method.norm,
      next = axes.includes(axis) ? axes.filter(other => other !== axis) : [...axes, axis];
    const error = byId("sentence-error", HTMLElement);
    error.hidden = next.length > 0;
    error.textContent = next.length
      ? ""
      : "A mean needs at least one axis: add another before removing this one.";
    if (next.length) store.set({ method: { norm: { ...method.norm, axes: next } } });
  };
  const names = {
    "data-key": `axis-${letter}`,
    "data-topic": own,
    "aria-label": `mean over ${letter}`,
  };
  const button = html("button", { class: "axis", type: "button", ...names, onclick }, letter);
  return button;
}

/**
 * Announces a text in a live region, at most once per second; the last text counts.
 * @param {HTMLElement} region
 */
function announcer(region) {
  let waiting = 0,
    next = "",
    first = true;
  return (/** @type {string} */ text) => {
    if (first) {
      // The text that the page starts with is read as part of the page.
      first = false;
      return;
    }
    next = text;
    waiting ||= window.setTimeout(() => {
      waiting = 0;
      if (region.textContent !== next) region.textContent = next;
    }, PAUSE_MILLIS);
  };
}
