// @ts-check
// What the page says when it could not start, and what the reader can do: a browser without SIMD, WebAssembly that did not
// load, a link that cannot be shown. That link is removed from the address, so that a reload does not fail on it again.

import { isReported, remedies } from "./crash.js";
import { messageOf } from "../lib/format.js";
import { bareLink } from "../lib/link.js";
import { tell } from "../lib/messages.js";

/** The smallest module with SIMD in it: () => i8x16.popcnt(i8x16.splat(0)). */
const SIMD = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  10,
  1,
  8,
  0,
  65,
  0,
  253,
  15,
  253,
  98,
  11,
);

/**
 * Says why the page did not start.
 * @param {unknown} error
 * @param {boolean} isLoaded whether the WebAssembly had loaded
 */
export function tellNoStart(error, isLoaded) {
  isReported(error);
  const cause = messageOf(error),
    [afresh, report] = remedies(cause, error instanceof Error ? error.stack : "");
  const reload = { words: "Reload", act: () => location.reload() };
  const say = (/** @type {string} */ message, /** @type {string} */ hint, acts = [reload, report]) =>
    tell("failure", { code: "bad-message", message, hint }, { acts });
  if (!hasSimd())
    return say(
      "this page needs WebAssembly with SIMD, which this browser does not have",
      "Browsers from 2023 or later have it.",
      [reload],
    );
  if (!isLoaded) return say(`the page’s WebAssembly did not load: ${cause}`, "Reload to try again.");
  // A link to a part of the page holds no scene.
  if (!location.hash.includes("="))
    return say(`the page could not start: ${cause}`, "This is a bug in the page. Reload to try again.");
  const link = location.hash;
  history.replaceState(history.state, "", bareLink());
  say(`the page cannot show what its link says: ${cause}`, `The link was removed from the address: ${link}`, [
    afresh,
    report,
  ]);
}

const hasSimd = () => typeof WebAssembly === "object" && WebAssembly.validate(SIMD);
