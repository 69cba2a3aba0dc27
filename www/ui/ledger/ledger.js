// @ts-check
// The ledger: what becomes of the value in focus, and what can be chosen about it. Every number is Rust's.

import { Ledger } from "../../pkg/blue_cube.js";
import { html } from "../lib/dom.js";
import { messageOf } from "../lib/format.js";
import { showBackward } from "./backward.js";
import { showHistograms } from "./histograms.js";
import { showKnobs } from "./knobs.js";
import { showLens } from "./lens.js";
import { showSums } from "./sums.js";

/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows the ledger in `root` and keeps it with the store.
 * @param {HTMLElement} root
 * @param {Store} store
 */
export function showLedger(root, store) {
  const ledger = new Ledger();
  const trouble = html("p", { class: "error", hidden: true });
  root.replaceChildren(trouble);
  const focus = () => store.focus ?? store.scene.selected;
  const sums = showSums(root, store);
  const histograms = showHistograms(root, store, ledger, focus);
  const knobs = showKnobs(root, store);
  const lens = showLens(root, ledger, focus);
  const backward = showBackward(root, store, ledger);
  let frame = 0;
  const refresh = () => {
    frame = 0;
    try {
      ledger.update(store.scene);
    } catch (error) {
      // The norm does not fit the shape: the engine says why.
      trouble.textContent = messageOf(error);
      trouble.hidden = false;
      return;
    }
    trouble.hidden = true;
    const found = ledger.sums(focus());
    sums(found);
    histograms();
    knobs(found);
    lens();
    backward();
  };
  // However fast a slider moves, once a frame is enough.
  store.on(change => {
    if (change !== "lit") frame ||= requestAnimationFrame(refresh);
  });
  refresh();
}
