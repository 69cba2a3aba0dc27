// @ts-check
// The one home of the page's workers: it starts them, and notices when one did not load, stopped by an error, or does not answer.
// What to do about that is for whoever started it to decide.

import { messageOf } from "./format.js";
import { PING, PONG } from "./pulse.js";

/** Milliseconds between two looks at a worker. */
const LOOK_MILLIS = 1000;

/**
 * Looks in a row without a word from a worker after which it counts as silent, once it has spoken and while it loads. Looks are
 * counted rather than time: a page that is hidden, paused in a debugger or on a suspended machine does not look. Generous,
 * since the longest step of training on a slow processor takes some seconds, and a slow network long to load.
 */
export const SILENT_LOOKS = 20,
  LOADING_LOOKS = 60;

/**
 * What the starter of a worker hears of it.
 * @template Message
 * @typedef {object} Ears
 * @property {(message: Message) => void} onMessage
 * @property {(why: string) => void} onStop it did not load, or an error ended it; called once, and nothing after it
 * @property {(why: string) => void} [onSilent] it does not answer, and may do so again; without this, silence ends it
 * @property {() => void} [onVoice] it answers again
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
    // A hidden page is slowed down, and so may its workers be.
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
    // While it loads, a pulse is no sign that it will have done so.
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
    // The starter has nothing in hand yet.
    queueMicrotask(() => stop(`${name} could not be started: ${messageOf(error)}`));
  }
  return { post: message => worker?.postMessage(message), end };
}
