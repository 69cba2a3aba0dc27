// @ts-check
// A worker's heartbeat: the page pings it (ui/lib/workers.js) and it answers while its event loop runs. And its life: it holds a
// lock from its start, which the browser frees when the worker is gone, however busy it was.

import { hearPanics } from "./panics.js";

/** The ping, the answer, and the word that the lock is held. None counts as a message of the worker's own. */
export const PING = "ping",
  PONG = "pong",
  HELD = "held";

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
  void holdLock().catch(() => {
    // A page without an origin, such as a file, has no locks: pings have to do.
  });
}

/** Holds the lock of this worker's name, which the page gave it, for as long as the worker lives. */
async function holdLock() {
  if (!self.name) return;
  await navigator.locks?.request(self.name, () => {
    self.postMessage(HELD);
    return new Promise(() => {});
  });
}
