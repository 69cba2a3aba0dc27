// @ts-check
// WebKit does not count a radio button as :focus-visible when an arrow key moves the focus to it: marks it with an
// attribute, by which the styles show the focus as well.

const MARK = "data-keyed";

/** Marks every radio button that an arrow key chooses, for as long as it has the focus. */
export function markKeyedRadios() {
  let isKey = false;
  document.addEventListener("keydown", ({ key }) => (isKey = key.startsWith("Arrow")), true);
  document.addEventListener("pointerdown", () => (isKey = false), true);
  document.addEventListener("focusin", ({ target }) => {
    if (isKey && target instanceof HTMLInputElement && target.type === "radio") target.setAttribute(MARK, "");
  });
  document.addEventListener("focusout", ({ target }) => {
    if (target instanceof HTMLInputElement) target.removeAttribute(MARK);
  });
}
