// @ts-check
// The pointer on the cube: hover lights, a click pins, pressing a cell and dragging pokes it, dragging the ground turns the
// cube, wheel and pinch magnify.

import { select } from "./cube.js";
import { calm } from "./dom.js";

/** @typedef {import("../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("./store.js").Store} Store */

/** Pixels of drag for a change of x by one. */
const PIXELS_A_UNIT = 44;

/** Pixels below which a drag is a click. */
const SLACK = 4;

/** The farthest that a value can be dragged. */
const MOST = 4;

/** Degrees of turn for a pixel of drag, and the poses that a turn snaps to. */
const DEGREES = .2, POSES = [-25, 0, 25];

/** Milliseconds after which a touch is a press. */
const LONG_PRESS = 400;

/** Milliseconds of the way to a pose. */
const SNAP_MILLIS = 200;

/** @typedef {{ kind: "poke" | "turn" | "wait", x: number, y: number, from: number, moved: boolean }} Held */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} plate
 * @param {Cube} cube
 * @param {Store} store
 */
export function listenToPointer(canvas, plate, cube, store) {
  /** @type {Held | null} */
  let held = null;
  let timer = 0, under = "";
  const pinch = listenToPinch(canvas, store, () => { held = null; clearTimeout(timer); });
  /** @param {PointerEvent} event */
  const pick = event => {
    const box = canvas.getBoundingClientRect();
    return cube.pick(plate.clientWidth, event.clientX - box.left, event.clientY - box.top);
  };
  /** @param {PointerEvent} event */
  const hover = event => {
    const place = event.pointerType === "touch" ? undefined : pick(event), name = place ? Object.values(place).join() : "";
    if (name === under) return;
    under = name;
    canvas.classList.toggle("over", !!place);
    store.setFocus(place ?? null);
  };
  canvas.addEventListener("pointerdown", event => {
    if (event.button !== 0 || pinch.isOn()) return;
    const place = pick(event), { clientX: x, clientY: y } = event;
    if (!place) {
      if (event.pointerType === "touch") return;
      held = { kind: "turn", x, y, from: store.scene.turn, moved: false };
      canvas.setPointerCapture(event.pointerId);
      return;
    }
    const press = () => {
      select(store, cube, place);
      held = { kind: "poke", x, y, from: store.scene.poke ?? cube.x(place), moved: false };
      canvas.setPointerCapture(event.pointerId);
    };
    if (event.pointerType !== "touch") return press();
    held = { kind: "wait", x, y, from: 0, moved: false };
    timer = window.setTimeout(press, LONG_PRESS);
  });
  canvas.addEventListener("pointermove", event => {
    if (!held) return hover(event);
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    held.moved ||= Math.hypot(dx, dy) > SLACK;
    if (!held.moved) return;
    if (held.kind === "poke") store.set({ poke: Math.max(-MOST, Math.min(MOST, held.from - dy / PIXELS_A_UNIT)) }, "drag");
    else if (held.kind === "turn") store.set({ turn: Math.max(-25, Math.min(25, held.from - dx * DEGREES)) }, "drag");
    else clearTimeout(timer);
  });
  // Once a press pokes, the page must not scroll with the finger.
  canvas.addEventListener("touchmove", event => { if (held?.kind === "poke") event.preventDefault(); }, { passive: false });
  canvas.addEventListener("contextmenu", event => { if (held) event.preventDefault(); });
  const release = (/** @type {PointerEvent} */ event) => {
    clearTimeout(timer);
    const was = held;
    held = null;
    if (event.type === "pointerup" && was?.kind === "wait" && !was.moved) {
      const place = pick(event);
      if (place) select(store, cube, place);
    } else if (was?.moved && was.kind === "poke") store.set({}, "commit");
    else if (was?.moved && was.kind === "turn") snap(store);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => {
    if (held) return;
    under = "";
    store.setFocus(null);
  });
  canvas.addEventListener("wheel", event => {
    // The page scrolls under the cube, unless the reader is at work on it.
    if (!event.ctrlKey && !event.metaKey && !plate.contains(document.activeElement)) return;
    event.preventDefault();
    zoom(store, store.scene.zoom * Math.exp(-event.deltaY * .002), "drag");
  }, { passive: false });
}

/**
 * @param {Store} store
 * @param {number} to
 * @param {import("./store.js").Change} [change]
 */
export function zoom(store, to, change) {
  store.set({ zoom: Math.max(1, Math.min(8, to)) }, change);
}

/** @param {Store} store */
function snap(store) {
  const from = store.scene.turn;
  const pose = POSES.reduce((best, pose) => Math.abs(pose - from) < Math.abs(best - from) ? pose : best);
  const start = performance.now();
  const tick = () => {
    const t = calm() ? 1 : Math.min(1, (performance.now() - start) / SNAP_MILLIS);
    store.set({ turn: from + (pose - from) * (1 - (1 - t) ** 3) }, t < 1 ? "drag" : "commit");
    if (t < 1) requestAnimationFrame(tick);
  };
  tick();
}

/**
 * Two fingers magnify.
 * @param {HTMLCanvasElement} canvas
 * @param {Store} store
 * @param {() => void} onStart
 */
function listenToPinch(canvas, store, onStart) {
  /** @type {Map<number, { x: number, y: number }>} */
  const fingers = new Map();
  let from = 0, span = 0;
  const distance = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  canvas.addEventListener("pointerdown", event => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size !== 2) return;
    [from, span] = [store.scene.zoom, distance()];
    onStart();
  });
  canvas.addEventListener("pointermove", event => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    [finger.x, finger.y] = [event.clientX, event.clientY];
    if (fingers.size === 2 && span > 0) zoom(store, from * distance() / span, "drag");
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(end, event => {
      if (fingers.delete(event.pointerId) && fingers.size === 1) store.set({}, "commit");
    });
  }
  return { isOn: () => fingers.size > 1 };
}
