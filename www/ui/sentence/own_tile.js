// @ts-check
// The cube from above: a grid of images by channels with a rectangle and two handles. Every method is a rectangle here.

import { stepField, tileName } from "../../pkg/blue_cube.js";
import { nounOf } from "../lib/axis_words.js";
import { AXIS_NOUNS } from "../lib/catalog.js";
import { html, nearest, putAll, svg } from "../lib/dom.js";
import { methodOf } from "../lib/method.js";

/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../../pkg/blue_cube.js").OwnTile} OwnTile */
/** @typedef {import("../lib/store.js").Store} Store */

/** The picture's size, and the room for the letters N and C. */
const WIDTH = 110,
  HEIGHT = 96,
  LEFT = 16,
  TOP = 16;

/** The largest number of columns and rows drawn; more would be too fine to see or to hit. */
const MOST = 16;

/**
 * @param {HTMLElement} tile the radio's label
 * @param {SVGSVGElement} picture
 * @param {Store} store
 * @returns {(scene: Scene) => void} repaints for a scene whose method is a tile
 */
export function showOwnTile(tile, picture, store) {
  const own = () => ("own" in store.scene.method ? store.scene : { ...store.scene, method: methodOf("own") });
  const paint = showTable(picture),
    name = html("small", "own-name");
  const pixel = html("input", {
    type: "checkbox",
    onchange: () => {
      const { method } = own();
      if ("own" in method) store.set({ method: { own: { ...method.own, pixel: pixel.checked } } });
    },
  });
  const spot = html("span");
  tile.after(html("div", "own-more", html("label", "own-pixel", pixel, spot), name));
  listen(picture, store, own);
  return scene => {
    if (!("own" in scene.method)) return;
    paint(scene, scene.method.own);
    spot.textContent = `one ${AXIS_NOUNS[scene.layout].spot}`;
    pixel.checked = scene.method.own.pixel;
    name.textContent = tileName(scene) ?? "no name";
  };
}

/**
 * The grid of planes, the rectangle and its handles.
 * @param {SVGSVGElement} picture
 * @returns {(scene: Scene, tile: OwnTile) => void}
 */
function showTable(picture) {
  const table = svg("g"),
    frame = svg("rect", "tile-frame"),
    letters = ["N", "C"].map(letter => svg("text", "ax", letter));
  const grips = ["tile-images", "tile-channels"].map(field =>
    svg("circle", { class: "grip", r: 6, tabindex: 0, role: "slider", "data-field": field }),
  );
  picture.replaceChildren(table, frame, ...letters, ...grips);
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  picture.removeAttribute("aria-hidden");
  return ({ shape: { n, c }, layout }, { images, channels }) => {
    for (const [i, axis] of /** @type {const} */ (["n", "c"]).entries()) {
      grips[i].setAttribute("aria-label", `${nounOf(layout, axis)}s per mean`);
      letters[i].textContent = AXIS_NOUNS[layout][axis] ? axis.toUpperCase() : "";
    }
    const [rows, columns] = [Math.min(n, MOST), Math.min(c, MOST)],
      unit = Math.min((WIDTH - LEFT - 8) / columns, (HEIGHT - TOP - 8) / rows);
    const [high, wide] = [(unit * rows * images) / n, (unit * columns * channels) / c];
    table.replaceChildren(
      ...Array.from({ length: rows * columns }, (_, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        const inside = (row + 0.5) * unit < high && (column + 0.5) * unit < wide;
        return svg("rect", {
          class: inside ? "cell in-group" : "cell",
          x: LEFT + column * unit,
          y: TOP + row * unit,
          width: unit,
          height: unit,
        });
      }),
    );
    putAll(frame, { x: LEFT, y: TOP, width: wide, height: high });
    Object.assign(picture.dataset, { unitN: String((unit * rows) / n), unitC: String((unit * columns) / c) });
    putAll(letters[0], { x: 2, y: TOP + (unit * rows) / 2 + 4 });
    putAll(letters[1], { x: LEFT + (unit * columns) / 2 - 4, y: TOP - 4 });
    putAll(grips[0], {
      cx: LEFT + wide / 2,
      cy: TOP + high,
      "aria-valuenow": images,
      "aria-valuemin": 1,
      "aria-valuemax": n,
    });
    putAll(grips[1], {
      cx: LEFT + wide,
      cy: TOP + high / 2,
      "aria-valuenow": channels,
      "aria-valuemin": 1,
      "aria-valuemax": c,
    });
  };
}

/** @param {SVGSVGElement} picture @param {Store} store @param {() => Scene} own */
function listen(picture, store, own) {
  const fieldOf = (/** @type {EventTarget | null} */ target) =>
    target instanceof SVGElement
      ? /** @type {"tile-images" | "tile-channels" | undefined} */ (target.dataset.field)
      : undefined;
  /** @type {"tile-images" | "tile-channels" | null} */
  let held = null;
  picture.addEventListener("click", event => {
    if (fieldOf(event.target)) event.preventDefault();
  });
  picture.addEventListener("pointerdown", event => {
    held = fieldOf(event.target) ?? fieldOf(nearest(event, picture.querySelectorAll(".grip"))) ?? null;
    if (held) picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", event => {
    const matrix = picture.getScreenCTM();
    if (!held || !matrix) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const span =
      held === "tile-images"
        ? (at.y - TOP) / Number(picture.dataset.unitN)
        : (at.x - LEFT) / Number(picture.dataset.unitC);
    const scene = own(),
      { method } = scene;
    if (!("own" in method)) return;
    const key = held === "tile-images" ? "images" : "channels";
    // The clamp moves it to the nearest divisor, as a snapping handle should.
    const next = store.clamp({
      ...scene,
      method: { own: { ...method.own, [key]: Math.max(1, Math.round(span)) } },
    });
    if (JSON.stringify(next.method) !== JSON.stringify(store.scene.method))
      store.set({ method: next.method }, "drag");
  });
  for (const end of ["pointerup", "pointercancel"])
    picture.addEventListener(end, () => {
      if (held) store.set({}, "commit");
      held = null;
    });
  picture.addEventListener("keydown", event => {
    const field = fieldOf(event.target),
      steps = /** @type {Record<string, number>} */ ({
        ArrowRight: 1,
        ArrowUp: 1,
        ArrowLeft: -1,
        ArrowDown: -1,
      })[event.key];
    if (!field || !steps) return;
    event.preventDefault();
    // Down makes the rectangle span more images, as it looks.
    store.set({
      method: stepField(
        own(),
        field,
        field === "tile-images" && event.key.endsWith("n")
          ? 1
          : field === "tile-images" && event.key === "ArrowUp"
            ? -1
            : steps,
      ).method,
    });
  });
}
