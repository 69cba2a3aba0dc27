// @ts-check
// Starts the page: loads the wasm, then shows each part and ties them together.

import init, { firstScene } from "./pkg/blue_cube.js";
import { showCharts } from "./ui/charts.js";
import { showCode } from "./ui/code.js";
import { showCube } from "./ui/cube.js";
import { byId } from "./ui/dom.js";
import { showErrata } from "./ui/errata.js";
import { showHighlights } from "./ui/highlight.js";
import { showLedger } from "./ui/ledger.js";
import { tell } from "./ui/messages.js";
import { chosenNorm, showMethods } from "./ui/methods.js";
import { showSentence } from "./ui/sentence.js";
import { Store } from "./ui/store.js";
import { showTheme } from "./ui/theme.js";
import { showTraining } from "./ui/training.js";

function main() {
  const store = new Store(firstScene(), scene => scene);
  const counts = Uint32Array.from([1, 2, 3, 6]);
  let groups = 2;
  const refreshMethods = showMethods("group", () => change());
  const paintSentence = showSentence(counts, next => { groups = next; change(); });
  const { cube, refresh } = showCube(store);
  const charts = showCharts();
  const training = showTraining(charts);
  showTheme(() => { charts.refresh(); refresh(); });
  showHighlights(store);
  showCode(store);
  showErrata(store);

  function say() {
    const pieces = cube.sentence();
    paintSentence(pieces);
    byId("cube", HTMLCanvasElement).setAttribute("aria-label", pieces.map(piece => piece.text).join(""));
    refreshMethods(store.scene, groups);
  }
  function change() {
    const kind = chosenNorm();
    const norm = /** @type {import("./pkg/blue_cube.js").Norm} */ (kind === "group" ? { kind, groups } : { kind });
    store.set({ method: { norm } });
    say();
    training.refresh();
  }
  say();
  showLedger(byId("books", HTMLElement), store);
  document.documentElement.dataset.ready = "";
}

try {
  await init();
  main();
} catch (error) {
  const message = `the page could not start: ${error instanceof Error ? error.message : error}`;
  tell("failure", { code: "bad-message", message, hint: "It needs WebAssembly with SIMD: a browser from 2023 or later has it. Reload to try again." });
  throw error;
}
