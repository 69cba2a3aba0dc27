// @ts-check
// The cube on its canvas: paints Rust's drawings and follows the store.

import { Cube } from "../../pkg/blue_cube.js";
import { Painter } from "./columns.js";
import { listenToKeys } from "./keys.js";
import { listenToPointer } from "./pointer.js";
import { showProgress } from "./progress.js";
import { showRail } from "./rail.js";
import { showTable } from "./table.js";
import { byId, calm, html, moveMillis, onLooksChange, svg } from "../lib/dom.js";

/** @typedef {import("../lib/store.js").Store} Store */

/**
 * Shows the cube.
 * @param {Store} store
 * @returns {{ cube: Cube, refresh: () => void }} `refresh` repaints after the theme changed
 */
export function showCube(store) {
  const area = byId("cube-canvas", HTMLElement),
    canvas = html("canvas", { id: "cube", role: "img" });
  const cursor = html("div", "cursor"),
    probe = svg("svg", { class: "probe", "aria-hidden": "true" });
  byId("first-cube", SVGSVGElement).replaceWith(canvas);
  area.append(probe, cursor);
  const cube = new Cube(store.scene),
    painter = new Painter(canvas, probe);
  const { move, paint, schedule } = paintings(cube, area, canvas, painter);

  const parts = [showRail(store, cube, area), showTable(store, cube, cursor)];
  const tell = () => {
    const { counts } = cube.legend(),
      { n, c, h, w } = store.scene.selected;
    Object.assign(area.dataset, { counts: counts.join(" "), selected: [n, c, h, w].join(",") });
    for (const part of parts) part();
  };
  store.on(change => {
    if (change === "focus") cube.hover(store.focus ?? undefined);
    else if (change === "lit") cube.light(store.lit ?? new Uint32Array());
    else {
      cube.show(store.scene);
      if (change === "drag" || calm()) cube.settle();
      else if (cube.hasMoved()) move();
      tell();
    }
    schedule();
  });
  showProgress(store, area);
  listenToPointer(canvas, area, cube, store);
  listenToKeys(cursor, cube, store);
  tell();
  paint(1);
  new ResizeObserver(schedule).observe(area);
  const refresh = () => {
    painter.forget();
    schedule();
  };
  onLooksChange(refresh);
  return { cube, refresh };
}

/**
 * Paints the cube at most once per frame, and computes its position only when asked.
 * @param {Cube} cube
 * @param {HTMLElement} area
 * @param {HTMLCanvasElement} canvas
 * @param {Painter} painter
 */
function paintings(cube, area, canvas, painter) {
  let frame = 0,
    frames = 0,
    start = 0,
    millis = 0;
  /** @param {number} progress */
  const paint = progress => {
    const sheet = cube.draw(area.clientWidth, progress);
    canvas.style.setProperty("--canvas-height", `${sheet.height}px`);
    painter.paint(sheet, cube.list());
    area.dataset.frames = String(++frames);
  };
  const tick = () => {
    frame = 0;
    const t = start ? Math.min(1, (performance.now() - start) / millis) : 1;
    if (t === 1) {
      start = 0;
      cube.settle();
    }
    paint(1 - (1 - t) ** 3);
    if (t < 1) schedule();
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(tick);
  };
  return {
    paint,
    schedule,
    /** From here on the columns move. */ move: () => {
      start = performance.now();
      millis = moveMillis();
    },
  };
}
