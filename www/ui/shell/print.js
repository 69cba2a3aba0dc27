// @ts-check
// Printing: the cube as vector graphics instead of the canvas, and the link. The style sheet hides the rest.

import { linkTo } from "../lib/link.js";
import { byId, html, putMarkup, svg } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../lib/store.js").Store} Store */

/** Width of the printed figure, in CSS pixels; paper scales it. */
const WIDTH = 710;

/**
 * @param {Store} store
 * @param {Cube} cube
 */
export function showPrint(store, cube) {
  const area = byId("cube-canvas", HTMLElement),
    figure = svg("svg", { class: "print-figure", "aria-hidden": "true" }),
    link = html("p", "print-link");
  addEventListener("beforeprint", () => {
    putMarkup(figure, cube.svg(WIDTH, ""));
    const inner = figure.querySelector("svg");
    figure.setAttribute("viewBox", inner?.getAttribute("viewBox") ?? "");
    link.textContent = linkTo(store.scene);
    area.append(figure);
    area.after(link);
  });
  addEventListener("afterprint", () => {
    figure.remove();
    link.remove();
  });
}
