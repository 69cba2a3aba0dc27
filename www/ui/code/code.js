// @ts-check
// The Code part: eight lines with a caret that moves both ways, the tensor at the caret, and what the line prints.

import { rootErratum, rootLine, walkLines } from "../../pkg/code/blue_cube.js";
import { showLines } from "./lines.js";
import { showPicture } from "./picture.js";
import { printout, showPrints } from "./prints.js";
import { run } from "./run.js";
import { integer } from "../lib/format.js";
import { byId } from "../lib/dom.js";
import { light } from "../lib/highlight.js";
import { PATIENCE_MILLIS } from "../lib/wasm.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/code/blue_cube.js").WalkReport} WalkReport */

const N_LINES = 8;

/** Milliseconds that playback stays on a line at speed 1. */
const PAUSE = 2000;

/** @param {Store} store */
export function showCode(store) {
  const root = rootErratum();
  const asWritten = (/** @type {Scene} */ scene) => scene.asWritten.includes(root);
  const listings = { written: walkLines(true), corrected: walkLines(false) };
  const go = (/** @type {number} */ line, /** @type {"commit" | "drag"} */ change = "commit") => {
    const to = Math.min(N_LINES, Math.max(1, line));
    if (to !== store.scene.line) store.set({ line: to }, change);
  };
  const paintLines = showLines(go),
    picture = showPicture(store),
    prints = showPrints();
  const walk = showWalk(store, report => {
    prints.show(report);
    paint();
  });
  const player = showPlayer(store, go);

  function paint() {
    const { scene } = store;
    const isWritten = asWritten(scene),
      lines = isWritten ? listings.written : listings.corrected;
    const line = lines[Math.min(N_LINES, Math.max(1, scene.line)) - 1];
    paintLines(lines, line.number);
    picture.go(line.number);
    prints.mark(line.number, isWritten);
    byId("printout", HTMLTableElement).replaceChildren(...printout(line, walk.report()));
    byId("remark", HTMLElement).textContent = line.remark;
    byId("line-number", HTMLElement).textContent = `${line.number} / ${N_LINES}`;
    byId("line-back", HTMLButtonElement).disabled = line.number === 1;
    byId("line-on", HTMLButtonElement).disabled = line.number === N_LINES;
    for (const version of ["written", "corrected"]) {
      byId(`code-${version}`, HTMLInputElement).checked = (version === "written") === isWritten;
    }
    light(store.highlight, byId("code", HTMLElement));
  }
  byId("line-back", HTMLButtonElement).addEventListener("click", () => {
    player.stop();
    go(store.scene.line - 1);
  });
  byId("line-on", HTMLButtonElement).addEventListener("click", () => {
    player.stop();
    go(store.scene.line + 1);
  });
  byId("code-version", HTMLElement).addEventListener("change", () => {
    const others = store.scene.asWritten.filter(id => id !== root);
    const isWritten = byId("code-written", HTMLInputElement).checked;
    store.set({
      asWritten: isWritten ? [...others, root] : others,
      line: Math.max(store.scene.line, rootLine()),
    });
  });
  listenToKeys(store, go, player);
  store.on((change, before) => {
    if (change === "lit") return;
    const { scene } = store;
    picture.focus();
    if (scene.seed !== before.seed) walk.restart();
    if (scene.line !== before.line || asWritten(scene) !== asWritten(before)) paint();
  });
  paint();
}

/**
 * @param {Store} store
 * @param {(line: number) => void} go
 * @param {{ stop: () => void, toggle: () => void }} player
 */
function listenToKeys(store, go, player) {
  byId("listing", HTMLElement).addEventListener("keydown", event => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (event.ctrlKey || event.metaKey || event.altKey || target?.matches("input, select")) return;
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: -N_LINES, End: N_LINES };
    if (moves[event.key]) {
      player.stop();
      go(store.scene.line + moves[event.key]);
    } else if (event.key === " " && target?.closest("#lines")) {
      player.toggle();
    } else {
      return;
    }
    event.preventDefault();
  });
}

/**
 * The play button and its speed.
 * @param {Store} store
 * @param {(line: number, change?: "commit" | "drag") => void} go
 */
function showPlayer(store, go) {
  const button = byId("play", HTMLButtonElement),
    speed = byId("play-speed", HTMLSelectElement);
  /** @type {number | undefined} */
  let timer;
  const show = () => {
    button.setAttribute("aria-label", timer === undefined ? "Play the lines" : "Pause");
    button.classList.toggle("playing", timer !== undefined);
  };
  const stop = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    // Only the line where playback stops is a step of Undo.
    store.set({ line: store.scene.line });
    show();
  };
  const tick = () => {
    if (store.scene.line >= N_LINES) return stop();
    go(store.scene.line + 1, "drag");
    timer = setTimeout(tick, PAUSE / Number(speed.value));
  };
  const toggle = () => {
    if (timer !== undefined) return stop();
    if (store.scene.line >= N_LINES) go(1, "drag");
    timer = setTimeout(tick, PAUSE / Number(speed.value));
    show();
  };
  button.addEventListener("click", toggle);
  return { stop, toggle };
}

/**
 * Runs the walkthrough's tensor while the part is in view, once per seed.
 * @param {Store} store
 * @param {(report: WalkReport) => void} onReport
 */
function showWalk(store, onReport) {
  const said = byId("walk-progress", HTMLElement);
  /** @type {WalkReport | null} */
  let report = null;
  let isInView = false,
    end = () => {};
  const start = () => {
    end();
    if (report || !isInView) return;
    const started = performance.now();
    end = run(
      store.scene.seed,
      ({ nDone, nImages }) => {
        const millis = Math.round(performance.now() - started);
        said.textContent = `computing, ${nDone} of ${nImages} images in ${integer(millis)} ms`;
        said.hidden = millis < PATIENCE_MILLIS;
      },
      found => {
        report = found;
        said.hidden = true;
        onReport(found);
      },
    );
  };
  new IntersectionObserver(
    entries => {
      isInView = entries.some(entry => entry.isIntersecting);
      start();
    },
    { rootMargin: "300px" },
  ).observe(byId("code", HTMLElement));
  return {
    report: () => report,
    restart: () => {
      report = null;
      start();
    },
  };
}
