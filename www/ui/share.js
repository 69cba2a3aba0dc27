// @ts-check
// Share: copies the link or the code that embeds the cube, saves the figure as SVG or PNG.

import { byId, html } from "./dom.js";
import { fileName, pngFile, svgFile } from "./figure_file.js";
import { linkTo } from "./link.js";
import { closeOutside } from "./menu.js";

/** @typedef {import("../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("./store.js").Store} Store */

/**
 * @param {Store} store
 * @param {Cube} cube
 */
export function showShare(store, cube) {
  const menu = byId("share", HTMLDetailsElement);
  closeOutside(menu);
  const on = (/** @type {string} */ id, /** @type {() => void | Promise<void>} */ act) => byId(id, HTMLButtonElement).addEventListener("click", async () => {
    menu.open = false;
    menu.querySelector("summary")?.focus();
    try {
      await act();
    } catch (error) {
      toast(`That did not work: ${error instanceof Error ? error.message : error}.`);
    }
  });
  const draw = () => svgFile(cube, store.scene, linkTo(store.scene));
  on("share-link", () => copy(linkTo(store.scene), "The link", holds(store.scene.file)));
  on("share-embed", async () => {
    const { snippetOf } = await import("../norm-cube.js"), link = linkTo(store.scene);
    const more = html("a", "", "See it at work");
    more.href = `embed.html${new URL(link).hash}`;
    await copy(snippetOf(link), "The code", "it shows this cube in any page. ", more);
  });
  on("share-svg", () => save(new Blob([draw()], { type: "image/svg+xml" }), `${fileName(store.scene)}.svg`));
  on("share-png", async () => save(await pngFile(draw(), store.scene, linkTo(store.scene)), `${fileName(store.scene)}.png`));
}

/** What a link has in it. @param {string | undefined} file that it cannot hold */
const holds = file => (file
  ? `it holds all that you chose, but not the values of ${file}: who opens it sees the sample in that shape, until they drop the file.`
  : "it holds all that you chose.");

/** @param {string} text @param {string} what @param {...(string | Node)} more said of it when it is copied */
async function copy(text, what, ...more) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is copied: `, ...more);
  } catch {
    // Without leave to write to the clipboard the reader copies by hand.
    const field = html("input", "");
    Object.assign(field, { value: text, readOnly: true });
    field.setAttribute("aria-label", what);
    toast(`${what}, to copy: `, field);
    field.select();
  }
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = html("a", "");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  toast(`${name} is saved.`);
}

/** The timer that hides the toast. */
let hiding = 0;

/** @param {...(string | Node)} words what has the focus keeps it up */
function toast(...words) {
  const place = byId("toast", HTMLElement), held = words.findLast(word => word instanceof HTMLElement);
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
