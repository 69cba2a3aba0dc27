// @ts-check
// Where the focus goes when the control that was pressed goes: a message that is dismissed, a sheet that closes, a row that is
// removed. Without a word of ours it would fall to the top of the page.

/** Milliseconds after a press at which it is looked whether the control is still there: some go only once something is loaded. */
const LOOKS = [0, 50, 100, 200, 400, 800, 1600];

/** Looks after every press in the page. */
export function keepFocus() {
  document.addEventListener(
    "click",
    event => {
      const pressed = event.target instanceof Element ? event.target.closest("button, summary") : null;
      // A press that the focus did not follow, as by a mouse in WebKit, has none to lose.
      if (!(pressed instanceof HTMLElement) || document.activeElement !== pressed) return;
      const successors = successorsOf(pressed);
      for (const millis of LOOKS) setTimeout(() => followUp(pressed, successors), millis);
    },
    true,
  );
}

/** Takes the focus out of an element that is about to go. @param {HTMLElement} going */
export function leave(going) {
  if (going.contains(document.activeElement)) namedBy(going).find(isThere)?.focus({ preventScroll: true });
}

/** @param {HTMLElement} pressed @param {() => HTMLElement[]} successors */
function followUp(pressed, successors) {
  const { activeElement } = document;
  // A reader who has moved on is left where they are.
  if (activeElement && activeElement !== document.body && activeElement !== pressed) return;
  if (isThere(pressed)) return;
  successors().find(isThere)?.focus({ preventScroll: true });
}

/**
 * What may have the focus in its place, best first: the same control of the row that moved up or of the one before, the summary of
 * its sheet, and the controls that the parts around it name in `data-next`. Rows may be made anew: they are found by their place.
 * @param {HTMLElement} pressed
 * @returns {() => HTMLElement[]}
 */
function successorsOf(pressed) {
  const row = pressed.closest(".row, li"),
    list = row?.parentElement,
    at = list ? [...list.children].indexOf(row) : -1,
    same = `${pressed.localName}${[...pressed.classList].map(name => `.${name}`).join("")}`,
    summary = pressed.closest("details.menu")?.querySelector("summary"),
    named = namedBy(pressed);
  const inRow = (/** @type {number} */ at) => list?.children[at]?.querySelector(same);
  return () => [inRow(at), inRow(at - 1), summary, ...named].filter(one => one instanceof HTMLElement);
}

/** The controls that the parts around an element name, the nearest part first. @param {HTMLElement} one */
function namedBy(one) {
  const named = [];
  for (let part = one.closest("[data-next]"); part; part = part.parentElement?.closest("[data-next]") ?? null)
    named.push(document.getElementById(part.getAttribute("data-next") ?? ""));
  return named.filter(control => control !== null);
}

/** @param {HTMLElement} one */
const isThere = one => one.isConnected && one.checkVisibility() && !one.matches(":disabled");
