// @ts-check
// Starts all of the page's workers, and notices when one did not load, stopped with an error, is gone or does not respond. The
// caller decides what to do about it.

import { messageOf } from "./format.js";
import { HELD, PING, PONG } from "./pulse.js";

/** Milliseconds between two checks of a worker. */
const LOOK_MILLIS = 1000;

/**
 * Consecutive checks without an answer after which a worker counts as silent, after its first answer and while it loads. Checks
 * are counted rather than time: a page that is hidden, paused in a debugger or on a suspended machine does not check. Generous,
 * since a training step on a slow processor can take several seconds, and loading over a slow network even longer. Where the
 * browser does not say whether a worker lives, one that may recover counts as silent earlier: it may be gone.
 */
export const SILENT_LOOKS = 20,
  UNSURE_LOOKS = 4,
  LOADING_LOOKS = 60;

/**
 * Callbacks of the code that starts a worker.
 * @template Message
 * @typedef {object} Ears
 * @property {(message: Message) => void} onMessage
 * @property {(why: string, isBug: boolean) => void} onStop it did not load, an error ended it, which is a bug, or it is gone; called
 *   once, and last
 * @property {(why: string) => void} [onSilent] it does not respond, but may recover; without this callback, silence ends it
 * @property {() => void} [onVoice] it responds again
 */

/** Names this page among those of its origin, which have their locks in common. */
const PAGE = Math.random();

/** Workers that were started. */
let nStarted = 0;

/**
 * Watches a worker that holds a lock.
 * @param {string} lock
 * @param {AbortSignal} signal ends it
 * @param {(isHeld: boolean) => void} onSure whether the lock tells if the worker lives
 * @param {() => void} onGone
 */
function outlive(lock, signal, onSure, onGone) {
  onSure(true);
  navigator.locks.request(lock, { signal }, () => {}).then(onGone, () => onSure(false));
}

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
    isSure = false;
  const lock = `blue-cube worker ${++nStarted} of ${PAGE}`,
    ended = new AbortController();
  const end = () => {
    isOver = true;
    pulse.end();
    ended.abort();
    worker?.terminate();
  };
  const stop = (/** @type {string} */ why, isBug = false) => {
    if (isOver) return;
    end();
    onStop(why, isBug);
  };
  const gone = () => stop(`${name} is gone: the browser ended it`);
  const pulse = takePulse(
    () => worker?.postMessage(PING),
    () => (!hasSpoken ? LOADING_LOOKS : onSilent && !isSure ? UNSURE_LOOKS : SILENT_LOOKS),
    () => {
      const why = hasSpoken ? `${name} is not responding` : `${name} is not loading`;
      if (!onSilent) return stop(why);
      isSilent = true;
      onSilent(why);
    },
  );
  const listen = (/** @type {MessageEvent} */ { data }) => {
    if (isOver) return;
    if (data === HELD) return outlive(lock, ended.signal, isHeld => (isSure = isHeld), gone);
    // While it loads, a pulse does not mean that it will finish loading.
    if (data === PONG && !hasSpoken) return;
    hasSpoken = true;
    pulse.heard();
    if (isSilent) {
      isSilent = false;
      onVoice?.();
    }
    if (data !== PONG) onMessage(data);
  };
  try {
    worker = new Worker(url, { type: "module", name: lock });
    worker.addEventListener("message", listen);
    worker.addEventListener("messageerror", () => stop(`a message from ${name} could not be read`));
    worker.addEventListener("error", event => {
      event.preventDefault();
      const said = event.message?.replace(/^Uncaught /, "");
      if (hasSpoken || said) stop(`${name} stopped${said ? `: ${said}` : ""}`, true);
      else stop(`${name} could not be loaded`);
    });
  } catch (error) {
    // The caller does not have the worker yet.
    queueMicrotask(() => stop(`${name} could not be started: ${messageOf(error)}`));
  }
  return { post: message => worker?.postMessage(message), end };
}

/**
 * Pings a worker at every check, and notices when it has not been heard for too many.
 * @param {() => void} ping
 * @param {() => number} most checks without an answer
 * @param {() => void} onSilent
 */
function takePulse(ping, most, onSilent) {
  let nLooks = 0;
  const look = () => {
    // A hidden page is throttled, and its workers may be too.
    if (globalThis.document?.hidden) return;
    nLooks += 1;
    if (nLooks === most()) onSilent();
    ping();
  };
  const timer = setInterval(look, LOOK_MILLIS);
  // In Node, where the tests run, a timer keeps the process alive.
  /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref?.();
  return { heard: () => void (nLooks = 0), end: () => clearInterval(timer) };
}
