// @ts-check
// A worker's heartbeat: the page pings it (ui/lib/workers.js) and it answers while its event loop runs.

/** The ping and the answer. Neither counts as a message of the worker's own. */
export const PING = "ping",
  PONG = "pong";

/**
 * Lets the page notice whether a worker is alive. Call it before the worker listens to anything: pings are answered here and
 * go no further, and an unhandled rejection, which would be silent, becomes an error that reaches the page.
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
