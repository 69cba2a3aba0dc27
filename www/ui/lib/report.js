// @ts-check
// The report that a reader can copy when something in the page is broken: version, engine, link and message.

import { copy } from "./toast.js";

let version = "unknown, since the page did not load";

/** @param {string} said */
export const setVersion = said => {
  version = said;
};

/**
 * Copies what a bug report needs.
 * @param {string} cause
 * @param {string} [stack]
 * @returns {import("./messages.js").Act}
 */
export function copying(cause, stack = "") {
  // As it is now, not as it is when the button is pressed.
  const report = reportOf(cause, stack);
  return { words: "Copy report", act: () => void copy(report, "The report", [], "textarea") };
}

/** @param {string} cause @param {string} stack */
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
