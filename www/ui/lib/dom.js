// @ts-check
// Small helpers for elements. No markup strings: everything is built node by node.

const SVG = "http://www.w3.org/2000/svg",
  MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * Returns the element with an id, checked to be of a kind.
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: any[]) => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`#${id} is missing or is not a ${kind.name}`);
  return element;
}

/** @typedef {string | number | boolean | null | undefined} Value */

/**
 * What an element is made with: attributes by their markup names, and event handlers such as `onclick`. `true` is an attribute
 * without a value; `false`, `null` and `undefined` leave it out, except in `aria-…`, where booleans are words. A string alone is the class.
 * @typedef {string | ({ [K in keyof GlobalEventHandlersEventMap as `on${K}`]?: (event: GlobalEventHandlersEventMap[K]) => unknown }
 *   & { [name: string]: Value | ((event: any) => unknown) })} Attributes
 */

/** Text or an element; absent values are skipped. @typedef {string | Node | false | null | undefined} Child */

/**
 * A new HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export const html = (tag, attributes, ...children) =>
  filled(document.createElement(tag), attributes, children);

/**
 * A new SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export const svg = (tag, attributes, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

/**
 * A new MathML element.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {MathMLElement}
 */
export const math = (tag, attributes, ...children) =>
  filled(document.createElementNS(MATHML, tag), attributes, children);

/**
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {T}
 */
function filled(element, attributes = {}, children) {
  for (const [name, value] of Object.entries(
    typeof attributes === "string" ? { class: attributes } : attributes,
  )) {
    if (typeof value === "function")
      element.addEventListener(name.slice("on".length), /** @type {EventListener} */ (value));
    else if (typeof value === "boolean" && !name.startsWith("aria-")) element.toggleAttribute(name, value);
    else if (value != null && (value || name !== "class")) element.setAttribute(name, String(value));
  }
  element.append(...children.filter(child => child != null && child !== false));
  return element;
}

/**
 * Puts SVG markup made by Rust into an element.
 * @param {SVGElement} root
 * @param {string} markup
 */
export function putMarkup(root, markup) {
  const parsed = new DOMParser().parseFromString(
    `<svg xmlns="http://www.w3.org/2000/svg">${markup}</svg>`,
    "image/svg+xml",
  );
  root.replaceChildren(
    ...[...parsed.documentElement.childNodes].map(node => document.importNode(node, true)),
  );
}

/** Whether the reader asked for reduced motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Milliseconds of a move, from tokens.css. */
export const moveMillis = () =>
  parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--move"));

/**
 * Sets an attribute only if it differs, so that the browser has nothing to redo.
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Sets attributes that differ. @param {Element} element @param {Record<string, string | number>} attributes */
export function putAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) put(element, name, String(value));
}

/** Media queries that affect colours. */
const WISHES = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"];

/** Calls back when the system's colour settings change. @param {() => void} act */
export function onLooksChange(act) {
  for (const query of WISHES) matchMedia(query).addEventListener("change", act);
}

/** A key of the current colour settings: colours that were read stay valid while it is the same. */
export const looksKey = () =>
  [document.documentElement.dataset.theme, ...WISHES.map(query => matchMedia(query).matches)].join();

/** Half of what a finger needs, in CSS pixels. */
const FINGER = 22;

/**
 * The element that a touch meant: the nearest one whose box is within reach. A mouse means what it points at.
 * @template {Element} T
 * @param {MouseEvent} event
 * @param {Iterable<T>} elements
 * @returns {T | null}
 */
export function nearest(event, elements) {
  if (!(event instanceof PointerEvent) || event.pointerType !== "touch") return null;
  /** @type {T | null} */
  let best = null;
  let least = FINGER;
  for (const element of elements) {
    const box = element.getBoundingClientRect();
    const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right),
      dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
    const far = Math.hypot(dx, dy);
    if (far <= least) [best, least] = [element, far];
  }
  return best;
}
