// @ts-check
// The small picture of the tensor at the caret's line. From line to line its columns move; back is the same way.

import { walkPicture } from "../pkg/code/blue_cube.js";
import { byId, calm, svg } from "./dom.js";
import { light } from "./highlight.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../pkg/blue_cube.js").Place} Place */

/** Milliseconds of a move. */
const MOVE = 300;

/**
 * @param {Store} store
 * @returns {{ go: (line: number) => void, focus: () => void }}
 */
export function showPicture(store) {
  const root = byId("line-picture", SVGSVGElement);
  /** @type {Place | null} The column of the picture under the pointer. */
  let hovered = null;
  let from = 0, to = 0, progress = 1, frame = 0;
  /** @type {Place | null} */
  let painted = null;

  function paint() {
    painted = hovered ?? store.focus ?? store.scene.selected;
    const { viewBox, faces, axes } = walkPicture(from, to, progress, painted);
    root.setAttribute("viewBox", viewBox.join(" "));
    root.style.setProperty("aspect-ratio", `${viewBox[2]} / ${viewBox[3]}`);
    const sides = faces.flatMap(({ points, joints, side, member, n, c }) => {
      const face = svg("polygon", { points, class: `cell ${side}${member ? " in-group" : ""}`, "data-place": `${n},${c}` });
      return joints ? [face, svg("path", { d: joints, class: "joints" })] : [face];
    });
    const marks = axes.flatMap(({ topics, d, text, x, y }) => {
      const topic = topics.join(" "), end = text === "H·W" ? "end" : "middle";
      const label = svg("text", { x, y, "text-anchor": end, "data-topic": topic });
      label.textContent = text;
      return [svg("path", { d, class: "axis-line", "data-topic": topic }), label];
    });
    root.replaceChildren(...sides, ...marks);
    light(store.highlight, root);
  }
  function move() {
    const started = performance.now();
    cancelAnimationFrame(frame);
    const next = (/** @type {number} */ now) => {
      progress = Math.min(1, Math.max(0, (now - started) / MOVE));
      paint();
      if (progress < 1) frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
  }
  const hover = (/** @type {Place | null} */ place) => {
    if (place?.n === hovered?.n && place?.c === hovered?.c) return;
    hovered = place;
    const { shape, selected } = store.scene;
    const isInScene = place && place.n < shape.n && place.c < shape.c;
    store.setFocus(isInScene ? { ...selected, n: place.n, c: place.c } : null);
    paint();
  };
  root.addEventListener("pointermove", event => hover(placeOf(event.target)));
  root.addEventListener("pointerleave", () => hover(null));
  return {
    go(line) {
      if (line === to) return paint();
      from = to || line;
      to = line;
      if (from === to || calm()) {
        progress = 1;
        paint();
      } else {
        move();
      }
    },
    focus() {
      const place = hovered ?? store.focus ?? store.scene.selected;
      if (place.n !== painted?.n || place.c !== painted?.c) paint();
    },
  };
}

/**
 * @param {EventTarget | null} target
 * @returns {Place | null}
 */
function placeOf(target) {
  const name = target instanceof Element ? target.getAttribute("data-place") : null;
  if (!name) return null;
  const [n, c] = name.split(",").map(Number);
  return { n, c, h: 0, w: 0 };
}
