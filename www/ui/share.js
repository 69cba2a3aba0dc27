// @ts-check
// The button Share: copies the link to what is shown, and says so.

import { byId } from "./dom.js";
import { linkTo } from "./history.js";

/** @typedef {import("./store.js").Store} Store */

/** Milliseconds that "link copied" stays. */
const STAY = 4000;

/** @param {Store} store */
export function showShare(store) {
  const button = byId("share", HTMLButtonElement), said = byId("share-said", HTMLElement);
  const field = byId("share-link", HTMLInputElement);
  let timer = 0;
  button.addEventListener("click", async () => {
    clearTimeout(timer);
    said.textContent = "";
    field.value = linkTo(store);
    field.hidden = await copied(field);
    said.textContent = field.hidden ? "Link copied" : "Copy the link:";
    if (field.hidden) {
      timer = setTimeout(() => { said.textContent = ""; }, STAY);
      return;
    }
    field.focus();
    field.select();
  });
  field.addEventListener("keydown", event => {
    if (event.key === "Escape") button.focus();
  });
  field.addEventListener("blur", () => {
    field.hidden = true;
    said.textContent = "";
  });
}

/**
 * Whether the field's text is on the clipboard now: by the clipboard, or where that is not allowed by the old command.
 * @param {HTMLInputElement} field
 */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    const focus = document.activeElement;
    field.hidden = false;
    field.select();
    const isCopied = document.execCommand("copy");
    if (isCopied && focus instanceof HTMLElement) focus.focus();
    return isCopied;
  }
}
