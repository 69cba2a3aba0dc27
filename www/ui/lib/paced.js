// @ts-check
// Limits how often work is done, and skips it while it is not visible.

/**
 * Returns a function that requests `act`: soon, but not before `millis` have passed since it last started, not while it is
 * still running, and not before `place` is visible.
 * @param {Element} place
 * @param {number} millis
 * @param {() => void | Promise<void>} act
 */
export function paced(place, millis, act) {
  let isDue = false,
    isSeen = false,
    isBusy = false,
    last = -Infinity,
    timer = 0;
  const next = () => {
    if (!isDue || !isSeen || isBusy || timer || document.hidden) return;
    timer = window.setTimeout(
      () => requestAnimationFrame(run),
      Math.max(0, last + millis - performance.now()),
    );
  };
  const run = async () => {
    timer = 0;
    if (!isSeen) return;
    [isDue, isBusy, last] = [false, true, performance.now()];
    try {
      await act();
    } finally {
      isBusy = false;
      next();
    }
  };
  new IntersectionObserver(entries => {
    isSeen = entries[entries.length - 1].isIntersecting;
    next();
  }).observe(place);
  document.addEventListener("visibilitychange", next);
  return () => {
    isDue = true;
    next();
  };
}

/**
 * Returns a function that requests `act`, visible or not: once, `millis` later, however often it is requested until then.
 * @param {number} millis
 * @param {() => void} act
 */
export function gathered(millis, act) {
  let timer = 0;
  return () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      act();
    }, millis);
  };
}
