// @ts-check
// What is not needed to begin with comes when its part of the page comes into sight.

import { tell } from "./messages.js";

/** How far out of sight a part is when it is sent for, so that it stands when it is reached. */
const AHEAD = "200px";

/**
 * Does something once, when a part of the page is near.
 * @param {Element} part
 * @param {() => Promise<void>} load
 */
export function whenNear(part, load) {
  const observer = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    observer.disconnect();
    attempt(load);
  }, { rootMargin: AHEAD });
  observer.observe(part);
}

/** Loads something; says so if it does not come. @param {() => Promise<void>} load */
export async function attempt(load) {
  try {
    await load();
  } catch (error) {
    const message = `a part of the page could not be loaded: ${error instanceof Error ? error.message : error}`;
    tell("failure", { code: "bad-message", message, hint: "Reload to try again." });
  }
}
