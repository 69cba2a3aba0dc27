// @ts-check
// The ledger: how the value in focus is normalized, and its settings. Rust computes every number.

import { Ledger } from "../../pkg/blue_cube.js";
import { html } from "../lib/dom.js";
import { messageOf } from "../lib/format.js";
import { isFatal } from "../lib/panics.js";
import { showBackward } from "./backward.js";
import { showHistograms } from "./histograms.js";
import { showKnobs } from "./knobs.js";
import { showLens } from "./lens.js";
import { showSums } from "./sums.js";

/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows the ledger in `root` and keeps it in step with the store.
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
  const lens = showLens(root, store, ledger, focus);
  const backward = showBackward(root, store, ledger);
  let frame = 0;
  const refresh = () => {
    frame = 0;
    try {
      ledger.update(store.scene);
    } catch (error) {
      if (isFatal(error)) throw error;
      // The norm does not fit the shape: the engine's error says why.
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
  // Once per frame is enough, however fast a slider moves.
  store.on(change => {
    if (change !== "lit") frame ||= requestAnimationFrame(refresh);
  });
  refresh();
}
