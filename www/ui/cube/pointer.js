// @ts-check
// The pointer on the cube: hovering highlights, a click pins, dragging a cell pokes it, dragging the background turns the
// cube or moves a magnified one, wheel and two fingers zoom and move.

import { select } from "./select.js";
import { byId, calm } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("../lib/store.js").Store} Store */

/** Pixels of drag for a change of x by one. */
const PIXELS_A_UNIT = 44;

/** Pixels below which a drag is a click. */
const SLACK = 4;

/** The furthest that a value can be dragged. */
const MOST = 4;

/** Degrees of turn per pixel of drag, and the poses that a turn snaps to. */
const DEGREES = 0.2,
  POSES = [-25, 0, 25];

/** Milliseconds after which a touch is a press. */
const LONG_PRESS = 400;

/** Milliseconds of the move to a pose. */
const SNAP_MILLIS = 200;

/** What is held: a cell of this value, the background at this turn or pan, or a cell that a finger may yet press. @typedef {{ kind: "poke" | "turn" | "wait", from: number } | { kind: "pan", from: [number, number] }} Grip */

/** @typedef {Grip & { x: number, y: number, moved: boolean }} Held */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} area
 * @param {Cube} cube
 * @param {Store} store
 */
export function listenToPointer(canvas, area, cube, store) {
  const hand = new Hand(canvas, area, cube, store);
  const pinch = listenToPinch(canvas, store, () => hand.drop());
  // The canvas has no focus of its own: keys and wheel are for whoever clicked it.
  canvas.addEventListener("mousedown", event => {
    event.preventDefault();
    byId("cursor", HTMLElement).focus({ preventScroll: true });
  });
  area.addEventListener("keydown", event => {
    if (event.key === "Escape") hand.drop();
  });
  canvas.addEventListener("pointerdown", event => {
    if (event.button === 0 && !pinch.isOn()) hand.press(event);
  });
  canvas.addEventListener("pointermove", event => hand.move(event));
  // Once a press pokes, the page must not scroll with the finger.
  canvas.addEventListener(
    "touchmove",
    event => {
      if (hand.held?.kind === "poke") event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("contextmenu", event => {
    if (hand.held) event.preventDefault();
  });
  canvas.addEventListener("pointerup", event => hand.release(event));
  canvas.addEventListener("pointercancel", event => hand.release(event));
  canvas.addEventListener("pointerleave", () => hand.leave());
  canvas.addEventListener(
    "wheel",
    event => {
      // The wheel scrolls the page, unless the reader is working on the cube.
      if (!event.ctrlKey && !event.metaKey && !area.contains(document.activeElement)) return;
      event.preventDefault();
      zoom(store, store.scene.zoom * Math.exp(-event.deltaY * 0.002), "drag");
    },
    { passive: false },
  );
}

/** The pointer's state: it hovers, or holds a cell or the background. */
class Hand {
  /** @type {Held | null} */
  held = null;
  #timer = 0;
  #under = "";
  #canvas;
  #area;
  #cube;
  #store;

  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} area @param {Cube} cube @param {Store} store */
  constructor(canvas, area, cube, store) {
    this.#canvas = canvas;
    this.#area = area;
    this.#cube = cube;
    this.#store = store;
  }

  /** @param {PointerEvent} event */
  press(event) {
    const place = this.#pick(event),
      { clientX: x, clientY: y } = event,
      isTouch = event.pointerType === "touch";
    const hold = (/** @type {Grip} */ what) => {
      this.held = { ...what, x, y, moved: false };
      if (what.kind !== "wait") this.#canvas.setPointerCapture(event.pointerId);
    };
    if (!place) {
      const { zoom, turn, pan } = this.#store.scene;
      if (!isTouch) hold(zoom > 1 ? { kind: "pan", from: pan } : { kind: "turn", from: turn });
      return;
    }
    const poke = () => {
      select(this.#store, this.#cube, place);
      hold({ kind: "poke", from: this.#store.scene.poke ?? this.#cube.x(place) });
    };
    if (!isTouch) return poke();
    hold({ kind: "wait", from: 0 });
    this.#timer = window.setTimeout(poke, LONG_PRESS);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { held } = this;
    if (!held) return this.#hover(event);
    const dx = event.clientX - held.x,
      dy = event.clientY - held.y;
    held.moved ||= Math.hypot(dx, dy) > SLACK;
    if (!held.moved) return;
    if (held.kind === "poke")
      this.#store.set({ poke: Math.max(-MOST, Math.min(MOST, held.from - dy / PIXELS_A_UNIT)) }, "drag");
    else if (held.kind === "turn")
      this.#store.set({ turn: Math.max(-25, Math.min(25, held.from - dx * DEGREES)) }, "drag");
    else if (held.kind === "pan")
      view(this.#store, this.#store.scene.zoom, moved(this.#canvas, held.from, dx, dy), "drag");
    else clearTimeout(this.#timer);
  }

  /** @param {PointerEvent} event */
  release(event) {
    const was = this.held;
    this.drop();
    if (event.type === "pointerup" && was?.kind === "wait" && !was.moved) {
      const place = this.#pick(event);
      if (place) select(this.#store, this.#cube, place);
    } else if (was?.moved && (was.kind === "poke" || was.kind === "pan")) this.#store.set({}, "commit");
    else if (was?.moved && was.kind === "turn") snap(this.#store);
  }

  /** Lets go without effect. */
  drop() {
    clearTimeout(this.#timer);
    this.held = null;
  }

  leave() {
    if (this.held) return;
    this.#under = "";
    this.#store.setFocus(null);
  }

  /** @param {PointerEvent} event */
  #pick(event) {
    const box = this.#canvas.getBoundingClientRect();
    return this.#cube.pick(this.#area.clientWidth, event.clientX - box.left, event.clientY - box.top);
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const place = event.pointerType === "touch" ? undefined : this.#pick(event),
      name = place ? Object.values(place).join() : "";
    if (name === this.#under) return;
    this.#under = name;
    this.#canvas.classList.toggle("over", !!place);
    this.#store.setFocus(place ?? null);
  }
}

/**
 * @param {Store} store
 * @param {number} to
 * @param {import("../lib/store.js").Change} [change]
 */
export function zoom(store, to, change) {
  view(store, to, store.scene.pan, change);
}

/**
 * Magnifies and moves the cube, both as far as the scene allows.
 * @param {Store} store
 * @param {number} to the magnification
 * @param {[number, number]} pan shares of the canvas, to the right and down
 * @param {import("../lib/store.js").Change} [change]
 */
export function view(store, to, [x, y], change) {
  const zoom = Math.max(1, Math.min(8, to)),
    within = (/** @type {number} */ by) => Math.max(1 - zoom, Math.min(zoom - 1, by));
  store.set({ zoom, pan: [within(x), within(y)] }, change);
}

/**
 * A place after a move on the canvas.
 * @param {HTMLElement} canvas
 * @param {[number, number]} from shares of the canvas
 * @param {number} dx CSS pixels to the right
 * @param {number} dy down
 * @returns {[number, number]}
 */
function moved(canvas, [x, y], dx, dy) {
  const { width, height } = canvas.getBoundingClientRect();
  return [x + dx / width, y + dy / height];
}

/** @param {Store} store */
function snap(store) {
  const from = store.scene.turn;
  const pose = POSES.reduce((best, pose) => (Math.abs(pose - from) < Math.abs(best - from) ? pose : best));
  const start = performance.now();
  const tick = () => {
    const t = calm() ? 1 : Math.min(1, (performance.now() - start) / SNAP_MILLIS);
    store.set({ turn: from + (pose - from) * (1 - (1 - t) ** 3) }, t < 1 ? "drag" : "commit");
    if (t < 1) requestAnimationFrame(tick);
  };
  tick();
}

/**
 * Two fingers zoom and move.
 * @param {HTMLCanvasElement} canvas
 * @param {Store} store
 * @param {() => void} onStart
 */
function listenToPinch(canvas, store, onStart) {
  /** @type {Map<number, { x: number, y: number }>} */
  const fingers = new Map();
  let from = 0,
    span = 0,
    start = { x: 0, y: 0 },
    /** @type {[number, number]} */ place = [0, 0];
  const middle = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  const distance = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  canvas.addEventListener("pointerdown", event => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size !== 2) return;
    [from, span, start, place] = [store.scene.zoom, distance(), middle(), store.scene.pan];
    onStart();
  });
  canvas.addEventListener("pointermove", event => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    [finger.x, finger.y] = [event.clientX, event.clientY];
    if (fingers.size !== 2 || span === 0) return;
    const { x, y } = middle();
    view(store, (from * distance()) / span, moved(canvas, place, x - start.x, y - start.y), "drag");
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(end, event => {
      if (fingers.delete(event.pointerId) && fingers.size === 1) store.set({}, "commit");
    });
  }
  return { isOn: () => fingers.size > 1 };
}
