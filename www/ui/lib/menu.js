// @ts-check
// The header's menus, each a disclosure. Esc, a click outside or leaving with Tab closes it.

/** @param {HTMLDetailsElement} menu */
export function closeOutside(menu) {
  document.addEventListener("pointerdown", event => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", event => {
    if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", event => {
    const items = [...menu.querySelectorAll("li button")],
      at = items.indexOf(/** @type {Element} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const keys = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? items.length - 1 : at - 1,
      Home: 0,
      End: items.length - 1,
    };
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    } else if (event.key in keys) {
      menu.open = true;
      event.preventDefault();
      /** @type {HTMLElement | undefined} */ (
        items[(keys[event.key] + items.length) % items.length]
      )?.focus();
    }
  });
}
