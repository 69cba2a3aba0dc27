// @ts-check
// Numbers of a sentence: drawn sideways, stepped by keys, or typed. What they can be is Rust's to say.

import { fieldRange, scaleField, stepField, typeField } from "../../pkg/blue_cube.js";
import { html, nearest, put } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").SceneField} SceneField */
/** @typedef {import("../../pkg/blue_cube.js").Scene} Scene */
/** @typedef {import("../lib/store.js").Store} Store */

/**
 * How the numbers of a sentence are stepped, doubled or halved, and read; the last throws what would do.
 * @typedef {object} Numbers
 * @property {(scene: Scene, field: any, steps: number) => Scene} step
 * @property {(scene: Scene, field: any, up: boolean) => Scene} scale
 * @property {(scene: Scene, field: any, typed: string) => Scene} read
 */

/** Those of the sentence over the cube. @type {Numbers} */
export const CUBE_NUMBERS = { step: stepField, scale: scaleField, read: typeField };

/** Pixels of drag for one step. */
const DRAG_PIXELS = 18;

/** Axes that a number is about, for what lights up with it. @type {Partial<Record<SceneField, string>>} */
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
  // Of a file, the name says why another number brings the sample back.
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
 * @param {HTMLElement} error where it is said what cannot be
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
    if (event.key === "Enter" || /^\d$/.test(event.key))
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
  /** The scene before the drag: what another number had to give up comes back when the drag does. @type {{ field: string, x: number, scene: Scene, steps: number } | null} */
  let held = null;
  root.addEventListener("pointerdown", event => {
    const met = numberOf(event.target);
    // Boxes for fingers lie over one another: the number that is nearest is meant.
    const number = met && numberOf(nearest(event, root.querySelectorAll(".scrub")) ?? met);
    if (!number || event.button) return;
    event.preventDefault();
    number.focus({ preventScroll: true });
    held = { field: number.dataset.field ?? "", x: event.clientX, scene: store.scene, steps: 0 };
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", event => {
    if (!held) return;
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
    // The browser takes a finger that scrolls: that is neither a drag nor a tap.
    if (!stands) return moved ? store.set(scene, "drag") : undefined;
    if (moved) store.set({}, "commit");
    else if (steps === 0) {
      const number = root.querySelector(`[data-field="${field}"]`);
      if (number instanceof HTMLElement) open(number);
    }
  };
  root.addEventListener("pointerup", () => end(true));
  root.addEventListener("pointercancel", () => end(false));
}

/**
 * Opens a number for typing: Enter commits, Esc restores, leaving commits what can be.
 * @param {HTMLElement} number
 * @param {string | undefined} typed the key that opened it, which the next one follows, even if it is the number that stood
 * there; without one the number stands selected, and the next key replaces it
 * @param {Store} store
 * @param {(words: string) => void} say
 * @param {Numbers} numbers
 * @param {string} errorId of the element that says what cannot be
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

/** A number without an exponent, which no ARIA value can have. @param {number} value */
const decimal = value => value.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 20 });
