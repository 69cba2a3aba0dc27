// @ts-check
// A worker's heartbeat: the page pings it (ui/lib/workers.js) and it answers while its event loop runs.

import { hearPanics } from "./panics.js";

/** The ping and the answer. Neither counts as a message of the worker's own. */
export const PING = "ping",
  PONG = "pong";

/**
 * Lets the page notice whether a worker is alive. Call it before the worker listens to anything: pings are answered here and
 * go no further, and an unhandled rejection, which would be silent, becomes an error that reaches the page.
 */
export function showPulse() {
  // Told before the trap that follows, whose message is only "unreachable".
  hearPanics(text => reportError(new Error(text)));
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
