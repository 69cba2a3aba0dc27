// @ts-check
// Formulas as MathML, or as a line of text in browsers without it. Their numbers open on a click.

import { html, math as m } from "../lib/dom.js";

/** @typedef {import("../../pkg/blue_cube.js").Formula} Formula */
/** @typedef {import("../../pkg/blue_cube.js").Opens} Opens */

const HAS_MATHML = "MathMLElement" in globalThis;

/**
 * Formulas side by side, as one.
 * @param {boolean} display with fractions at their full size
 * @param {...Formula} parts
 * @returns {Element}
 */
export function formula(display, ...parts) {
  const said = parts.map(text).join(" ");
  if (!HAS_MATHML) return html("span", "formula-text", said);
  return m("math", { displaystyle: display ? "true" : undefined }, m("mrow", "", ...parts.map(node)));
}

/** @type {Formula} */
export const EQUALS = { type: "sign", text: "=" };

/**
 * @param {Formula} part
 * @returns {Element}
 */
function node(part) {
  switch (part.type) {
    case "number":
      return number(part.text, part.opens);
    case "letter":
      return letter(part.text, part.index);
    case "sign":
      return sign(part.text);
    case "row":
      return m("mrow", "", ...part.parts.map(node));
    case "fraction":
      return m("mfrac", "", node(part.over), node(part.under));
    case "root":
      return m("msqrt", "", node(part.of));
    case "power":
      return m("msup", "", node(part.base), negative(part.exponent));
  }
}

/** @param {string} text */
function sign(text) {
  return m("mo", { stretchy: text === "(" || text === ")" ? "false" : undefined }, text);
}

/**
 * @param {string} text
 * @param {string | undefined} index
 */
function letter(text, index) {
  let base = m("mi", "", text === "ms" ? "x²" : text);
  if (text === "x̂") base = m("mover", "", m("mi", "", "x"), m("mo", { stretchy: "false" }, "^"));
  if (text === "ms")
    base = m("mover", "", m("msup", "", m("mi", "", "x"), m("mn", "", "2")), m("mo", "", "¯"));
  return index ? m("msub", "", base, m("mtext", "", index)) : base;
}

/**
 * A number; a negative one is grouped, so that its sign stays close to it.
 * @param {string} text
 */
function negative(text) {
  if (!text.startsWith("−")) return m("mn", "", text);
  return m("mrow", "", m("mo", { form: "prefix" }, "−"), m("mn", "", text.slice(1)));
}

/**
 * @param {string} text
 * @param {Opens | undefined} opens
 */
function number(text, opens) {
  const element = negative(text);
  return opens ? m("mrow", { class: "opens", "data-opens": `${opens.what} ${opens.set}` }, element) : element;
}

/**
 * A formula as a line of text.
 * @param {Formula} part
 * @returns {string}
 */
export function text(part) {
  switch (part.type) {
    case "number":
      return part.text;
    case "letter":
      return part.index ? `${part.text} of ${part.index}` : part.text === "ms" ? "mean square" : part.text;
    case "sign":
      return part.text;
    case "row":
      return part.parts.map(text).join(" ");
    case "fraction":
      return `(${text(part.over)}) / (${text(part.under)})`;
    case "root":
      return `√(${text(part.of)})`;
    case "power":
      return `${text(part.base)}^${part.exponent}`;
  }
}
