// @ts-check
// Loads what the first screen does not need when its part of the page comes into view.

import { messageOf } from "./format.js";
import { mute, tell } from "./messages.js";
import { isFatal } from "./panics.js";

/** How far outside the viewport a part is when it is loaded, so that it is ready when it is reached. */
const AHEAD = "200px";

/**
 * Does something once, when a part of the page is near.
 * @param {Element} part
 * @param {() => Promise<void>} load
 * @param {import("./messages.js").Place} place where a failure to load is reported
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

/**
 * Loads something; reports a failure, with another try as the remedy, and a reload after that: some browsers remember that a
 * module failed for as long as the page lives.
 * @param {() => Promise<void>} load
 * @param {import("./messages.js").Place} place
 * @param {boolean} [isAgain]
 */
export async function attempt(load, place, isAgain = false) {
  try {
    await load();
  } catch (error) {
    // Trying again would not help.
    if (isFatal(error)) throw error;
    const again = () => {
      mute(place, "loading");
      void attempt(load, place, true);
    };
    tell(
      place,
      {
        code: "bad-message",
        message: `a part of the page could not be loaded: ${messageOf(error)}`,
        hint: isAgain
          ? "A reload may help: what the page shows is in its address, and a race is saved."
          : "The rest of the page still works.",
      },
      {
        key: "loading",
        act: isAgain ? { words: "Reload", act: () => location.reload() } : { words: "Try again", act: again },
      },
    );
  }
}
