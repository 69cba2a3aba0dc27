// @ts-check
// Keyboard control of the cube.

import { view, zoom } from "./pointer.js";
import { select } from "./select.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../../pkg/blue_cube.js").Move} Move */
/** @typedef {import("../lib/store.js").Store} Store */

/** @type {Record<string, [plain: Move, shifted: Move]>} */
const MOVES = {
  ArrowUp: ["up", "up"],
  ArrowDown: ["down", "down"],
  ArrowLeft: ["left", "imageBack"],
  ArrowRight: ["right", "imageOn"],
};

/** What ↑ and ↓ add to a poked value, without and with Shift. */
const STEPS = [0.1, 1];

/** @type {import("../../pkg/blue_cube.js").Stage[]} */
const STAGES = ["x", "x-hat", "y"];

/**
 * @param {HTMLElement} root what has the focus
 * @param {Cube} cube
 * @param {Store} store
 */
export function listenToKeys(root, cube, store) {
  let pokes = false;
  /** @type {Record<string, () => void>} */
  const keys = {
    Enter: () => {
      pokes = !pokes;
      if (pokes) store.set({ poke: store.scene.poke ?? cube.x(store.scene.selected) }, "drag");
      else store.set({});
    },
    Escape: () => {
      pokes = false;
      store.set({ poke: undefined });
    },
    u: () => store.set({ unfolded: !store.scene.unfolded }),
    e: () => store.set({ explode: store.scene.explode > 0 ? 0 : 1 }),
    g: () => select(store, cube, cube.step("nextGroup")),
    w: () => shift(store, 0, 1),
    a: () => shift(store, 1, 0),
    s: () => shift(store, 0, -1),
    d: () => shift(store, -1, 0),
    0: () => store.set({ turn: 0, zoom: 1, pan: [0, 0], explode: 0, unfolded: false }),
    "+": () => zoom(store, store.scene.zoom * 1.25),
    "-": () => zoom(store, store.scene.zoom / 1.25),
    "[": () => stage(store, -1),
    "]": () => stage(store, 1),
  };
  root.addEventListener("keydown", event => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const move = MOVES[event.key],
      key = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if ((event.key === "Escape" && store.scene.poke === undefined) || (!move && !key)) return;
    event.preventDefault();
    if (key) return key();
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (pokes && up) {
      const poke = (store.scene.poke ?? 0) + up * STEPS[event.shiftKey ? 1 : 0];
      return store.set({ poke: Math.round(poke * 1e4) / 1e4 }, "drag");
    }
    pokes = false;
    select(store, cube, cube.step(move[event.shiftKey ? 1 : 0]));
  });
  root.addEventListener("blur", () => {
    pokes = false;
  });
}

/** Share of the canvas by which a key moves a magnified cube. */
const SHIFT = 0.125;

/** Looks further to the other side. @param {Store} store @param {number} right @param {number} down */
function shift(store, right, down) {
  const { zoom, pan } = store.scene;
  view(store, zoom, [pan[0] + right * SHIFT, pan[1] + down * SHIFT]);
}

/**
 * @param {Store} store
 * @param {number} by
 */
function stage(store, by) {
  const at = STAGES.indexOf(store.scene.stage) + by;
  if (at >= 0 && at < STAGES.length) store.set({ stage: STAGES[at] });
}
