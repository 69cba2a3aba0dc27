// @ts-check
// Paints the columns of a cube, and keeps their elements: a cell is the same element through every move.

import { put, svg } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Column} Column */

/**
 * @typedef {object} Kept
 * @property {SVGGElement} group
 * @property {SVGGElement} cells
 * @property {Map<string, SVGPolygonElement>} faces
 * @property {SVGPathElement} joints
 * @property {SVGPathElement} edges
 * @property {SVGPathElement} dots
 */

/**
 * A painter of columns into `root`. Their order is the painter's order of the first call; it depends on the shape only.
 * @param {SVGGElement} root
 * @param {boolean} named whether cells carry their place, for tests, and the tone of their value
 * @returns {(columns: Column[]) => void}
 */
export function columnPainter(root, named) {
  /** @type {Map<string, Kept>} */
  const kept = new Map();
  return columns => {
    for (const column of columns) {
      const key = `${column.n},${column.c}`;
      const own = kept.get(key) ?? newColumn(root);
      kept.set(key, own);
      paint(own, column, named ? key : null);
    }
  };
}

/**
 * @param {SVGGElement} root
 * @returns {Kept}
 */
function newColumn(root) {
  const group = svg("g"), cells = svg("g");
  const joints = svg("path", { class: "joints" }), edges = svg("path", { class: "edges" }), dots = svg("path", { class: "dots" });
  group.append(cells, joints, edges, dots);
  root.append(group);
  return { group, cells, faces: new Map(), joints, edges, dots };
}

/**
 * @param {Kept} kept
 * @param {Column} column
 * @param {string | null} key
 */
function paint(kept, column, key) {
  put(kept.group, "class", column.member ? "column member" : "column");
  const unseen = new Set(kept.faces.keys());
  for (const face of column.faces) {
    const id = face.side + face.k;
    let polygon = kept.faces.get(id);
    if (!polygon) {
      polygon = svg("polygon");
      if (key) polygon.dataset.cell = `${key},${face.k}`;
      if (key) polygon.style.setProperty("--v", face.tone.toFixed(3));
      kept.faces.set(id, polygon);
      kept.cells.append(polygon);
    }
    unseen.delete(id);
    put(polygon, "points", face.points);
    put(polygon, "class", `cell ${face.side}${column.member ? " in-group" : ""}`);
  }
  for (const id of unseen) {
    kept.faces.get(id)?.remove();
    kept.faces.delete(id);
  }
  put(kept.joints, "d", column.joints);
  put(kept.edges, "d", column.edges);
  put(kept.dots, "d", column.dots);
}
