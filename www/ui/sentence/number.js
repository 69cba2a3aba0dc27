// @ts-check
// Numbers in a sentence: dragged sideways, stepped by keys, or typed. Rust decides their valid values.

import { fieldRange, scaleField, stepField, typeField } from "../../pkg/blue_cube.js";
import { html, nearest, put } from "../lib/dom.js";
import { isFatal } from "../lib/panics.js";

/** @typedef {import("../../pkg/blue_cube.js").SceneField} SceneField */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * How the numbers of a sentence are stepped, doubled or halved, and parsed; parsing throws what would be valid.
 * @typedef {object} Numbers
 * @property {(scene: Scene, field: any, steps: number) => Scene} step
 * @property {(scene: Scene, field: any, up: boolean) => Scene} scale
 * @property {(scene: Scene, field: any, typed: string) => Scene} read
 */

/** The numbers of the sentence above the cube. @type {Numbers} */
export const CUBE_NUMBERS = { step: stepField, scale: scaleField, read: typeField };

/** What a number may start with: a key of these replaces it. What starts it wrongly is told once it is typed. */
const TYPED = /^[\p{Nd}.,+\-−]$/u;

/** Pixels of drag for one step. */
const DRAG_PIXELS = 18;

/** The axes of a number, which are highlighted with it. @type {Partial<Record<SceneField, string>>} */
const TOPICS = {
  images: "n",
  channels: "c",
  height: "h",
  width: "w",
  groups: "c",
  part: "n",
  devices: "n",
  "tile-images": "n",
  "tile-channels": "c",
};

/** @param {string} field */
export function numberNode(field) {
  const number = html("span", "scrub");
  number.tabIndex = 0;
  number.setAttribute("role", "spinbutton");
  Object.assign(number.dataset, {
    key: field,
    field,
    topic: TOPICS[/** @type {SceneField} */ (field)] ?? "",
  });
  return number;
}

/**
 * @param {HTMLElement} number
 * @param {{ text: string, field: SceneField }} piece
 * @param {Scene} scene
 */
export function paintNumber(number, { text, field }, scene) {
  const range = fieldRange(scene, field);
  paintRange(number, text, range);
  // For a file, the name explains why changing the number brings the sample back.
  put(
    number,
    "title",
    scene.file && ["images", "channels", "height", "width"].includes(field) ? range.name : "",
  );
}

/**
 * @param {HTMLElement} number
 * @param {string} text
 * @param {{ name: string, value: number, least: number, most: number }} range
 */
export function paintRange(number, text, { name, value, least, most }) {
  if (number.querySelector("input")) return;
  if (number.textContent !== text) number.textContent = text;
  put(number, "aria-label", name);
  put(number, "aria-valuenow", decimal(value));
  put(number, "aria-valuemin", decimal(least));
  put(number, "aria-valuemax", decimal(most));
}

/**
 * Listens to all numbers in `root`.
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {HTMLElement} error where invalid input is reported
 * @param {Numbers} numbers
 */
export function listenToNumbers(root, store, error, numbers) {
  const numberOf = (/** @type {EventTarget | null} */ target) => {
    const number = target instanceof Element ? target.closest(".scrub") : null;
    return number instanceof HTMLElement && !number.querySelector("input") ? number : null;
  };
  const say = (/** @type {string} */ words) => {
    error.textContent = words;
    error.hidden = !words;
  };
  /** @param {HTMLElement} number @param {string} [typed] */
  const open = (number, typed) => edit(number, typed, store, say, numbers, error.id);
  listenToDrag(root, store, numberOf, say, open, numbers);
  root.addEventListener("keydown", event => {
    const number = numberOf(event.target);
    if (!number || event.altKey || event.ctrlKey || event.metaKey) return;
    const { field } = number.dataset,
      { scene } = store;
    /** @type {Record<string, () => Scene>} */
    const keys = {
      ArrowUp: () => numbers.step(scene, field, 1),
      ArrowRight: () => numbers.step(scene, field, 1),
      ArrowDown: () => numbers.step(scene, field, -1),
      ArrowLeft: () => numbers.step(scene, field, -1),
      PageUp: () => numbers.scale(scene, field, true),
      PageDown: () => numbers.scale(scene, field, false),
    };
    if (event.key === "Enter" || TYPED.test(event.key))
      open(number, event.key === "Enter" ? undefined : event.key);
    else if (keys[event.key]) {
      say("");
      store.set(keys[event.key]());
    } else return;
    event.preventDefault();
  });
}

/**
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {(target: EventTarget | null) => HTMLElement | null} numberOf
 * @param {(words: string) => void} say
 * @param {(number: HTMLElement, typed?: string) => void} open
 * @param {Numbers} numbers
 */
function listenToDrag(root, store, numberOf, say, open, numbers) {
  /** The scene before the drag: dragging back restores what other numbers had to give up. @type {{ pointer: number, field: string, x: number, scene: Scene, steps: number } | null} */
  let held = null;
  root.addEventListener("pointerdown", event => {
    const met = numberOf(event.target);
    // Touch targets overlap: the nearest number is meant.
    const number = met && numberOf(nearest(event, root.querySelectorAll(".scrub")) ?? met);
    if (!number || event.button || held) return;
    event.preventDefault();
    number.focus({ preventScroll: true });
    held = {
      pointer: event.pointerId,
      field: number.dataset.field ?? "",
      x: event.clientX,
      scene: store.scene,
      steps: 0,
    };
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", event => {
    if (held?.pointer !== event.pointerId) return;
    const steps = Math.trunc((event.clientX - held.x) / DRAG_PIXELS);
    if (steps === held.steps) return;
    held.steps = steps;
    say("");
    store.set(numbers.step(held.scene, held.field, steps), "drag");
  });
  const end = (/** @type {boolean} */ stands) => {
    if (!held) return;
    const { field, scene, steps } = held;
    held = null;
    const moved = store.scene !== scene;
    // When the browser takes over a touch to scroll, it is neither a drag nor a tap.
    if (!stands) return moved ? store.set(scene, "drag") : undefined;
    if (moved) store.set({}, "commit");
    else if (steps === 0) {
      const number = root.querySelector(`[data-field="${field}"]`);
      if (number instanceof HTMLElement) open(number);
    }
  };
  for (const [type, stands] of /** @type {const} */ ([
    ["pointerup", true],
    ["pointercancel", false],
  ]))
    root.addEventListener(type, event => {
      if (held?.pointer === event.pointerId) end(stands);
    });
  root.addEventListener("keydown", event => {
    if (event.key === "Escape") end(false);
  });
}

/**
 * Opens a number for typing: Enter commits, Esc restores, leaving commits if valid.
 * @param {HTMLElement} number
 * @param {string | undefined} typed the key that opened it, after which typing continues, even if it equals the number
 * before; without one the number is selected, and the next key replaces it
 * @param {Store} store
 * @param {(words: string) => void} say
 * @param {Numbers} numbers
 * @param {string} errorId of the element that reports invalid input
 */
function edit(number, typed, store, say, numbers, errorId) {
  const { field } = number.dataset,
    before = number.textContent ?? "";
  const input = html("input", "");
  Object.assign(input, {
    value: typed ?? before,
    inputMode: "decimal",
    autocomplete: "off",
    spellcheck: false,
  });
  input.setAttribute("aria-label", number.getAttribute("aria-label") ?? "");
  input.setAttribute("aria-describedby", errorId);
  const fit = () => {
    input.style.width = `${Math.max(1, input.value.length) + 0.5}ch`;
  };
  const close = (/** @type {boolean} */ back) => {
    input.onblur = null;
    number.replaceChildren(before);
    if (back) number.focus({ preventScroll: true });
  };
  const commit = (/** @type {boolean} */ leaving) => {
    try {
      const next = numbers.read(store.scene, field, input.value);
      say("");
      close(!leaving);
      store.set(next);
    } catch (error) {
      if (isFatal(error)) throw error;
      const words = error instanceof Error ? error.message : String(error);
      say(leaving ? `${words}; it is still ${before}.` : `${words}.`);
      input.setAttribute("aria-invalid", "true");
      if (leaving) close(false);
    }
  };
  input.addEventListener("input", fit);
  input.addEventListener("keydown", event => {
    event.stopPropagation();
    if (event.key === "Enter") commit(false);
    else if (event.key === "Escape") {
      say("");
      close(true);
    }
  });
  input.onblur = () => {
    if (input.value.trim() === before) close(false);
    else commit(true);
  };
  number.replaceChildren(input);
  fit();
  input.focus({ preventScroll: true });
  if (typed === undefined) input.select();
}

/** A number without an exponent, which ARIA values do not allow. @param {number} value */
const decimal = value => value.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 20 });
