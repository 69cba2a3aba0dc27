// @ts-check
// The method row: a radio group of small cubes. One choice for the cube above and the network below.

import { means, miniature } from "../pkg/blue_cube.js";
import { putMarkup } from "./columns.js";
import { byId, html, svg } from "./dom.js";
import { NORMS } from "./words.js";

/** @typedef {import("../pkg/blue_cube.js").NormKind} NormKind */

/**
 * Shows the tiles.
 * @param {NormKind} first
 * @param {(norm: NormKind) => void} onChoice
 * @returns {(scene: import("../pkg/blue_cube.js").Scene, groups: number) => void} repaints the tiles for a scene and a number of groups
 */
export function showMethods(first, onChoice) {
  const root = byId("norm", HTMLFieldSetElement);
  const tiles = NORMS.map(([norm, name]) => {
    const input = html("input", "");
    Object.assign(input, { type: "radio", name: "norm", value: norm, checked: norm === first });
    const picture = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "xMinYMax meet" }), columns = svg("g");
    picture.append(columns);
    const count = html("small", "");
    root.append(html("label", "tile", input, picture, html("b", "", name), count));
    return { norm, picture, columns, count };
  });
  root.addEventListener("change", event => {
    if (event.target instanceof HTMLInputElement) onChoice(/** @type {NormKind} */ (event.target.value));
  });
  return (scene, groups) => {
    for (const { norm, picture, columns, count } of tiles) {
      const own = { ...scene, method: { norm: norm === "group" ? { kind: norm, groups } : { kind: norm } } };
      const { viewBox, markup } = miniature(own);
      picture.setAttribute("viewBox", viewBox.join(" "));
      putMarkup(columns, markup);
      count.textContent = means(own);
    }
  };
}

/** The chosen norm. */
export function chosenNorm() {
  const input = document.querySelector("input[name=norm]:checked");
  if (!(input instanceof HTMLInputElement)) throw new Error("a norm is always chosen");
  return /** @type {NormKind} */ (input.value);
}
