// @ts-check
// What is not needed to begin with comes when its part of the page comes into view.

import { messageOf } from "./format.js";
import { mute, tell } from "./messages.js";

/** How far out of view a part is when it is sent for, so that it stands when it is reached. */
const AHEAD = "200px";

/**
 * Does something once, when a part of the page is near.
 * @param {Element} part
 * @param {() => Promise<void>} load
 * @param {import("./messages.js").Place} place where it is said if it does not come
 */
export function whenNear(part, load, place) {
  const observer = new IntersectionObserver(
    entries => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      void attempt(load, place);
    },
    { rootMargin: AHEAD },
  );
  observer.observe(part);
}

/** Milliseconds that something may take until it is worth a word. */
export const PATIENCE_MILLIS = 500;

/**
 * Starts a part's own wasm, and counts its bytes as they come.
 * @param {(from: { module_or_path: Response }) => Promise<unknown>} init
 * @param {URL} url
 * @param {(nBytes: number) => void} onProgress called once it has taken long
 */
export async function startWasm(init, url, onProgress) {
  const started = performance.now(),
    response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url} was answered with status ${response.status}`);
  let nBytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        nBytes += chunk.byteLength;
        if (performance.now() - started > PATIENCE_MILLIS) onProgress(nBytes);
        controller.enqueue(chunk);
      },
    }),
  );
  await init({ module_or_path: new Response(counted, { headers: { "Content-Type": "application/wasm" } }) });
}

/** Loads something; says so if it does not come. @param {() => Promise<void>} load @param {import("./messages.js").Place} place */
export async function attempt(load, place) {
  try {
    await load();
  } catch (error) {
    const message = `a part of the page could not be loaded: ${messageOf(error)}`;
    const again = () => {
      mute(place, "loading");
      void attempt(load, place);
    };
    tell(
      place,
      {
        code: "bad-message",
        message,
        hint: "The rest of the page works on. If trying again does not help, reload the page.",
      },
      { key: "loading", act: { words: "Try again", act: again } },
    );
  }
}
