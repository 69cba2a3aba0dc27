// @ts-check
// Share: copies the link, saves the figure as SVG or PNG. Files carry the link and the sentence.

import { byId, html } from "./dom.js";
import { linkTo } from "./history.js";
import { closeOutside } from "./menu.js";

/** @typedef {import("../pkg/blue_cube.js").Cube} Cube */
/** @typedef {import("./store.js").Store} Store */

/** Width of an exported figure, in CSS pixels, and pixels of a PNG for each. */
const WIDTH = 710, SCALE = 2;

/** What of the page's style the figure needs to be itself in a file. */
const STYLE_NAMES = ["--paper", "--ink", "--quiet", "--group-lo", "--group-hi", "--tint-lo", "--tint-hi", "--rest-lo", "--rest-hi", "--edge", "--rest-edge", "--seam", "--shade-top", "--shade-top-by", "--shade-side", "--shade-side-by", "--sans"];

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
  on("share-link", () => copy(linkTo(store.scene), store.scene.file));
  on("share-svg", async () => save(new Blob([await figure(store, cube)], { type: "image/svg+xml" }), "blue-cube.svg"));
  on("share-png", async () => save(await raster(await figure(store, cube)), "blue-cube.png"));
}

/**
 * @param {string} link
 * @param {string | undefined} file that a link cannot hold
 */
async function copy(link, file) {
  const holds = file ? `it holds all that you chose, but not the values of ${file}: who opens it sees the sample in that shape, until they drop the file` : "it holds all that you chose";
  try {
    await navigator.clipboard.writeText(link);
    toast(`The link is copied: ${holds}.`);
  } catch {
    // Without leave to write to the clipboard the reader copies by hand.
    const field = html("input", "");
    Object.assign(field, { value: link, readOnly: true });
    field.setAttribute("aria-label", "The link");
    toast(file ? `Copy this link; ${holds}: ` : "Copy this link: ", field);
    field.select();
  }
}

/** The figure as a file of its own: its markup, the rules that colour it, and where it comes from. @param {Store} store @param {Cube} cube */
async function figure(store, cube) {
  const said = byId("cube", HTMLElement).getAttribute("aria-label") ?? "";
  const file = new DOMParser().parseFromString(cube.svg(WIDTH, said), "image/svg+xml"), root = file.documentElement;
  const computed = getComputedStyle(document.documentElement);
  const tokens = STYLE_NAMES.map(name => `${name}:${computed.getPropertyValue(name)}`).join(";");
  const style = file.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = `svg{${tokens};background:var(--paper)}${rules()}`;
  const source = file.createElementNS("http://www.w3.org/2000/svg", "metadata");
  source.textContent = linkTo(store.scene);
  root.prepend(style);
  root.prepend(source);
  return new XMLSerializer().serializeToString(file);
}

/** The rules of the page's own style sheets that match something in the figure. */
function rules() {
  const wanted = /\.(cell|top|right|left|joints|edges?|dots?|ghost|ring|star|knob|axis-line|leader|ax|cap|idx|strong|column|member|marks|some|rest|tone|t\d|wall|quiver|lit)\b|svg/;
  return [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    .filter(rule => rule instanceof CSSStyleRule && wanted.test(rule.selectorText)).map(rule => rule.cssText).join("");
}

/** @param {string} markup @returns {Promise<Blob>} */
async function raster(markup) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(markup)}`;
  await image.decode();
  const canvas = html("canvas", "");
  const ratio = image.naturalHeight / image.naturalWidth;
  Object.assign(canvas, { width: WIDTH * SCALE, height: Math.round(WIDTH * SCALE * ratio) });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error("the browser makes no PNG")))));
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = html("a", "");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  toast(`${name} is saved.`);
}

/** @param {...(string | Node)} words */
function toast(...words) {
  const place = byId("toast", HTMLElement);
  place.replaceChildren(...words);
  place.classList.add("show");
  if (words.length === 1) setTimeout(() => place.classList.remove("show"), 4000);
  else place.addEventListener("focusout", () => place.classList.remove("show"), { once: true });
}
