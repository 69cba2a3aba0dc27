// @ts-check
// Words that go by themselves, and files that are saved.

import { byId, html } from "./dom.js";

/** Saves a file, and says so. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = html("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  toast(`${name} is saved.`);
}

/** The timer that hides the toast. */
let hiding = 0;

/** Says something in passing. @param {...(string | Node)} words what has the focus keeps it up */
export function toast(...words) {
  const place = byId("toast", HTMLElement),
    held = words.findLast(word => word instanceof HTMLElement);
  place.replaceChildren(...words);
  place.classList.add("show");
  clearTimeout(hiding);
  const hide = () => place.classList.remove("show");
  if (!held) hiding = window.setTimeout(hide, 4000);
  else {
    held.focus();
    held.addEventListener("blur", hide, { once: true });
  }
}
