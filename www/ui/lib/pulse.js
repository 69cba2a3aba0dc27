// @ts-check
// The pulse of a worker: the page asks for it (ui/lib/workers.js) and the worker answers as long as its event loop turns.

/** What the page asks, and what a worker answers. Neither is a message of the worker's own. */
export const PING = "ping",
  PONG = "pong";

/**
 * Lets the page hear of a worker's life and death. To be called before the worker listens to anything: pings are answered here
 * and go no further, and a rejection that nobody handles becomes an error, which the page hears of, where it would be silent.
 */
export function showPulse() {
  self.addEventListener("message", (/** @type {MessageEvent} */ event) => {
    if (event.data !== PING) return;
    event.stopImmediatePropagation();
    self.postMessage(PONG);
  });
  self.addEventListener("unhandledrejection", event => {
    event.preventDefault();
    reportError(event.reason);
  });
}
