// @ts-check
// The legend of the cube, and the rail below it: stages, explode, all groups, unfold, pins, what a poke did.

import { integer } from "../lib/format.js";
import { nounOf, planeOf } from "../lib/axis_words.js";
import { byId, html, put } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../../pkg/blue_cube.js").Stage} Stage */
/** @typedef {ReturnType<Cube["legend"]>} Legend */
/** @typedef {import("../lib/store.js").Store} Store */

/** The numbers of the range, in steps. @typedef {{ min: number, max: number, step: number }} Range */

/** The most images and channels that the cube shows. */
const MOST_SHOWN = { n: 16, c: 24 };

/** @type {[Stage, string, string][]} */
const STAGES = [
  ["x", "x", "the input"],
  ["x-hat", "x̂", "normalized"],
  ["y", "y", "the output"],
];

/**
 * @param {Store} store
 * @param {Cube} cube
 * @param {HTMLElement} area
 * @returns {() => void} repaints both
 */
export function showRail(store, cube, area) {
  const refreshStages = showStages(store),
    explode = dial("explode", { min: 0, max: 1, step: 0.01 }, value => ({ explode: value }), store);
  const all = html("input", {
    type: "checkbox",
    onchange: () => {
      store.set({ allGroups: all.checked });
    },
  });
  const unfold = html(
    "button",
    { class: "unfold", type: "button", onclick: () => store.set({ unfolded: !store.scene.unfolded }) },
    "unfold",
  );
  const pins = { min: 0, max: 1, step: 1 };
  const images = dial("first image", pins, value => ({ pins: [value, store.scene.pins[1]] }), store);
  const channels = dial("first channel", pins, value => ({ pins: [store.scene.pins[0], value] }), store);
  const showing = html("p", "showing"),
    every = html("label", "every", all, "all groups");
  const rail = html(
    "div",
    { class: "rail", role: "group", "aria-label": "The cube’s view" },
    refreshStages.element,
    explode.label,
    every,
    unfold,
    images.label,
    channels.label,
  );
  area.after(rail, showing);
  const refreshLegend = showLegend(),
    refreshHint = showHint(store);
  return () => {
    const { scene } = store,
      { rows, showing: part, poke } = cube.legend();
    refreshStages.refresh();
    explode.set(scene.explode);
    all.checked = scene.allGroups;
    put(unfold, "aria-pressed", String(scene.unfolded));
    const words = `unfold ${planeOf(scene.layout)}`.trim();
    if (unfold.textContent !== words) unfold.textContent = words;
    images.name(`first ${nounOf(scene.layout, "n")}`);
    channels.name(`first ${nounOf(scene.layout, "c")}`);
    images.limit(scene.shape.n - MOST_SHOWN.n);
    images.set(scene.pins[0]);
    channels.limit(scene.shape.c - MOST_SHOWN.c);
    channels.set(scene.pins[1]);
    showing.hidden = !part;
    showing.textContent = part ? `${part}; every mean is over all values` : "";
    refreshLegend(rows);
    refreshHint(poke);
  };
}

/** Chooses what is shown of a value: x, x̂ or y. @param {Store} store */
function showStages(store) {
  const radios = STAGES.map(([stage, letter, title]) => ({
    stage,
    button: html("button", { type: "button", title, onclick: () => store.set({ stage }) }, letter),
  }));
  const parts = radios.flatMap(({ button }, i) => [i > 0 && html("span", "arrow", "→"), button]);
  return {
    element: html("span", "stages", ...parts),
    refresh: () => {
      for (const { stage, button } of radios)
        put(button, "aria-pressed", String(stage === store.scene.stage));
    },
  };
}

/** What each colour means, and how many cells have it. @returns {(rows: Legend["rows"]) => void} */
function showLegend() {
  const legend = byId("legend", HTMLElement);
  return rows => {
    const lines = rows.map(({ level, count, words }) => {
      const number = html("span", "num", count === undefined ? "" : integer(count));
      return html(
        "li",
        "",
        html("span", "key", html("i", `swatch level-${level}`), number),
        html("span", "", words),
      );
    });
    const dot = html(
      "li",
      "",
      html("span", "key ramp", html("i", "dot")),
      html("span", "", "dot: below zero"),
    );
    legend.replaceChildren(...lines, ramp(), dot);
    const longest = integer(Math.max(0, ...rows.map(row => row.count ?? 0))).length;
    legend.style.setProperty("--key", `${Math.max(42, 16 + 8 * longest)}px`);
    legend.hidden = false;
  };
}

/** "48 moved, 336 did not"; of a large tensor, about. @param {NonNullable<Legend["poke"]>} poke */
const movedWords = ({ moved, still, isEstimate }) =>
  `${isEstimate ? "about " : ""}${integer(moved)} moved, ${integer(still)} did not`;

/** How to poke a value; during a poke, what it moved. @param {Store} store @returns {(poke: Legend["poke"]) => void} */
function showHint(store) {
  const hint = byId("cube-keys", HTMLElement),
    words = [...hint.childNodes];
  return poke => {
    if (poke) {
      const restore = html(
        "button",
        { class: "restore", type: "button", onclick: () => store.set({ poke: undefined }) },
        "restore",
      );
      hint.replaceChildren(html("b", "", movedWords(poke)), " · ", restore);
    } else if (hint.firstChild !== words[0]) hint.replaceChildren(...words);
  };
}

function ramp() {
  const swatches = [0, 1, 2].map(i => html("i", `swatch v${i}`));
  return html(
    "li",
    "ramp-row",
    html("span", "key ramp", ...swatches),
    html("span", "", "more ink: larger value"),
  );
}

/**
 * A range with its label.
 * @param {string} name
 * @param {Range} range
 * @param {(value: number) => Partial<import("../../pkg/blue_cube.js").Scene>} patch
 * @param {Store} store
 */
function dial(name, range, patch, store) {
  const input = html("input", {
    type: "range",
    ...range,
    value: range.min,
    oninput: () => {
      store.set(patch(Number(input.value)), "drag");
    },
    onchange: () => {
      store.set(patch(Number(input.value)));
    },
  });
  const words = html("span", "", name),
    label = html("label", "dial", words, input);
  return {
    label,
    /** What it sets, where that depends on the axes. @param {string} text */
    name: text => {
      if (words.textContent !== text) words.textContent = text;
    },
    /** @param {number} value */
    set: value => {
      if (Number(input.value) !== value) input.value = String(value);
    },
    /** @param {number} most how much is left to pin; at 0 the range is hidden */
    limit: most => {
      label.hidden = most <= 0;
      if (most > 0) input.max = String(most);
    },
  };
}
