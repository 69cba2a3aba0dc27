// @ts-check
// Messages that disappear by themselves, saving files and copying texts.

import { byId, html } from "./dom.js";

/** Saves a file and confirms it. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = html("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  toast(`${name} is saved.`);
}

/**
 * Copies a text and confirms it.
 * @param {string} text
 * @param {string} what it is
 * @param {(string | Node)[]} [more] shown after it
 * @param {"input" | "textarea"} [field] from which the reader copies by hand if the page may not
 */
export async function copy(text, what, more = [], field = "input") {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is copied${more.length ? ": " : "."}`, ...more);
  } catch {
    const holder = html(field, { value: text, readOnly: true, "aria-label": what });
    toast(`${what}, to copy: `, holder, " ", ...more);
    holder.select();
  }
}

/** The timer that hides the toast. */
let hiding = 0;

/** Shows a brief message. @param {...(string | Node)} words it stays while one of them has the focus */
export function toast(...words) {
  const place = byId("toast", HTMLElement),
    held = words.findLast(word => word instanceof HTMLElement);
  place.replaceChildren(...words);
  place.classList.add("show");
  clearTimeout(hiding);
  const hide = () => place.classList.remove("show");
  if (!held) {
    hiding = window.setTimeout(hide, 4000);
    return;
  }
  const before = document.activeElement;
  held.focus();
  held.addEventListener("blur", hide, { once: true });
  held.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    hide();
  });
}
