// @ts-check
// The method row: a radio group of small cubes, and the cube from above for your own tile.

import { means, miniature } from "../../pkg/blue_cube.js";
import { byId, html, putMarkup, svg } from "../lib/dom.js";
import { paperOf, worthOf } from "./method_words.js";
import { showOwnTile } from "./own_tile.js";
import { ROW, choiceOf, methodOf } from "../lib/method.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../lib/method.js").Choice} Choice */

/** @param {Store} store */
export function showMethods(store) {
  const root = byId("norm", HTMLFieldSetElement);
  const worth = byId("method-worth", HTMLElement),
    paper = byId("method-paper", HTMLElement);
  // Replaces the first paint's row: see tests/figure/first_paint.rs.
  root.replaceChildren(...root.querySelectorAll("legend"));
  const tiles = ROW.map(([choice, name]) => {
    const input = html("input", { type: "radio", name: "norm", value: choice }),
      columns = svg("g"),
      count = html("small");
    const picture = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "xMinYMax meet" }, columns);
    const label = html("label", "tile", input, picture, html("b", "", name), count),
      cell = html("div", "tile-cell", label);
    root.append(cell);
    const paintOwn = choice === "own" ? showOwnTile(label, picture, store) : null;
    return { choice, input, picture, columns, count, paintOwn };
  });
  root.addEventListener("change", event => {
    if (event.target instanceof HTMLInputElement)
      store.set({ method: methodOf(/** @type {Choice} */ (event.target.value)) });
  });
  let painted = "";
  const refresh = () => {
    const { scene } = store,
      { method, shape, mode } = scene,
      now = choiceOf(method);
    // Other changes, such as a value under the pointer, do not affect these pictures.
    const key = JSON.stringify([method, shape, mode]);
    if (key === painted) return;
    painted = key;
    for (const tile of tiles) {
      tile.input.checked = tile.choice === now;
      const own = store.clamp({
        ...scene,
        method: tile.choice === now ? scene.method : methodOf(tile.choice),
      });
      if (tile.paintOwn) tile.paintOwn(own);
      else {
        const { viewBox, markup } = miniature(own);
        tile.picture.setAttribute("viewBox", viewBox.join(" "));
        putMarkup(tile.columns, markup);
      }
      tile.count.textContent = means(own);
    }
    worth.textContent = worthOf(now, store.scene.layout);
    paper.textContent = paperOf(now);
  };
  store.onScene(refresh);
  refresh();
}
