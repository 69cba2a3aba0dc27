// @ts-check
// The ledger: the sums behind the value of the cell in focus, set as formulas. All "=" stand in one column.

import { byId, html } from "./dom.js";
import { fixed } from "./words.js";

/** @typedef {import("../pkg/blue_cube.js").Ledger} Ledger */
/** @typedef {import("../pkg/blue_cube.js").Normalized} Normalized */

const MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * A MathML element.
 * @param {string} tag
 * @param {...(string | Node)} children
 */
function m(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  return element;
}

const letter = (/** @type {string} */ name) => m("mi", name);
const operator = (/** @type {string} */ sign) => m("mo", sign);
const equals = () => operator("=");
const sigmaSquared = () => m("msup", letter("σ"), m("mn", "2"));
const xHat = () => {
  const hat = operator("^");
  hat.setAttribute("stretchy", "false");
  return m("mover", letter("x"), hat);
};

/**
 * A number; a negative one as a unit, so that its sign stands close to it.
 * @param {number} value
 * @param {number} digits
 */
function number(value, digits) {
  const text = fixed(value, digits);
  if (!text.startsWith("−")) return m("mn", text);
  const sign = operator("−");
  sign.setAttribute("form", "prefix");
  return m("mrow", sign, m("mn", text.slice(1)));
}

/**
 * @param {boolean} display
 * @param {...Node} children
 */
function math(display, ...children) {
  const element = m("math", m("mrow", ...children));
  if (display) element.setAttribute("displaystyle", "true");
  return element;
}

/**
 * a − b, without two signs in a row.
 * @param {number} a
 * @param {number} b
 */
const less = (a, b) => m("mrow", number(a, 4), operator(b < 0 ? "+" : "−"), number(Math.abs(b), 4));

/** @param {Ledger} ledger */
export function showLedger(ledger) {
  const { cell, row, column, x, normalized } = ledger;
  const said = html("span", "said-cell", html("span", "st", "★"), ` image ${cell.n}, channel ${cell.c}, row ${row}, column ${column}`);
  const list = html("dl", "books", ...line(letter("x"), "", math(false, equals(), number(x, 4)), said));
  if (normalized) list.append(...sums(normalized), ...result(x, normalized));
  const note = normalized
    ? "x̂ is what the network goes on with, times γ of its channel, plus β. ε keeps the root from zero."
    : "The value goes on as it is. Choose a norm to see what it would be compared with.";
  byId("books", HTMLElement).replaceChildren(list, html("p", "books-note", note));
}

/**
 * @param {Node} symbol
 * @param {string} className
 * @param {...Node} body
 */
const line = (symbol, className, ...body) => [html("dt", "", math(false, symbol)), html("dd", className, ...body)];

/** @param {Normalized} n */
function sums({ count, sum, mean, squares, variance }) {
  /** @param {Node} symbol @param {number} total @param {number} value */
  const share = (symbol, total, value) => {
    const result = html("span", "result", math(false, number(value, 4)));
    return line(symbol, "sum", math(false, equals(), number(total, 3), operator("∕"), m("mn", String(count)), equals()), result);
  };
  return [...share(letter("μ"), sum, mean), ...share(sigmaSquared(), squares, variance)];
}

/**
 * @param {number} x
 * @param {Normalized} n
 */
function result(x, { mean, variance, epsilon, xHat: value }) {
  const general = m("mfrac", m("mrow", letter("x"), operator("−"), letter("μ")), m("msqrt", sigmaSquared(), operator("+"), letter("ε")));
  const exponent = m("msup", m("mn", "10"), number(Math.log10(epsilon), 0));
  const numbers = m("mfrac", less(x, mean), m("msqrt", number(variance, 4), operator("+"), exponent));
  return line(xHat(), "tall", html("span", "wide", math(true, equals(), general)), math(true, equals(), numbers, equals(), number(value, 3)));
}
