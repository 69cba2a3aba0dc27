// @ts-check
// Loads WebAssembly for the page and its workers: reports progress, notices a network that has stopped, and tries again. Does
// not touch the page.

/** Attempts before loading fails. */
const N_ATTEMPTS = 3;

/** Milliseconds without a byte after which a connection is given up, and before the second attempt. */
const STALL_MILLIS = 15_000,
  PAUSE_MILLIS = 500;

/** Milliseconds of loading before progress is reported. */
export const PATIENCE_MILLIS = 500;

/** @typedef {(from: { module_or_path: Response }) => Promise<unknown>} Init */

/** The sides that have started, or are starting. @type {Map<Init, Promise<void>>} */
const begun = new Map();

/**
 * Fetches and starts a side of the wasm, once.
 * @param {Init} init
 * @param {URL | string} url
 * @param {(nBytes: number) => void} [onProgress] called once loading has taken long
 */
export async function startWasm(init, url, onProgress) {
  const ready = begun.get(init) ?? start(init, url, onProgress);
  begun.set(init, ready);
  try {
    await ready;
  } catch (error) {
    // The next attempt may succeed.
    begun.delete(init);
    throw error;
  }
}

/** @param {Init} init @param {URL | string} url @param {((nBytes: number) => void)} [onProgress] */
async function start(init, url, onProgress) {
  for (let attempt = 1; ; attempt++) {
    const ended = new AbortController();
    try {
      return void (await init({ module_or_path: await counted(url, attempt > 1, ended, onProgress) }));
    } catch (error) {
      const why = ended.signal.aborted ? ended.signal.reason : error;
      if (attempt === N_ATTEMPTS || why instanceof Refusal || why instanceof WebAssembly.CompileError)
        throw why;
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MILLIS * attempt));
  }
}

/** An answer of the server that another attempt would not change. */
class Refusal extends Error {}

/**
 * @param {URL | string} url
 * @param {boolean} isAgain what the browser's cache has may be broken
 * @param {AbortController} ended
 * @param {((nBytes: number) => void)} [onProgress]
 */
async function counted(url, isAgain, ended, onProgress) {
  const started = performance.now(),
    file = String(url).replace(/^.*\//, "");
  const stalled = () => ended.abort(new Error(`${file}: nothing arrived for ${STALL_MILLIS / 1000} s`));
  let timer = setTimeout(stalled, STALL_MILLIS),
    nBytes = 0;
  const response = await fetch(url, { signal: ended.signal, cache: isAgain ? "reload" : "default" });
  if (!response.ok || !response.body) {
    clearTimeout(timer);
    const why = `the server answered ${file} with status ${response.status}`;
    throw response.status < 500 ? new Refusal(why) : new Error(why);
  }
  const body = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        clearTimeout(timer);
        timer = setTimeout(stalled, STALL_MILLIS);
        nBytes += chunk.byteLength;
        if (performance.now() - started > PATIENCE_MILLIS) onProgress?.(nBytes);
        controller.enqueue(chunk);
      },
      flush: () => clearTimeout(timer),
    }),
  );
  return new Response(body, { headers: { "Content-Type": "application/wasm" } });
}
