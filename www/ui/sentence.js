// @ts-check
// The sentence over the cube. Its number of groups can be changed, by dragging or by the arrow keys.

import { byId, html } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Piece} Piece */

/** Pixels of drag for one step. */
const DRAG_PIXELS = 22;

/**
 * Shows sentences.
 * @param {Uint32Array} counts the numbers of groups there can be, rising
 * @param {(groups: number) => void} onGroups
 * @returns {(pieces: Piece[]) => void}
 */
export function showSentence(counts, onGroups) {
  const root = byId("sentence", HTMLElement);
  let groups = 2;
  /** @param {number} by */
  const step = by => {
    const at = Math.min(counts.length - 1, Math.max(0, counts.indexOf(groups) + by));
    if (counts[at] !== groups) onGroups(counts[at]);
  };
  /** @type {number | null} */
  let heldAt = null;
  const scrub = (/** @type {EventTarget | null} */ target) => target instanceof HTMLElement && target.classList.contains("scrub");
  root.addEventListener("pointerdown", event => {
    if (!scrub(event.target)) return;
    heldAt = event.clientX;
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", event => {
    if (heldAt === null) return;
    const by = Math.trunc((event.clientX - heldAt) / DRAG_PIXELS);
    heldAt += by * DRAG_PIXELS;
    if (by) step(by);
  });
  for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => { heldAt = null; });
  root.addEventListener("keydown", event => {
    /** @type {Record<string, number>} */
    const keys = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, Home: -9, End: 9 };
    const by = keys[event.key];
    if (!scrub(event.target) || by === undefined) return;
    event.preventDefault();
    step(by);
  });

  return pieces => {
    const had = scrub(document.activeElement) && root.contains(document.activeElement);
    root.replaceChildren(...pieces.map(pieceNode));
    const number = root.querySelector(".scrub");
    if (number instanceof HTMLElement) {
      groups = Number(number.textContent);
      if (had) number.focus({ preventScroll: true });
    }
  };
}

/** @param {Piece} piece */
function pieceNode({ role, text }) {
  if (role === "plain") return text;
  if (role === "shape") return html("span", role, text);
  if (role !== "groups") return html("b", role, text);
  const number = html("span", "scrub", text);
  number.tabIndex = 0;
  const aria = { role: "spinbutton", "aria-label": "groups of the cube", "aria-valuenow": text, "aria-valuemin": "1", "aria-valuemax": "6" };
  for (const [name, value] of Object.entries(aria)) number.setAttribute(name, value);
  return number;
}
