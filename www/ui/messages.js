// @ts-check
// Notices (something went wrong and a way on was found) and failures (the reader must act).

import { byId, html } from "./dom.js";
import { capital } from "./format.js";

/** @typedef {import("../pkg/blue_cube.js").Failure} Failure */

/**
 * Shows a notice or a failure until it is dismissed or hidden.
 * @param {"notice" | "failure"} id
 * @param {Failure} failure
 */
export function tell(id, { code, message, hint }) {
  const root = byId(id, HTMLElement);
  const dismiss = html("button", { type: "button", onclick: () => hush(id) }, "Dismiss");
  // A message may open with a file's name, which is written as it is.
  const words = /^\S+[.-]/.test(message) ? message : capital(message);
  const said = html("span", "said", /[.!?]$/.test(words) ? words : `${words}.`, " ", html("span", "hint-text", hint));
  root.replaceChildren(html("span", "mark", "⚠"), said, dismiss);
  root.dataset.code = code;
  root.hidden = false;
}

/** @param {"notice" | "failure"} id */
export function hush(id) {
  const root = byId(id, HTMLElement);
  root.hidden = true;
  root.replaceChildren();
}
