// @ts-check
// Notices (something went wrong and was worked around) and failures (the reader must act), each shown in the part of the
// page that it concerns.

import { byId, html } from "./dom.js";
import { leave } from "./focus.js";
import { capital } from "./format.js";

/** @typedef {import("../../pkg/blue_cube.js").Failure} Failure */

/** The places: above the cube, in the code's part, in the race's. @typedef {"failure" | "notice" | "code-failure" | "race-failure" | "race-notice"} Place */

/** A remedy. @typedef {{ words: string, act: () => void }} Act */

/**
 * Shows a notice or a failure until it is dismissed or muted.
 * @param {Place} place
 * @param {Failure} failure
 * @param {{ key?: string, act?: Act, acts?: Act[], list?: string[] }} [more] a message replaces one with the same key; `act` is the
 *   remedy it offers, `acts` are several, `list` its particulars
 */
export function tell(place, { code, message, hint }, { key = "", act, acts = act ? [act] : [], list } = {}) {
  const root = byId(place, HTMLElement);
  // A message may begin with a file name, which is not capitalized.
  const words = /^\S+[.-]/.test(message) ? message : capital(message);
  const said = html(
    "span",
    "said",
    /[.!?:]$/.test(words) ? words : `${words}.`,
    " ",
    html("span", "hint-text", hint),
    list && html("ul", "", ...list.map(item => html("li", "", `${capital(item)}.`))),
  );
  const shown = html(
    "div",
    { class: "message", "data-key": key, "data-code": code },
    html("span", "mark", "⚠"),
    said,
    ...acts.map(({ words, act }) => button(words, act)),
  );
  shown.append(button("Dismiss", () => remove(root, shown)));
  const before = of(root).find(other => other.dataset.key === key);
  if (before) before.replaceWith(shown);
  else root.append(shown);
  root.hidden = false;
}

/** Removes an outdated message; all messages of a place if no key is given. @param {Place} place @param {string} [key] */
export function mute(place, key) {
  const root = byId(place, HTMLElement);
  for (const shown of of(root)) if (key === undefined || shown.dataset.key === key) remove(root, shown);
}

/** @param {HTMLElement} root */
const of = root => /** @type {HTMLElement[]} */ ([...root.children]);

/** @param {HTMLElement} root @param {HTMLElement} shown */
function remove(root, shown) {
  leave(shown);
  shown.remove();
  root.hidden = !root.childElementCount;
}

/** @param {string} words @param {() => void} act */
const button = (words, act) => html("button", { type: "button", onclick: act }, words);
