// @ts-check
// The cube as text: a grid with keyboard navigation, of the star's cell alone or, on request, of its whole image.

import { byId, html, put } from "../lib/dom.js";
import { opens } from "../lib/opened.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * @param {Store} store
 * @param {Cube} cube
 * @param {HTMLElement} cursor the grid over the canvas
 * @returns {() => void}
 */
export function showTable(store, cube, cursor) {
  const cell = html("div", { role: "gridcell", "aria-selected": true, id: "cursor-cell" }),
    row = html("div", { role: "row" }, cell);
  cursor.tabIndex = 0;
  cursor.id = "cursor";
  for (const [name, value] of [
    ["role", "grid"],
    ["aria-label", "Cells of the cube"],
    ["aria-describedby", "cube-keys"],
    ["aria-activedescendant", "cursor-cell"],
  ])
    cursor.setAttribute(name, value);
  cursor.append(row);
  const button = html(
    "button",
    { id: "as-table", type: "button", "aria-expanded": false, onclick: () => toggle() },
    "show as table",
  );
  // Scrolls by keys too.
  const holder = html("div", {
    class: "cells",
    hidden: true,
    tabindex: 0,
    role: "region",
    "aria-label": "Cells as a table",
  });
  byId("cube-canvas", HTMLElement).nextElementSibling?.append(button);
  byId("cube-keys", HTMLElement).after(holder);
  let built = "";
  const fill = () => {
    // Otherwise a dragged value would rebuild the table at every step.
    const key = JSON.stringify({ ...store.scene, turn: 0, zoom: 0, pan: 0, explode: 0, unfolded: 0 });
    if (holder.hidden || key === built) return;
    built = key;
    holder.replaceChildren(table(cube, store));
  };
  const toggle = opens(store, "cells", isOpen => {
    holder.hidden = !isOpen;
    put(button, "aria-expanded", String(isOpen));
    fill();
  });
  return () => {
    const {
      selected: { n, c, h, w },
      shape,
    } = store.scene;
    put(cursor, "aria-rowcount", String(shape.n * shape.h * shape.w));
    put(cursor, "aria-colcount", String(shape.c));
    put(row, "aria-rowindex", String((n * shape.h + h) * shape.w + w + 1));
    put(cell, "aria-colindex", String(c + 1));
    const words = cube.words();
    if (cell.textContent !== words) cell.textContent = words;
    fill();
  };
}

/**
 * @param {Cube} cube
 * @param {Store} store
 */
function table(cube, store) {
  const { caption: words, places, image, channels, rows } = cube.table(),
    { selected } = store.scene;
  const head = (/** @type {string} */ words, /** @type {string} */ scope) => html("th", { scope }, words);
  const body = rows.map(({ h, w, place, cells }) =>
    html(
      "tr",
      "",
      head(place, "row"),
      ...cells.map(({ value, level }, i) => {
        const isStar =
          selected.n === image && selected.c === channels[i] && selected.h === h && selected.w === w;
        const shares =
          level !== "rest" &&
          html("span", "unseen", level === "all" ? ", shares ★’s mean" : ", shares one of ★’s means");
        return html(
          "td",
          { class: `level-${level}`, "data-cell": [image, channels[i], h, w].join() },
          isStar && "★ ",
          value,
          shares,
        );
      }),
    ),
  );
  const caption = html("caption", "", `${words}; blue cells share ★’s mean`);
  const header = html(
    "tr",
    "",
    head(places, "col"),
    ...channels.map(channel => head(String(channel), "col")),
  );
  return html("table", "", caption, html("thead", "", header), html("tbody", "", ...body));
}
