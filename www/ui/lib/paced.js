// @ts-check
// Work that need not be done more often than so, nor while nobody sees it.

/**
 * What it gives asks for `act` to be done: soon, but never before `millis` have passed since it was last begun, never while it is
 * still under way, and not before `place` is seen.
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
 * What it gives asks for `act` to be done, whether it is seen or not: `millis` later, however often it is asked for until then.
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
