// @ts-check
// Starts the page: loads the wasm, then shows each part and ties them together.

import init, { Cube, firstScene } from "./pkg/blue_cube.js";
import { showCall } from "./ui/call.js";
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

/** Groups of the cube at the start: the paper's figure. */
const FIRST_GROUPS = 2;

function main() {
  const cube = new Cube(), store = new Store(firstScene(), scene => scene);
  const place = (/** @type {import("./pkg/blue_cube.js").Cell} */ { n, c, k }) => ({ n, c, h: Math.floor(k / store.scene.shape.w), w: k % store.scene.shape.w });
  let groups = FIRST_GROUPS;
  const refreshMethods = showMethods("group", () => change());
  const paintSentence = showSentence(cube.groupCounts(), next => { groups = next; change(); });
  const { arrange } = showCube(cube, () => {
    store.set({ selected: place(cube.selected()) }, "drag");
    store.setFocus(place(cube.focus()));
  });
  const charts = showCharts();
  const training = showTraining(charts);
  showTheme(charts.refresh);
  showCall(store);
  showHighlights(store);
  showCode(store);
  showErrata(store);

  function say() {
    const pieces = cube.sentence();
    paintSentence(pieces);
    byId("cube", SVGSVGElement).setAttribute("aria-label", pieces.map(piece => piece.text).join(""));
    refreshMethods(groups);
  }
  function change() {
    const kind = chosenNorm();
    cube.setNorm(kind, groups);
    store.set({ method: { norm: kind === "group" ? { kind, groups } : { kind } } });
    arrange();
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
