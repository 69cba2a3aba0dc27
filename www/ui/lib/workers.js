// @ts-check
// Starts all of the page's workers, and notices when one did not load, stopped with an error or does not respond. The caller
// decides what to do about it.

import { messageOf } from "./format.js";
import { PING, PONG } from "./pulse.js";

/** Milliseconds between two checks of a worker. */
const LOOK_MILLIS = 1000;

/**
 * Consecutive checks without an answer after which a worker counts as silent, after its first answer and while it loads. Checks
 * are counted rather than time: a page that is hidden, paused in a debugger or on a suspended machine does not check. Generous,
 * since a training step on a slow processor can take several seconds, and loading over a slow network even longer.
 */
export const SILENT_LOOKS = 20,
  LOADING_LOOKS = 60;

/**
 * Callbacks of the code that starts a worker.
 * @template Message
 * @typedef {object} Ears
 * @property {(message: Message) => void} onMessage
 * @property {(why: string) => void} onStop it did not load, or an error ended it; called once, and last
 * @property {(why: string) => void} [onSilent] it does not respond, but may recover; without this callback, silence ends it
 * @property {() => void} [onVoice] it responds again
 */

/**
 * Starts a worker.
 * @template Message
 * @param {URL} url
 * @param {string} name such as "the training worker"
 * @param {Ears<Message>} ears
 * @returns {{ post: (message: unknown) => void, end: () => void }}
 */
export function startWorker(url, name, { onMessage, onStop, onSilent, onVoice }) {
  /** @type {Worker | undefined} */
  let worker;
  let isOver = false,
    isSilent = false,
    hasSpoken = false,
    nLooks = 0;
  const end = () => {
    isOver = true;
    clearInterval(timer);
    worker?.terminate();
  };
  const stop = (/** @type {string} */ why) => {
    if (isOver) return;
    end();
    onStop(why);
  };
  const look = () => {
    // A hidden page is throttled, and its workers may be too.
    if (globalThis.document?.hidden) return;
    nLooks += 1;
    if (nLooks === (hasSpoken ? SILENT_LOOKS : LOADING_LOOKS)) {
      const why = hasSpoken ? `${name} is not responding` : `${name} is not loading`;
      if (!onSilent) return stop(why);
      isSilent = true;
      onSilent(why);
    }
    worker?.postMessage(PING);
  };
  const timer = setInterval(look, LOOK_MILLIS);
  // In Node, where the tests run, a timer keeps the process alive.
  /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref?.();
  const listen = (/** @type {MessageEvent} */ { data }) => {
    if (isOver) return;
    // While it loads, a pulse does not mean that it will finish loading.
    if (data === PONG && !hasSpoken) return;
    hasSpoken = true;
    nLooks = 0;
    if (isSilent) {
      isSilent = false;
      onVoice?.();
    }
    if (data !== PONG) onMessage(data);
  };
  try {
    worker = new Worker(url, { type: "module" });
    worker.addEventListener("message", listen);
    worker.addEventListener("messageerror", () => stop(`a message from ${name} could not be read`));
    worker.addEventListener("error", event => {
      event.preventDefault();
      const said = event.message?.replace(/^Uncaught /, "");
      stop(hasSpoken || said ? `${name} stopped${said ? `: ${said}` : ""}` : `${name} could not be loaded`);
    });
  } catch (error) {
    // The caller does not have the worker yet.
    queueMicrotask(() => stop(`${name} could not be started: ${messageOf(error)}`));
  }
  return { post: message => worker?.postMessage(message), end };
}
