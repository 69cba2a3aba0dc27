// @ts-check
// Small helpers for elements. No markup strings: everything is built node by node.

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element of an id, of the kind it must be.
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: any[]) => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`#${id} is not there, or is not a ${kind.name}`);
  return element;
}

/**
 * A new SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number>} [attributes]
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/**
 * A new HTML element with words in it.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(string | Node)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Whether the reader asked for little motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Sets an attribute only if it differs: the browser then has nothing to redo.
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Calls back when the system asks for other colours. @param {() => void} act */
export function onLooksChange(act) {
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", act);
  }
}

/** Half of what a finger needs, in CSS pixels. */
const FINGER = 22;

/**
 * What a finger meant that came down beside it: the nearest element whose box is in reach. A mouse means what it points at.
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
    const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right), dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
    const far = Math.hypot(dx, dy);
    if (far <= least) [best, least] = [element, far];
  }
  return best;
}
