// @ts-check
// The legend of the cube, and the rail below it: stages, explode, all groups, unfold, pins, what a poke did.

import { spaced } from "./counts.js";
import { byId, html, put } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../pkg/blue_cube.js").Stage} Stage */
/** @typedef {import("./store.js").Store} Store */

/** @type {[Stage, string, string][]} */
const STAGES = [["x", "x", "what goes in"], ["x-hat", "x̂", "normalized"], ["y", "y", "what comes out"]];

/**
 * @param {Store} store
 * @param {Cube} cube
 * @param {HTMLElement} plate
 * @returns {() => void} repaints both
 */
export function showRail(store, cube, plate) {
  const legend = byId("legend", HTMLElement), hint = byId("cube-keys", HTMLElement);
  const hintText = [...hint.childNodes];
  const rail = html("div", "rail");
  rail.setAttribute("role", "group");
  rail.setAttribute("aria-label", "The cube’s view");
  plate.after(rail);
  const stages = html("span", "stages");
  const radios = STAGES.map(([stage, letter, title], i) => {
    const button = html("button", "", letter);
    Object.assign(button, { type: "button", title });
    button.addEventListener("click", () => store.set({ stage }));
    if (i) stages.append(html("span", "arrow", "→"));
    stages.append(button);
    return { stage, button };
  });
  const explode = dial("explode", 0, 1, .01, value => ({ explode: value }), store);
  const all = html("input", "");
  all.type = "checkbox";
  all.addEventListener("change", () => store.set({ allGroups: all.checked }));
  const unfold = html("button", "unfold", "unfold H × W");
  unfold.type = "button";
  unfold.addEventListener("click", () => store.set({ unfolded: !store.scene.unfolded }));
  const images = dial("first image", 0, 1, 1, value => ({ pins: [value, store.scene.pins[1]] }), store);
  const channels = dial("first channel", 0, 1, 1, value => ({ pins: [store.scene.pins[0], value] }), store);
  const showing = html("p", "showing");
  rail.append(stages, explode.label, html("label", "every", all, "all groups"), unfold, images.label, channels.label);
  rail.after(showing);

  return () => {
    const { scene } = store, { rows, showing: part, poke } = cube.legend();
    for (const { stage, button } of radios) put(button, "aria-pressed", String(stage === scene.stage));
    explode.set(scene.explode);
    all.checked = scene.allGroups;
    put(unfold, "aria-pressed", String(scene.unfolded));
    images.limit(scene.shape.n - 16);
    images.set(scene.pins[0]);
    channels.limit(scene.shape.c - 24);
    channels.set(scene.pins[1]);
    showing.hidden = !part;
    showing.textContent = part ? `${part}; every mean is over all values` : "";
    legend.replaceChildren(...rows.map(({ level, count, words }) => {
      const swatch = html("i", `swatch level-${level}`), number = html("span", "num", count === undefined ? "" : spaced(count));
      return html("li", "", html("span", "key", swatch, number), html("span", "", words));
    }), ramp(), html("li", "", html("span", "key ramp", html("i", "dot")), html("span", "", "a dot, below zero")));
    legend.style.setProperty("--key", `${Math.max(42, 16 + 8 * spaced(Math.max(0, ...rows.map(row => row.count ?? 0))).length)}px`);
    legend.hidden = false;
    if (poke) {
      const restore = html("button", "restore", "restore");
      restore.type = "button";
      restore.addEventListener("click", () => store.set({ poke: undefined }));
      hint.replaceChildren(html("b", "", `${spaced(poke.moved)} moved, ${spaced(poke.still)} did not`), " · ", restore);
    } else if (hint.firstChild !== hintText[0]) hint.replaceChildren(...hintText);
  };
}

function ramp() {
  const swatches = [0, 1, 2].map(i => html("i", `swatch v${i}`));
  return html("li", "ramp-row", html("span", "key ramp", ...swatches), html("span", "", "more ink, larger value"));
}

/**
 * A range with its label.
 * @param {string} name
 * @param {number} min
 * @param {number} max
 * @param {number} step
 * @param {(value: number) => Partial<import("../pkg/blue_cube.js").Scene>} patch
 * @param {Store} store
 */
function dial(name, min, max, step, patch, store) {
  const input = html("input", ""), label = html("label", "dial", name, input);
  Object.assign(input, { type: "range", min, max, step, value: min });
  input.addEventListener("input", () => store.set(patch(Number(input.value)), "drag"));
  input.addEventListener("change", () => store.set(patch(Number(input.value))));
  return {
    label,
    /** @param {number} value */
    set: value => { if (Number(input.value) !== value) input.value = String(value); },
    /** @param {number} most what is left to pin; without any the range is not there */
    limit: most => {
      label.hidden = most <= 0;
      if (most > 0) input.max = String(most);
    },
  };
}
