// @ts-check
// Light or dark: the system's setting until the reader chooses; the choice is remembered.

import { byId } from "../lib/dom.js";

/** @param {() => void} onChange */
export function showTheme(onChange) {
  byId("theme", HTMLButtonElement).addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage may be forbidden; then the choice lasts as long as the page.
    }
    onChange();
  });
}
