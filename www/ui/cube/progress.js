// @ts-check
// Says how far a scene of a large tensor has been prepared, if that takes a while, and lets the reader keep the one that is shown.

import { html } from "../lib/dom.js";
import { integer, percent } from "../lib/format.js";

/** @typedef {import("../lib/store.js").Store} Store */

/** Before this, nothing is said: most preparations are over by then. */
const PATIENCE_MILLIS = 500;

/**
 * @param {Store} store
 * @param {HTMLElement} area of the cube
 */
export function showProgress(store, area) {
  const words = html("span", { role: "status" }),
    keep = html("button", { type: "button", onclick: () => store.stay() }, "Cancel"),
    line = html("p", { class: "progress", hidden: true }, words, " ", keep);
  let since = 0;
  store.onProgress(share => {
    area.toggleAttribute("aria-busy", share !== null);
    if (share === null) {
      if (line.contains(document.activeElement)) area.querySelector("canvas")?.focus({ preventScroll: true });
      line.hidden = true;
      since = 0;
      return;
    }
    since ||= performance.now();
    if (performance.now() - since < PATIENCE_MILLIS) return;
    const { n, c, h, w } = store.chosen.shape;
    words.textContent = `Computing with ${integer(n * c * h * w)} values: ${percent(Math.floor(share * 10) / 10)}.`;
    line.hidden = false;
  });
  area.append(line);
}
