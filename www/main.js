// @ts-check
// Starts the page: loads the wasm, creates the state, and shows the parts, which read and write it.

import init, { clampScene, prepare, version } from "./pkg/blue_cube.js";
import { isVisit, showArrival } from "./ui/shell/arrival.js";
import { showCall } from "./ui/sentence/call.js";
import { showCube } from "./ui/cube/cube.js";
import { byId } from "./ui/lib/dom.js";
import { showEmbedded, watchForm } from "./ui/shell/embedded.js";
import { capital, integer, percent } from "./ui/lib/format.js";
import { keepFocus } from "./ui/lib/focus.js";
import { showHighlights } from "./ui/lib/highlight.js";
import { showHistory } from "./ui/shell/history.js";
import { showLedger } from "./ui/ledger/ledger.js";
import { attempt, whenNear } from "./ui/lib/late.js";
import { pageKeys, sceneOfLink } from "./ui/lib/link.js";
import { rememberMethods } from "./ui/lib/method.js";
import { markKeyedRadios } from "./ui/lib/radio_focus.js";
import { setVersion } from "./ui/lib/report.js";
import { showMethods } from "./ui/sentence/methods.js";
import { keepOffline } from "./ui/shell/offline.js";
import { showPresets } from "./ui/shell/presets.js";
import { watchErrors } from "./ui/shell/crash.js";
import { showPrint } from "./ui/shell/print.js";
import { tellNoStart } from "./ui/shell/recover.js";
import { showSentence } from "./ui/sentence/sentence.js";
import { showShare } from "./ui/shell/share.js";
import { Store } from "./ui/lib/store.js";
import { showTensorLine } from "./ui/tensor/tensor.js";
import { showTheme } from "./ui/shell/theme.js";
import { inSlices } from "./ui/lib/slices.js";
import { startWasm } from "./ui/lib/wasm.js";

/** @param {import("./pkg/blue_cube.js").Clamped} linked the scene of the link */
function main(linked) {
  const store = new Store(linked.scene, clampScene, prepare),
    { isCube } = pageKeys(),
    { hash } = location,
    isNew = isVisit();
  store.consequences = isCube ? linked.changes : [];
  rememberMethods(store);
  showConsequences(store);
  const { cube, refresh } = showCube(store);
  showSentence(store);
  markKeyedRadios();
  keepFocus();
  showHighlights(store);
  showPrint(store, cube);
  if (isCube) showEmbedded(store, refresh);
  const arrive = isCube ? undefined : showWhole(store, cube, refresh);
  showHistory(store, arrive && ((hash, changes) => void arrive(hash, changes, true)));
  void arrive?.(hash, linked.changes, isNew);
  watchForm();
  keepOffline();
  document.documentElement.dataset.ready = "";
  performance.mark("ready");
}

/**
 * Shows what a frame leaves out.
 * @param {Store} store
 * @param {import("./pkg/blue_cube.js").Cube} cube
 * @param {() => void} refresh repaints the cube
 */
function showWhole(store, cube, refresh) {
  showCall(store);
  showLedger(byId("books", HTMLElement), store);
  showTensorLine(store);
  showMethods(store);
  const race = raceOf(store);
  showTheme(async () => {
    refresh();
    (await race).refresh();
  });
  const follow = showPresets(store, async (...preset) => (await race).openExperiment(...preset));
  showShare(store, cube);
  whenNear(
    byId("code", HTMLElement),
    async () => (await import("./ui/code/part.js")).showCodePart(store),
    "code-failure",
  );
  return showArrival(store, follow);
}

/**
 * The race, which is loaded once the rest of the page has been painted.
 * @param {Store} store
 * @returns {Promise<ReturnType<typeof import("./ui/race/view/panel.js").showRace>>}
 */
function raceOf(store) {
  return new Promise(resolve =>
    setTimeout(() =>
      attempt(async () => {
        const { showRace } = await import("./ui/race/view/panel.js");
        resolve(showRace(store));
        byId("race", HTMLElement).dataset.ready = "";
      }, "race-failure"),
    ),
  );
}

/** Shows what else a change altered. @param {Store} store */
function showConsequences(store) {
  const say = () => {
    for (const [id, isRace] of /** @type {const} */ ([
      ["consequences", false],
      ["race-consequences", true],
    ])) {
      const place = byId(id, HTMLElement),
        words = store.consequences.filter(words => words.startsWith("in the race,") === isRace).join("; ");
      place.textContent = words && `${capital(words)}.`;
      place.hidden = !words;
    }
  };
  store.on(change => {
    if (change !== "focus" && change !== "lit") say();
  });
  say();
}

watchErrors();
// Read by ui/shell/start.js, which watches from outside.
const root = document.documentElement;
root.dataset.begun = "";
let isLoaded = false;
try {
  await startWasm(init, new URL("./pkg/blue_cube_bg.wasm", import.meta.url), nBytes => {
    root.dataset.loading = `${integer(Math.round(nBytes / 1000))} kB of WebAssembly so far`;
  });
  isLoaded = true;
  setVersion(version());
  const linked = sceneOfLink(),
    work = prepare(linked.scene);
  if (work) {
    await inSlices(work, share => {
      root.dataset.loading = `${percent(share)} of a large tensor`;
    });
  }
  main(linked);
} catch (error) {
  root.dataset.failed = "";
  tellNoStart(error, isLoaded);
  throw error;
}
