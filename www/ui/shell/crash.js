// @ts-check
// What the page says of an error that nothing in it expected, such as a panic in the middle of a visit: in the part where the
// reader is, with the first cause, a way to start afresh and a report to copy. It uses no WebAssembly, which may be unusable.

import { html } from "../lib/dom.js";
import { messageOf } from "../lib/format.js";
import { bareLink } from "../lib/link.js";
import { tell } from "../lib/messages.js";
import { hearPanics, isFatal, isPoisoned } from "../lib/panics.js";
import { toast } from "../lib/toast.js";

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

/** For the report. */
let version = "unknown, since the page did not load";

/** Errors that were reported elsewhere. @type {WeakSet<object>} */
const known = new WeakSet();

/** What was last told in a place. @type {Map<Place, string>} */
const told = new Map();

/** @param {string} said */
export const setVersion = said => {
  version = said;
};

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
    // The script of an extension is not of this origin.
    const isOurs = !filename || filename.startsWith(location.origin);
    if (message && isOurs && !HARMLESS.test(message)) tellCrash(error ?? message);
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    // What was stopped on purpose is no error.
    if (reason?.name !== "AbortError") tellCrash(reason);
  });
}

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
  const report = reportOf(cause, stack);
  return [
    { words: "Start afresh", act: startAfresh },
    { words: "Copy report", act: () => void copyReport(report) },
  ];
}

/** Loads the page without the link, on which it may have failed. The race stays in the browser’s storage. */
function startAfresh() {
  history.replaceState(history.state, "", bareLink());
  location.reload();
}

/** What a bug report needs. @param {string} cause @param {string} stack */
function reportOf(cause, stack) {
  const { userAgent, hardwareConcurrency } = navigator;
  return [
    `Blue Cube ${version}, page of ${document.lastModified}`,
    `Engine: ${userAgent}; WebGPU: ${"gpu" in navigator ? "offered" : "not offered"}; ${hardwareConcurrency} cores`,
    `Link: ${location.href}`,
    `Message: ${cause}`,
    stack,
  ].join("\n");
}

/** @param {string} report */
async function copyReport(report) {
  try {
    await navigator.clipboard.writeText(report);
    toast("The report is copied.");
  } catch {
    // Without permission to write to the clipboard, the reader copies by hand.
    const field = html("textarea", { value: report, readOnly: true, "aria-label": "The report" });
    toast("The report, to copy: ", field);
    field.select();
  }
}

/** The part whose WebAssembly failed, or else the one that the reader used last. @param {string} stack */
function placeOf(stack) {
  const own = PARTS.find(([folder]) => stack.includes(folder));
  if (own) return own[1];
  if (touched?.closest("#race")) return "race-failure";
  return touched?.closest("#code") ? "code-failure" : "failure";
}
