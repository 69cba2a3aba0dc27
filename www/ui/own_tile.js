// @ts-check
// The cube from above: a table of images by channels, a rectangle on it, two handles. Every method is a rectangle here.

import { stepField, tileName } from "../pkg/blue_cube.js";
import { html, nearest, put, svg } from "./dom.js";
import { methodOf } from "./method.js";

/** @typedef {import("../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../pkg/blue_cube.js").OwnTile} OwnTile */
/** @typedef {import("./store.js").Store} Store */

/** Of the picture: its size, and the room for the letters N and C. */
const WIDTH = 110, HEIGHT = 96, LEFT = 16, TOP = 16;

/** Columns and rows that are drawn at most; more would be too fine to see or to hit. */
const MOST = 16;

/**
 * @param {HTMLElement} tile the radio's label
 * @param {SVGSVGElement} picture
 * @param {Store} store
 * @returns {(scene: Scene) => void} repaints for a scene whose method is a tile
 */
export function showOwnTile(tile, picture, store) {
  const table = svg("g"), frame = svg("rect", { class: "tile-frame" }), letters = [svg("text", { class: "ax" }), svg("text", { class: "ax" })];
  const grips = /** @type {const} */ (["tile-images", "tile-channels"]).map(field => {
    const grip = svg("circle", { class: "grip", r: 6, tabindex: 0, role: "slider", "aria-label": field === "tile-images" ? "images in a mean" : "channels in a mean" });
    grip.dataset.field = field;
    return grip;
  });
  picture.replaceChildren(table, frame, ...letters, ...grips);
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  picture.removeAttribute("aria-hidden");
  const pixel = html("input", ""), name = html("small", "own-name");
  pixel.type = "checkbox";
  const check = html("label", "own-pixel", pixel, "one pixel");
  tile.after(html("div", "own-more", check, name));
  const own = () => (("own" in store.scene.method) ? store.scene : { ...store.scene, method: methodOf("own") });
  pixel.addEventListener("change", () => {
    const { method } = own();
    if ("own" in method) store.set({ method: { own: { ...method.own, pixel: pixel.checked } } });
  });
  listen(picture, store, own);
  return scene => {
    if (!("own" in scene.method)) return;
    const { images, channels } = scene.method.own, { n, c } = scene.shape;
    const [rows, columns] = [Math.min(n, MOST), Math.min(c, MOST)], unit = Math.min((WIDTH - LEFT - 8) / columns, (HEIGHT - TOP - 8) / rows);
    const [high, wide] = [unit * rows * images / n, unit * columns * channels / c];
    table.replaceChildren(...Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const inside = (row + 0.5) * unit < high && (column + 0.5) * unit < wide;
      return svg("rect", { class: inside ? "cell in-group" : "cell", x: LEFT + column * unit, y: TOP + row * unit, width: unit, height: unit });
    }));
    for (const [key, value] of Object.entries({ x: LEFT, y: TOP, width: wide, height: high })) frame.setAttribute(key, String(value));
    Object.assign(picture.dataset, { unitN: String(unit * rows / n), unitC: String(unit * columns / c) });
    letters.forEach((letter, i) => {
      letter.textContent = i ? "C" : "N";
      put(letter, "x", String(i ? LEFT + unit * columns / 2 - 4 : 2));
      put(letter, "y", String(i ? TOP - 4 : TOP + unit * rows / 2 + 4));
    });
    const places = [[LEFT + wide / 2, TOP + high, images, n], [LEFT + wide, TOP + high / 2, channels, c]];
    grips.forEach((grip, i) => {
      const [x, y, now, most] = places[i];
      for (const [key, value] of Object.entries({ cx: x, cy: y, "aria-valuenow": now, "aria-valuemin": 1, "aria-valuemax": most })) put(grip, key, String(value));
    });
    pixel.checked = scene.method.own.pixel;
    name.textContent = tileName(scene) ?? "it has no name";
  };
}

/** @param {SVGSVGElement} picture @param {Store} store @param {() => Scene} own */
function listen(picture, store, own) {
  const fieldOf = (/** @type {EventTarget | null} */ target) => (target instanceof SVGElement ? /** @type {"tile-images" | "tile-channels" | undefined} */ (target.dataset.field) : undefined);
  /** @type {"tile-images" | "tile-channels" | null} */
  let held = null;
  picture.addEventListener("click", event => { if (fieldOf(event.target)) event.preventDefault(); });
  picture.addEventListener("pointerdown", event => {
    held = fieldOf(event.target) ?? fieldOf(nearest(event, picture.querySelectorAll(".grip"))) ?? null;
    if (held) picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", event => {
    const matrix = picture.getScreenCTM();
    if (!held || !matrix) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const span = held === "tile-images" ? (at.y - TOP) / Number(picture.dataset.unitN) : (at.x - LEFT) / Number(picture.dataset.unitC);
    const scene = own(), { method } = scene;
    if (!("own" in method)) return;
    const key = held === "tile-images" ? "images" : "channels";
    // The clamp moves it to the nearest divisor, which is what a handle that snaps shall do.
    const next = store.clamp({ ...scene, method: { own: { ...method.own, [key]: Math.max(1, Math.round(span)) } } });
    if (JSON.stringify(next.method) !== JSON.stringify(store.scene.method)) store.set({ method: next.method }, "drag");
  });
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => {
    if (held) store.set({}, "commit");
    held = null;
  });
  picture.addEventListener("keydown", event => {
    const field = fieldOf(event.target), steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 })[event.key];
    if (!field || !steps) return;
    event.preventDefault();
    // Down makes the rectangle of images longer, as it looks.
    store.set({ method: stepField(own(), field, field === "tile-images" && event.key.endsWith("n") ? 1 : field === "tile-images" && event.key === "ArrowUp" ? -1 : steps).method });
  });
}
