// @ts-check
// Paper: the cube as lines instead of the screen's dots, and the link. The style sheet leaves the rest out.

import { linkTo } from "./link.js";
import { byId, html, putMarkup, svg } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("./store.js").Store} Store */

/** Width of the printed figure, in CSS pixels; paper scales it. */
const WIDTH = 710;

/**
 * @param {Store} store
 * @param {Cube} cube
 */
export function showPrint(store, cube) {
  const plate = byId("plate", HTMLElement), figure = svg("svg", { class: "print-figure", "aria-hidden": "true" }), link = html("p", "print-link");
  addEventListener("beforeprint", () => {
    putMarkup(figure, cube.svg(WIDTH, ""));
    const inner = figure.querySelector("svg");
    figure.setAttribute("viewBox", inner?.getAttribute("viewBox") ?? "");
    link.textContent = linkTo(store.scene);
    plate.append(figure);
    plate.after(link);
  });
  addEventListener("afterprint", () => {
    figure.remove();
    link.remove();
  });
}
