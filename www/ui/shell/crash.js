// @ts-check
// What the page says of an error that nothing in it expected, such as a panic in the middle of a visit: in the part where the
// reader is, with the first cause, a way to start afresh and a report to copy. It uses no WebAssembly, which may be unusable.

import { messageOf } from "../lib/format.js";
import { bareLink } from "../lib/link.js";
import { tell } from "../lib/messages.js";
import { hearPanics, isFatal, isPoisoned } from "../lib/panics.js";
import { copying } from "../lib/report.js";

/** @typedef {import("../lib/messages.js").Place} Place */

/** Errors that say nothing about the page: a layout that took the browser two passes, and a foreign script’s error. */
const HARMLESS = /^(ResizeObserver loop|Script error\.?$)/;

/** The folders of parts with their own WebAssembly, as stacks name them, and where these parts report. @type {[string, Place][]} */
const PARTS = [
  ["/pkg/code/", "code-failure"],
  ["/pkg/charts/", "race-failure"],
];

/** The first text of a panic: what fails after it follows from it. */
let panic = "";

/** Where the reader last did something. @type {Element | null} */
let touched = null;

/** Errors that were reported elsewhere. @type {WeakSet<object>} */
const known = new WeakSet();

/** What was last told in a place. @type {Map<Place, string>} */
const told = new Map();

/** Does not report an error that was reported. @param {unknown} error */
export const isReported = error => {
  if (error && typeof error === "object") known.add(error);
};

/** Reports whatever is thrown and not caught, and every panic, even if a part of the page caught what followed. */
export function watchErrors() {
  hearPanics((text, stack) => {
    panic ||= text;
    setTimeout(() => {
      if (!document.querySelector("[data-key=crash]"))
        tellCrash(Object.assign(new Error(text), { stack }), true);
    });
  });
  for (const gesture of ["pointerdown", "keydown", "input"])
    addEventListener(gesture, ({ target }) => (touched = target instanceof Element ? target : touched), true);
  addEventListener("error", ({ error, message, filename }) => {
    if (message && !isForeign(filename) && !HARMLESS.test(message)) tellCrash(error ?? message);
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    // What was stopped on purpose is no error.
    if (reason?.name !== "AbortError") tellCrash(reason);
  });
}

/** Whether a script is of an extension or another site. WebAssembly has an address of its own. @param {string} url */
const isForeign = url =>
  /^[\w-]*extension:/.test(url) || (/^https?:/.test(url) && !url.startsWith(location.origin));

/** @param {unknown} error */
function tellCrash(error, isDead = isFatal(error)) {
  if (error && typeof error === "object" && known.has(error)) return;
  if (isDead && !isPoisoned(error)) panic ||= messageOf(error);
  const cause = (isDead && panic) || messageOf(error),
    stack = error instanceof Error ? (error.stack ?? "") : "";
  const code = "bad-message",
    message = `${isDead ? "a part of the page stopped working" : "something went wrong"}: ${cause}`,
    hint = "This is a bug in the page. Starting afresh sets the link aside and keeps the race.",
    place = placeOf(stack);
  // Nothing new: what fails at every move of the pointer must not take away the button that the reader is about to press.
  if (told.get(place) === message && document.querySelector(`#${place} [data-key=crash]`)) return;
  told.set(place, message);
  tell(place, { code, message, hint }, { key: "crash", acts: remedies(cause, stack) });
}

/**
 * What a reader can do about an error.
 * @param {string} cause
 * @param {string} [stack]
 * @returns {import("../lib/messages.js").Act[]}
 */
export function remedies(cause, stack = "") {
  return [{ words: "Start afresh", act: startAfresh }, copying(cause, stack)];
}

/** Loads the page without the link, on which it may have failed. The race stays in the browser’s storage. */
function startAfresh() {
  history.replaceState(history.state, "", bareLink());
  location.reload();
}

/** The part whose WebAssembly failed, or else the one that the reader used last. @param {string} stack */
function placeOf(stack) {
  const own = PARTS.find(([folder]) => stack.includes(folder));
  if (own) return own[1];
  if (touched?.closest("#race")) return "race-failure";
  return touched?.closest("#code") ? "code-failure" : "failure";
}
