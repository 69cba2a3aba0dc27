// @ts-check
// The small picture of the tensor at the caret's line. Its columns move from line to line, and back the same way.

import { walkPicture } from "../../pkg/code/blue_cube.js";
import { byId, calm, moveMillis, svg } from "../lib/dom.js";
import { light } from "../lib/highlight.js";

/** @typedef {import("../lib/store.js").Store} Store */
/** @typedef {import("../../pkg/blue_cube.js").Place} Place */

/**
 * @param {Store} store
 * @returns {{ go: (line: number) => void, focus: () => void }}
 */
export const showPicture = store => new Picture(store);

class Picture {
  #root = byId("line-picture", SVGSVGElement);
  /** @type {Place | null} The column of the picture under the pointer. */
  #hovered = null;
  /** @type {Place | null} */
  #painted = null;
  /** The lines it is moving between, and how far it has moved. */
  #from = 0;
  #to = 0;
  #progress = 1;
  #frame = 0;
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.#root.addEventListener("pointermove", event => this.#hover(placeOf(event.target)));
    this.#root.addEventListener("pointerleave", () => this.#hover(null));
  }

  /** @param {number} line */
  go(line) {
    if (line === this.#to) return this.#paint();
    this.#from = this.#to || line;
    this.#to = line;
    if (this.#from === line || calm()) {
      this.#progress = 1;
      this.#paint();
    } else {
      this.#move();
    }
  }

  /** Paints the column in focus, if it has changed. */
  focus() {
    const { n, c } = this.#focused,
      painted = this.#painted;
    if (n !== painted?.n || c !== painted?.c) this.#paint();
  }

  get #focused() {
    return this.#hovered ?? this.#store.focus ?? this.#store.scene.selected;
  }

  #paint() {
    this.#painted = this.#focused;
    const root = this.#root,
      { viewBox, faces, axes } = walkPicture(this.#from, this.#to, this.#progress, this.#painted);
    root.setAttribute("viewBox", viewBox.join(" "));
    root.style.setProperty("aspect-ratio", `${viewBox[2]} / ${viewBox[3]}`);
    const sides = faces.flatMap(({ points, joints, side, member, n, c }) => [
      svg("polygon", {
        points,
        class: `cell ${side}${member ? " in-group" : ""}`,
        "data-place": `${n},${c}`,
      }),
      joints ? svg("path", { d: joints, class: "joints" }) : null,
    ]);
    const marks = axes.flatMap(({ topics, d, text, x, y }) => {
      const topic = topics.join(" "),
        end = text === "H·W" ? "end" : "middle";
      const label = svg("text", { x, y, "text-anchor": end, "data-topic": topic }, text);
      return [svg("path", { d, class: "axis-line", "data-topic": topic }), label];
    });
    root.replaceChildren(...sides.filter(side => side !== null), ...marks);
    light(this.#store.highlight, root);
  }

  #move() {
    const started = performance.now(),
      millis = moveMillis();
    cancelAnimationFrame(this.#frame);
    const next = (/** @type {number} */ now) => {
      this.#progress = Math.min(1, Math.max(0, (now - started) / millis));
      this.#paint();
      if (this.#progress < 1) this.#frame = requestAnimationFrame(next);
    };
    this.#frame = requestAnimationFrame(next);
  }

  /** @param {Place | null} place */
  #hover(place) {
    if (place?.n === this.#hovered?.n && place?.c === this.#hovered?.c) return;
    this.#hovered = place;
    const { shape, selected } = this.#store.scene;
    const isInScene = place && place.n < shape.n && place.c < shape.c;
    this.#store.setFocus(isInScene ? { ...selected, n: place.n, c: place.c } : null);
    this.#paint();
  }
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
