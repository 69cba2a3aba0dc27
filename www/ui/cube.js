// @ts-check
// The cube on its plate: paints what Rust draws, and turns pointer and keys into cells.

import { Cube } from "../pkg/blue_cube.js";
import { columnPainter } from "./columns.js";
import { byId, calm, put, svg } from "./dom.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../pkg/blue_cube.js").Place} Place */
/** @typedef {import("../pkg/blue_cube.js").Drawing} Drawing */
/** @typedef {import("../pkg/blue_cube.js").Mark} Mark */
/** @typedef {import("../pkg/blue_cube.js").Move} Move */

/** Milliseconds of a move of the columns; tokens.css has the same as --move. */
const MOVE_MILLIS = 300;

/** @type {Record<string, [plain: Move, shifted: Move]>} */
const KEYS = {
  ArrowUp: ["up", "up"],
  ArrowDown: ["down", "down"],
  ArrowLeft: ["left", "imageBack"],
  ArrowRight: ["right", "imageOn"],
};

/**
 * Shows the cube of the store's scene.
 * @param {Store} store
 */
export function showCube(store) {
  const cube = new Cube(store.scene);
  const plate = byId("plate", HTMLElement), root = byId("cube", SVGSVGElement);
  const columns = svg("g"), picture = svg("g"), marks = svg("g", { id: "marks" });
  root.append(columns, picture, marks);
  let paintColumns = columnPainter(columns, true);
  let { shape } = store.scene;
  let frame = 0;

  /** @param {number} progress */
  const paint = progress => {
    const drawing = cube.draw(plate.clientWidth, progress);
    put(root, "viewBox", `0 0 ${drawing.width} ${drawing.height}`);
    paintColumns(drawing.columns);
    paintPicture(picture, drawing);
    marks.replaceChildren(...drawing.marks.map(markElement));
    countCells(drawing);
    return drawing;
  };
  const rest = () => {
    cancelAnimationFrame(frame);
    cube.settle();
    paint(1);
  };
  // Moves the columns to where they now belong; the move under way, if any, ends at once.
  const arrange = () => {
    cancelAnimationFrame(frame);
    if (!paint(0).moved || calm()) return rest();
    const start = performance.now();
    const tick = () => {
      const t = Math.min(1, (performance.now() - start) / MOVE_MILLIS);
      if (t === 1) return rest();
      paint(1 - (1 - t) ** 3);
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  };

  store.on(change => {
    if (change === "lit") return;
    if (change === "focus") {
      cube.hover(store.focus ?? undefined);
      return paint(1);
    }
    if (JSON.stringify(shape) !== JSON.stringify(store.scene.shape)) {
      shape = store.scene.shape;
      columns.replaceChildren();
      paintColumns = columnPainter(columns, true);
    }
    cube.show(store.scene);
    arrange();
  });
  listen(root, plate, cube, store);
  new ResizeObserver(rest).observe(plate);
}

/**
 * @param {SVGSVGElement} root
 * @param {HTMLElement} plate
 * @param {Cube} cube
 * @param {Store} store
 */
function listen(root, plate, cube, store) {
  /** @type {string | undefined} */
  let under;
  /** @param {PointerEvent} event */
  const pick = event => {
    const box = root.getBoundingClientRect(), scale = plate.clientWidth / box.width;
    return cube.pick(plate.clientWidth, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
  };
  /** @param {Place | undefined} at */
  const hover = at => {
    const now = at && `${at.n},${at.c},${at.h},${at.w}`;
    if (now === under) return;
    under = now;
    root.classList.toggle("over", !!at);
    store.setFocus(at ?? null);
  };
  root.addEventListener("pointermove", event => { if (event.pointerType !== "touch") hover(pick(event)); });
  root.addEventListener("pointerleave", () => hover(undefined));
  root.addEventListener("click", event => {
    const at = event instanceof PointerEvent ? pick(event) : undefined;
    if (!at) return;
    hover(undefined);
    store.set({ selected: at });
  });
  root.addEventListener("keydown", event => {
    const moves = KEYS[event.key];
    if (!moves || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    hover(undefined);
    store.set({ selected: cube.step(moves[event.shiftKey ? 1 : 0]) });
  });
}

/**
 * @param {SVGGElement} root
 * @param {Drawing} drawing
 */
function paintPicture(root, drawing) {
  while (root.childElementCount < drawing.pixels.length) root.append(svg("rect"));
  while (root.childElementCount > drawing.pixels.length) root.lastElementChild?.remove();
  drawing.pixels.forEach((pixel, i) => {
    const rect = /** @type {SVGRectElement} */ (root.children[i]);
    put(rect, "class", drawing.pictureMember ? "cell in-group" : "cell");
    for (const [name, value] of [["x", pixel.x], ["y", pixel.y], ["width", drawing.pixelSize], ["height", drawing.pixelSize]]) {
      put(rect, String(name), String(value));
    }
    rect.style.setProperty("--v", pixel.tone.toFixed(3));
  });
}

/** @param {Mark} mark */
function markElement(mark) {
  if (mark.type === "line") return svg("path", { class: mark.class, d: mark.d });
  const { x, y } = mark.at;
  const text = svg("text", { class: mark.class, x: x.toFixed(2), y: y.toFixed(2), "text-anchor": mark.anchor });
  if (mark.turn) text.setAttribute("transform", `rotate(${mark.turn} ${x.toFixed(2)} ${y.toFixed(2)})`);
  for (const run of mark.runs) {
    const span = svg("tspan", run.strong ? { class: "strong" } : {});
    span.textContent = run.text;
    text.append(span);
  }
  return text;
}

/** @param {Drawing} drawing */
function countCells({ columns, pixels }) {
  const inside = columns.filter(column => column.member).length * pixels.length;
  byId("count-in", HTMLElement).textContent = String(inside);
  byId("count-out", HTMLElement).textContent = String(columns.length * pixels.length - inside);
  byId("legend", HTMLElement).hidden = false;
}
